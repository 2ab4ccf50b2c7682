"""The studio: a digest as its readers get it, beside the editor in which its templates are written. Starlette, on the loopback only.

| path | what |
|---|---|
| `/` | the page; its query says what it shows (`syndicate.web.asking`) |
| `/letter` | the letter as a page for a frame |
| `/text`, `/source`, `/message` | its text part, its HTML line by line, the whole message; `/message?save=1` to be saved |
| `/media/...` | the pictures of editions that were shown, from the workspace |
| `/events` | server-sent events: `change`, whenever a file has changed |

Nothing here writes, and nothing here calls out. A page that is shown somebody else's text lets no script of it run.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from syndicate.errors import SyndicateError
from syndicate.web.asking import read_asked
from syndicate.web.bench import Bench, template_folders
from syndicate.web.guard import HOSTS, Guarded
from syndicate.web.pages import FOLDER, source_page, studio_page
from syndicate.web.screens import letter_policy, screen_page
from syndicate.web.sheets import sheet_of
from syndicate.web.watching import Bell, Places, events, watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime
    from pathlib import Path

    from starlette.requests import Request

    from syndicate.config import Settings
    from syndicate.web.sheets import Sheet


class Studio:
    """What the routes share: the workspace as it is now, the bell that rings when it changes, the clock."""

    def __init__(self, load: Callable[[], Settings], now: Callable[[], datetime], bell: Bell) -> None:
        self.bench = Bench(load)
        self.now = now
        self.bell = bell
        self._places = Places(())

    def changed(self, files: set[Path]) -> None:
        """Go on with the workspace as it is after these files have changed."""
        self.bench = self.bench.after(files)
        self.bell.ring()

    def places(self) -> Places:
        """What is watched; where the settings cannot be used, what was before."""
        try:
            settings = self.bench.settings
        except SyndicateError:
            return self._places
        self._places = Places(
            folders=(*settings.folders, *template_folders(settings)),
            files=(settings.root / settings.file,),
            apart=(settings.root / "out", settings.root / ".syndicate"),
        )
        return self._places

    def page(self, request: Request) -> Response:
        """Everything there is to see of a letter, on one page."""
        rung, sheet = self.bell.rung, self._sheet(request)
        return studio_page(request, sheet, rung=rung)

    def letter(self, request: Request) -> Response:
        """The letter for a frame."""
        sheet = self._sheet(request)
        if not sheet.public:
            return _nothing(sheet)
        html = screen_page(sheet.public.html, self.bench.pictures.values(), scheme=sheet.asked.scheme, width=sheet.asked.width)
        policy = {"Content-Security-Policy": letter_policy(sheet.asked.images)}
        return Response(html, media_type="text/html", headers=policy)

    def text(self, request: Request) -> Response:
        """The text part."""
        sheet = self._sheet(request)
        return PlainTextResponse(sheet.public.text) if sheet.public else _nothing(sheet)

    def source(self, request: Request) -> Response:
        """The HTML, line by line."""
        sheet = self._sheet(request)
        return source_page(request, sheet) if sheet.public else _nothing(sheet)

    def message(self, request: Request) -> Response:
        """The whole message, as it would be sent to somebody."""
        sheet = self._sheet(request, view="message")
        if not sheet.message or not sheet.galley:
            return _nothing(sheet)
        name = sheet.galley.edition.key.replace("/", "-")
        save = {"Content-Disposition": f'attachment; filename="{name}.eml"'} if request.query_params.get("save") else {}
        return Response(sheet.message, media_type="message/rfc822" if save else "text/plain", headers=save)

    def picture(self, request: Request) -> Response:
        """A picture of an edition that was shown. Names are looked up, and never made into paths."""
        picture = self.bench.pictures.get(f"media/{request.path_params['name']}")
        if picture is None or picture.file is None or not picture.file.is_file():
            return PlainTextResponse("no edition that was shown has this picture", 404)
        # An SVG opened by itself is a page, and might bring a script.
        return FileResponse(picture.file, headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"})

    async def events(self, _: Request) -> Response:
        """Tell a page when files change."""
        return StreamingResponse(events(self.bell), media_type="text/event-stream")

    def _sheet(self, request: Request, **known: Any) -> Sheet:
        asked = replace(read_asked(request.query_params.multi_items()), **known)
        return sheet_of(self.bench, asked, now=self.now())


def studio(load: Callable[[], Settings], *, now: Callable[[], datetime], bell: Bell | None = None) -> Starlette:
    """The studio of the workspace that `load` reads the settings of. While it runs, it watches the workspace's files; `bell` tells."""
    desk = Studio(load, now, bell or Bell())

    @asynccontextmanager
    async def watching(_: Starlette) -> AsyncIterator[None]:
        stop = asyncio.Event()
        task = asyncio.create_task(watch(desk.places, desk.changed, stop))
        try:
            yield
        finally:
            stop.set()
            await task

    app = Starlette(
        routes=[
            Route("/", desk.page),
            Route("/letter", desk.letter),
            Route("/text", desk.text),
            Route("/source", desk.source),
            Route("/message", desk.message),
            Route("/media/{name:path}", desk.picture),
            Route("/events", desk.events),
            Mount("/studio", StaticFiles(directory=FOLDER)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS), Middleware(Guarded)],
        lifespan=watching,
    )
    app.state.desk = desk
    return app


def _nothing(sheet: Sheet) -> Response:
    """Why there is no letter, for whoever opens a part of the page by itself."""
    if sheet.trouble:
        return PlainTextResponse("\n".join((f"{sheet.trouble.title}:", *filter(None, [sheet.trouble.place]), *sheet.trouble.reasons)), 422)
    return PlainTextResponse("No story is on these topics: this reader gets no letter.", 404)
