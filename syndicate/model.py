"""The values that everything else speaks in: frozen, compared by content, free of I/O.

Text in an `Article` is plain text, cleaned at the catalogue's door and not yet escaped for any format; `body` alone is HTML,
sanitised there too. Moments are aware and in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  the index reads the annotations
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parseaddr
from pathlib import Path  # noqa: TC003  the same
from typing import Literal
from unicodedata import normalize
from urllib.parse import quote, urlsplit
from uuid import NAMESPACE_URL, uuid5

Order = Literal["newest", "quality", "heat"]
Kind = Literal["feed", "digest"]
CatchUp = Literal["latest", "each", "skip"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""When an edition without entries was last updated: never, so that nothing in it depends on a clock."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture by address; `length` is its size in bytes.

    If it came with the articles, `file` is where it lies on disk, and `name` where it is published below the folder of output.
    """

    url: str
    width: int | None = None
    height: int | None = None
    alt: str = ""
    length: int | None = None
    file: Path | None = field(default=None, repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """Who published the original."""

    name: str
    domain: str = ""
    images: tuple[Image, ...] = ()

    @property
    def url(self) -> str:
        """The provider's home page, or nothing where no domain is known."""
        return f"https://{self.domain}/" if self.domain else ""


def folded(label: str) -> str:
    """A label as it is compared: in small letters, and one way to write an accent (Unicode's NFC), for files differ in both."""
    return normalize("NFC", label).casefold()


@dataclass(frozen=True, slots=True)
class Topic:
    """A label and the labels that belong under it, its own included, all of them without regard to case."""

    label: str
    labels: frozenset[str]

    @classmethod
    def of(cls, label: str, parents: Mapping[str, str] | None = None) -> Topic:
        """The topic called `label`, with its children and theirs, where `parents` maps a child to its parent."""
        above = {folded(child): folded(parent) for child, parent in (parents or {}).items()}
        labels = {folded(label)}
        while found := {child for child, parent in above.items() if parent in labels} - labels:
            labels |= found
        return cls(label, frozenset(labels))


@dataclass(frozen=True, slots=True)
class Related:
    """Coverage of the same story elsewhere."""

    title: str
    url: str
    published_at: datetime | None = None
    excerpt: str = ""
    type: str = "article"
    provider: Provider | None = None
    quality: int | float = 0
    images: tuple[Image, ...] = ()
    canonical_url: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Article:
    """One story, as its file tells it. `id` is a `urn:uuid:` that outlives title, date, file name and scheme (RFC 9562)."""

    id: str
    title: str
    url: str
    canonical_url: str
    published_at: datetime
    updated_at: datetime
    source: str
    excerpt: str = ""
    body: str = ""
    category: str = ""
    type: str = "article"
    quality: int | float = 0
    heat: int | float = -1
    published: bool = True
    provider: Provider | None = None
    topics: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    related: tuple[Related, ...] = ()
    web_url: str = ""
    amp_url: str = ""
    cdn_amp_url: str = ""
    attachments: tuple[Image, ...] = field(default=(), repr=False)
    extra: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def image(self) -> Image | None:
        """The picture that stands for the article: its first."""
        return self.images[0] if self.images else None

    def as_related(self) -> Related:
        """This article as coverage beside another that tells the same story."""
        return Related(
            title=self.title,
            url=self.url,
            published_at=self.published_at,
            excerpt=self.excerpt,
            type=self.type,
            provider=self.provider,
            quality=self.quality,
            images=self.images,
            canonical_url=self.canonical_url,
        )


@dataclass(frozen=True, slots=True)
class Selection:
    """The question put to the catalogue. An empty tuple asks for nothing in particular; `None` sets no limit."""

    topics: tuple[Topic, ...] = ()
    exclude_topics: tuple[Topic, ...] = ()
    categories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    exclude_providers: tuple[str, ...] = ()
    min_quality: float = 0
    min_heat: float | None = None
    per_provider: int | None = None
    limit: int | None = None
    order: Order = "newest"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the selector says of one article, and why. `section` is where it runs; empty in an edition without sections.

    An article runs (`ran`); or it fits, but another copy of its story runs (`told`) or there is no room for it (`passed`); or it is
    `out`, by a rule that looks at it alone.
    """

    article: Article
    outcome: Literal["ran", "told", "passed", "out"]
    reason: str
    section: str = ""

    @property
    def kept(self) -> bool:
        """Whether the article runs."""
        return self.outcome == "ran"


@dataclass(frozen=True, slots=True)
class Entry:
    """An article placed in an edition, with the coverage of the same story beside it."""

    article: Article
    related: tuple[Related, ...] = ()

    @property
    def title(self) -> str:
        """The article's title, so that a subject can say `{{ lead.title }}`."""
        return self.article.title


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under one heading; an edition without headings has one section without a title."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme, as `#rrggbb`.

    `accent` draws bars and rules, and `link` is its shade that can be read as text; `ink` is for headlines, `text` for prose, `quiet` for
    what stands back; `line` and `hint` draw thin rules and underlines; `hole` shows where a picture will be; `paper` lies on `desk`.
    """

    accent: str
    link: str
    ink: str
    text: str
    quiet: str
    line: str
    hint: str
    hole: str
    paper: str
    desk: str


LIGHT = Palette(
    accent="#0f6a73",
    link="#0f6a73",
    ink="#15191b",
    text="#3b4448",
    quiet="#5a6367",
    line="#dfe3e1",
    hint="#bccccc",
    hole="#e6ebea",
    paper="#ffffff",
    desk="#f2f0eb",
)
DARK = Palette(
    accent="#5fb9c1",
    link="#74c6cd",
    ink="#f2f0ea",
    text="#c8cecf",
    quiet="#9fa9ac",
    line="#2e383b",
    hint="#4f6a6d",
    hole="#263033",
    paper="#171c1e",
    desk="#0f1314",
)


@dataclass(frozen=True, slots=True)
class Theme:
    """What a publisher may change of the look without a template: colours, fonts, the width of a letter in pixels, a logo."""

    light: Palette = LIGHT
    dark: Palette = DARK
    heading_font: str = "Georgia, Noto Serif, serif"
    text_font: str = "-apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif"
    width: int = 600
    logo: Image | None = None
    dark_logo: Image | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """Where and how everything is published. `templates` are folders searched before the default ones.

    `signup` is the address of the page on which people subscribe; nothing where there is none.
    """

    title: str
    url: str
    language: str = "en"
    timezone: str = "UTC"
    description: str = ""
    address: str = ""
    hub: str = ""
    signup: str = ""
    theme: Theme = field(default=Theme(), repr=False)
    templates: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def host(self) -> str:
        """The host of the address, without its port: `news.example.org`."""
        return urlsplit(self.url).hostname or "localhost"


@dataclass(frozen=True, slots=True)
class Publication:
    """A feed (rolling) or a digest (dated, mailed), as configured: what is true of all its editions.

    `schedule` is the crontab line by which a feed is rendered, in the site's time zone, if it is.
    """

    kind: Kind
    slug: str
    title: str
    site: Site
    description: str = ""
    formats: tuple[str, ...] = ()
    subject: str = ""
    sender: str = ""
    schedule: str = ""

    def mailto(self, wish: str) -> str:
        """An address by which a reader tells the sender of a wish: `unsubscribe`, `preferences`."""
        mailbox = parseaddr(self.sender)[1] or f"{self.slug}@{self.site.host}"
        return f"mailto:{quote(mailbox, safe='@+')}?subject={quote(f'{wish} {self.slug}')}"


@dataclass(frozen=True, slots=True)
class Edition:
    """One composed output of a publication: what it holds, not yet what it looks like.

    `key` names it among all editions: `weekly/2026-11-16` for a digest, `energy` for a live feed, `energy/2026-10` for an
    archive of one. `start` and `end` are the edges of its window; a live feed's go from its oldest entry to its last change. An archive knows the keys of its neighbours `previous` and `next`; a live feed knows all its `archives`, newest
    first, and the `previous` one of them to go on reading in (RFC 5005, section 4).
    """

    publication: Publication
    key: str
    start: datetime
    end: datetime
    sections: tuple[Section, ...]
    updated: datetime = EPOCH
    fingerprint: str = ""
    archive: bool = False
    previous: str = ""
    next: str = ""
    archives: tuple[str, ...] = ()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry, section after section."""
        return tuple(entry for section in self.sections for entry in section.entries)

    @property
    def lead(self) -> Entry | None:
        """The story the edition opens with."""
        return next((entry for section in self.sections for entry in section.entries), None)

    def path(self, suffix: str, key: str = "") -> str:
        """Where a document of this edition (or of its sibling `key`) lies in the folder of output: `feeds/energy.rss`."""
        return f"{self.publication.kind}s/{key or self.key}.{suffix}"

    def address(self, suffix: str, key: str = "") -> str:
        """The same as an absolute URL, once the folder of output is published."""
        return f"{self.publication.site.url}/{self.path(suffix, key)}"

    @property
    def id(self) -> str:
        """The `urn:uuid:` of the publication: one for all its formats and archives (RFC 5005, appendix B)."""
        return uuid5(NAMESPACE_URL, f"{self.publication.site.host}/{self.publication.kind}s/{self.publication.slug}").urn


@dataclass(frozen=True, slots=True)
class Document:
    """Named bytes with a media type. `name` is a path below the folder of output, with forward slashes."""

    name: str
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who asked for a digest, with the addresses where they can leave it or change their mind. No `topics`: everything."""

    address: str
    name: str = ""
    unsubscribe_url: str = ""
    preferences_url: str = ""
    topics: tuple[Topic, ...] = ()

    @property
    def labels(self) -> frozenset[str]:
        """The topics they want, with those under them, in small letters; none where they want everything."""
        return frozenset().union(*(topic.labels for topic in self.topics))
