"""Renew what is known of mail programs: `python -m syndicate.linter.renew CLONE`, a clone of caniemail's repository. [I/O]

Only the latest status of each feature is kept, a line for each, so that a renewal reads as what changed.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SOURCE = "https://github.com/hteumeuleu/caniemail"
HERE = Path(__file__).parent
FEATURE = re.compile(r"_features/([a-z][\w-]*)\.md")
UNKNOWN = "u"


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the clone that the command line names, and write the snapshot beside this module."""
    parser = argparse.ArgumentParser(prog="python -m syndicate.linter.renew", description="Renew what is known of mail programs.")
    parser.add_argument("clone", type=Path, help=f"a clone of {SOURCE}, bare or not; its HEAD is read")
    parser.add_argument("--into", type=Path, default=HERE, help="the folder to write to")
    asked = parser.parse_args(arguments)
    files = read_clone(asked.clone)
    commit, _, date = _git(asked.clone, "show", "--no-patch", "--format=%H %cs", "HEAD").decode().strip().partition(" ")
    (asked.into / "caniemail.json").write_text(snapshot(files, commit=commit, date=date), encoding="utf-8")
    (asked.into / "caniemail.LICENSE").write_text(files["LICENSE"], encoding="utf-8")


def read_clone(clone: Path) -> dict[str, str]:
    """The files of the latest commit that matter, by name."""
    archive = _git(clone, "archive", "--format=tar", "HEAD", "_features", "_data/nicenames.yml", "LICENSE")
    with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
        found = {member.name: packed.extractfile(member) for member in packed if member.isfile()}
        return {name: file.read().decode() for name, file in found.items() if file}


def snapshot(files: Mapping[str, str], *, commit: str, date: str) -> str:
    """The snapshot as JSON: a head, then one line for each feature, by name."""
    features = {found[1]: front_matter(text) for name, text in sorted(files.items()) if (found := FEATURE.fullmatch(name))}
    clients = sorted(
        {f"{family}.{platform}" for each in features.values() for family, platforms in each["stats"].items() for platform in platforms}
    )
    names = front_matter(files["_data/nicenames.yml"])
    head = {
        "source": SOURCE,
        "commit": commit,
        "date": date,
        "licence": "MIT; its notice stands in caniemail.LICENSE",
        "families": names["family"],
        "platforms": names["platform"],
        "clients": " ".join(clients),
    }
    lines = [f"{_json(key)}: {_json(value)}" for key, value in head.items()]
    known = ",\n".join(f"{_json(slug)}: {_json(latest(feature, clients))}" for slug, feature in sorted(features.items()))
    return "{\n" + ",\n".join(lines) + ',\n"features": {\n' + known + "\n}\n}\n"


def latest(feature: Mapping[str, Any], clients: Sequence[str]) -> dict[str, object]:
    """A feature in short: for each of `clients`, in their order, `y`, `n`, `u` (unknown), or `a` (partly) with the numbers of its notes.

    The last version listed is the latest: Outlook for macOS counted 2016 before it counted 16.80.
    """
    support = []
    for client in clients:
        family, _, platform = client.partition(".")
        versions = feature["stats"].get(family, {}).get(platform) or {"": UNKNOWN}
        letter, *notes = str(list(versions.values())[-1]).replace("#", "").split()
        support.append(letter + ",".join(notes) if letter == "a" else letter)
    wanted = {number for status in support for number in status[1:].split(",")}
    kept = {str(number): text for number, text in (feature.get("notes_by_num") or {}).items() if str(number) in wanted and text}
    short = {"title": feature["title"], "category": feature["category"], "support": " ".join(support)}
    return {**short, "notes": kept} if kept else short


def front_matter(text: str) -> dict[str, Any]:
    """The fields at the head of a file. Some are indented by tabs, which YAML does not take."""
    import yaml

    found: dict[str, Any] = yaml.safe_load(text.removeprefix("---").partition("\n---")[0].expandtabs())
    return found


def _git(clone: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", str(clone), *arguments], check=True, capture_output=True)  # noqa: S603, S607  a developer's own git
    return done.stdout


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
