"""A site on disk for one tool: written, edited, cleared, run and read back. Whoever measures asks it whether the work was done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from benchmarks import corpus as corpora
from benchmarks.corpus import filled
from benchmarks.prose import TOPICS
from benchmarks.tools import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from benchmarks.corpus import Corpus, Story
    from benchmarks.tools import Tool

LAUNCHER = Path(__file__).with_name("launcher.py")

ATOM = "{http://www.w3.org/2005/Atom}"


class NotDoneError(RuntimeError):
    """A program failed, or did not do what it was measured for."""


class TooSlowError(RuntimeError):
    """A program took longer than it was given."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one run took: seconds, seconds of the processor, bytes of memory, and how many processes it had at once."""

    seconds: float
    cpu: float
    memory: int = 0
    processes: int = 1


def launch(command: Sequence[str], folder: Path, *, limit: float = 3600, environment: Mapping[str, str] | None = None) -> Sample:
    """Run a program in `folder` and measure it. Raises `NotDoneError` if it fails, and `TooSlowError` after `limit` seconds."""
    report, log = folder / ".report.json", folder / ".log"
    program = [sys.executable, "-I", "-S", str(LAUNCHER), str(report), str(limit), *command]
    with log.open("wb") as stream:
        subprocess.run(program, cwd=folder, stdout=stream, stderr=stream, check=True, env=os.environ | dict(environment or {}))
    taken = json.loads(report.read_text(encoding="utf-8"))
    if taken["over"]:
        raise TooSlowError(f"more than {limit:g} s")
    if taken["code"]:
        raise NotDoneError(f"{' '.join(command)} in {folder}: ended with {taken['code']}: {log.read_text(errors='replace')[-1000:]}")
    return Sample(taken["seconds"], taken["cpu"], taken["memory"], taken["processes"])


@dataclass(slots=True)
class Site:
    """The articles of a corpus as one tool wants them, and the titles that were edited since."""

    tool: Tool
    corpus: Corpus
    folder: Path
    titles: dict[int, str] = field(default_factory=dict)

    def write(self) -> None:
        """Write it afresh."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        corpora.write(self.corpus, self.articles, form=self.tool.form, place=self.tool.place)
        for name, text in self.tool.files.items():
            (self.folder / name).write_text(text, encoding="utf-8")

    @property
    def articles(self) -> Path:
        """Where the articles lie."""
        return self.folder / self.tool.articles

    def clear(self) -> None:
        """Remove whatever the tool made."""
        for name in self.tool.made:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def story(self, number: int) -> Story:
        """The story as it stands on disk."""
        story = self.corpus.story(number)
        return replace(story, title=self.titles.get(number, story.title))

    def edit(self, numbers: Iterable[int], mark: str) -> None:
        """Give stories a new title, which ends in `mark`: each file is replaced at once, by another of the same size."""
        for number in numbers:
            self.titles[number] = f"{self.corpus.story(number).title}, {mark}"
            story = self.story(number)
            draft = self.folder / ".draft"
            draft.write_bytes(filled(self.tool.form(story), story.token).encode())
            draft.replace(self.articles / self.tool.place(story))

    def run(self, limit: float = 3600) -> Sample:
        """Run the tool as its users do. Raises `NotDoneError` and `TooSlowError`."""
        return launch(self.tool.command, self.folder, limit=limit, environment=self.tool.environment)

    def feeds(self, topics: Iterable[str] = TOPICS) -> list[Path]:
        """The feeds of these topics."""
        return [self.folder / name for topic in topics for name in self.tool.feeds(topic)]

    def check(self) -> None:
        """Read every feed, and compare its entries with what they must be, in order. Raises `NotDoneError`."""
        for topic in TOPICS:
            numbers = self.corpus.newest(topic, limit=LIMIT, window=self.tool.window)
            expected = [self.titles.get(number) or self.corpus.story(number).title for number in numbers]
            for path in self.feeds([topic]):
                if not path.is_file():
                    raise NotDoneError(f"{path}: was not written")
                if (found := titles_of(path)) != expected:
                    raise NotDoneError(f"{path}: has {len(found)} entries {found[:3]}..., not {len(expected)} {expected[:3]}...")

    def stamps(self) -> dict[Path, tuple[int, int]]:
        """When each feed was written, and which file it is."""
        return {path: (about.st_mtime_ns, about.st_ino) for path in self.feeds() for about in [path.stat()]}


def titles_of(path: Path) -> list[str]:
    """The titles of a feed's entries, RSS or Atom, in their order."""
    root = etree.parse(path).getroot()
    found = root.findall("./channel/item/title") or root.findall(f"./{ATOM}entry/{ATOM}title")
    return [(each.text or "").replace("’", "'") for each in found]  # Jekyll sets apostrophes as a printer does
