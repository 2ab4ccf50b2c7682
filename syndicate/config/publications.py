"""Feeds and digests as configured, ready to be composed: values made of the tables of the configuration file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from syndicate.config.tables import DigestTable, FeedTable, SelectionTable
from syndicate.errors import ConfigurationError
from syndicate.model import Publication, Selection, Site, Topic
from syndicate.windows import Cadence, Window

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from syndicate.model import CatchUp


FEED_LIMIT = 50
DIGEST_LIMIT = 20
LISTS = ("topics", "exclude_topics", "categories", "types", "providers", "exclude_providers")
REST = "More stories"
"""The heading over what a digest's own selection takes and none of its sections did."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A rolling feed: what is asked, how far back (`reach`), and whether what is older stays to be read in monthly archives."""

    publication: Publication
    selection: Selection
    reach: timedelta
    cadence: Cadence | None = None
    archives: bool = True

    def window(self, now: datetime) -> Window:
        """The span the live feed covers at `now`."""
        return Window(now - self.reach, now, self.publication.site.timezone)

    def shows(self, moment: datetime) -> datetime:
        """A moment from which on an article of `moment` stands in the feed: the next full minute."""
        return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Digest:
    """A dated edition: the question under each heading, in order, and the most entries in all."""

    publication: Publication
    sections: tuple[tuple[str, Selection], ...]
    limit: int
    cadence: Cadence
    when_empty: str
    late: timedelta
    catch_up: CatchUp

    def window(self, now: datetime) -> Window:
        """The latest window that has closed by `now`."""
        return self.cadence.window(now)

    def shows(self, moment: datetime) -> datetime:
        """The moment from which on an article of `moment` stands in an edition: the next fire time."""
        return self.cadence.after(moment)


def feed_of(table: FeedTable, site: Site, parents: Mapping[str, str]) -> Feed:
    """The feed that `table` describes."""
    publication = Publication("feed", table.slug, table.title, site, table.description, tuple(table.formats), schedule=table.schedule or "")
    cadence = Cadence(table.schedule, site.timezone) if table.schedule else None
    return Feed(publication, selection_of(_given(table), parents, limit=FEED_LIMIT, order="newest"), table.window, cadence, table.archives)


def digest_of(table: DigestTable, site: Site, parents: Mapping[str, str]) -> Digest:
    """The digest that `table` describes: its sections, each with the digest's keys where it is silent, then all the rest."""
    publication = Publication("digest", table.slug, table.title, site, table.description, tuple(table.formats), table.subject, table.sender)
    asked = {key: value for key, value in _given(table).items() if key != "limit"}
    sections = [(part.title, selection_of(asked | _given(part), parents, order="heat")) for part in table.sections]
    rest = selection_of(asked, parents, order="heat")
    return Digest(
        publication=publication,
        sections=(*sections, (REST if sections else "", rest)),
        limit=table.limit or DIGEST_LIMIT,
        cadence=Cadence(table.schedule, table.timezone or site.timezone),
        when_empty=table.when_empty,
        late=table.late,
        catch_up=table.catch_up,
    )


def once(
    site: Site,
    topics: Sequence[str],
    parents: Mapping[str, str],
    *,
    taken: Collection[str] = (),
    min_quality: float = 0,
    limit: int | None = None,
) -> tuple[Feed, Digest]:
    """A feed and a digest of `topics` that nobody configured, called after them, and not by a name that is `taken`.

    Raises `ConfigurationError`.
    """
    from slugify import slugify

    if not all(topic.strip() for topic in topics):
        raise ConfigurationError(["a topic must have a name; `syndicate list` shows the topics that articles have"])
    slug, title = slugify("-".join(topics)), ", ".join(topics)
    slug = "topic" if slug in {"", "index"} else f"topic-{slug}" if slug in taken else slug  # index.html is the front page's
    asked = {"topics": topics, "min_quality": min_quality, "limit": limit}
    feed = FeedTable(slug=slug, title=title, **asked)
    digest = DigestTable(slug=slug, title=title, sender=f"{slug}@{site.host}", schedule="0 0 * * *", when_empty="send", **asked)
    return feed_of(feed, site, parents), digest_of(digest, site, parents)


def slug_of(text: str) -> str:
    """A title or topic as the slug of a publication; nothing where none of its characters can stand in one."""
    from slugify import slugify

    return slugify(text)


def selection_of(asked: Mapping[str, Any], parents: Mapping[str, str], **defaults: object) -> Selection:
    """The selection that the keys in `asked` describe, with `defaults` where they are silent."""
    keys = {**defaults, **asked}
    for key in LISTS:
        keys[key] = tuple(keys.get(key) or ())
    for key in ("topics", "exclude_topics"):
        keys[key] = tuple(Topic.of(label, parents) for label in keys[key])
    return Selection(**keys)


def _given(table: SelectionTable) -> dict[str, Any]:
    """The keys of a selection that `table` gives."""
    return table.model_dump(include=set(SelectionTable.model_fields), exclude_none=True)
