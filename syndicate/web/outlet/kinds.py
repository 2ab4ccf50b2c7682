"""What stands in the folder of output: for each kind of document its media type, and how long it may be kept. Pure.

The kinds are tried in their order, and the first whose pattern fits the whole name is the one:

1. live feeds, their archives, the pages and lists that lead to them, which are rendered on schedule;
2. a digest's shelf and the words that are searched there, which grow with each edition, and its editions, which stay as they are;
3. pictures;
4. whatever else lies there, by the ending of its name;
5. documents in formats that other packages add, as long as they are installed here.

Patterns are written in what Python, PCRE and RE2 understand alike: they are printed into the configurations of other servers. None has
more than one group, the slug.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Literal

from syndicate.emitters import EMITTERS, FEED_FORMATS

HOUR, DAY = 3600, 24 * 3600
SLUG = "([a-z0-9-]+)"
MONTH = "[0-9][0-9][0-9][0-9]-[0-9][0-9]"

Fresh = Literal["feed", "digest", "site"]
"""Whose next render makes a document old: its own feed's or digest's, or any."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document. `age`: seconds for which it may be kept; where `fresh` is given, it is as good as until that render."""

    noun: str
    pattern: str
    media_type: str
    age: int = DAY
    fresh: Fresh | None = None
    linked: bool = False

    @property
    def packed(self) -> bool:
        """Whether compressing it saves something."""
        return self.media_type.startswith("text/") or self.bare_type.endswith(("+xml", "+json", "/xml", "/json", "/rfc822"))

    @property
    def bare_type(self) -> str:
        """The media type without its parameters."""
        return self.media_type.partition(";")[0]

    @property
    def suffix(self) -> str:
        """The ending of its names, where the pattern has one: `rss`."""
        return self.pattern.rpartition(r"\.")[2]


def _ending(noun: str, suffix: str, media_type: str, age: int = DAY) -> Kind:
    return Kind(noun, rf".+\.{suffix}", media_type, age)


ARCHIVE = "archive"
PICTURES = {
    "png": "image/png",
    "jpe?g": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "svg": "image/svg+xml",
    "ico": "image/vnd.microsoft.icon",
}
OTHERS = {
    "html": EMITTERS["html"].media_type,
    "txt": EMITTERS["text"].media_type,
    "rss": EMITTERS["rss"].media_type,
    "atom": EMITTERS["atom"].media_type,
    "xml": "application/xml",
    "json": "application/json",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "wasm": "application/wasm",
    "pdf": "application/pdf",
    "woff2": "font/woff2",
}
"""Endings of what else there is: the script of the search, and what somebody has put there by hand."""

LETTERS = {EMITTERS[form].suffix: EMITTERS[form].media_type for form in ("html", "text")} | {"eml": "message/rfc822"}
"""What a digest's edition is written as."""

UNKNOWN = Kind("other", ".+", "application/octet-stream", HOUR)
"""What nobody knows the ending of."""

KINDS = (
    *(Kind("feed", rf"feeds/{SLUG}\.{EMITTERS[form].suffix}", EMITTERS[form].media_type, 0, "feed", linked=True) for form in FEED_FORMATS),
    Kind("page", rf"feeds/{SLUG}\.html", EMITTERS["html"].media_type, 0, "feed"),
    *(
        Kind(ARCHIVE, rf"feeds/{SLUG}/{MONTH}\.{EMITTERS[form].suffix}", EMITTERS[form].media_type, HOUR, linked=True)
        for form in FEED_FORMATS
    ),
    Kind("opml", r"feeds\.opml", "text/x-opml", 0, "site"),
    Kind("front", r"index\.html", EMITTERS["html"].media_type, 0, "site"),
    Kind("sitemap", r"sitemap(?:-[0-9]+)?\.xml", "application/xml", 0, "site"),
    Kind("shelf", rf"digests/{SLUG}/index\.html", EMITTERS["html"].media_type, 0, "digest"),
    Kind("search", rf"digests/{SLUG}/search/[0-9]+\.js", "text/javascript; charset=utf-8", 0, "digest"),
    *(Kind("edition", rf"digests/{SLUG}/[^/]+\.{suffix}", media_type) for suffix, media_type in LETTERS.items()),
    *(_ending("picture", suffix, media_type) for suffix, media_type in PICTURES.items()),
    *(_ending("other", suffix, media_type, HOUR) for suffix, media_type in OTHERS.items()),
    UNKNOWN,
)
"""Every kind, in the order in which they are tried. The last takes what is left."""

PATTERNS = tuple((re.compile(kind.pattern, re.DOTALL), kind) for kind in KINDS if kind is not UNKNOWN)


def kind_of(name: str) -> tuple[Kind, str]:
    """What kind of document `name` is, and whose: the slug of its feed or digest, or nothing."""
    for pattern, kind in PATTERNS:
        if found := pattern.fullmatch(name):
            return kind, found[1] if pattern.groups else ""
    for pattern, kind in _added():
        if found := pattern.fullmatch(name):
            return kind, found[1] if pattern.groups else ""
    return UNKNOWN, ""


@cache
def _added() -> tuple[tuple[re.Pattern[str], Kind], ...]:
    """The kinds of documents that are in formats of other packages, which are looked for when a name comes that has none of our endings."""
    from syndicate.emitters.added import load_emitter, names
    from syndicate.errors import ExtensionError

    kinds: list[Kind] = []
    for name in names():
        with suppress(ExtensionError):  # who renders in it is told
            emitter = load_emitter(name)
            suffix, media_type = re.escape(emitter.suffix), emitter.media_type
            kinds += [
                Kind("other", rf"feeds/{SLUG}\.{suffix}", media_type, 0, "feed"),
                Kind("other", rf"feeds/{SLUG}/{MONTH}\.{suffix}", media_type, HOUR),
                Kind("other", rf"digests/{SLUG}/[^/]+\.{suffix}", media_type),
                _ending("other", suffix, media_type, HOUR),
            ]
    return tuple((re.compile(kind.pattern, re.DOTALL), kind) for kind in kinds)
