"""The law of the index: whatever happened to the files, and to itself, it says what reading them afresh would say."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syndicate.catalogue import crew, database, index, reading
from syndicate.errors import CacheError
from syndicate.model import Selection, Topic
from tests.catalogue.shelf import WINDOWS, Shelf, article_text, assert_same, odd, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.catalogue import Catalogue
    from syndicate.catalogue.index import Index
    from syndicate.windows import Window

Read = TypeVar("Read")

TICK = 0.02
"""Seconds for which a file is young here: longer than the clocks of today's file systems tick, and not worth waiting for."""

NAMES = (
    "a.md",
    "b.markdown",
    "C.TXT",
    "deep/a.md",
    "deep/er/b.md",
    "pics/a.md",
    "line\nbreak.md",
    "ünï.md",
    "README.md",
    ".hidden.md",
    "x.html",
)
ODD_NAMES = (odd(b"caf\xe9.md"), odd(b"caf\xe8.md"), odd(b"\xff\xfe/a.md"))
FIRST = ("a.md", "a.md", "b.markdown", "deep/a.md", "deep/er/b.md", "pics/a.md")
PICTURES = ("p.png", "deep/p.png", "pics/p.png", "q.jpg")
SELECTIONS = (
    [Selection(topics=(Topic.of("Tide"),))],
    [Selection(topics=(Topic.of("Wind"), Topic.of("tide"))), Selection(topics=(Topic.of("Straße"),))],
    [Selection(topics=(Topic.of("Tide"),)), Selection()],
)
BROKEN = ("no front matter", "---\ntitle: x\n", "---\n- a\n---\n", "---\ntitle: no date\n---\n", "---\ntitle: [\n---\n")

TEXTS = st.one_of(
    st.builds(
        lambda title, date, topics, quality, images, body, draft, address: article_text(
            address, title=title, publishedDateTime=date, topics=topics, quality=quality, images=images, body=body, draft=draft
        ),
        st.sampled_from(["Tides", "Winds", "Sheep"]),
        st.sampled_from(
            ["2026-11-12", "2026-11-15T08:00", "2026-11-16T08:00:00Z", "1900-01-01T00:00Z", "2999-12-30T23:59:59.999999Z", "2026-13-01"]
        ),
        st.sampled_from(["[]", "[Tide]", "[tide, WIND]", "[STRASSE]", "['a, b', 'İ']"]),
        st.sampled_from(["1", "2", "7.5", "bad", "0.1e1"]),
        st.sampled_from(
            ["[]", "[p.png]", "[{url: pics/p.png, alt: A}]", "[/p.png, https://example.org/p.png]", "[../q.jpg]", "[link/p.png]"]
        ),
        st.sampled_from(["", "Plain *words*.", "![a](p.png)", "[a](b.md) and ![x](link/p.png)", "A &lt; b ![a](p%2epng)"]),
        st.sampled_from(["true", "false", "false"]),
        st.sampled_from(["one", "two", "three"]),
    ),
    st.sampled_from(BROKEN),
)
SHIFTS = st.sampled_from([0, 1, -1, 1_000_000_000, -10 * 365 * 86400 * 10**9, 86400 * 10**9, 10**19])
"""Nanoseconds by which a file's date is off; the last is in the year 2286 and more than 63 bits."""


class Folders(RuleBasedStateMachine):
    """Two folders of articles, to which everything happens that can happen to folders."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = Path(tempfile.mkdtemp()).resolve()
        self.shelf = Shelf(self.scratch, ("seeds", "more"))
        self.changed: set[Path] = set()
        self.index: Index | None = None
        self.seen: dict[tuple[int, int], tuple[tuple[int, int], list[str]]] = {}
        self.patches: list[Any] = [
            mock.patch.object(index, "YOUNG", int(TICK * 1e9)),
            mock.patch.object(database, "PATIENCE", 0.5),
            mock.patch.object(index, "PATIENCE", 0.5),
            mock.patch.object(reading, "read_bytes", guarded(reading.read_bytes)),
            mock.patch.object(crew, "read_bytes", guarded(reading.read_bytes)),
        ]
        for patch in self.patches:
            patch.start()

    def teardown(self) -> None:
        """Look once more, and leave nothing behind."""
        try:
            self.refresh(noticed=False)
        finally:
            for patch in self.patches:
                patch.stop()
            self.close()
            shutil.rmtree(self.scratch)

    def close(self) -> None:
        """Close the index, as at the end of a run."""
        if self.index is not None:
            self.index.close()
        self.index = None

    def path(self, folder: int, name: str) -> Path:
        """A file below one of the folders, whose change was noticed."""
        path = self.shelf.places[folder] / name
        self.changed.add(path)
        return path

    def files(self) -> list[Path]:
        """Whatever lies in the folders and is no folder."""
        return sorted(path for place in self.shelf.places for path in place.rglob("*") if not path.is_dir() or path.is_symlink())

    def one_of(self, choice: int) -> Path | None:
        """One of the files, if there is any."""
        found = self.files()
        path = found[choice % len(found)] if found else None
        if path:
            self.changed.add(path)
        return path

    @initialize(texts=st.lists(TEXTS, min_size=len(FIRST), max_size=len(FIRST)), link=st.sampled_from(["pics", "deep"]))
    def furnish(self, texts: list[str], link: str) -> None:
        """Some articles, pictures and a link are there, and were read."""
        for place, (name, text) in enumerate(zip(FIRST, texts, strict=True)):
            self.write(place % 2, name, text)
            self.shelf.picture("pics/p.png", folder=place % 2)
        (self.shelf.places[0] / "link").symlink_to(link)
        self.refresh(noticed=False, aged=True)

    # What happens to files

    @rule(folder=st.integers(0, 1), name=st.sampled_from(NAMES + ODD_NAMES), text=TEXTS)
    def write(self, folder: int, name: str, text: str) -> None:
        """A file is new, or written over."""
        path = self.path(folder, name)
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_fifo():
                path.write_text(text, encoding="utf-8")

    @rule(choice=st.integers(0, 99))
    def edit_in_place(self, choice: int) -> None:
        """A file is edited; it has the size it had, and somebody sets its date back."""
        path = self.one_of(choice)
        with suppress(OSError):
            if path and path.is_file():
                status, data = path.stat(), path.read_bytes()
                path.write_bytes(data.translate(bytes.maketrans(b"12Te", b"21et")))
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    @rule(choice=st.integers(0, 99), text=TEXTS)
    def replace(self, choice: int, text: str) -> None:
        """A file is written beside and renamed over, as careful editors do."""
        path = self.one_of(choice)
        if path and not path.is_dir():
            beside = path.with_name(".new")
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)

    @rule(choice=st.integers(0, 99), folder=st.integers(0, 1), name=st.sampled_from(NAMES + ODD_NAMES))
    def rename(self, choice: int, folder: int, name: str) -> None:
        """A file moves, maybe over another, maybe into another folder."""
        path, target = self.one_of(choice), self.path(folder, name)
        if path:
            with suppress(OSError):
                target.parent.mkdir(parents=True, exist_ok=True)
                path.rename(target)

    @rule(choice=st.integers(0, 99))
    def delete(self, choice: int) -> None:
        """A file goes."""
        if path := self.one_of(choice):
            path.unlink()

    @rule(choice=st.integers(0, 99), shift=SHIFTS)
    def touch(self, choice: int, shift: int) -> None:
        """The date of a file is set: back, forth, or to what it was."""
        path = self.one_of(choice)
        with suppress(OSError):
            if path:
                os.utime(path, ns=(0, path.stat().st_mtime_ns + shift if shift < 10**18 else shift))

    @rule()
    def set_all_clocks(self) -> None:
        """All files have one date."""
        for path in self.files():
            self.changed.add(path)
            with suppress(OSError):
                os.utime(path, ns=(0, 1_700_000_000_000_000_000))

    @rule(choice=st.integers(0, 99))
    def forbid(self, choice: int) -> None:
        """A file may not be read, or may be again."""
        path = self.one_of(choice)
        if path and path.is_file():
            path.chmod(0o644 if path.stat().st_mode & 0o777 == 0 else 0o000)

    @rule(choice=st.integers(0, 99), junk=st.sampled_from([b"", b"\xff\xfeab", b"---\ntitle: \xe9\n---\n", b"\0", b"x" * (2 * 2**20 + 1)]))
    def spoil(self, choice: int, junk: bytes) -> None:
        """A file is no text any more."""
        path = self.one_of(choice)
        with suppress(OSError):
            if path and not path.is_fifo():
                path.write_bytes(junk)

    @rule(choice=st.integers(0, 99))
    def become_a_folder(self, choice: int) -> None:
        """A file becomes a folder, named like an article, with an article in it."""
        path = self.one_of(choice)
        if path and not path.is_dir():
            path.unlink()
            path.mkdir()
            (path / "inside.md").write_text(article_text("inside"), encoding="utf-8")

    # What happens to pictures, folders and links

    @rule(folder=st.integers(0, 1), name=st.sampled_from(PICTURES), size=st.integers(1, 3))
    def draw(self, folder: int, name: str, size: int) -> None:
        """A picture comes, or changes its size."""
        if not self.path(folder, name).is_fifo():
            with suppress(OSError):
                self.shelf.picture(name, size, folder=folder)

    @rule(
        folder=st.integers(0, 1),
        name=st.sampled_from(["a.md", "link", "linked.md", "p.png"]),
        goal=st.sampled_from(["a.md", "pics", "deep", ".", "nowhere", "../more", "q.jpg"]),
    )
    def link(self, folder: int, name: str, goal: str) -> None:
        """A symbolic link is set: to a file, a folder, nothing, or what it lies in."""
        path = self.path(folder, name)
        with suppress(OSError):
            path.unlink(missing_ok=True)
            path.symlink_to(goal)

    @rule(folder=st.integers(0, 1), names=st.permutations(["deep", "pics", "other"]))
    def move_folder(self, folder: int, names: list[str]) -> None:
        """A folder has another name; all that lies in it is as it was."""
        path, target = self.path(folder, names[0]), self.path(folder, names[1])
        with suppress(OSError):
            path.rename(target)

    @rule(folder=st.integers(0, 1), name=st.sampled_from(["deep", "pics", "a.md", "link"]))
    def remove_folder(self, folder: int, name: str) -> None:
        """A folder goes, with all that lies in it."""
        path = self.path(folder, name)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)

    @rule(folder=st.integers(0, 1))
    def pipe(self, folder: int) -> None:
        """What is named like an article is no ordinary file."""
        with suppress(OSError):
            os.mkfifo(self.path(folder, "pipe.md"))

    # What happens to the index, and around it

    @rule(shift=SHIFTS)
    def set_the_clock_of_the_index(self, shift: int) -> None:
        """The index lies there as from another time."""
        with suppress(OSError):
            os.utime(self.shelf.file, ns=(0, max(0, self.shelf.file.stat().st_mtime_ns + shift if shift < 10**18 else shift)))

    @rule(while_open=st.booleans())
    def throw_away(self, while_open: bool) -> None:  # noqa: FBT001  as hypothesis hands it
        """The index is deleted, be it while it is open."""
        if not while_open:
            self.close()
        for path in self.shelf.file.parent.glob("*"):
            path.unlink()

    @precondition(lambda self: self.shelf.file.is_file())
    @rule(size=st.integers(0, 200_000))
    def truncate(self, size: int) -> None:
        """The end of the index is lost."""
        self.close()
        with self.shelf.file.open("r+b") as file:
            file.truncate(min(size, self.shelf.file.stat().st_size))

    @precondition(lambda self: self.shelf.file.is_file())
    @rule(page=st.integers(0, 40), pages=st.integers(1, 60), noise=st.sampled_from([b"\0", b"\xff", b"noise", b"\x0d\x00"]))
    def spill(self, page: int, pages: int, noise: bytes) -> None:
        """Something is written over pages of the index."""
        self.close()
        with self.shelf.file.open("r+b") as file:
            file.seek(page * 4096)
            file.write((noise * 4096)[:4096] * pages)

    @rule()
    def end(self) -> None:
        """A run ends; the next one opens the index again."""
        self.close()

    @rule(zone=st.sampled_from(["Europe/London", "Asia/Kolkata"]))
    def reconfigure(self, zone: str) -> None:
        """The configuration changes, and with it what a date without offset means."""
        self.close()
        self.shelf.zone = zone

    @rule()
    def settle(self) -> None:
        """The index is asked again, once all files have grown old."""
        self.refresh(noticed=False, aged=True)

    @rule()
    def follow(self) -> None:
        """The index is asked again about what was noticed."""
        self.refresh(noticed=True)

    @rule(noticed=st.booleans(), aged=st.booleans())
    def refresh(self, noticed: bool, aged: bool = False) -> None:  # noqa: FBT001  as hypothesis hands it
        """The index is asked again, maybe about those files alone whose change was noticed, maybe once they have grown old."""
        if aged:
            wait()
        among = self.changed if noticed else None
        fresh = self.shelf.afresh()
        for attempt in range(3):
            try:
                found = self.read(among if attempt == 0 else None)
                assert_same(found, fresh)
                self.hold_tallies(found, fresh)
                break
            except CacheError:  # which damage may show itself as late as when an article is asked for
                assert attempt < 2, "a damaged index is made anew"
                self.close()
        self.changed.clear()

    @invariant()
    def nothing_else_is_made(self) -> None:
        """An index leaves nothing beside the articles."""
        assert {path.name for path in self.scratch.iterdir()} <= {"seeds", "more", ".syndicate"}

    def read(self, among: set[Path] | None) -> Index:
        """The index, refreshed."""
        if self.index is None:
            self.index = self.shelf.open()
        self.index.refresh(among=among)
        return self.index

    def hold_tallies(self, found: Index, fresh: Catalogue) -> None:
        """Where a tally is what it was, so are the articles it stands for."""
        for place, window in enumerate(WINDOWS):
            for number, selections in enumerate(([], *SELECTIONS)):
                tally, content = found.tally(window, selections), content_of(fresh, window, selections)
                before, known = self.seen.get((place, number), ((-1, -1), []))
                assert (tally == before) <= (content == known)
                self.seen[place, number] = tally, content


def content_of(fresh: Catalogue, window: Window, selections: list[Selection]) -> list[str]:
    """What a tally stands for: all that is known of the articles in `window`, those of the topics alone where each selection names some."""
    articles = [each for each in fresh.outlines() if each.published_at in window]
    if selections and all(asked.topics for asked in selections):
        labels = {label for asked in selections for topic in asked.topics for label in topic.labels}
        articles = [each for each in articles if labels & {topic.casefold() for topic in each.topics}]
    return sorted(map(told, articles))


def guarded(read: Callable[[str], Read]) -> Callable[[str], Read]:
    """Keep to the permissions of files, which do not bind an administrator."""

    def obey(path: str) -> Read:
        if Path(path).stat().st_mode & 0o777 == 0:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return read(path)

    return obey


def wait() -> None:
    """Let all files grow old."""
    time.sleep(TICK * 1.5)


TestFolders = Folders.TestCase
TestFolders.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
