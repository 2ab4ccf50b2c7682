"""Tell related coverage in which nothing can be wrong, so that it may wait, unread, until its article is in an edition. Pure.

Coverage is half of what an article costs to read, and most articles are in no edition. But what is wrong with it is to be said when the
file is read. So it waits only where its lines prove that nothing will be said of it:

1. Each item is a mapping in block style of the `KEYS`, in any order, each at most once, with a title and an address.
2. A value is on one line, and of a form that its reader takes without a word: `title` holds a letter or digit that no repair takes away,
   an address is one that cleaning leaves as it is, a date is a day that there is, a picture has an address of its own.
3. There is no anchor, alias, tag, escape, comment or text over several lines: so no two parsers read it differently, and it means the
   same by itself as it does in its place.

Whatever is in doubt is read at once.
"""

from __future__ import annotations

import re
from functools import lru_cache

from syndicate.catalogue.markup import LONGEST_URL, PLAIN_URL

HEAD = "\nrelated:\n"

WIDEST = 4
"""Columns that an item may be indented by."""

TEXT = r"""(?:"[^"\\\n]*+"|'[^'"\\\n]*+'|(?!(?i:true|false|null) *\n)[A-Za-z][^":#\\\n]*+)"""
"""In quotes, or opening as no number and no indicator of YAML does. A plain one of these words would be no text."""

TITLE = r"(?=[\"']?+[^\"&\nA-Za-z0-9\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3]*+[A-Za-z0-9\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3])" + TEXT
"""What stands behind an `&` may be a blank by another name, and what is in no old character set cannot be part of wrong decoding."""

URL = rf'(?:"{PLAIN_URL.pattern}"|{PLAIN_URL.pattern})'
NAME = r"(?:[a-z][a-z0-9-]{0,62}+(?<!-)\.)++[a-z]{2,63}+"
HOST = rf'(?:"{NAME}"|{NAME})'
WHOLE = "(?:0|[1-9][0-9]{0,8}+)"
PIXELS = "[1-9][0-9]{0,4}+"
DAY = "(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
INSTANT = rf"{DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|[-+](?:0[1-9]|1[0-3]):[0-5][0-9])"
MOMENT = rf'(?:"{INSTANT}"|{INSTANT})'

END = re.compile(r"(?=\n*+(?:[A-Za-z]|\Z))")
"""Behind the coverage comes the next field, or nothing; blank lines may stand between."""


def set_aside(source: str) -> tuple[str, str]:
    """Split a front matter into what is to be read now, and the lines of `related` in which nothing can be wrong, if there are any."""
    start = source.find(HEAD) + 1
    if not start:
        return source, ""
    first = place = start + len(HEAD) - 1
    dash = source.find("-", first)
    item = _item(dash - first) if 0 <= dash - first <= WIDEST and not source[first:dash].strip(" ") else None
    while item and (found := item.match(source, place)):
        place = found.end()
    coverage = source[start:place]
    if place == first or not END.match(source, place) or not _is_fit(coverage):
        return source, ""
    return source[:start] + source[place:], coverage


def _is_fit(coverage: str) -> bool:
    """Whether all that is in it can be printed, and no address is too long."""
    return coverage.replace("\n", "").isprintable() and (len(coverage) <= LONGEST_URL or max(map(len, coverage.split("\n"))) <= LONGEST_URL)


@lru_cache(maxsize=WIDEST + 1)
def _item(indent: int) -> re.Pattern[str]:
    """One item of coverage, indented by so many columns, to the end of its last line."""
    keys = {
        "title": f": {TITLE}",
        "webUrl": f": {URL}",
        "originalUrl": f": {URL}",
        "ampWebUrl": f": {URL}",
        "cdnAmpWebUrl": f": {URL}",
        "excerpt": f":(?: {TEXT})?+",
        "type": f":(?: {TEXT})?+",
        "quality": f": {WHOLE}",
        "publishedDateTime": f":(?: {MOMENT})?+",
        "provider": f":(?: {TEXT}|{_provider(indent + 2)}|)",
        "images": f":(?: \\[\\]|{_pictures(indent + 2)}|)",
    }
    # Each key sets a group of its number, and is taken only while that is not set; so does the end of the last line.
    lines = "|".join(f"{key}(?({number})(?!)|()){value}" for number, (key, value) in enumerate(keys.items(), 1))
    end = len(keys) + 1
    return re.compile(
        rf"{' ' * indent}- (?:(?({end})(?!))(?:{lines})\n(?:{' ' * (indent + 2)}(?=[a-z])|()))+(?(1)|(?!))(?(2)|(?(3)|(?!)))(?({end})|(?!))"
    )


def _provider(indent: int) -> str:
    """The lines below a `provider:` that is indented by so many columns."""
    own = "\n" + " " * (indent + 2)
    return f"{own}name: {TEXT}(?:{own}domain: {HOST})?+(?:{own}images:{_pictures(indent + 2)})?+"


def _pictures(indent: int) -> str:
    """The lines below an `images:` that is indented by so many columns; theirs are indented by as many, or two more."""
    return "|".join(
        rf"(?:\n{dash}- url: {URL}(?:\n{dash}  width: {PIXELS})?+(?:\n{dash}  height: {PIXELS})?+"
        rf"(?:\n{dash}  alt: {TEXT})?+(?:\n{dash}  isCached: (?:true|false))?+)++"
        for dash in (" " * indent, " " * (indent + 2))
    ).join(("(?:", ")"))
