"""What the three feed formats say of one entry in common, so that they cannot disagree."""

from __future__ import annotations

import mimetypes
import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from syndicate.emitters.theme import render

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.model import Entry, Image, Site

UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot carry, even as a reference (section 2.2): one such character would cost readers the whole feed."""

mimetypes_by_name = mimetypes.MimeTypes()
"""The standard library's own table: the machine's would make a document differ from one machine to the next."""
mimetypes_by_name.add_type("image/webp", ".webp")
mimetypes_by_name.add_type("image/avif", ".avif")


@lru_cache(maxsize=4096)
def html_of(entry: Entry, site: Site) -> str:
    """The full content of an entry: picture (where the body shows none), body or excerpt, related coverage, a line of attribution.

    The title, where there is none of these: readers that show the content show it alone.
    """
    article = entry.article
    picture = article.image if "<img" not in article.body else None
    body = Markup(article.body)  # noqa: S704  sanitised by nh3 at the catalogue's door
    html = render(site, "entry.html", article=article, related=entry.related, picture=picture, body=body).strip()
    return printable(html or f"<p>{escape(article.title)}</p>")


def summary_of(entry: Entry) -> str:
    """The excerpt, or the title where there is none: some readers show nothing else."""
    return printable(entry.article.excerpt or entry.article.title)


def printable(text: str) -> str:
    """`text` without the characters that no feed can carry, wherever they came from: an article, the configuration, a template."""
    return UNPRINTABLE.sub("", text)


def media_type(image: Image) -> str:
    """The media type of a picture, by the ending of its address; JPEG where that says nothing."""
    name = PurePosixPath(urlsplit(image.url).path).name
    guessed = mimetypes_by_name.guess_type(name)[0] or ""
    return guessed if guessed.startswith("image/") else "image/jpeg"


def rfc3339(moment: datetime) -> str:
    """`2023-11-08T18:24:00Z`, as Atom and JSON Feed write it (RFC 3339)."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
