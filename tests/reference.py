"""Write the pages of the reference that follow from the code: `python -m tests.reference`. A test holds the two together.

Names, types and what properties and filters say of themselves are the code's; what a plain field means stands here, in `MEANINGS`, and
a field without a meaning is a `KeyError`, so that none is added without one.
"""

from __future__ import annotations

import re
import sys
from dataclasses import fields
from inspect import getdoc, isfunction
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

from jinja2 import Environment, meta, nodes

from syndicate.config import TABLES, Settings, load_settings
from syndicate.config.tables import Table
from syndicate.emitters.digest import When
from syndicate.emitters.theme import environment
from syndicate.model import Article, Edition, Entry, Image, Palette, Provider, Publication, Related, Section, Site, Theme
from syndicate.storage.census import Census, Health
from syndicate.web.health import health_route
from syndicate.web.metrics import Figures, metrics_route
from syndicate.web.outlet.kinds import KINDS, MONTH, SLUG
from syndicate.web.signup import Doors

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from starlette.routing import Route

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
TEMPLATES = ROOT / "templates"
MADE = "<!-- Written by `python -m tests.reference`; change the code, or the words in tests/reference.py. -->\n\n"

MEANINGS: Mapping[type, Mapping[str, str]] = {
    Edition: {
        "publication": "the feed or digest that it is an edition of",
        "key": "its name among all editions: `weekly/2026-11-16`, `energy`, `energy/2026-10`",
        "start": "where its window begins; of a live feed, its oldest entry",
        "end": "where its window ends, itself not included; of a live feed, its last change",
        "sections": "its sections, in order; one without a title where the digest has none",
        "updated": "when the newest of its entries last changed",
        "fingerprint": "a hash of what it holds",
        "archive": "whether it is a month's archive of a feed",
        "previous": "the key of the archive before it, if there is one",
        "next": "the key of the archive after it, if there is one",
        "archives": "the keys of a live feed's archives, newest first",
    },
    Section: {"title": "the heading; empty where there is none", "entries": "what runs under it"},
    Entry: {"article": "the article", "related": "coverage of the same story elsewhere, the article's own and copies that gave way to it"},
    Article: {
        "id": "`urn:uuid:...`; outlives title, date, file name and scheme",
        "title": "the title, as plain text",
        "url": "the address of the original",
        "canonical_url": "the same without scheme, `www.` and what only tracks; identities are made of it",
        "published_at": "when it was published, in UTC; `|date` and `|time` write it in the site's language and zone",
        "updated_at": "when it last changed, in UTC",
        "source": "the file it was read from",
        "excerpt": "a few sentences; the first words of the body where the file gives none",
        "body": "the Markdown as HTML that is safe; mark it `|safe`",
        "category": "one word for what it is, if any",
        "type": "`article`, `video`, ...",
        "quality": "0 and up, higher is better",
        "heat": "how much is made of it; -1: not known",
        "published": "false for a draft, which no edition holds",
        "provider": "who published the original, if known",
        "topics": "its labels",
        "images": "its pictures",
        "related": "coverage of the same story that its file names",
        "web_url": "an address for browsers, if the file gives one",
        "amp_url": "an AMP address, if the file gives one",
        "cdn_amp_url": "an AMP address on a cache, if the file gives one",
        "attachments": "pictures that lie beside the file",
        "extra": "front matter that means nothing here: `article.extra.author`",
    },
    Provider: {"name": "what it is called", "domain": "its domain, if known", "images": "its pictures, such as a logo"},
    Image: {
        "url": "its address",
        "width": "pixels, or none",
        "height": "pixels, or none",
        "alt": "what it shows, in words",
        "length": "bytes, or none",
        "file": "where it lies on disk, if it came with the articles",
        "name": "where it is published below the folder of output, likewise",
    },
    Related: {
        "title": "the title there",
        "url": "the address there",
        "published_at": "when it was published there, or none",
        "excerpt": "a few sentences",
        "type": "`article`, `video`, ...",
        "provider": "who published it, or none",
        "quality": "0 and up",
        "images": "its pictures",
        "canonical_url": "as of an article",
    },
    Publication: {
        "kind": "`feed` or `digest`",
        "slug": "its short name",
        "title": "its title",
        "site": "the site",
        "description": "what it is about",
        "formats": "of a feed: `rss`, `atom`, `json`",
        "subject": "of a digest: the template of its subject",
        "sender": "of a digest: who it comes from",
        "schedule": "the crontab line by which it is made",
    },
    Site: {
        "title": "the site's title",
        "url": "where the folder of output is published",
        "language": "`en`, `pt-BR`, ...",
        "timezone": "`Europe/London`, ...",
        "description": "what it is about",
        "address": "the postal address, for the foot of a letter",
        "hub": "the WebSub hub, if there is one",
        "signup": "the page on which people subscribe; empty where there is none",
        "theme": "colours, fonts, width, logo",
        "templates": "folders searched before the default templates",
    },
    Theme: {
        "light": "colours by day",
        "dark": "colours in the dark",
        "heading_font": "the typefaces of headlines",
        "text_font": "the typefaces of everything else",
        "width": "of a letter, in pixels",
        "logo": "the logo, or none",
        "dark_logo": "the logo in the dark, or none",
    },
    Palette: {
        "accent": "bars and rules",
        "link": "the accent as text",
        "ink": "headlines",
        "text": "prose",
        "quiet": "what stands back",
        "line": "thin rules",
        "hint": "underlines of headlines",
        "hole": "where a picture will be",
        "paper": "the ground of the text",
        "desk": "what the paper lies on",
    },
}
"""What a plain field of a value is."""

GIVEN = MappingProxyType(
    {
        "digest.html, digest.txt": ("the letter and its text part", "edition", "site", "links", "when", "subject", "preheader", "left_out"),
        "edition.html": ("an edition's page on the web", "edition", "site", "letter", "tags", "linked", "ways", "home", "shelf"),
        "feed.html": ("a feed's page", "edition", "site", "documents", "archives", "tags", "home"),
        "index.html": ("the front page", "site", "feeds", "digests", "opml", "tags"),
        "digests.html": ("a digest's shelf", "publication", "site", "editions", "years", "search", "parts", "tags", "home"),
        "entry.html": ("what a feed carries of an article", "article", "related", "picture", "body", "site"),
        "messages/confirm.html, messages/confirm.txt": (
            "the letter that asks to confirm",
            *("site", "subject", "digests", "link", "days", "_", "ngettext"),
        ),
    }
)
"""The templates that are filled in by themselves, what they are, and the names they are given; the others are pieces of these."""

ROUTES = {
    "/subscribe": "the form to subscribe; with `?embed`, for a frame",
    "/subscribe/signup.js": "what makes the form a little more pleasant",
    "/confirm/{digest}/{token}": "the page behind the link in a letter that asks to confirm; its button confirms",
    "/preferences/{digest}/{token}": "what somebody gets; its form changes it",
    "/preferences/{digest}/{token}/undo": "takes back that somebody has left by mistake; by a button alone",
    "/unsubscribe/{digest}/{token}": "a page with one button; what a mail program posts ends it at once (RFC 8058)",
    "/healthz": "200 while the ledger answers and the folder of output can be read, 503 when not",
    "/metrics": "figures for Prometheus, for the networks of `[serve] metrics`; for others there is no such page",
}
"""What stands at a route. Routes that only say that a link was cut short are left out."""


class Nobody:
    """A ledger in which there is nothing."""

    def census(self) -> Census:
        """No figure."""
        return Census({}, {}, {}, {})

    def health(self) -> Health:
        """No run."""
        return Health({}, 0)


def reference() -> dict[str, str]:
    """Every page by its name."""
    made = {
        "templates.md": templates_page(),
        "routes.md": routes_page(),
        "metrics.md": metrics_page(),
        "environment.md": environment_page(),
    }
    return {name: text.partition("\n")[0] + "\n\n" + MADE + text.partition("\n")[2].lstrip() for name, text in made.items()}


def templates_page() -> str:
    """The names that templates are given, and what is behind them."""
    jinja, bare = environment(load_settings(TEMPLATES / "syndicate.toml").publisher), Environment(autoescape=True)
    own = {name: jinja.filters[name] for name in sorted(jinja.filters.keys() - bare.filters.keys())}
    calls = {name: each for name, each in vars(When).items() if isfunction(each) and not name.startswith("_")}
    parts = [
        "# Template variables\n\nWhat a [template](../templates.md) is given, name by name. A name that does not exist is an error, never an empty space.\n",
        "## Templates and their names\n\n" + table(("template", "is", "is given"), map(given_row, GIVEN.items())),
        "## Filters\n\nBeside [Jinja2's own](https://jinja.palletsprojects.com/en/stable/templates/#builtin-filters).\n\n"
        + table(("filter", "meaning"), ((f"`{name}`", FILTERS[name]) for name in own)),
        "## Calls\n\nIn `digest.html` and `digest.txt`, `{% call when.lead(entry) %}...{% endcall %}` says which letters hold a piece.\n\n"
        + table(
            ("call", "the piece is in a letter"), ((f"`when.{name}({arguments(each)})`", lowered(each)) for name, each in calls.items())
        ),
    ]
    parts += [f"## {kind.__name__.lower()}\n\n{lead(kind)}\n\n" + table(("name", "type", "meaning"), rows_of(kind)) for kind in MEANINGS]
    return "\n".join(parts)


FILTERS = {
    "date": '`entry.article.published_at|date("medium")`: a date in the site\'s language and zone; `short`, `medium`, `long` (the default), `full`',
    "safe_url": "the address, if a click on it can only lead to a page or a letter, else `#`; no address should stand in a link without it",
    "time": "a date with its time, likewise; `medium` is the default",
}


def routes_page() -> str:
    """What `syndicate serve` answers."""
    doors = Doors.__new__(Doors)  # its routes need no desks
    routes = [*doors.routes, health_route(None), metrics_route(Figures(Nobody(), {}, []), [])]  # type: ignore[arg-type]  # nobody asks them
    shown = [route for route in routes if route.path in ROUTES]
    astray = {route.path for route in routes} - ROUTES.keys()
    if strangers := {path for path in astray if "{rest:path}" not in path and path.count("/") > 1}:
        raise KeyError(f"no meaning for {sorted(strangers)}")
    documents = ((f"`{readable(kind.pattern)}`", kind.noun, f"`{kind.media_type}`", age(kind.age, kind.fresh)) for kind in KINDS)
    return "\n".join(
        (
            "# HTTP routes\n\nWhat [`syndicate serve`](../serving.md) answers, below the path of `[site] url`. Everything else is 404.\n",
            "## Pages\n\nNone of them sets a cookie. Those about people answer only where there is a digest.\n\n"
            + table(("path", "methods", "what"), ((f"`{each.path}`", methods(each), ROUTES[each.path]) for each in shown)),
            "## Documents\n\nFiles of the folder of output, by the first line that fits their whole name; GET, HEAD and OPTIONS. An archive may be"
            " kept for a day once its month is over.\n\n" + table(("name", "is", "media type", "may be kept"), documents),
        )
    )


def metrics_page() -> str:
    """The figures of `/metrics`."""
    hits = {("feed", "energy", "rss", 200): 1}
    figures = Figures(Nobody(), hits, ["energy"])  # type: ignore[arg-type]  # it answers all that it is asked
    rows = [
        (f"`{each.name}{'_total' if each.type == 'counter' else ''}`", each.type, labels_of(each), each.documentation)
        for each in figures.collect()
    ]
    return (
        "# Metrics\n\nThe figures at `/metrics`, in Prometheus' format, for the networks that [`[serve] metrics`](../serving.md#how-the-work-stands)"
        " names. No figure is about anybody.\n\n" + table(("figure", "type", "labels", "meaning"), rows)
    )


def environment_page() -> str:
    """The variables that win over the file."""
    rows = [(f"`SYNDICATE_{'__'.join(path).upper()}`", f"`[{'.'.join(path[:-1])}] {path[-1]}`", form) for path, form in settings_paths()]
    return (
        "# Environment variables\n\nEvery setting may come from the environment, where it wins over [the file](settings.md): the names of table and key in capitals,"
        ' with two underscores between them.\n\nLists and tables are written as JSON: `SYNDICATE_ARTICLES__FOLDER=\'["news", "essays"]\'`. Feeds and digests'
        " belong in the file; as a whole they may come as JSON too (`SYNDICATE_FEEDS`, `SYNDICATE_DIGESTS`). What ends in `_FILE` names a file"
        " that holds the secret, as containers and systemd hand it over.\n\n" + table(("variable", "setting", "form"), rows)
    )


def settings_paths() -> Iterator[tuple[tuple[str, ...], str]]:
    """Every key of a table that stands once in the file, and how a variable writes it."""
    for name, kind in TABLES.items():
        outer = str(Settings.model_fields[name].annotation)
        if "list[" not in outer and "dict[" not in outer:
            yield from keys_of(kind, (name,))


def keys_of(kind: type[Table], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The keys of a table and of the tables in it."""
    for key, known in kind.model_fields.items():
        inner = [each for each in (known.annotation, *get_args(known.annotation)) if isinstance(each, type) and issubclass(each, Table)]
        if inner:
            yield from keys_of(inner[0], (*path, key))
        else:
            text = str(known.annotation)
            yield (*path, key), "JSON" if "list[" in text or "dict[" in text else "text"


def rows_of(kind: type) -> Iterator[tuple[str, str, str]]:
    """The fields of a value, then its properties."""
    for each in fields(kind):
        yield f"`{each.name}`", f"`{plain_type(str(each.type))}`", MEANINGS[kind][each.name]
    for name, member in vars(kind).items():
        if isinstance(member, property):
            yield f"`{name}`", f"`{plain_type(str(member.fget.__annotations__['return']))}`", first_sentence(member)


OPTIONAL = frozenset({"described", "home"})
"""Names that pieces ask for only where they are defined."""


def given_row(item: tuple[str, tuple[str, ...]]) -> tuple[str, str, str]:
    """A template, and the names it is given. Raises `KeyError` where it or a piece of it uses another, or one of them is used by none."""
    names, (what, *given) = item
    used = set().union(*(used_in(name) for name in names.split(", "))) - {"direction", "loop", "range", "caller"}
    if used - OPTIONAL - {"site"} != {*given} - OPTIONAL - {"site"}:
        raise KeyError(f"{names}: {sorted(used ^ {*given})}")
    return f"`{names.replace(', ', '`, `')}`", what, ", ".join(f"`{each}`" for each in given)


def used_in(name: str) -> set[str]:
    """The names that a default template and its pieces use, and do not set themselves."""
    jinja = environment(load_settings(TEMPLATES / "syndicate.toml").publisher)
    loaded, own, seen, ahead = set[str](), set[str](), set[str](), {name}
    while ahead:
        seen |= ahead
        parsed = jinja.parse((TEMPLATES / ahead.pop()).read_text(encoding="utf-8"))
        loaded |= {each.name for each in parsed.find_all(nodes.Name) if each.ctx == "load"}
        own |= {each.name for each in parsed.find_all(nodes.Name) if each.ctx != "load"} | {
            each.name for each in parsed.find_all(nodes.Macro)
        }
        own |= {word if isinstance(word, str) else word[1] for each in parsed.find_all(nodes.FromImport) for word in each.names}
        own |= {each.target for each in parsed.find_all(nodes.Import)}
        ahead |= {piece for piece in meta.find_referenced_templates(parsed) if piece} - seen
    return loaded - own


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def lead(kind: type) -> str:
    """What a value says of itself, its first paragraph."""
    return (getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")


def first_sentence(member: Any) -> str:
    """What a property or method says of itself, as it stands in a table."""
    said = (getdoc(member) or "").partition("\n\n")[0].replace("\n", " ").rstrip(".")
    return said[0].lower() + said[1:]


def lowered(member: Any) -> str:
    """`Where the story opens the letter.`: `where the story opens the letter`."""
    return first_sentence(member)


def arguments(function: Any) -> str:
    """What a template hands over."""
    return ", ".join(name for name in function.__annotations__ if name not in {"caller", "return"})


def plain_type(text: str) -> str:
    """An annotation as people read it."""
    text = re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1", text)
    return (
        text.replace(" | None", " or none")
        .replace("str", "text")
        .replace("int | float", "number")
        .replace("Mapping[text, object]", "table")
    )


def readable(pattern: str) -> str:
    r"""`feeds/([a-z0-9-]+)\\.rss` as `feeds/<slug>.rss`."""
    for regex, words in (
        (SLUG, "<slug>"),
        (MONTH, "<YYYY-MM>"),
        ("(?:-[0-9]+)?", ""),
        ("[0-9]+", "<number>"),
        ("[^/]+", "<edition>"),
        (".+", "*"),
        ("jpe?g", "jpg"),
        ("\\", ""),
    ):
        pattern = pattern.replace(regex, words)
    return pattern


def age(seconds: int, fresh: str | None) -> str:
    """How long a document may be kept."""
    if fresh:
        return {"feed": "until its feed's next render", "digest": "until its digest's next edition", "site": "until the next render"}[fresh]
    return {3600: "an hour", 86400: "a day"}.get(seconds, f"{seconds} s")


def methods(route: Route) -> str:
    """GET before POST; what is not routed by method answers to GET."""
    return ", ".join(sorted((route.methods or {"GET"}) - {"HEAD"})) if "undo" not in route.path else "POST"


def labels_of(metric: Any) -> str:
    """The labels of a figure."""
    return ", ".join(f"`{name}`" for name in metric._labelnames) or "–"


def main() -> int:
    """Write what has changed."""
    for name, text in reference().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
