"""The workspace's articles, to be asked again and again: through the index, or read afresh. [I/O: reads the articles]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from syndicate import catalogue as catalogues
from syndicate.catalogue.database import drop
from syndicate.errors import CacheError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from syndicate.catalogue import Catalogue, Holdings, Progress
    from syndicate.catalogue.index import Index
    from syndicate.config import Settings
    from syndicate.model import Article

INDEX, MEMORY = ".syndicate/index.db", ".syndicate/standing.db"
"""The caches of a workspace, below it."""


@dataclass
class Library:
    """Where the articles of a workspace are read. `tell` is handed what a person may want to know: that the index cannot be used."""

    settings: Settings
    indexed: bool = True
    progress: Progress = lambda done, found: None  # noqa: ARG005
    tell: Callable[[str], None] = lambda text: None  # noqa: ARG005
    _index: Index | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the index, until it is asked for again."""
        if self._index is not None:  # an empty one is false
            self._index.close()
            self._index = None

    def read(self, among: Collection[Path] | None = None) -> Holdings:
        """The articles as they are now; those of the index until the next reading. Raises `ConfigurationError`.

        `among`: the files that have changed since the last reading, where somebody has watched them.
        """
        if not self.indexed:
            return read_catalogue(self.settings, progress=self.progress)
        try:
            return self._read_index(among)
        except CacheError as error:
            self.close()
            if not error.damaged:
                return self._read_afresh(error)
        try:
            return self._read_index()
        except CacheError as error:
            self.close()
            return self._read_afresh(error)

    def _read_afresh(self, error: CacheError) -> Catalogue:
        self.tell(f"{error}; every article was read afresh")
        return read_catalogue(self.settings, progress=self.progress)

    def _read_index(self, among: Collection[Path] | None = None) -> Index:
        if self._index is not None and not self._index.lies:
            self.close()
        if self._index is None:
            self._index = open_index(self.settings)
        self._index.refresh(self.progress, among=among)
        return self._index

    @property
    def memory(self) -> Path | None:
        """Where it is remembered what stands in a folder of output, if that is."""
        return self.settings.root / MEMORY if self.indexed else None


def rebuild(settings: Settings, progress: Progress) -> int:
    """Forget the index, and with it what stands in folders of output, and read everything; how many files that were."""
    drop(settings.root / MEMORY)
    try:
        return _read_anew(settings, progress)
    except CacheError as error:
        if not error.damaged:
            raise
    return _read_anew(settings, progress)


def _read_anew(settings: Settings, progress: Progress) -> int:
    with open_index(settings) as index:
        index.forget()
        return index.refresh(progress)


def verify(settings: Settings, progress: Progress) -> list[str]:
    """Where the index, brought up to date, differs from the articles read afresh: one line for each file."""
    fresh = read_catalogue(settings, progress=progress)
    with open_index(settings) as index:
        index.refresh()
        known = {(outline.source, outline.id): outline for outline in index.outlines()}
        wrong = [
            f"{article.source}: is not in the index as it is on disk"
            for article in fresh.articles
            if not _holds(index, known.pop((article.source, article.id), None), article)
        ]
        wrong += [f"{source}: is in the index, and not on disk" for source, _ in known]
        problems = {str(problem) for problem in index.problems} ^ {str(problem) for problem in fresh.problems}
        return [*wrong, *sorted(problems)]


def _holds(index: Index, outline: Article | None, article: Article) -> bool:
    """Whether the index holds this article, under this outline."""
    try:
        return outline is not None and index.whole(outline) == article
    except CacheError:
        return False


def open_index(settings: Settings) -> Index:
    """The index of a workspace, as it lies there. Raises `CacheError`, and `ConfigurationError` where a folder is missing."""
    from syndicate.catalogue.index import Index

    _check(settings)
    site = settings.site
    return Index(
        settings.root / INDEX,
        settings.folders,
        root=settings.root,
        site_url=site.url,
        zone=site.timezone,
        apart=_apart(settings),
        conventions=settings.conventions,
    )


def read_catalogue(settings: Settings, *, progress: Progress = lambda done, found: None) -> Catalogue:  # noqa: ARG005
    """Read every article of the workspace. What cannot be read is among the catalogue's `problems`.

    Raises `ConfigurationError` where a folder is missing.
    """
    _check(settings)
    return catalogues.read_catalogue(
        settings.folders,
        root=settings.root,
        site_url=settings.site.url,
        zone=settings.site.timezone,
        apart=_apart(settings),
        conventions=settings.conventions,
        progress=progress,
    )


def _check(settings: Settings) -> None:
    missing = [folder for folder in settings.folders if not folder.is_dir()]
    if missing:  # to go on would empty every feed
        names = [f"articles.folder: there is no folder {folder}; create it, or name yours under [articles]" for folder in missing]
        raise ConfigurationError(names)


def _apart(settings: Settings) -> tuple[Path, Path]:
    """Folders of the workspace that hold no articles, whatever lies in them."""
    return settings.root / "out", settings.root / "templates"
