"""Read folders of articles into a `Catalogue`. [I/O: reads files, writes none]"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.catalogue.files import find_files, read_text, shown
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from datetime import datetime

    from syndicate.model import Article
    from syndicate.windows import Window


@dataclass(frozen=True)
class Catalogue:
    """All articles, oldest first, and the problems of what could not be read."""

    articles: tuple[Article, ...]
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(cls, articles: Iterable[Article], problems: Iterable[Problem] = ()) -> Catalogue:
        """A catalogue of these articles, put in order whatever order they come in."""
        return cls(
            tuple(sorted(articles, key=lambda article: (article.published_at, article.id, article.source))),
            tuple(sorted(problems, key=lambda problem: (problem.file, problem.line or 0, problem.field, problem.message))),
        )

    @cached_property
    def _dates(self) -> list[datetime]:
        return [article.published_at for article in self.articles]

    def candidates(self, window: Window) -> Sequence[Article]:
        """The articles dated inside `window`, oldest first."""
        return self.articles[bisect_left(self._dates, window.start) : bisect_left(self._dates, window.end)]


def read_catalogue(
    folders: Sequence[Path],
    *,
    root: Path,
    site_url: str,
    zone: str,
    apart: Collection[Path] = (),
    progress: Callable[[Sequence[Path]], Iterable[Path]] = iter,
) -> Catalogue:
    """Read every article below `folders`, but for the folders in `apart`. `progress` is handed the files and hands them on, one by one, as they are read."""
    articles: list[Article] = []
    problems: list[Problem] = []
    for folder in folders:
        found = list(find_files(folder, root, apart))
        problems += (item for item in found if isinstance(item, Problem))
        for path in progress([item for item in found if isinstance(item, Path)]):
            article, trouble = read_file(path, folder=folder, root=root, site_url=site_url, zone=zone)
            problems += trouble
            if article is not None:
                articles.append(article)
    return Catalogue.of(articles, problems)


def read_file(path: Path, *, folder: Path, root: Path, site_url: str, zone: str) -> tuple[Article | None, Sequence[Problem]]:
    """Read one file: the article in it, if it can be used, and everything that is wrong with it."""
    from syndicate.catalogue.articles import Desk, read_article
    from syndicate.catalogue.frontmatter import read_fields

    text = read_text(path, root)
    if isinstance(text, Problem):
        return None, (text,)
    fields = read_fields(text, shown(path, root))
    if isinstance(fields, Problem):
        return None, (fields,)
    return read_article(path, shown(path, root), fields, Desk(root, folder, site_url, zone))
