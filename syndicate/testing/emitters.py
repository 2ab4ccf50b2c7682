"""What holds for every emitter, whatever its format.

    class TestGemini(EmitterContract):
        emitter = EMITTER

        def read(self, body: bytes) -> list[Item]:
            ...

`read` is what a reader of the format makes of a document. By it the contract sees that a title arrives as it was meant and can do no harm:
what has broken out of its place is read as something else, or not at all.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pytest

from syndicate.emitters import Emitter
from syndicate.testing.samples import UNTIDY_TITLES, article, digest, feed, full_story, moment

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime

    from syndicate.model import Article, Edition, Entry

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
OUTSIDE = frozenset({"os.system", "socket.connect", "socket.getaddrinfo", "subprocess.Popen"})
"""Events that Python's audit hooks tell of (PEP 578), and that no emitter causes."""

TICK = 1.1
"""Seconds: longer than the second in which most formats count."""


class Item(NamedTuple):
    """What a reader sees of an entry: its title, where it leads, and by what it is known again, where the format has room for that."""

    title: str
    url: str
    id: str = ""


class EmitterContract:
    """The tests that every emitter passes: `emitter` is the one under test, and `read` reads its documents."""

    emitter: ClassVar[Emitter]

    def read(self, body: bytes) -> Sequence[Item]:
        """The entries of a document, in the order in which a reader shows them."""
        raise NotImplementedError(f"{type(self).__name__}.read: must give the titles and links that stand in a document")

    def editions(self, *stories: Article | Entry) -> list[Edition]:
        """An edition of these stories for each kind of publication that the format is for."""
        made = {"feed": feed, "digest": digest}
        return [made[kind](*stories) for kind in self.emitter.kinds]

    def shown(self, edition: Edition) -> list[Item]:
        """What a reader shows of an edition, with single spaces."""
        return [Item(" ".join(item.title.split()), item.url) for item in self.read(self.emitter.write(edition))]

    def test_it_says_what_it_writes(self) -> None:
        """It is an `Emitter`, with a suffix for names of files and a media type for those who serve them."""
        assert isinstance(self.emitter, Emitter)
        assert self.emitter.suffix.strip(".") == self.emitter.suffix.lower() != ""
        assert "/" in self.emitter.media_type
        assert self.emitter.kinds

    def test_every_entry_is_there_by_its_title_and_link(self) -> None:
        """In the order of the edition, and once."""
        stories = [article(f"Story number {number}", at=_day(number), quality=90 - number) for number in range(20)]
        for edition in self.editions(*stories):
            assert self.shown(edition) == [Item(story.title, story.url) for story in stories]

    def test_an_entry_is_known_again_by_the_articles_own_identity(self) -> None:
        """Which is the same in every format, and outlives its title; a format without identities says nothing."""
        story = full_story().article
        for edition in self.editions(full_story()):
            found = {item.id for item in self.read(self.emitter.write(edition)) if item.url == story.url}
            assert found in ({story.id}, {""})

    def test_an_entry_that_has_everything_is_there(self) -> None:
        """A picture, a body in HTML, topics, a provider, related coverage: a format may leave them out, and not fail over them."""
        story = full_story().article
        for edition in self.editions(full_story()):
            assert Item(story.title, story.url) in self.shown(edition)

    def test_an_edition_may_have_no_entries(self) -> None:
        """A feed begins empty."""
        for edition in self.editions():
            assert self.shown(edition) == []

    @pytest.mark.parametrize("title", UNTIDY_TITLES.values(), ids=UNTIDY_TITLES.keys())
    def test_a_title_is_plain_text_whatever_it_looks_like(self, title: str) -> None:
        """A reader shows it as it is, and nothing in it is taken for more; the same words may stand in an excerpt and a topic."""
        story = article(title, url="https://example.org/a", excerpt=title, topics=(title,), provider="example.org")
        for edition in self.editions(story):
            assert self.shown(edition) == [Item(title, story.url)]

    def test_the_same_edition_gives_the_same_bytes(self) -> None:
        """Whenever it is emitted: a file whose bytes change without news costs every reader a download."""
        first = [self.emitter.write(edition) for edition in self.editions(full_story(), article())]
        time.sleep(TICK)
        assert [self.emitter.write(edition) for edition in self.editions(full_story(), article())] == first

    def test_it_gives_bytes(self) -> None:
        """Text is encoded by the emitter, which knows what its media type says of it."""
        for edition in self.editions(full_story()):
            assert type(self.emitter.write(edition)) is bytes

    def test_it_does_nothing_but_write_what_it_is_given(self) -> None:
        """No network, no other program, no file of its own: an edition of years ago can be emitted again on any machine."""
        for edition in self.editions(full_story()):
            self.emitter.write(edition)  # what is imported first may be compiled, and written
            with _outside() as seen:
                self.emitter.write(edition)
            assert seen == []


_watchers: list[list[str]] = []


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note what leaves the process. A hook stays for good, hence the list of those who want to know."""
    if _watchers and (event in OUTSIDE or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITING)):
        for seen in _watchers:
            seen.append(f"{event} {arguments[0]!r}")


@cache
def _install_hook() -> None:
    sys.addaudithook(_watch)


@contextmanager
def _outside() -> Generator[list[str]]:
    """What reaches out of the process meanwhile, as a list that grows."""
    _install_hook()
    seen: list[str] = []
    _watchers.append(seen)
    try:
        yield seen
    finally:
        _watchers.remove(seen)


def _day(number: int) -> datetime:
    return moment(f"2026-11-{15 - number // 4:02}T{20 - number % 4:02}:00")
