"""Read folders of articles into a `Catalogue`. [I/O: reads files; the index alone writes one]"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from syndicate.catalogue.files import Listing, find_files
from syndicate.errors import Problem
from syndicate.model import EPOCH

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from syndicate.catalogue.conventions import Conventions
    from syndicate.model import Article, Selection
    from syndicate.windows import Window

    Progress = Callable[[int, int], None]
    """Told, as files are read, how many of how many are done."""


class Holdings(Protocol):
    """What a catalogue can be asked, whether it lies in memory or in an index.

    An *outline* is an article as the selector sees it. It may lack what only its reader needs (excerpt, body, coverage, all pictures but
    the first), and `whole` brings that back.
    """

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be read, by file and line."""

    def __len__(self) -> int:
        """How many articles there are."""

    def outlines(self, window: Window | None = None) -> Iterable[Article]:
        """The articles dated inside `window`, or all, newest first; of equals the one with a picture, then by id and file."""

    def fitting(self, selections: Sequence[Selection], window: Window, *, now: datetime) -> Iterable[Article]:
        """Outlines of articles dated inside `window`, among them all that any of `selections` would take."""

    def whole(self, outline: Article) -> Article:
        """The article of an outline that came from here."""

    def topics(self) -> Iterable[str]:
        """Every label that articles have, each once."""

    def tally(self, window: Window, selections: Sequence[Selection] = ()) -> tuple[int, int]:
        """A count and a sum over all that is known of the articles dated inside `window`, and of the topics of `selections`, if all have some.

        Where both are as they were, so are the articles.
        """

    def dates(self) -> tuple[datetime, datetime] | None:
        """The oldest and the newest date of an article."""

    def next_date(self, moment: datetime) -> datetime | None:
        """The date of the first article that is not dated before `moment`."""


@dataclass(frozen=True)
class Catalogue:
    """All articles, oldest first, and the problems of what could not be read; `Holdings` in memory."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, articles: Iterable[Article], problems: Iterable[Problem] = ()) -> Catalogue:
        """A catalogue of these articles, put in order whatever order they come in."""
        return cls(
            tuple(sorted(articles, key=lambda article: (article.published_at, article.id, article.source))),
            tuple(sorted(problems, key=in_order)),
        )

    @cached_property
    def _dates(self) -> list[datetime]:
        return [article.published_at for article in self.articles]

    def __len__(self) -> int:
        return len(self.articles)

    def outlines(self, window: Window | None = None) -> Sequence[Article]:
        """The articles themselves."""
        return sorted(self.articles if window is None else self._dated(window), key=newest)

    def fitting(self, selections: Sequence[Selection], window: Window, *, now: datetime) -> Sequence[Article]:  # noqa: ARG002  an index looks closer
        """All that are dated inside `window`."""
        return self._dated(window)

    def whole(self, outline: Article) -> Article:
        """The article itself."""
        return outline

    def topics(self) -> Iterable[str]:
        """Every label that articles have, each once."""
        return dict.fromkeys(topic for article in self.articles for topic in article.topics)

    def tally(self, window: Window, selections: Sequence[Selection] = ()) -> tuple[int, int]:  # noqa: ARG002  an index looks closer
        """A count and a sum over all that are dated inside `window`, of whatever topics."""
        first, last = bisect_left(self._dates, window.start), bisect_left(self._dates, window.end)
        return last - first, sum(self._tokens[first:last])

    def dates(self) -> tuple[datetime, datetime] | None:
        """The oldest and the newest date of an article."""
        return (self._dates[0], self._dates[-1]) if self.articles else None

    def next_date(self, moment: datetime) -> datetime | None:
        """The date of the first article that is not dated before `moment`."""
        place = bisect_left(self._dates, moment)
        return self._dates[place] if place < len(self._dates) else None

    @cached_property
    def _tokens(self) -> list[int]:
        from syndicate.catalogue.records import columns_of, pack, token_of

        return [token_of(columns_of(article), pack(article), "", "") for article in self.articles]

    def _dated(self, window: Window) -> Sequence[Article]:
        return self.articles[bisect_left(self._dates, window.start) : bisect_left(self._dates, window.end)]


def newest(article: Article) -> tuple[timedelta, bool, str, str]:
    """What the selector calls newest first."""
    return EPOCH - article.published_at, not article.images, article.id, article.source


def in_order(problem: Problem) -> tuple[str, int, str, str]:
    """Problems are told by file, then by line."""
    return problem.file, problem.line or 0, problem.field, problem.message


def read_catalogue(
    folders: Sequence[Path],
    *,
    root: Path,
    site_url: str,
    zone: str,
    apart: Collection[Path] = (),
    conventions: Conventions | None = None,
    progress: Progress = lambda done, found: None,  # noqa: ARG005
) -> Catalogue:
    """Read every article below `folders`, but for the folders in `apart`; `conventions`: how they are written, if not as our own."""
    from syndicate.catalogue.conventions import PLAIN
    from syndicate.catalogue.desk import Desk
    from syndicate.catalogue.reading import read_file

    articles: list[Article] = []
    problems: list[Problem] = []
    listings: list[tuple[Desk, Listing]] = []
    for folder, found in listed(folders, root, apart):
        if isinstance(found, Problem):
            problems.append(found)
        else:
            listings.append((Desk(root, folder, site_url, zone, conventions or PLAIN), found))
    done, total = 0, sum(len(listing.files) for _, listing in listings)
    for desk, listing in listings:
        for entry in listing.files:
            article, trouble = read_file(entry.path, listing.show(entry.name), desk)
            problems += trouble
            articles += [article] if article else []
            progress(done := done + 1, total)
    return Catalogue.of(articles, problems)


def listed(folders: Sequence[Path], root: Path, apart: Collection[Path]) -> Iterator[tuple[Path, Listing | Problem]]:
    """What `find_files` finds below each of `folders`; what lies below two of them belongs to the first."""
    seen: set[str] = set()
    for folder in folders:
        for found in find_files(folder, root, apart):
            if isinstance(found, Problem):
                yield folder, found
            elif found.folder not in seen:
                seen.add(found.folder)
                yield folder, found
