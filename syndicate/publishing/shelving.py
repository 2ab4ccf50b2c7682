"""The shelf of a digest: which of its editions stand in the folder of output, what their pages say, and the ways between them. [I/O]

An edition's page is written with the ways to its neighbours in it. When one comes to stand beside it, or goes, `bind_all` writes it anew with
other ways; nothing else of it changes. What a page says is read once for as long as it stands, where there is a memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from syndicate.emitters.issues import Issue, Told, Ways, issue_date
from syndicate.publishing.output import write

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from pathlib import Path

    from syndicate.emitters.leaves import Leaf
    from syndicate.model import Document, Publication
    from syndicate.publishing.memory import Memory
    from syndicate.publishing.output import Written

SCHEDULED = re.compile(r"\d{4}-\d\d-\d\d(?:T\d{4}(?:\d\dZ)?)?")
"""What the edition of a scheduled time is called; one over a span of its own is not on the shelf."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A page on the shelf: its edition, and what stands for the ways that it was written with."""

    issue: Issue
    ways: str


def names_on(out: Path, digest: Publication, now: datetime) -> list[str]:
    """The names of a digest's editions that stand in the folder of output, up to `now`, newest first."""
    today = now.astimezone(ZoneInfo(digest.site.timezone)).date().isoformat()
    with contextlib.suppress(OSError), os.scandir(out / "digests" / digest.slug) as found:
        stems = [entry.name.removesuffix(".html") for entry in found if entry.name.endswith(".html")]
        return sorted((stem for stem in stems if _is_ours(stem, digest) and stem[: len(today)] <= today), reverse=True)
    return []


def stamps_of(out: Path, digest: Publication, names: Sequence[str]) -> list[tuple[str, int, int]]:
    """Names, sizes and dates of pages: the same, as long as nothing about them has changed."""
    return [(name, status.st_size, status.st_mtime_ns) for name in names if (status := _status(out / _path(digest, name)))]


def bound_document(document: Document, digest: Publication, out: Path, now: datetime) -> Document:
    """A digest's document as it is written: its page with the ways to the editions that stand beside it."""
    from syndicate.emitters.leaves import bound

    name = document.name.rpartition("/")[2].removesuffix(".html")
    if not document.name.endswith(".html") or not SCHEDULED.fullmatch(name):
        return document
    names = sorted({*names_on(out, digest, now), name})
    place = names.index(name)
    before, after = (_issue(out, digest, each) for each in ((names[place - 1] if place else ""), (*names, "")[place + 1]))
    return replace(document, body=bound(document.body, Ways(before, after), digest))


def read_shelf(out: Path, digest: Publication, names: Sequence[str], memory: Memory) -> list[Standing]:
    """What the pages called `names` say, each as it stands; those that cannot be read are left out."""
    from syndicate.emitters.leaves import Leaf, read_leaf

    found = []
    for name in names:
        path = _path(digest, name)
        status = _status(out / path)
        if status is None:
            continue
        known = memory.recall(path, status.st_size, status.st_mtime_ns)
        if known is None:
            leaf = read_leaf(_text(out / path), name)
            _note(memory, path, status, leaf)
        else:
            said: dict[str, Any] = json.loads(known)
            told = tuple(Told(**story | {"topics": tuple(story["topics"])}) for story in said["stories"])
            leaf = Leaf(**said | {"stories": told})
        found.append(Standing(_issue_of(digest, name, leaf), leaf.ways))
    return found


def bind_all(out: Path, digest: Publication, shelf: Sequence[Standing], memory: Memory) -> list[Written]:
    """Write the pages anew whose neighbours are not those that they lead to. Raises `OutputError`."""
    from syndicate.emitters.leaves import Leaf, bound, mark_of
    from syndicate.model import Document

    written = []
    for place, standing in enumerate(shelf):
        after = shelf[place - 1].issue if place else None
        before = shelf[place + 1].issue if place + 1 < len(shelf) else None
        issue, ways = standing.issue, Ways(before, after)
        path, mark = _path(digest, issue.name), mark_of(ways)
        if standing.ways != mark:
            try:
                page = (out / path).read_bytes()
            except OSError:
                continue  # it went a moment ago
            written.append(write(Document(path, "text/html; charset=utf-8", bound(page, ways, digest)), out))
            memory.renew(f"{digest.slug}/{issue.name}", path)
            _note(memory, path, (out / path).stat(), Leaf(issue.title, issue.description, issue.stories, mark))
    return written


def drop_parts(out: Path, digest: Publication, current: Collection[str]) -> None:
    """Remove the parts of the search index that are needed no more: what was withdrawn must not be found."""
    for path in (out / "digests" / digest.slug / "search").glob("*.js"):
        if f"digests/{digest.slug}/search/{path.name}" not in current:
            with contextlib.suppress(OSError):
                path.unlink()


def _is_ours(stem: str, digest: Publication) -> bool:
    return SCHEDULED.fullmatch(stem) is not None and issue_date(stem, digest.site.timezone) is not None


def _issue(out: Path, digest: Publication, name: str) -> Issue | None:
    from syndicate.emitters.leaves import read_leaf

    return _issue_of(digest, name, read_leaf(_text(out / _path(digest, name)), name)) if name else None


def _issue_of(digest: Publication, name: str, leaf: Leaf) -> Issue:
    date = issue_date(name, digest.site.timezone)
    assert date is not None  # noqa: S101  `names_on` has seen to it
    return Issue(leaf.title, date, f"{digest.site.url}/{_path(digest, name)}", leaf.description, leaf.stories)


def _path(digest: Publication, name: str) -> str:
    return f"digests/{digest.slug}/{name}.html"


def _note(memory: Memory, path: str, status: os.stat_result, leaf: Leaf) -> None:
    memory.note(path, status.st_size, status.st_mtime_ns, json.dumps(asdict(leaf), ensure_ascii=False))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None
