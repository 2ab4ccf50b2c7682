"""The same workspace at the same moment gives the same bytes: in any process, zone, locale, folder and order of files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import syndicate
from syndicate.emitters.bundle import bundled

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(syndicate.__file__).parent.parent
AT = "2026-11-16T09:00"
CONFIGURATION = "syndicate.toml"

BACKWARDS = '''
"""Make folders come in the reverse of their usual order."""

import os

_scandir = os.scandir


class Backwards:
    def __init__(self, path="."):
        with _scandir(path) as found:
            self.entries = iter(sorted(found, key=lambda entry: os.fspath(entry.name), reverse=True))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def __iter__(self):
        return self.entries

    def __next__(self):
        return next(self.entries)

    def close(self):
        pass


os.scandir = Backwards
os.listdir = lambda path=".": [entry.name for entry in Backwards(path)]
'''


def render(configuration: Path, out: Path, *options: str, **environment: str) -> None:
    """Render a workspace in a process of its own, with nothing from outside but what is given."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith(("SYNDICATE_", "LC_", "LANG", "PYTHON", "TZ"))}
    command = [sys.executable, "-m", "syndicate", "render", "--at", AT, "--out", str(out), "--config", str(configuration), *options]
    subprocess.run(command, check=True, capture_output=True, cwd=out.parent, env=quiet | {"PYTHONPATH": str(CHECKOUT)} | environment)


def contents(out: Path) -> dict[str, bytes]:
    """Every file below `out`, with its bytes."""
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def touched(out: Path) -> dict[str, tuple[int, int]]:
    """Every file below `out`, with what tells whether it was written again."""
    return {name: ((out / name).stat().st_mtime_ns, (out / name).stat().st_ino) for name in contents(out)}


def copied(folder: Path, *, backwards: bool = False) -> Path:
    """A copy of the seeds workspace in `folder`, its files created in the order of their names or against it."""
    shutil.copytree(bundled("templates"), folder / "templates", ignore=shutil.ignore_patterns(CONFIGURATION))
    files = sorted(path for path in bundled("seeds").rglob("*") if path.is_file())
    for path in reversed(files) if backwards else files:
        target = folder / "seeds" / path.relative_to(bundled("seeds"))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    shutil.copyfile(bundled("templates") / CONFIGURATION, folder / CONFIGURATION)
    return folder


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeds workspace, which the tests of this file only read."""
    return copied(tmp_path_factory.mktemp("first") / "workspace")


@pytest.fixture(scope="module")
def expected(workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a plain render of it gives."""
    out = tmp_path_factory.mktemp("plain") / "out"
    render(workspace / CONFIGURATION, out, PYTHONHASHSEED="0", TZ="UTC", LC_ALL="C")
    return contents(out)


def locales() -> list[str]:
    """One locale that every machine has besides C, and up to two more that this one has."""
    try:
        found = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        found = []
    return ["C.UTF-8", *[name for name in found if name.partition(".")[0] not in {"C", "POSIX"}][:2]]


SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "TZ": "Pacific/Kiritimati"},
    {"PYTHONHASHSEED": "4294967295", "TZ": "America/St_Johns"},
    *({"LC_ALL": locale} for locale in locales()),
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"},
    {"LANG": "de_DE.UTF-8", "LANGUAGE": "de:ar", "SOURCE_DATE_EPOCH": "0"},
]
"""What surrounds a process; the plain render, which the others are held against, has none of it and the locale C."""


def differing(found: dict[str, bytes], expected: dict[str, bytes]) -> list[str]:
    """The names of the files that are not the same in both."""
    return [name for name in sorted({*found, *expected}) if found.get(name) != expected.get(name)]


def test_there_is_something_to_compare(expected: dict[str, bytes]) -> None:
    """Feeds, archives, pages, a digest in three forms and pictures."""
    assert {"index.html", "feeds.opml", "feeds/energy.rss", "feeds/energy/2026-10.atom", "digests/weekly/2026-11-16.eml"} <= expected.keys()
    assert [name for name in expected if name.startswith("media/")]


@pytest.mark.parametrize("surroundings", SURROUNDINGS, ids=lambda each: " ".join(f"{name}={value}" for name, value in each.items()))
def test_surroundings_leave_no_trace(workspace: Path, expected: dict[str, bytes], tmp_path: Path, surroundings: dict[str, str]) -> None:
    """The seed of hashes, the machine's zone and its locale are none of a reader's business."""
    render(workspace / CONFIGURATION, tmp_path / "out", **surroundings)
    assert differing(contents(tmp_path / "out"), expected) == []


def _made_backwards(folder: Path) -> Path:
    return copied(folder / "päth with spaces" / "deep", backwards=True)


def _made_long_ago(folder: Path) -> Path:
    moved = copied(folder)
    for place, path in enumerate(sorted(moved.rglob("*"))):
        os.utime(path, (place, place))
    return moved


@pytest.mark.parametrize("make", [_made_backwards, _made_long_ago], ids=["files made backwards, elsewhere", "other times of files"])
def test_a_copy_of_the_workspace_gives_the_same(expected: dict[str, bytes], tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """Where it lies, in which order its files were made, and when, cannot be seen in what comes out."""
    render(make(tmp_path / "copy") / CONFIGURATION, tmp_path / "out")
    assert differing(contents(tmp_path / "out"), expected) == []


def test_the_order_in_which_a_disk_lists_files_is_immaterial(workspace: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    """Every listing comes in reverse, by a `sitecustomize` of the process that renders."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BACKWARDS)
    told = subprocess.run(
        [sys.executable, "-c", "import os; print(os.scandir.__name__)"],
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "Backwards\n"
    render(workspace / CONFIGURATION, tmp_path / "out", PYTHONPATH=os.pathsep.join([str(tmp_path / "site"), str(CHECKOUT)]))
    assert differing(contents(tmp_path / "out"), expected) == []


def test_a_second_render_touches_no_file(workspace: Path, expected: dict[str, bytes], tmp_path: Path) -> None:
    """Not even in another process with another seed of hashes."""
    out = tmp_path / "out"
    render(workspace / CONFIGURATION, out, PYTHONHASHSEED="7")
    before = touched(out)
    render(workspace / CONFIGURATION, out, PYTHONHASHSEED="8")
    assert touched(out) == before
    assert differing(contents(out), expected) == []


@pytest.mark.parametrize("caches", [True, False], ids=["index", "no index"])
def test_a_render_writes_nothing_but_its_output(workspace: Path, expected: dict[str, bytes], tmp_path: Path, *, caches: bool) -> None:
    """The workspace stays as it was but for two caches, and without the index wholly so: no log and no lock in it."""
    assert expected
    before = touched(workspace)
    render(workspace / CONFIGURATION, tmp_path / "out", *(() if caches else ("--no-index",)))
    after = touched(workspace)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed <= ({".syndicate/index.db", ".syndicate/standing.db"} if caches else set())


def test_the_repository_itself_is_that_workspace(expected: dict[str, bytes], tmp_path: Path) -> None:
    """`[tool.syndicate]` in its `pyproject.toml` says what the sample configuration says."""
    if not (CHECKOUT / "pyproject.toml").is_file():
        pytest.skip("not in a checkout")
    render(CHECKOUT / "pyproject.toml", tmp_path / "out")
    assert differing(contents(tmp_path / "out"), expected) == []
