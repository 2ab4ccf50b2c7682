"""The answers that are no documents: not there, removed, moved, not allowed. Pure, but for a template that is read once.

Where a page was asked for, a page in the site's look says so; a feed reader gets a line of text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from syndicate.emitters.theme import render
from syndicate.errors import TemplateError
from syndicate.web.outlet.copies import EVERYBODY, STILL, VARY, start
from syndicate.web.outlet.kinds import DAY, HOUR
from syndicate.web.outlet.packing import packed
from syndicate.web.outlet.wishes import IDENTITY, codings

if TYPE_CHECKING:
    from syndicate.model import Site
    from syndicate.web.outlet.copies import Header, Message

METHODS = b"GET, HEAD, OPTIONS"
PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"A-IM, Cache-Control, If-Modified-Since, If-None-Match"),
    (b"access-control-max-age", b"86400"),
)
"""What pages elsewhere may ask for (Fetch, section 3.2.2): a feed reader in a browser asks as others do, and first whether it may."""

AGES = {404: 60, 410: HOUR, 301: DAY}
"""Seconds for which such an answer may be kept; one that is not here, not at all."""

LINES = {
    404: "There is nothing here.",
    410: "This has been removed, and will not come back.",
    301: "This has moved.",
    405: "Documents can be read, and nothing else.",
    406: "This is not to be had in any of the codings that were asked for.",
    503: "This cannot be read at the moment.",
}
PAGE = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Notice:
    """A status with its bodies, by coding."""

    status: int
    media_type: str
    bodies: dict[bytes, bytes] = field(repr=False)


class Notices:
    """Every notice of a site. Its pages lead to the front page at `home`."""

    def __init__(self, site: Site, home: str) -> None:
        self._texts = {status: _notice(status, TEXT, f"{line}\n") for status, line in LINES.items()}
        self._pages = {status: _notice(status, PAGE, page) for status in (404, 410) if (page := _page(site, status, home))}

    def answer(self, status: int, accepted: bytes | None, *, page: bool = False, more: tuple[Header, ...] = ()) -> tuple[Message, Message]:
        """The answer with `status`, in a coding that is accepted, as a page where there is one; `more` headers are added."""
        notice = (self._pages.get(status) if page else None) or self._texts[status]
        coding = next((coding for coding in codings(accepted) if coding in notice.bodies), IDENTITY)
        body = notice.bodies[coding]
        age = AGES.get(status)
        headers: list[Header] = [
            (b"content-type", notice.media_type.encode()),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"public, max-age=%d" % age if age else b"no-store"),
            VARY,
            EVERYBODY,
            STILL,
            *more,
        ]
        if coding != IDENTITY:
            headers.append((b"content-encoding", coding))
        return start(status, headers), {"type": "http.response.body", "body": body}


def options() -> tuple[Message, Message]:
    """What may be asked of a document."""
    return start(204, [(b"allow", METHODS), VARY, EVERYBODY, *PREFLIGHT]), {"type": "http.response.body", "body": b""}


def _notice(status: int, media_type: str, text: str) -> Notice:
    body = text.encode()
    return Notice(status, media_type, packed(body) | {IDENTITY: body})


def _page(site: Site, status: int, home: str) -> str:
    """A page that says so; nothing where the workspace's own templates cannot be filled in: a line of text will do."""
    try:
        return render(site, "missing.html", removed=status == 410, home=home)  # noqa: PLR2004  Gone
    except TemplateError:
        return ""
