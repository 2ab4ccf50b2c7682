"""A workspace with an index, and what must be true of it: whatever was asked of the index, reading afresh would have said the same."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.catalogue import read_catalogue
from syndicate.catalogue.index import Index
from syndicate.catalogue.records import columns_of
from syndicate.windows import Window
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from syndicate.catalogue import Catalogue, Holdings
    from syndicate.model import Article

SITE = "https://news.example.org"
ALWAYS = Window(moment("1900-01-01"), moment("2999-12-31"))
WINDOWS = (ALWAYS, Window(moment("2026-11-01"), moment("2026-12-01")), Window(moment("2026-11-09T08:00"), moment("2026-11-16T08:00")))


@dataclass
class Shelf:
    """A workspace below `root` whose articles lie in `folders`, and its index."""

    root: Path
    folders: Sequence[str] = ("seeds",)
    zone: str = "Europe/London"

    def __post_init__(self) -> None:
        for folder in self.places:
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def places(self) -> tuple[Path, ...]:
        """The folders of articles."""
        return tuple(self.root / folder for folder in self.folders)

    @property
    def file(self) -> Path:
        """Where the index lies."""
        return self.root / ".syndicate" / "index.db"

    def open(self) -> Index:
        """The index as it lies there."""
        return Index(self.file, self.places, root=self.root, site_url=SITE, zone=self.zone, apart=(self.root / "out",))

    def afresh(self) -> Catalogue:
        """All articles, read without an index."""
        return read_catalogue(self.places, root=self.root, site_url=SITE, zone=self.zone, apart=(self.root / "out",))

    def put(self, name: str, text: str = "", *, folder: int = 0, **fields: str) -> Path:
        """Write an article that has all it needs, and `fields`, whose values are written as YAML has them; or a file of `text`."""
        path = self.places[folder] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or article_text(path.stem, **fields), encoding="utf-8")
        return path

    def picture(self, name: str, size: int = 10, *, folder: int = 0) -> Path:
        """Write a picture of so many bytes."""
        path = self.places[folder] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x89" * size)
        return path


def article_text(name: str, *, body: str = "Some words.", **fields: str) -> str:
    """The text of an article's file."""
    address = "".join(letter for letter in name if letter.isascii() and letter.isalnum())
    given = {"title": "A title", "publishedDateTime": "2026-11-12T09:30:00Z", "originalUrl": f"https://example.org/{address}", **fields}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in given.items()) + f"---\n{body}\n"


def wholly(holdings: Holdings) -> list[str]:
    """Every article with all that is known of it, pictures' files included, in an order of its own."""
    return sorted(told(holdings.whole(outline)) for outline in holdings.outlines())


def told(article: Article) -> str:
    """All that an article holds, as text; `repr` alone is silent of where pictures lie."""
    files = [image.file for image in (*article.images, *article.attachments)]
    return f"{article!r} {article.attachments!r} {files!r}"


def assert_same(known: Holdings, fresh: Catalogue) -> None:
    """`known` says of everything what `fresh` says."""
    outlines = list(known.outlines())
    assert wholly(known) == wholly(fresh)
    named = defaultdict(list)
    for article in fresh.articles:
        named[article.source, article.id].append(article)
    assert all(known.whole(outline) in named[outline.source, outline.id] for outline in outlines)
    assert [columns_of(outline) for outline in in_turn(outlines)] == [columns_of(article) for article in in_turn(fresh.outlines())]
    assert [(each.source, each.id) for each in outlines] == [(each.source, each.id) for each in fresh.outlines()]
    assert known.problems == fresh.problems
    assert len(known) == len(fresh)
    assert set(known.topics()) == set(fresh.topics())
    assert known.dates() == fresh.dates()
    for window in WINDOWS:
        assert known.tally(window)[0] == fresh.tally(window)[0]
        assert [each.source for each in known.outlines(window)] == [each.source for each in fresh.outlines(window)]


def in_turn(outlines: Iterable[Article]) -> list[Article]:
    """Outlines in the order of all that stands in their columns, for two files may be shown by one name."""
    return sorted(outlines, key=lambda outline: repr(columns_of(outline)))


def odd(name: bytes) -> str:
    """A name that is not UTF-8, as Python has it."""
    return os.fsdecode(name)
