"""The snapshot is renewed from a clone, and holds what the newest commit says."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.linter.renew import front_matter, latest, main

if TYPE_CHECKING:
    from pathlib import Path

FLEX = """---
title: "display:flex"
category: css
stats: {
	gmail: {
		ios: { "2019-08": "n", "2020-12": "a #1 #3" }
	},
    outlook: {
        macos: { "2011": "n", "2016": "n", "16.80": "y" },
        windows: { "2019": "n #2" }
    }
}
notes_by_num: {
    "1": "Partial. Not supported with non Google accounts.",
    "2": "Never mind.",
    "3": "Buggy."
}
---
"""
SPAN = "---\ntitle: <span> element\ncategory: html\nstats: { gmail: { ios: { '2020': 'y' } } }\n---\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a small repository like caniemail's."""
    if shutil.which("git") is None:
        pytest.skip("git is not at hand")
    files = {
        "_features/css-display-flex.md": FLEX,
        "_features/html-span.md": SPAN,
        "_features/_template.md": "---\ntitle: none\n---\n",
        "_data/nicenames.yml": "family:\n  gmail: Gmail\n  outlook: Outlook\nplatform:\n  ios: iOS\n",
        "LICENSE": "MIT License\n",
        "README.md": "Not needed",
    }
    for name, text in files.items():
        (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clone" / name).write_text(text, encoding="utf-8")
    who = {"GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org"}
    when = {"GIT_AUTHOR_DATE": "2026-06-29T12:00:00Z", "GIT_COMMITTER_DATE": "2026-06-29T12:00:00Z", "GIT_CONFIG_GLOBAL": "/dev/null"}
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Data"]):
        subprocess.run(["git", *command], cwd=tmp_path / "clone", check=True, env={"PATH": "/usr/bin:/bin:/usr/local/bin", **who, **when})
    return tmp_path / "clone"


def renewed(clone: Path, into: Path) -> dict[str, Any]:
    """The snapshot made from a clone."""
    into.mkdir()
    main([str(clone), "--into", str(into)])
    found: dict[str, Any] = json.loads((into / "caniemail.json").read_text(encoding="utf-8"))
    return found


def test_the_snapshot_holds_the_latest_of_each(clone: Path, tmp_path: Path) -> None:
    """With the notes that say what is partial, where the data is from, and its licence."""
    found = renewed(clone, tmp_path / "new")
    assert (found["date"], found["source"], len(found["commit"])) == ("2026-06-29", "https://github.com/hteumeuleu/caniemail", 40)
    assert (found["families"], found["clients"]) == ({"gmail": "Gmail", "outlook": "Outlook"}, "gmail.ios outlook.macos outlook.windows")
    assert found["features"] == {
        "css-display-flex": {
            "title": "display:flex",
            "category": "css",
            "support": "a1,3 y n",
            "notes": {"1": "Partial. Not supported with non Google accounts.", "3": "Buggy."},
        },
        "html-span": {"title": "<span> element", "category": "html", "support": "y u u"},
    }
    assert (tmp_path / "new" / "caniemail.LICENSE").read_text() == "MIT License\n"


def test_a_line_is_a_feature(clone: Path, tmp_path: Path) -> None:
    """So that a renewal reads as what has changed."""
    renewed(clone, tmp_path / "new")
    lines = (tmp_path / "new" / "caniemail.json").read_text().splitlines()
    assert [line.partition(":")[0] for line in lines if line.startswith(('"css-', '"html-'))] == ['"css-display-flex"', '"html-span"']


def test_a_bare_clone_gives_the_same(clone: Path, tmp_path: Path) -> None:
    """As mirrors are kept."""
    subprocess.run(["git", "clone", "-q", "--bare", str(clone), str(tmp_path / "bare")], check=True)
    assert renewed(tmp_path / "bare", tmp_path / "one") == renewed(clone, tmp_path / "other")


def test_what_nobody_has_tried_is_unknown() -> None:
    """And so is a client with an empty list of versions."""
    assert latest({**front_matter(SPAN), "stats": {"gmail": {"ios": None}}}, ["gmail.ios", "gmail.android"])["support"] == "u u"
