"""Bring one publication into the folder of output, and leave alone what stands there as it should. [I/O: writes documents]"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from syndicate.publishing.memory import Standing
from syndicate.publishing.output import copy_picture, write

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from syndicate.model import Document, Edition, Image, Site
    from syndicate.publishing.memory import Memory
    from syndicate.publishing.output import Written


@dataclass
class Press:
    """A publication on its way: its files by name, whether any of its editions had to be composed, and why documents are not there."""

    memory: Memory
    asked: str
    written: dict[str, Written] = field(default_factory=dict)
    ran: bool = False
    failures: list[str] = field(default_factory=list)

    def leave(self, standing: Standing) -> None:
        """Leave an edition as it stands."""
        self._note(standing.written)

    def run(self, edition: Edition, choice: str, emit: Callable[[Edition], tuple[Sequence[Document], Sequence[str]]]) -> None:
        """Write an edition that was composed out of `choice`, unless it has come to what stands there already. Raises `OutputError`.

        `emit` gives its documents, and what kept it from others. An edition that lacks one does not stand: it is tried again next time.
        """
        self.ran = True
        standing = self.memory.standing(edition.key, self.asked)
        if standing and standing.fingerprint == edition.fingerprint:
            self.memory.keep(edition.key, replace(standing, choice=choice))
            return self.leave(standing)
        pictures = pictures_of(edition)
        sources = self.memory.sources(pictures)
        documents, failures = emit(edition)
        written = [*(write(document, self.memory.out) for document in documents), *copy_pictures(pictures, self.memory.out)]
        self._note(written)
        self.failures += failures
        if failures:
            return None
        files = self.memory.files(written, sources)
        self.memory.keep(edition.key, Standing(self.asked, choice, edition.fingerprint, len(edition.entries), files))
        return None

    def _note(self, written: Sequence[Written]) -> None:
        for each in written:
            self.written.setdefault(each.name, each)  # a picture of several editions is new once


def pictures_of(edition: Edition) -> dict[str, Image]:
    """The pictures that lie beside the articles which run, and the logos over them, by the name under which they are published."""
    shown = (image for entry in edition.entries for image in (*entry.article.images[:1], *entry.article.attachments))
    return logos_of([edition.publication.site]) | {image.name: image for image in shown if image.name}


def logos_of(sites: Sequence[Site]) -> dict[str, Image]:
    """The logos that lie in the workspace, by the name under which they are published."""
    logos = (logo for site in sites for logo in (site.theme.logo, site.theme.dark_logo))
    return {logo.name: logo for logo in logos if logo and logo.name}


def copy_pictures(pictures: Mapping[str, Image], out: Path) -> list[Written]:
    """Copy pictures to where their names say. Raises `OutputError`."""
    return [copy_picture(image, name, out) for name, image in sorted(pictures.items())]
