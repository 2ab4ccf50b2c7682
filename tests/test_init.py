"""`syndicate init` in the folder of a site, and without sample articles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.publishing.test_moving import SITES, make_site
from tests.terminal import run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("generator", SITES)
def test_a_site_is_recognised_checked_and_rendered(tmp_path: Path, generator: str) -> None:
    """In its own folder, in three commands; the two to try next are named."""
    make_site(tmp_path, generator)
    code, out, err = run("init", tmp_path)
    assert (code, out) == (0, f"made {tmp_path / 'syndicate.toml'}\n")
    assert f"Recognised a site of {generator.capitalize()}: " in err
    assert "Read 4 articles: no problems\n" in err
    assert err.endswith(f"Next: cd {tmp_path} && syndicate check\n      cd {tmp_path} && syndicate render\n")
    config = tmp_path / "syndicate.toml"
    assert run("check", "--config", config)[0] == 0
    assert run("render", "--config", config, "--at", "2026-11-09T09:00")[0] == 0
    assert (tmp_path / "out" / "feeds" / "everything.atom").is_file()
    assert run("init", tmp_path)[0] == 2


def test_whose_site_it_is_can_be_said(tmp_path: Path) -> None:
    """Where it is not recognised."""
    (tmp_path / "_posts").mkdir()
    (tmp_path / "_posts" / "2026-11-12-a.md").write_text("---\n---\n")
    (tmp_path / "package.json").write_text("{}")
    code, _, err = run("init", tmp_path, "--from", "jekyll")
    assert (code, "Read 1 article" in err) == (0, True)
    assert "the site's address was not found; write it as `url` under [articles]" in err


def test_a_folder_of_something_else_is_told_from_a_site(tmp_path: Path) -> None:
    """Who expected their articles to be read hears why there are samples; who begins here does not."""
    (tmp_path / "blog" / "pages").mkdir(parents=True)
    for name, told in (("blog", True), ("paper", False)):
        code, _, err = run("init", tmp_path / name)
        assert (code, f"no site was recognised in {name}/, so seeds/ has sample articles" in err) == (0, told)


def test_a_workspace_beside_the_site_reads_it(tmp_path: Path) -> None:
    """And says whose it is, or asks."""
    site = make_site(tmp_path / "blog", "hugo")
    (tmp_path / "nothing").mkdir()
    assert run("init", tmp_path / "paper", "--site", site)[0] == 0
    assert run("check", "--config", tmp_path / "paper" / "syndicate.toml")[0] == 0
    code, _, err = run("init", tmp_path / "other", "--site", tmp_path / "nothing")
    assert (code, "--from" in err) == (2, True)


def test_a_workspace_may_be_empty(tmp_path: Path) -> None:
    """It has a folder for articles, and is in order."""
    code, out, err = run("init", tmp_path / "paper", "--empty")
    assert code == 0
    assert out.splitlines() == [f"made {tmp_path / 'paper' / name}" for name in ("syndicate.toml", "templates", "articles", "out")]
    assert "put articles into" in err
    assert list((tmp_path / "paper" / "articles").iterdir()) == []
    assert run("check", "--config", tmp_path / "paper" / "syndicate.toml")[0] == 0
    assert run("init", tmp_path / "more", "--empty", "--from", "hugo")[0] == 2
