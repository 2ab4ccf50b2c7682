"""A workspace on the bench: settings, articles and letters, each read or rendered once until a file changes. [I/O: reads]

A bench never goes stale by itself: whoever sees a file change takes a new one (`Bench.after`). Somebody who is still looking at the old
one sees one state of the workspace, and not half of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING

from syndicate.config import Digest
from syndicate.delivery.message import build_message
from syndicate.emitters.bundle import bundled
from syndicate.emitters.digest import render_digest
from syndicate.letters import letter_of, personal_letter
from syndicate.linter import CLIENTS, lint
from syndicate.model import Subscriber, Topic
from syndicate.publishing import compose, read_catalogue
from syndicate.publishing.composing import why_empty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime
    from pathlib import Path

    from syndicate.catalogue import Catalogue
    from syndicate.config import Settings
    from syndicate.letters import Letter, Rendering
    from syndicate.linter import Finding
    from syndicate.model import Edition, Image

MOST_KEPT = 16
"""Renderings that are kept at a time: those of the editions that somebody goes back and forth between."""


@dataclass(frozen=True, slots=True)
class Galley:
    """An edition, rendered; where nothing runs in it, `note` says why."""

    digest: Digest
    edition: Edition
    rendering: Rendering
    note: str


class Bench:
    """What one state of a workspace holds. Everything may raise a `SyndicateError`, and does so each time it is asked."""

    def __init__(self, load: Callable[[], Settings], pictures: dict[str, Image] | None = None) -> None:
        self._load = load
        self._lock = RLock()
        self._galleys: dict[tuple[str, datetime], Galley] = {}
        self._counts: dict[tuple[str, datetime], int] = {}
        self._linted: dict[tuple[str, datetime, tuple[str, ...]], tuple[Finding, ...]] = {}
        self.pictures = pictures if pictures is not None else {}
        """The pictures of every edition that was rendered, by the name under which they are published."""

    @cached_property
    def settings(self) -> Settings:
        """The settings."""
        return self._load()

    @cached_property
    def digests(self) -> dict[str, Digest]:
        """Every digest that is configured, by its slug."""
        return {item.publication.slug: item for item in self.settings.publications() if isinstance(item, Digest)}

    @cached_property
    def catalogue(self) -> Catalogue:
        """The articles."""
        with self._lock:
            return read_catalogue(self.settings)

    def galley(self, digest: Digest, fire: datetime) -> Galley:
        """The edition of `digest` that goes out at `fire`, rendered."""
        key = (digest.publication.slug, fire)
        with self._lock:
            if key not in self._galleys:
                self._galleys[key] = self._render(digest, fire)
            while len(self._galleys) > MOST_KEPT:
                del self._galleys[next(iter(self._galleys))]
            return self._galleys[key]

    def count(self, digest: Digest, fire: datetime) -> int:
        """How many stories run in that edition."""
        key = (digest.publication.slug, fire)
        with self._lock:
            if key not in self._counts:
                self._counts[key] = len(self._edition(digest, fire).entries)
            return self._counts[key]

    def letter(self, galley: Galley, topics: tuple[str, ...]) -> Letter | None:
        """The letter for everybody, or for a reader with these topics; `None` where that reader gets none."""
        if not topics:
            return letter_of(galley.rendering)
        labels = (Topic.of(label, self.settings.parents).labels for label in topics)
        return personal_letter(galley.rendering, frozenset().union(*labels))

    def message(self, galley: Galley, letter: Letter) -> bytes:
        """The whole message that brings a letter to somebody. Raises `UndeliverableError`."""
        digest = galley.digest.publication
        reader = Subscriber("reader@example.com", "A Reader", digest.mailto("unsubscribe"), digest.mailto("preferences"))  # RFC 2606
        return build_message(letter, galley.edition, reader)

    def findings(self, galley: Galley, letter: Letter, topics: tuple[str, ...]) -> tuple[Finding, ...]:
        """What the linter says of a letter, for the mail programs that the settings name."""
        key = (galley.digest.publication.slug, galley.edition.end, topics)
        with self._lock:
            if key not in self._linted:
                address = galley.edition.publication.site.address
                self._linted[key] = lint(letter, clients=self.settings.mail.clients or CLIENTS, address=address)
            return self._linted[key]

    def after(self, changed: Collection[Path]) -> Bench:
        """The bench to go on with after these files have changed; articles are read again only if one of them may have."""
        fresh = Bench(self._load, self.pictures)
        kept = vars(self)  # cached properties lie there once they are known
        if "catalogue" in kept and all(self._is_template(path) for path in changed):
            vars(fresh).update(settings=kept["settings"], catalogue=kept["catalogue"])
        return fresh

    def _is_template(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in template_folders(self.settings))

    def _render(self, digest: Digest, fire: datetime) -> Galley:
        edition = self._edition(digest, fire)
        note = "" if edition.entries else why_empty(digest, self.catalogue, digest.window(fire), fire)
        self.pictures = {**self.pictures, **pictures_of(edition)}  # another: somebody may be going through this one
        return Galley(digest, edition, render_digest(edition), note)

    def _edition(self, digest: Digest, fire: datetime) -> Edition:
        return compose(digest, self.catalogue, digest.window(fire), now=fire)


def template_folders(settings: Settings) -> tuple[Path, Path]:
    """Where templates lie: the workspace's own, there or not, and the default ones."""
    return settings.root / "templates", bundled("templates")


def pictures_of(edition: Edition) -> dict[str, Image]:
    """The pictures of an edition that lie in the workspace, by the name under which they are published."""
    theme = edition.publication.site.theme
    logos = [logo for logo in (theme.logo, theme.dark_logo) if logo]
    shown = [image for entry in edition.entries for image in entry.article.images[:1]]
    return {image.name: image for image in (*logos, *shown) if image.name and image.file}
