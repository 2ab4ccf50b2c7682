"""Tell from a body's Markdown whether rendering it may look for pictures beside the article. Pure."""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"})
"""Endings of files that are pictures and nothing else: SVG can hold script."""

ENDING = re.compile(rb"\.(?:jpe?g|png|gif|webp|avif)")

ELSEWHERE = re.compile(r"\]\(https?://[A-Za-z0-9._~/,:+=@%-]*\)")
"""The most common way to show a picture of another site. The bracket behind it is part of any other address that it could be part of."""

LOST = bytes(range(0x21)) + b"\\\x7f"
"""What may stand in the middle of an ending as it is written, and be gone from it as it is read."""


def may_show_pictures(markdown: str) -> bool:
    """Whether the ending of a picture stands in `markdown`, however it is spelled: `.png`, `.PNG`, `&#46;png`, `%2epng`."""
    written = ELSEWHERE.sub(")", markdown)
    spellings = {written, unquote(html.unescape(written))} if "&" in written or "%" in written else {written}
    return any(ENDING.search(each.encode("ascii", "ignore").translate(None, LOST).lower()) for each in spellings)
