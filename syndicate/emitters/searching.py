"""Emit what the search box over a digest's archive goes by: the words of its editions, in parts, and the script that looks them up. Pure.

A part is a script that sets a variable: a page on a disk may load that, and no JSON. Parts are counted from the oldest edition, so that a
new one changes the last alone. No part holds an address: a story is found in the edition that it ran in.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from syndicate.emitters.theme import environment, render
from syndicate.letters import clipped
from syndicate.model import Document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.emitters.issues import Issue
    from syndicate.model import Publication, Site

SCRIPT = "digests/search.js"
JAVASCRIPT = "text/javascript; charset=utf-8"
PART = 50
"""Editions in one part: of twelve stories each they come to about 40 kB compressed, 500 editions to 400 kB."""

EXCERPT = 160
"""Characters of an excerpt that are searched."""


def emit_script(site: Site) -> Document:
    """The script, one for all digests."""
    return Document(SCRIPT, JAVASCRIPT, render(site, "search.js").encode())


def emit_parts(digest: Publication, issues: Sequence[Issue]) -> list[Document]:
    """The words of a digest's editions, given newest first, as `digests/weekly/search/1.js` and so on."""
    oldest = issues[::-1]
    parts = [oldest[start : start + PART] for start in range(0, len(oldest), PART)]
    return [_part(digest, number, part) for number, part in enumerate(parts, 1)]


def parts_of(issues: Sequence[Issue]) -> int:
    """How many parts there are for so many editions."""
    return -(-len(issues) // PART)


def _part(digest: Publication, number: int, issues: Sequence[Issue]) -> Document:
    date = environment(digest.site).filters["date"]
    dates = [", ".join(filter(None, (date(issue.date, "medium"), issue.time))) for issue in issues]
    lines = [
        json.dumps([issue.name, day, issue.title, _stories(issue)], ensure_ascii=False, separators=(",", ":"))
        for issue, day in zip(issues, dates, strict=True)
    ]
    body = ",\n".join(lines)
    return Document(
        f"digests/{digest.slug}/search/{number}.js",
        JAVASCRIPT,
        f"(self.syndicateArchive ??= {{}})[{number}] = [\n{body}\n];\n".encode(),
    )


def _stories(issue: Issue) -> list[list[str]]:
    return [[each.title, clipped(each.excerpt, EXCERPT), each.provider, ", ".join(each.topics)] for each in issue.stories]
