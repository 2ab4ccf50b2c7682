"""Read what Jekyll, Hugo, Pelican and Eleventy write as what we write: what a file says, and what its place says of it. Pure.

A file that is no article of its generator's (a section, a page without a date) is passed over without a word.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo

from syndicate.catalogue.addresses import COLON_NAMES, JEKYLL_STYLES, ON_THE_WEB, SCHEME, below, facts_of, fill, of_colons, slugged
from syndicate.catalogue.moments import read_date
from syndicate.catalogue.names import CATEGORIES, address_in, is_given, renamed
from syndicate.catalogue.notations import ENDINGS
from syndicate.catalogue.places import Place, place_of
from syndicate.catalogue.shortcodes import strip_line, strip_shortcodes
from syndicate.catalogue.values import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from syndicate.catalogue.conventions import Conventions, Dialect
    from syndicate.catalogue.desk import Desk

ADDRESSES = ("originalUrl", "webUrl", "permalink", "link")
"""Any of these names an address in a file of our own form."""

UNSEEN = {"draft", "hidden", "skip", "private"}
"""What Pelican's `Status` may say of what nobody is to see in a feed."""

FILE_DATES = {"last modified", "created", "git last modified", "git created"}
"""Eleventy's words for dates that the file system or Git know, and the file does not."""

NEVER = ("never", False)
"""What Hugo's `build` may say of a page that is not rendered, or in no list."""


@dataclass(frozen=True, slots=True)
class Translation:
    """The values of a file by our names, with the name that each had in the file."""

    values: dict[str, object]
    names: dict[str, str] = field(default_factory=dict)
    dialect: Dialect = "plain"

    def body(self, markdown: str) -> str:
        """The body without what its generator would have filled in."""
        return markdown if self.dialect == "plain" else strip_shortcodes(markdown, self.dialect)


def translate(given: Mapping[str, object], path: str, desk: Desk) -> Translation | None:
    """Translate the values of the file at `path`; `None` where it is no article."""
    conventions, place = desk.conventions, place_of(path, desk)
    values, names = renamed(given, conventions)
    if conventions.is_foreign:
        if _is_elsewhere(given, place, conventions) or not _date(values, place, conventions):
            return None
        _settle(values, place, conventions)
    slug = values.pop("slug", None)
    address = _address(values, given, place, str(slug).strip("/ ") if isinstance(slug, str | int) else "", desk)
    if address:
        values["originalUrl"] = address
    if conventions.is_foreign:
        values["images"] = _pictures(values.get("images"), address, place, conventions) if address else []
        if not address:
            values.pop("originalUrl", None)
    return Translation(values, names, conventions.dialect)


def resolve(address: str, page: str, conventions: Conventions) -> str:
    """What an address of a foreign article means on its page; nothing where only its generator could tell. Raises `ValueError`."""
    text = address.strip()
    if text[:3].upper() in {"%7B", "%7C"}:  # braces, as Markdown hands them on
        text = unquote(text)
    if text.startswith(("{static}", "|static|", "{attach}", "|attach|")):  # Pelican's
        text = "/" + text[len("{static}") :].lstrip("/")
    ending = PurePath(urlsplit(text).path).suffix.lower()
    if not text or text[0] in "{|" or ending in ENDINGS:
        return ""
    if text.startswith("/") and not text.startswith("//") and conventions.url:
        return below(conventions.url, text)
    return urljoin(page, text)


def _is_elsewhere(given: Mapping[str, object], place: Place, conventions: Conventions) -> bool:
    """Whether a file is none of its generator's articles: a section, a page, or in another language."""
    match conventions.dialect:
        case "jekyll":
            return "_posts" in place.folders and place.day is None
        case "hugo":
            tongues = {tongue.lower().partition("-")[0] for tongue in (place.language, conventions.language) if tongue}
            is_other = bool(place.language) and len(tongues) > 1
            return is_other or place.name == "_index" or _build(given).get("render", True) in NEVER
        case "pelican":
            return place.folders[:1] == ("pages",)
        case _:
            return False


def _date(values: dict[str, object], place: Place, conventions: Conventions) -> bool:
    """Have the date in the name of the file where the file gives none; whether it may be an article."""
    said = values.get("publishedDateTime")
    if is_given(said) and str(said).strip().lower() not in FILE_DATES:
        return True
    if place.day:
        values["publishedDateTime"] = place.day
    # Hugo and Eleventy keep pages beside articles, and a page has no date.
    return is_given(values.get("publishedDateTime")) or conventions.dialect not in {"hugo", "eleventy"}


def _settle(values: dict[str, object], place: Place, conventions: Conventions) -> None:
    """What a foreign file says of itself in ways of its own: that it is a draft, its category, its title."""
    status = str(values.pop("status", "")).strip().lower()
    unlisted = values.get("eleventyExcludeFromCollections") is True or _build(values).get("list", True) in NEVER
    for key, otherwise in (("draft", bool(values.get("draft"))), ("published", True)):
        if str(values.get(key, otherwise)).strip().lower() not in WORDS:
            values[key] = otherwise
    if place.is_draft or status in UNSEEN or unlisted or values.get("permalink") is False:
        values["draft"] = True
    categories = _categories(values, place if conventions.dialect == "pelican" else Place(), conventions)
    values["category"] = categories[0] if categories else ""
    for key in ("title", "excerpt"):
        if isinstance(text := values.get(key), str):
            values[key] = strip_line(text, conventions.dialect)
    if not is_given(values.get("title")) and conventions.dialect == "jekyll":
        values["title"] = " ".join(word.capitalize() for word in place.name.split("-"))


def _build(values: Mapping[str, object]) -> Mapping[str, object]:
    """What Hugo is told of when to build a page."""
    build = values.get("build", values.get("_build"))
    return build if isinstance(build, dict) else {}


def _categories(values: Mapping[str, object], place: Place, conventions: Conventions) -> list[str]:
    """The categories of an article: those it names, and in Jekyll and Pelican the folders it lies in."""
    named: list[str] = []
    for key in CATEGORIES:
        value = values.get(key)
        if isinstance(value, str) and conventions.dialect == "jekyll" and key == "categories":
            value = list(value.replace(",", " ").split())
        named += [str(item) for item in (value if isinstance(value, list) else [value]) if isinstance(item, str | int)]
    folders: list[str] = []
    if conventions.dialect == "jekyll":
        folders = [name for name in place.folders if not name.startswith("_")]
    elif conventions.dialect == "pelican" and not any(map(str.strip, named)):
        folders = list(place.folders[-1:])
    return list(dict.fromkeys(filter(None, (each.strip() for each in (*folders, *named)))))


def _address(values: Mapping[str, object], given: Mapping[str, object], place: Place, slug: str, desk: Desk) -> str:
    """Where the article stands: what it says itself, else what the template comes to; nothing where neither says it."""
    conventions = desk.conventions
    url, template = conventions.url or desk.site_url, conventions.template(place.folders[0] if place.folders else "")
    if not conventions.is_foreign:
        if any(is_given(values.get(name)) for name in ADDRESSES):
            return ""
    elif isinstance(said := values.get("originalUrl"), str) and said.strip():
        if ON_THE_WEB.match(said):
            return said
        has_colons = (":" in said and conventions.dialect in COLON_NAMES) or said in JEKYLL_STYLES
        own = of_colons(said, conventions.dialect) if has_colons else said
        if own is not None and "{{" not in own and "{%" not in own:
            if own == said:
                return below(url, own)
            template = own
    return below(url, fill(template, _facts(values, given, place, slug, desk))) if template else ""


def _facts(values: Mapping[str, object], given: Mapping[str, object], place: Place, slug: str, desk: Desk) -> dict[str, str]:
    """What a template may say of an article."""
    conventions = desk.conventions
    dialect = conventions.dialect
    name = place.name if dialect == "eleventy" else slugged(place.name, dialect)
    title = slugged(str(values.get("title") or ""), dialect)
    own = slug if dialect == "pelican" else slugged(slug, dialect)
    folders = [folder.lower() if dialect == "hugo" else folder for folder in place.folders if folder not in {"_posts", "_drafts"}]
    categories = [slugged(each, dialect).lower() for each in _categories({**given, **values}, place, conventions)]
    return {
        **facts_of(_moment(values, given, desk)),
        "slug": own or name,
        "slug_or_title": own or title or name,
        "title": title or name,
        "name": name,
        "path": "/".join((*folders, name)),
        "folders": "/".join(folders),
        "section": folders[0] if folders else "",
        "category": categories[0] if categories else "",
        "categories": "/".join(categories),
    }


def _moment(values: Mapping[str, object], given: Mapping[str, object], desk: Desk) -> datetime:
    """The date in an address: in the site's zone; Hugo has it as it is written. Of one that cannot be read, its field will tell."""
    value = values.get("publishedDateTime") or values.get("date")
    if desk.conventions.dialect == "hugo":
        value = next((value for key, value in given.items() if key.lower() == "date"), None) or value
        with suppress(ValueError):
            written = value if isinstance(value, datetime) else datetime.fromisoformat(str(value).strip())
            if written.tzinfo is not None:
                return written
    with suppress(ValueError):
        return read_date(value, desk.zone).astimezone(ZoneInfo(desk.zone))
    return datetime(1900, 1, 1)  # noqa: DTZ001  its parts alone are asked for, and the article will not be used


def _pictures(value: object, page: str, place: Place, conventions: Conventions) -> list[object]:
    """The pictures of a foreign article, as addresses on its site: there they stand already."""
    found: list[object] = []
    for item in value if isinstance(value, list) else [value]:
        address, placed = address_in(item), ""
        if address is None:
            continue
        is_beside = place.is_bundle and conventions.dialect == "hugo"
        if not (is_beside or SCHEME.match(address) or address.startswith(("/", "{", "|"))):
            address = f"/{address}"
        with suppress(ValueError):  # an address that is none
            placed = resolve(address, page, conventions)
        if placed:
            known = item if isinstance(item, dict) else {}
            sides = {key: known[key] for key in ("width", "height") if isinstance(known.get(key), int)}
            found.append({"url": placed, **sides, **({"alt": known["alt"]} if isinstance(known.get("alt"), str) else {})})
    return found
