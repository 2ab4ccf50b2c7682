"""Serve the folder of output: a request is looked up, and what is to be said of it was put together before. ASGI, without a framework.

A request is answered by the first of these that holds:

1. its path begins as one of the routes that were given (`/subscribe`, `/healthz`): theirs is the answer;
2. it belongs to what was removed (410) or renamed (301), whatever still lies in the folder;
3. it names a document: 200; 304 where the reader has it; 226 where a feed's news were asked for and the reader's state is known; 405 for
   what cannot be done to a document; 406 where the reader takes it in no coding that there is;
4. it names a folder with an index, without the slash at its end: 301;
5. nothing: 404.
"""

from __future__ import annotations

import time
from collections import Counter as Tally
from typing import TYPE_CHECKING
from urllib.parse import quote

from syndicate.web.outlet.copies import Copy, Variant, start, variants_of
from syndicate.web.outlet.deltas import Deltas, as_news
from syndicate.web.outlet.kinds import kind_of
from syndicate.web.outlet.names import path_of, read_name
from syndicate.web.outlet.notices import METHODS, Notices, options
from syndicate.web.outlet.shelf import Shelf, chunks
from syndicate.web.outlet.wishes import IDENTITY, codings, gathered, is_known, moment, wants_news

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from syndicate.web.outlet.copies import Content, Header, Message
    from syndicate.web.outlet.rules import Rules

LOOK = 0.25
"""Seconds for which a file is taken to be as it was."""

QUERY = "%/:?@!$&'()*+,;=-._~[]"
"""What stands in a query as it is (RFC 3986, section 3.4): what else was sent must not come back in a header as it came."""

NOTHING: Message = {"type": "http.response.body", "body": b""}
UNKNOWN = ("", "", "")


class Outlet:
    """The application. `hits` counts answers by kind, slug, format and status; slugs are those that are configured, and no others."""

    def __init__(
        self,
        out: Path,
        rules: Rules,
        *,
        clock: Callable[[], datetime],
        memory: int,
        routed: Mapping[str, ASGIApp] | None = None,
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rules = rules
        self.shelf = Shelf(out, memory, self._forget)
        self.deltas = Deltas(memory // 8)
        self.notices = Notices(rules.site, f"{rules.prefix}/index.html")
        self.clock, self.tick = clock, tick
        self.routed = dict(routed or {})
        self.hits: Tally[tuple[str, str, str, int]] = Tally()
        self._copies: dict[bytes, Copy] = {}
        self._prefix = rules.prefix.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await _decline(scope, receive, send)
            return
        path = scope.get("raw_path") or scope["path"].encode(errors="replace")
        copy = self._copies.get(path)
        if copy is None or self.tick() >= copy.due:
            path = path.partition(b"?")[0]
            if self._prefix and path.startswith(self._prefix + b"/"):
                path = path[len(self._prefix) :]
                scope = {**scope, "root_path": scope.get("root_path", "") + self.rules.prefix}
            if app := self.routed.get(path.split(b"/", 2)[1].decode("latin-1") if path.startswith(b"/") else ""):
                # Frameworks take a query for text, which it need not be: in other letters it says the same, and is.
                await app({**scope, "query_string": _spelled(scope).encode()}, receive, send)
                return
            name = read_name(path)
            if await self._moved(name, scope, send):
                return
            copy = await self._copy(name) if name else None
            if copy is None:
                await self._missing(name, scope, send)
                return
        await self._serve(copy, scope, send)

    async def _serve(self, copy: Copy, scope: Scope, send: Send) -> None:
        """Answer with a document."""
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            await self._refuse(copy, method, scope, send)
            return
        headers = dict(scope["headers"])
        if len(headers) != len(scope["headers"]):
            headers = gathered(scope["headers"])
        variants = copy.variants
        for coding in codings(headers.get(b"accept-encoding")):
            if coding in variants:
                variant = variants[coding]
                break
        else:
            await self._tell(406, copy.hit, scope, send)
            return
        known = headers.get(b"if-none-match")
        if known is not None:
            same = known == variant.tag or is_known(variant.tag, known)
        else:
            since = headers.get(b"if-modified-since")
            asked = moment(since) if since is not None else None
            same = asked is not None and copy.dated and copy.content.modified <= asked.timestamp()
        if same:
            self.hits[*copy.hit, 304] += 1
            await send(variant.same)
            await send(NOTHING)
        elif known is not None and copy.content.marks is not None and wants_news(headers):
            await self._serve_news(copy, coding, known, scope, send)
        elif copy.content.file:
            await self._serve_file(copy, variant, scope, send)
        else:
            await self._serve_whole(copy, variant, scope, send)

    async def _serve_whole(self, copy: Copy, variant: Variant, scope: Scope, send: Send) -> None:
        self.hits[*copy.hit, 200] += 1
        await send(variant.whole)
        await send(variant.body if scope["method"] == "GET" else NOTHING)

    async def _serve_file(self, copy: Copy, variant: Variant, scope: Scope, send: Send) -> None:
        """Answer with a document that is too large to be held, piece by piece."""
        pieces = chunks(copy.content)
        try:
            piece = await anext(pieces, b"")
        except OSError:  # it was replaced, or taken away, a moment ago
            self.shelf.drop(copy.content.name)
            await self._tell(503, copy.hit, scope, send, more=((b"retry-after", b"1"),))
            return
        self.hits[*copy.hit, 200] += 1
        await send(variant.whole)
        while piece and scope["method"] == "GET":
            await send({"type": "http.response.body", "body": piece, "more_body": True})
            piece = await anext(pieces, b"")
        await pieces.aclose()
        await send(NOTHING)

    async def _serve_news(self, copy: Copy, coding: bytes, known: bytes, scope: Scope, send: Send) -> None:
        """Answer with what is new in a feed, where the reader's state is remembered; else with all of it."""
        found = await self.deltas.since(copy.content, known)
        if found is None:
            await self._serve_whole(copy, copy.variants[coding], scope, send)
            return
        base, bodies = found
        # A tag is of a coding: where the little that is new is not worth compressing, it is still the reader's state in theirs.
        body = bodies.get(coding, bodies[IDENTITY])
        headers = copy.variants[coding].whole["headers"]
        self.hits[*copy.hit, 226] += 1
        await send(start(226, as_news(headers, base, len(body), copy.age, plain=coding not in bodies)))
        await send({"type": "http.response.body", "body": body} if scope["method"] == "GET" else NOTHING)

    async def _copy(self, name: str) -> Copy | None:
        """A document as it is now, with the answers about it."""
        content = await self.shelf.content(name)
        if content is None:
            return None
        path = path_of(name).encode()
        old = self._copies.get(path)
        now = self.clock()
        age = self.rules.timetable.age(content.kind, content.slug, name, now=now)
        # What was written this very second may be written once more in it: nobody could tell by the date.
        dated = content.modified < int(now.timestamp())
        if old and old.content is content and (old.age, old.dated) == (age, dated):
            old.due = self.tick() + LOOK
            return old
        self.deltas.remember(content)
        variants = variants_of(content, age=age, dated=dated, link=self.rules.link(content))
        copy = Copy(content, age, dated, variants, self.tick() + LOOK, self._hit(content))
        if self.shelf.holds(name):
            self._copies[path] = self._copies[self._prefix + path] = copy
        return copy

    def _forget(self, name: str) -> None:
        """Let go of a document that the shelf holds no longer."""
        path = path_of(name).encode()
        for each in (path, self._prefix + path):
            self._copies.pop(each, None)

    def _hit(self, content: Content) -> tuple[str, str, str]:
        """What an answer about a content is counted as."""
        slug = content.slug if content.slug in self.rules.timetable.cadences else ""
        return content.kind.noun, slug, content.kind.suffix if content.kind.linked else ""

    async def _moved(self, name: str, scope: Scope, send: Send) -> bool:
        """Say that what was asked for is gone, or elsewhere; false where it is neither."""
        moves = self.rules.moves
        if moves.is_gone(name):
            await self._tell(410, ("gone", "", ""), scope, send, page=_is_page(name))
        elif new := moves.now_at(name):
            await self._redirect(path_of(new.removesuffix("index.html")), "renamed", scope, send)
        else:
            return False
        return True

    async def _missing(self, name: str, scope: Scope, send: Send) -> None:
        """Say that there is nothing, or that it is a folder."""
        if name and not name.endswith("/index.html") and self.shelf.has_folder(name):
            await self._redirect(f"{path_of(name)}/", "folder", scope, send)
        else:
            await self._tell(404, UNKNOWN, scope, send, page=_is_page(name))

    async def _redirect(self, path: str, noun: str, scope: Scope, send: Send) -> None:
        query = _spelled(scope)
        place = f"{self.rules.prefix}{path}{'?' if query else ''}{query}"
        await self._tell(301, (noun, "", ""), scope, send, more=((b"location", place.encode()),))

    async def _refuse(self, copy: Copy, method: str, scope: Scope, send: Send) -> None:
        """Say what may be done with a document."""
        if method != "OPTIONS":
            await self._tell(405, copy.hit, scope, send, more=((b"allow", METHODS),))
            return
        self.hits[*copy.hit, 204] += 1
        for message in options():
            await send(message)

    async def _tell(
        self, status: int, hit: tuple[str, str, str], scope: Scope, send: Send, *, page: bool = False, more: tuple[Header, ...] = ()
    ) -> None:
        """Answer with a notice."""
        self.hits[*hit, status] += 1
        begin, body = self.notices.answer(status, gathered(scope["headers"]).get(b"accept-encoding"), page=page, more=more)
        await send(begin)
        await send(body if scope["method"] != "HEAD" else NOTHING)


def _spelled(scope: Scope) -> str:
    """The query, with whatever may not stand in one percent-encoded."""
    return quote(scope.get("query_string", b""), safe=QUERY)


def _is_page(name: str) -> bool:
    """Whether somebody who asks for this looks for a page."""
    return "." not in name.rpartition("/")[2] or kind_of(name)[0].bare_type == "text/html"


async def _decline(scope: Scope, receive: Receive, send: Send) -> None:
    """Take part in starting and stopping; refuse what is not HTTP."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
    elif scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1000})
