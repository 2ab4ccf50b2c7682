"""Turn an edition into documents: bytes with a name and a media type. Nothing here decides what runs.

    EMITTERS   format -> how it is written; `html` means a page for a feed, and for a digest one with its letter in it

An emitter is a function of the edition alone, so the same edition gives the same bytes. Other packages add formats of their own, under
names that are none of ours: `added.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.letters import for_everybody, letter_of
from syndicate.model import Document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syndicate.letters import Rendering
    from syndicate.model import Edition, Kind

__all__ = ["BUILT_IN", "DIGEST_FORMATS", "EMITTERS", "FEED_FORMATS", "Emitter", "emit", "emit_rendering"]

FEED_FORMATS = ("rss", "atom", "json")
DIGEST_FORMATS = ("html", "text", "eml")
BUILT_IN = (*FEED_FORMATS, *DIGEST_FORMATS)
"""What is asked for by these names is always ours."""


@dataclass(frozen=True, slots=True)
class Emitter:
    """One format: the ending of its files, its media type, the function that writes it, and of what `kinds` of publications it is written.

    The function is pure: the same edition gives the same bytes, whatever the moment and the machine.
    """

    suffix: str
    media_type: str
    write: Callable[[Edition], bytes]
    kinds: tuple[Kind, ...] = ("feed", "digest")


def emit(edition: Edition, format: str) -> Document:  # noqa: A002  the field's word for it
    """Emit `edition` in `format`.

    Raises `UnknownFormatError`, `TemplateError` for formats that are made by templates, `ExtensionError` for those of other packages.
    """
    emitter = EMITTERS.get(format)
    if emitter is None:
        from syndicate.emitters.added import emit_added

        return emit_added(edition, format)
    return Document(edition.path(emitter.suffix), emitter.media_type, emitter.write(edition))


def _rss(edition: Edition) -> bytes:
    from syndicate.emitters.syndication import emit_rss

    return emit_rss(edition)


def _atom(edition: Edition) -> bytes:
    from syndicate.emitters.syndication import emit_atom

    return emit_atom(edition)


def _json(edition: Edition) -> bytes:
    from syndicate.emitters.jsonfeed import emit_json

    return emit_json(edition)


def emit_rendering(edition: Edition, rendering: Rendering, format: str) -> Document:  # noqa: A002  the field's word for it
    """Emit a digest that is rendered already, whole, as `html` or `text`, for anybody to read."""
    from syndicate.emitters.leaves import emit_leaf

    letter, emitter = for_everybody(letter_of(rendering, budget=None, mailed=False), edition.publication), EMITTERS[format]
    body = emit_leaf(edition, letter) if format == "html" else letter.text.encode()
    return Document(edition.path(emitter.suffix), emitter.media_type, body)


def _html(edition: Edition) -> bytes:
    if edition.publication.kind == "feed":
        from syndicate.emitters.pages import emit_feed_page

        return emit_feed_page(edition)
    return _letter(edition, "html")


def _text(edition: Edition) -> bytes:
    return _letter(edition, "text")


def _letter(edition: Edition, format: str) -> bytes:  # noqa: A002  the field's word for it
    from syndicate.emitters.digest import render_digest

    return emit_rendering(edition, render_digest(edition), format).body


EMITTERS: Mapping[str, Emitter] = {
    "rss": Emitter("rss", "application/rss+xml; charset=utf-8", _rss),
    "atom": Emitter("atom", "application/atom+xml; charset=utf-8", _atom),
    "json": Emitter("json", "application/feed+json", _json),
    "html": Emitter("html", "text/html; charset=utf-8", _html),
    "text": Emitter("txt", "text/plain; charset=utf-8", _text),
}
