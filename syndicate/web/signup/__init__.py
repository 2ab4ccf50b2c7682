"""Subscribing and leaving over HTTP: routes for whoever serves them. No cookie is set, and no script is needed.

| path | GET | POST |
|---|---|---|
| `/subscribe` | the form; with `?embed`, for a frame on another site | takes it in |
| `/subscribe/signup.js` | what makes the form a little more pleasant | |
| `/confirm/{digest}/{token}` | a button | confirms |
| `/preferences/{digest}/{token}` | what somebody gets | changes it |
| `/preferences/{digest}/{token}/undo` | | takes back that somebody has left |
| `/unsubscribe/{digest}/{token}` | a button | ends it, from the page or by RFC 8058 |
| what else begins so | that the link does not work | the same |
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Self

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from syndicate.errors import SyndicateError
from syndicate.publishing.signup import Reception
from syndicate.publishing.signup.posting import Letterbox
from syndicate.web.signup.asking import FormDesk
from syndicate.web.signup.courier import Courier
from syndicate.web.signup.forms import FormError, read_fields
from syndicate.web.signup.links import LinkDesk
from syndicate.web.signup.pages import PRIVATE
from syndicate.web.signup.script import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.config import Settings
    from syndicate.storage import Ledger

    Answer = Callable[["Doors", Request], Awaitable[Response]]

TAKEN = 200
"""Answered to a form that was taken in, whether or not anything comes of it."""


def answered(answer: Answer) -> Answer:
    """Whatever goes wrong while `answer` is at work, somebody gets a page that says so, and an operator is told."""

    @wraps(answer)
    async def safely(doors: Doors, request: Request) -> Response:
        try:
            return await answer(doors, request)
        except FormError as error:
            return await run_in_threadpool(doors.links.trouble, error.status)
        except SyndicateError as error:
            doors.tell(f"{answer.__name__}: {error}")
            try:
                return await run_in_threadpool(doors.links.trouble, 503)
            except SyndicateError:  # the template of the page is broken too
                return PlainTextResponse("This did not work. Please try again in a few minutes.", 503, PRIVATE)

    return safely


class Doors:
    """From requests to the desks, and back; a letter that is owed goes out once its form is taken. `tell` is told what an operator should know."""

    def __init__(self, form: FormDesk, links: LinkDesk, courier: Courier, tell: Callable[[str], None]) -> None:
        self.form = form
        self.links = links
        self.courier = courier
        self.tell = tell

    @classmethod
    def of(cls, settings: Settings, ledger: Ledger, *, now: Callable[[], datetime], tell: Callable[[str], None]) -> Self:
        """The doors of a workspace, to be closed in the end. Raises `ConfigurationError`, `StorageError`."""
        reception = Reception.open(settings, ledger)
        courier = Courier(Letterbox.of(settings, ledger), now, tell)
        return cls(FormDesk.of(reception, now), LinkDesk.of(reception, now), courier, tell)

    def close(self) -> None:
        """Send no more letters; one that is going out is waited for."""
        self.courier.close()

    @property
    def routes(self) -> list[Route]:
        """What is to be mounted at the root."""
        link, both = "{digest}/{token}", ["GET", "POST"]
        return [
            Route("/subscribe", self.subscribe, methods=both),
            Route("/subscribe/signup.js", Script().answer),
            Route(f"/confirm/{link}", self.confirm, methods=both),
            Route(f"/preferences/{link}", self.preferences, methods=both),
            Route(f"/preferences/{link}/undo", self.undo, methods=both),
            Route(f"/unsubscribe/{link}", self.unsubscribe, methods=both),
            *(Route(f"/{word}", self.astray, methods=both) for word in ("confirm", "preferences", "unsubscribe")),
            *(
                Route(f"/{word}/{{rest:path}}", self.astray, methods=both)
                for word in ("subscribe", "confirm", "preferences", "unsubscribe")
            ),
        ]

    @answered
    async def subscribe(self, request: Request) -> Response:
        """The form, and what comes of it."""
        if request.method != "POST":
            return await run_in_threadpool(self.form.form, embedded="embed" in request.query_params)
        answer = await run_in_threadpool(self.form.ask, await read_fields(request), _host(request))
        if answer.status_code == TAKEN:
            self.courier.call()
        return answer

    @answered
    async def confirm(self, request: Request) -> Response:
        """The page behind a confirmation, and its button."""
        if request.method != "POST":
            return await run_in_threadpool(self.links.confirmation, *_link(request))
        return await run_in_threadpool(self.links.confirm, *_link(request), _host(request))

    @answered
    async def preferences(self, request: Request) -> Response:
        """What somebody gets, and what they make of it."""
        if request.method != "POST":
            return await run_in_threadpool(self.links.preferences, *_link(request))
        return await run_in_threadpool(self.links.change, *_link(request), await read_fields(request))

    @answered
    async def undo(self, request: Request) -> Response:
        """Back, after leaving by mistake; by a button alone."""
        if request.method != "POST":
            raise HTTPException(405, headers={"Allow": "POST"})
        return await run_in_threadpool(self.links.undo, *_link(request))

    @answered
    async def unsubscribe(self, request: Request) -> Response:
        """The page with the button, and the way out, for people and for mail programs."""
        return await run_in_threadpool(self.links.leave if request.method == "POST" else self.links.farewell, *_link(request))

    @answered
    async def astray(self, request: Request) -> Response:
        """A link that was cut short, or has something behind it."""
        rest = request.path_params.get("rest")
        above = "" if rest is None else "../" * (rest.count("/") + 1)
        return await run_in_threadpool(self.links.invalid, subscribe=f"{above}subscribe")


def _link(request: Request) -> tuple[str, str]:
    return request.path_params["digest"], request.path_params["token"]


def _host(request: Request) -> str:
    return request.client.host if request.client else ""
