"""A letter as a page for a frame: by day or by night whatever the browser prefers, with pictures or without. Pure.

The letter's own bytes stay as they are, but for three things: its questions about the colour scheme are answered, pictures of the
workspace come from disk, and links open beside the studio.
"""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.model import Image
    from syndicate.web.asking import Images, Scheme, Width

STYLE = re.compile(r"(<style\b[^>]*>)(.*?)(</style>)", re.IGNORECASE | re.DOTALL)
PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)", re.IGNORECASE)
SUPPORTS = re.compile(r"(?<![\w-])color-scheme\s*:\s*[^;}]+", re.IGNORECASE)
META = re.compile(r'(<meta\s+name="color-scheme"\s+content=")[^"]*', re.IGNORECASE)
HEAD_END = re.compile(r"</head\s*>", re.IGNORECASE)

ALWAYS, NEVER = "(min-width: 0)", "(max-width: 0)"
"""What a question about the scheme becomes. Not `all` and `not all`: `not all and (max-width: 620px)` would hold on wide screens."""

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""What a letter may do: open links in pages of their own. Its studio may scroll it; scripts it may not run."""

PICTURES = {"on": "img-src 'self' https: http: data:", "off": "img-src 'none'"}


def screen_page(html: str, pictures: Iterable[Image], *, scheme: Scheme, width: Width) -> str:
    """The letter `html` as a frame shows it; `pictures` are those that lie in the workspace."""
    page = META.sub(rf"\g<1>{scheme}", STYLE.sub(lambda found: found[1] + in_scheme(found[2], scheme) + found[3], html))
    for picture in pictures:
        page = page.replace(f'"{escape(picture.url)}"', f'"{picture_path(picture.name)}"')
    # A phone lays its scroll bar over the letter; a desktop's narrow one leaves the letter its 600 pixels.
    bar = f"<style>html {{ scrollbar-width: {'none' if width == 'phone' else 'thin'} }}</style>"
    return HEAD_END.sub(lambda end: f'<base target="_blank">{bar}{end[0]}', page, count=1)


def in_scheme(css: str, scheme: Scheme) -> str:
    """Styles whose questions about the reader's scheme are answered."""
    answered = PREFERS.sub(lambda found: ALWAYS if found[1].lower() == scheme else NEVER, css)
    return SUPPORTS.sub(f"color-scheme: {scheme}", answered)


def letter_policy(images: Images) -> str:
    """What the page of a letter may load (Content-Security-Policy): styles of its own and pictures, nothing that runs."""
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; {PICTURES[images]}; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
    )


def picture_path(name: str) -> str:
    """Where the studio serves the picture called `name`."""
    return f"/{quote(name)}"
