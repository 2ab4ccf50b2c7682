"""Read the path of a request as the name of a document below the folder of output. Pure.

A name that comes out of here has no empty, hidden or climbing part, so that joined to a folder it stays below it. What a path says in
other letters (`%61` for `a`) is the same document; a slash that is encoded is none (RFC 3986, section 2.2).
"""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

LONGEST = 1000
"""Bytes of a path; ours are much shorter, and file systems end at 255 for each part."""

INDEX = "index.html"
REFUSED = frozenset(map(chr, (*range(0x20), 0x7F))) | {"\\", ":"}
"""Characters that no name of ours has: those that terminals obey, and what separates folders, drives and streams on Windows."""


def read_name(path: bytes) -> str:
    """The name that `path` asks for, `feeds/energy.rss`; for a folder that of its index. Nothing where it can be no document's."""
    if not path.startswith(b"/") or len(path) > LONGEST or b"%2f" in path.lower():
        return ""
    try:
        text = unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return ""
    *folders, last = text[1:].split("/")
    parts = [*folders, last or INDEX]
    return "" if any(not part or part[0] == "." or not REFUSED.isdisjoint(part) for part in parts) else "/".join(parts)


def path_of(name: str) -> str:
    """The path by which a document is asked for: `/feeds/energy.rss`."""
    return f"/{quote(name)}"
