"""Subscribing and leaving over HTTP: routes for whoever serves them. No cookie is set, and no script is needed.

| path | GET | POST |
|---|---|---|
| `/subscribe` | the form; with `?embed`, for a frame on another site | takes it in |
| `/subscribe/signup.js` | what makes the form a little more pleasant | |
| `/confirm/{digest}/{token}` | a button | confirms |
| `/preferences/{digest}/{token}` | what somebody gets | changes it |
| `/preferences/{digest}/{token}/undo` | | takes back that somebody has left |
| `/unsubscribe/{digest}/{token}` | a button | ends it, from the page or by RFC 8058 |
"""

from __future__ import annotations

import asyncio
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from syndicate.errors import SyndicateError
from syndicate.publishing.signup import Reception
from syndicate.publishing.signup.posting import Letterbox, post
from syndicate.web.signup.desk import Desk
from syndicate.web.signup.forms import FormError, read_fields
from syndicate.web.signup.pages import PRIVATE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request

    from syndicate.config import Settings
    from syndicate.storage import Ledger

    Answer = Callable[["Doors", Request], Awaitable[Response]]

SCRIPT = Path(__file__).parent / "signup.js"


def routes(
    settings: Settings,
    ledger: Ledger,
    *,
    now: Callable[[], datetime],
    tell: Callable[[str], None] = lambda trouble: None,  # noqa: ARG005
) -> list[Route]:
    """The routes of a workspace, to be mounted at the root; `tell` is told what an operator should know.

    Raises `ConfigurationError`, `StorageError`.
    """
    doors = Doors(Desk.of(Reception.open(settings, ledger), now), Letterbox.of(settings, ledger), tell)
    link = "{digest}/{token}"
    return [
        Route("/subscribe", doors.subscribe, methods=["GET", "POST"]),
        Route("/subscribe/signup.js", doors.script),
        Route(f"/confirm/{link}", doors.confirm, methods=["GET", "POST"]),
        Route(f"/preferences/{link}", doors.preferences, methods=["GET", "POST"]),
        Route(f"/preferences/{link}/undo", doors.undo, methods=["POST"]),
        Route(f"/unsubscribe/{link}", doors.unsubscribe, methods=["GET", "POST"]),
    ]


def answered(answer: Answer) -> Answer:
    """Whatever goes wrong while `answer` is at work, somebody gets a page that says so, and an operator is told."""

    @wraps(answer)
    async def safely(doors: Doors, request: Request) -> Response:
        try:
            return await answer(doors, request)
        except FormError as error:
            return await run_in_threadpool(doors.desk.trouble, error.status)
        except SyndicateError as error:
            doors.tell(f"{request.url.path.split('/')[1]}: {error}")
            try:
                return await run_in_threadpool(doors.desk.trouble, 503)
            except SyndicateError:  # the template of the page is broken too
                return PlainTextResponse("This did not work. Please try again in a few minutes.", 503, PRIVATE)

    return safely


class Doors:
    """From requests to the desk, and back; a letter that is owed goes out once its form is answered."""

    def __init__(self, desk: Desk, letterbox: Letterbox, tell: Callable[[str], None]) -> None:
        self.desk = desk
        self.letterbox = letterbox
        self.tell = tell
        self._sending = asyncio.Lock()

    @answered
    async def subscribe(self, request: Request) -> Response:
        """The form, and what comes of it."""
        if request.method != "POST":
            return await run_in_threadpool(self.desk.form, embedded="embed" in request.query_params)
        answer = await run_in_threadpool(self.desk.ask, await read_fields(request), _host(request))
        answer.background = BackgroundTask(self._send)
        return answer

    async def script(self, _: Request) -> Response:
        """The form's script."""
        kept = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(SCRIPT.read_bytes(), media_type="text/javascript; charset=utf-8", headers=kept)

    @answered
    async def confirm(self, request: Request) -> Response:
        """The page behind a confirmation, and its button."""
        if request.method != "POST":
            return await run_in_threadpool(self.desk.confirmation, *_link(request))
        return await run_in_threadpool(self.desk.confirm, *_link(request), _host(request))

    @answered
    async def preferences(self, request: Request) -> Response:
        """What somebody gets, and what they make of it."""
        if request.method != "POST":
            return await run_in_threadpool(self.desk.preferences, *_link(request))
        return await run_in_threadpool(self.desk.change, *_link(request), await read_fields(request))

    @answered
    async def undo(self, request: Request) -> Response:
        """Back, after leaving by mistake."""
        return await run_in_threadpool(self.desk.undo, *_link(request))

    @answered
    async def unsubscribe(self, request: Request) -> Response:
        """The page with the button, and the way out, for people and for mail programs."""
        return await run_in_threadpool(self.desk.leave if request.method == "POST" else self.desk.farewell, *_link(request))

    async def _send(self) -> None:
        """Send the confirmations that are owed; what cannot be sent now, `syndicate run` tries again."""
        try:
            async with self._sending:
                await run_in_threadpool(post, self.letterbox, clock=self.desk.now)
        except Exception as error:  # noqa: BLE001  whatever it is, the letter is owed, and goes out another time
            self.tell(f"confirmations: {type(error).__name__}: {error}")


def _link(request: Request) -> tuple[str, str]:
    return request.path_params["digest"], request.path_params["token"]


def _host(request: Request) -> str:
    return request.client.host if request.client else ""
