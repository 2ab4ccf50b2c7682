"""The tables of the configuration file that say what is published, as pydantic reads them; `syndicate.config.services` has the others.

Unknown keys are errors; what is silent has its default here.

The sentence under a key is its meaning, for editors and for the reference (`syndicate.config.meanings`): there is no other place for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from syndicate.catalogue.conventions import Dialect
from syndicate.config.conventions import FieldName, Templates
from syndicate.config.fields import (
    Colour,
    DigestFormat,
    Duration,
    Font,
    Format,
    Language,
    Link,
    Logo,
    Names,
    Pixels,
    Schedule,
    Sender,
    Slug,
    Title,
    Url,
    Zone,
    list_of_one,
)


class Table(BaseModel):
    """A table of the file. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SiteTable(Table):
    """`[site]`: where the folder of output is published, and how it speaks."""

    title: Title = "Syndicate"
    """What the site is called, on every page and in every feed."""
    url: Url = "http://localhost:8000"
    """Where the folder of output is published; every address in feeds and letters begins with it."""
    language: Language = "en"
    """The language of the site, as a tag such as `en-GB`: the words of pages and letters, and how dates are written."""
    timezone: Zone = "UTC"
    """The time zone of schedules, of dates without an offset, and of the dates that people read."""
    description: str = ""
    """A sentence about the site, for the front page, the feeds and the foot of pages."""
    address: str = ""
    """A postal address, for the foot of every letter, where the law asks for one."""
    hub: Link = ""
    """The address of a WebSub hub, which `syndicate run` tells at once which feeds have changed."""


class ArticlesTable(Table):
    """`[articles]`: the folders to read."""

    folder: Annotated[Names, Field(min_length=1)] = ["articles"]
    """The folder that holds the articles, or a list of folders, relative to this file."""
    dialect: Dialect = "plain"
    """Whose conventions the files follow: `plain` are our own; `jekyll`, `hugo`, `pelican` and `eleventy` sites are read as they are."""
    url: Link = ""
    """The site on which the articles stand, where that is not the one of `[site]`; addresses that begin with a slash are below it."""
    address: Templates = {}
    """How an article's address is made where its file names none, as `/{year}/{month}/{slug}/`; also a table, by section, `*` for the rest."""
    base: str = ""
    """The folder from which `{path}` and `{section}` of an address are told, where that is not the folder of articles."""
    fields: dict[FieldName, Names] = {}
    """Other names of fields: ours = theirs or a list of theirs, as `quality = "rating"`, `images = "cover.image"`."""


class TopicTable(Table):
    """`[topics]`: which topic belongs under which, as `"AI in Healthcare" = { parent = "AI" }`."""

    parent: Title
    """The topic that this one belongs under: who asks for the parent gets this one too."""


class PaletteTable(Table):
    """`[theme.light]`, `[theme.dark]`: single colours, where the derived ones do not do."""

    accent: Colour | None = None
    """Bars and rules."""
    link: Colour | None = None
    """The accent as text: links and labels. In silence the nearest shade of the accent that can be read."""
    ink: Colour | None = None
    """Headlines."""
    text: Colour | None = None
    """Prose."""
    quiet: Colour | None = None
    """What stands back: providers, dates, the foot."""
    line: Colour | None = None
    """Thin rules."""
    hint: Colour | None = None
    """Underlines of headlines."""
    hole: Colour | None = None
    """The place where a picture will be."""
    paper: Colour | None = None
    """The ground of the text."""
    desk: Colour | None = None
    """What the paper lies on."""


class ThemeTable(Table):
    """`[theme]`, and `[digests.theme]` for one digest: an accent is enough; its shades for text and for the dark follow from it."""

    accent: Colour | None = None
    """The one colour of the look, as CSS writes colours; the shades that can be read, in light and in dark, follow from it."""
    heading_font: Font | None = None
    """Fonts of headlines, as CSS lists them."""
    text_font: Font | None = None
    """Fonts of everything else, as CSS lists them."""
    width: Annotated[int, Field(ge=400, le=800)] | None = None
    """How wide a letter is, in pixels. In silence 600."""
    logo: Logo | None = None
    """A picture beside or below this file, or at an https address, in place of the title; it needs `logo_width`."""
    dark_logo: Logo | None = None
    """The picture that takes the logo's place in the dark; without it the logo stands on a light plate."""
    logo_width: Pixels | None = None
    """The width at which the logo is shown, in pixels."""
    logo_height: Pixels | None = None
    """The height at which the logo is shown, in pixels."""
    light: PaletteTable = PaletteTable()
    """Single colours by day, where the derived ones do not do."""
    dark: PaletteTable = PaletteTable()
    """Single colours in the dark, where the derived ones do not do."""


class SelectionTable(Table):
    """The keys of a selection. What is not given is inherited: by a section from its digest."""

    topics: Names | None = None
    """Take only articles on one of these topics, or on one under them. In silence all."""
    exclude_topics: Names | None = None
    """Leave out articles on one of these topics, or on one under them."""
    categories: Names | None = None
    """Take only articles of these categories. In silence all."""
    types: Names | None = None
    """Take only articles of these types, such as `article` or `video`. In silence all."""
    providers: Names | None = None
    """Take only articles from these providers, by name or domain. In silence all."""
    exclude_providers: Names | None = None
    """Leave out articles from these providers, by name or domain."""
    min_quality: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    """The least quality of an article. In silence 0."""
    min_heat: Annotated[float, Field(ge=-1, allow_inf_nan=False)] | None = None
    """The least heat of an article; -1 takes those without any. In silence there is no floor."""
    per_provider: Annotated[int, Field(ge=1)] | None = None
    """Take at most so many articles from one provider. In silence there is no limit."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """Take at most so many articles. In silence 50 for a feed, 20 for a digest, and no limit of its own for a section."""
    order: Literal["newest", "quality", "heat"] | None = None
    """Which articles come first. In silence the newest in a feed; in a digest the hottest, then the best, then the newest."""


class FeedTable(SelectionTable):
    """`[[feeds]]`: a rolling feed, and its archives, one for each month. It may also hold the keys of a selection."""

    slug: Slug
    """What the feed is called in addresses and on the command line."""
    title: Title
    """What people read the feed is called."""
    description: str = ""
    """A sentence about the feed."""
    window: Duration = timedelta(days=90)
    """How far back the live feed goes."""
    formats: Annotated[list[Format], BeforeValidator(list_of_one, json_schema_input_type=Format | list[Format]), Field(min_length=1)] = [
        "rss",
        "atom",
        "json",
    ]
    """The formats in which the feed is written; its page for people is written beside them."""
    archives: bool = True
    """Whether what is older stays to be read, in an archive for each month (RFC 5005)."""
    schedule: Schedule | None = None
    """When `syndicate run` renders the feed, as a line of crontab in the site's time zone. In silence when files change."""


class SectionTable(SelectionTable):
    """`[[digests.sections]]`: a heading in a digest, and what runs under it: it may hold the keys of a selection."""

    title: Title
    """The heading of the section."""


class DigestTable(SelectionTable):
    """`[[digests]]`: a dated edition, mailed. It may also hold the keys of a selection."""

    slug: Slug
    """What the digest is called in addresses and on the command line."""
    title: Title
    """What people read the digest is called."""
    description: str = ""
    """A sentence about the digest."""
    subject: str = ""
    """The subject of a letter: a line of Jinja2 over `edition` and `lead`, its first story. In silence `{{ lead.title }}`."""
    sender: Sender
    """Whom the letters are from: an address, with a name or without."""
    schedule: Schedule
    """When an edition is due, as a line of crontab; each covers the time since the one before."""
    timezone: Zone | None = None
    """The time zone of the digest's schedule. In silence the site's."""
    when_empty: Literal["skip", "send"] = "skip"
    """What becomes of an edition without a story: it is skipped, or sent all the same."""
    late: Duration = timedelta(days=14)
    """How long after its date an article that turned up late may still run in the next edition."""
    catch_up: Literal["latest", "each", "skip"] = "latest"
    """What becomes of times that were missed while nothing ran: one edition for all of them, one for each, or none."""
    formats: Annotated[list[DigestFormat], BeforeValidator(list_of_one, json_schema_input_type=DigestFormat | list[DigestFormat])] = []
    """Formats of packages that are installed, in which editions are written beside `html`, `text` and `eml`."""
    theme: ThemeTable = ThemeTable()
    """The look of this digest, where it differs from the site's."""
    sections: list[SectionTable] = []
    """The headings of the digest, in order; an article runs in the first section that takes it."""
