"""Packages of other people, installed without a network, a build tool, or a trace in the environment: modules and their metadata in a folder."""

from __future__ import annotations

import shutil
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from syndicate.cli import main

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = Path(__file__).parent / "syndicate-example"


def install(project: Path, site: Path) -> Path:
    """Install the project in the folder `project` into `site`, which is then to be put on the path."""
    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package in project.glob("*/__init__.py"):
        shutil.copytree(package.parent, site / package.parent.name, ignore=shutil.ignore_patterns("__pycache__"))
    return _register(site, about["name"], about["version"], about["entry-points"])


def make(site: Path, name: str, source: str, entry_points: Mapping[str, Mapping[str, str]]) -> Path:
    """Make a package of one module and install it into `site`."""
    site.mkdir(parents=True, exist_ok=True)
    (site / f"{name.replace('-', '_')}.py").write_text(source, encoding="utf-8")
    return _register(site, name, "0.1", entry_points)


def syndicate(*arguments: str | Path) -> int:
    """Run the command line in this process, which has the packages on its path; how it ended."""
    with patch.object(sys, "argv", ["syndicate", *map(str, arguments)]), pytest.raises(SystemExit) as ended:
        main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def _register(site: Path, name: str, version: str, entry_points: Mapping[str, Mapping[str, str]]) -> Path:
    """The folder of metadata that says what is installed (`entry_points.txt` as the PyPA's specification has it)."""
    about = site / f"{name.replace('-', '_')}-{version}.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")
    groups = (f"[{group}]\n" + "".join(f"{key} = {place}\n" for key, place in points.items()) for group, points in entry_points.items())
    (about / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")
    return site
