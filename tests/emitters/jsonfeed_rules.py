"""The rules of JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), written out: what a feed must hold, may hold and must not.

Standard library alone, so that `.ci/validate-feeds` can use it under any Python.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")


def broken_rules(body: bytes) -> list[str]:
    """Every rule that the feed in `body` breaks, each with the place; none for a valid feed."""
    if body.startswith(b"\xef\xbb\xbf"):
        return ["feed: begins with a byte order mark (RFC 8259, section 8.1)"]
    try:
        feed = json.loads(body.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_no_constant)
    except ValueError as error:
        return [f"feed: is not JSON in UTF-8: {error}"]
    return list(_object("feed", feed, FEED, required=("version", "title", "items")))


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return dict(pairs)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no JSON")


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be text"


def _prose(value: object) -> str | None:
    return None if isinstance(value, str) else "must be text"


def _version(value: object) -> str | None:
    return None if value == "https://jsonfeed.org/version/1.1" else "must be the address of version 1.1"


def _url(value: object) -> str | None:
    good = (
        isinstance(value, str)
        and value.isascii()
        and " " not in value
        and urlsplit(value).scheme in {"http", "https"}
        and urlsplit(value).netloc
    )
    return None if good else "must be an absolute address"


def _date(value: object) -> str | None:
    if not isinstance(value, str) or not RFC3339.fullmatch(value):
        return "must be a date of RFC 3339"
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        return str(error)
    return None


def _language(value: object) -> str | None:
    return None if isinstance(value, str) and LANGUAGE.fullmatch(value) else "must be a language tag (RFC 5646)"


def _media_type(value: object) -> str | None:
    return None if isinstance(value, str) and MEDIA_TYPE.fullmatch(value) else "must be a media type"


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _number(value: object) -> str | None:
    return None if isinstance(value, int | float) and not isinstance(value, bool) else "must be a number"


def _tags(value: object) -> str | None:
    return None if isinstance(value, list) and value and all(_text(tag) is None for tag in value) else "must be a list of texts"


AUTHOR: Mapping[str, object] = {"name": _text, "url": _url, "avatar": _url}
HUB: Mapping[str, object] = {"type": _text, "url": _url}
ATTACHMENT: Mapping[str, object] = {
    "url": _url,
    "mime_type": _media_type,
    "title": _text,
    "size_in_bytes": _number,
    "duration_in_seconds": _number,
}
ITEM: Mapping[str, object] = {
    "id": _text,
    "url": _url,
    "external_url": _url,
    "title": _text,
    "content_html": _prose,
    "content_text": _prose,
    "summary": _text,
    "image": _url,
    "banner_image": _url,
    "date_published": _date,
    "date_modified": _date,
    "authors": [AUTHOR],
    "tags": _tags,
    "language": _language,
    "attachments": [ATTACHMENT],
}
FEED: Mapping[str, object] = {
    "version": _version,
    "title": _text,
    "home_page_url": _url,
    "feed_url": _url,
    "description": _text,
    "user_comment": _text,
    "next_url": _url,
    "icon": _url,
    "favicon": _url,
    "authors": [AUTHOR],
    "language": _language,
    "expired": _flag,
    "hubs": [HUB],
    "items": [ITEM],
}
REQUIRED = {id(ITEM): ("id",), id(HUB): ("type", "url"), id(ATTACHMENT): ("url", "mime_type")}


def _object(place: str, value: object, members: Mapping[str, object], required: tuple[str, ...] = ()) -> Iterator[str]:
    """The rules that an object with these `members` breaks. Members that begin with `_` are extensions, and objects."""
    if not isinstance(value, dict):
        yield f"{place}: must be an object"
        return
    yield from (f"{place}.{name}: is required" for name in (*required, *REQUIRED.get(id(members), ())) if name not in value)
    for name, member in value.items():
        if name.startswith("_"):
            yield from _extension(f"{place}.{name}", member)
        elif name not in members:
            yield f"{place}.{name}: is no member of JSON Feed 1.1"
        else:
            yield from _member(f"{place}.{name}", member, members[name])
    if members is ITEM and "content_html" not in value and "content_text" not in value:
        yield f"{place}: needs content_html or content_text"
    if members is AUTHOR and not value:
        yield f"{place}: needs a name, url or avatar"
    if members is FEED:
        yield from _doubles(value)


def _member(place: str, value: object, rule: object) -> Iterator[str]:
    if isinstance(rule, list):
        if not isinstance(value, list):
            yield f"{place}: must be a list"
            return
        for number, part in enumerate(value):
            yield from _object(f"{place}[{number}]", part, rule[0])
    elif callable(rule) and (wrong := rule(value)):
        yield f"{place}: {wrong}, got {value!r}"


def _extension(place: str, value: object) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: an extension must be an object"
    elif "about" in value and _url(value["about"]):
        yield f"{place}.about: must be an absolute address, got {value['about']!r}"


def _doubles(feed: Mapping[str, object]) -> Iterator[str]:
    """No id stands twice, and the next page is another one."""
    items = feed.get("items")
    ids = [item.get("id") for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    yield from (f"feed.items: id {name!r} stands {ids.count(name)} times" for name in dict.fromkeys(ids) if ids.count(name) > 1)
    if "next_url" in feed and feed["next_url"] == feed.get("feed_url"):
        yield "feed.next_url: must not be the feed itself"
