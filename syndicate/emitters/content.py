"""What the three feed formats say of one entry in common, so that they cannot disagree."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from markupsafe import Markup

from syndicate.emitters.theme import render

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.model import Entry, Image, Site

mimetypes_by_name = mimetypes.MimeTypes()
"""The standard library's own table: the machine's would make a document differ from one machine to the next."""
mimetypes_by_name.add_type("image/webp", ".webp")
mimetypes_by_name.add_type("image/avif", ".avif")


def html_of(entry: Entry, site: Site) -> str:
    """The full content of an entry: picture (where the body shows none), body or excerpt, related coverage, a line of attribution."""
    article = entry.article
    picture = article.image if "<img" not in article.body else None
    body = Markup(article.body)  # noqa: S704  sanitised by nh3 at the catalogue's door
    return render(site, "entry.html", article=article, related=entry.related, picture=picture, body=body).strip()


def summary_of(entry: Entry) -> str:
    """The excerpt, or the title where there is none: some readers show nothing else."""
    return entry.article.excerpt or entry.article.title


def media_type(image: Image) -> str:
    """The media type of a picture, by the ending of its address; JPEG where that says nothing."""
    name = PurePosixPath(urlsplit(image.url).path).name
    guessed = mimetypes_by_name.guess_type(name)[0] or ""
    return guessed if guessed.startswith("image/") else "image/jpeg"


def rfc3339(moment: datetime) -> str:
    """`2023-11-08T18:24:00Z`, as Atom and JSON Feed write it (RFC 3339)."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
