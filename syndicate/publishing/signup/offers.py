"""What people can choose on the page: the digests that are configured, and the topics of each. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.config import Digest
from syndicate.emitters.translations import spoken
from syndicate.model import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from syndicate.config import Settings
    from syndicate.config.tables import DigestTable
    from syndicate.model import Site


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic to choose, and those right under it, which it takes in."""

    label: str
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A digest to choose, in its own look, with the topics that may be chosen of it; none where it knows no topics."""

    digest: Digest
    site: Site
    subjects: tuple[Subject, ...]

    @property
    def slug(self) -> str:
        """What it is called in addresses."""
        return self.digest.publication.slug

    @property
    def title(self) -> str:
        """What it is called."""
        return self.digest.publication.title

    @property
    def labels(self) -> dict[str, str]:
        """Every topic of it, as it is written, by how it is compared."""
        return {folded(label): label for subject in self.subjects for label in (subject.label, *subject.children)}

    def chosen(self, labels: Iterable[str]) -> tuple[str, ...]:
        """Which of its topics these are, as they are written, each once; without those that a chosen one takes in anyway."""
        asked = {folded(label) for label in labels}
        covered = {folded(child) for subject in self.subjects if folded(subject.label) in asked for child in subject.children}
        return tuple(label for key, label in self.labels.items() if key in asked - covered)


def offers_of(settings: Settings) -> dict[str, Offer]:
    """Every digest that is configured, by its slug, in the order of the file."""
    tables = {table.slug: table for table in settings.digests}
    found = (item for item in settings.publications() if isinstance(item, Digest))
    return {item.publication.slug: _offer(item, tables[item.publication.slug], settings) for item in found}


def _offer(digest: Digest, table: DigestTable, settings: Settings) -> Offer:
    asked = settings.signup.topics or [*(table.topics or ()), *(label for part in table.sections for label in part.topics or ())]
    parents = settings.parents
    roots = asked or [label for label in dict.fromkeys((*parents.values(), *parents)) if label not in parents]
    return Offer(digest, spoken(digest.publication.site), tuple(_subjects(roots, parents)))


def _subjects(labels: Sequence[str], parents: Mapping[str, str]) -> Iterator[Subject]:
    """The topics `labels`, each with those right under it; what stands under another one of them does not stand by itself."""
    above = {folded(child): folded(parent) for child, parent in parents.items()}
    asked = {folded(label): label for label in labels}
    for key, label in asked.items():
        if above.get(key) not in asked:
            yield Subject(label, tuple(child for child, parent in parents.items() if folded(parent) == key))
