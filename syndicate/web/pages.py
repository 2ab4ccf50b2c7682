"""The studio's own pages: a sheet as HTML. Nothing else in the package knows its templates."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.templating import Jinja2Templates

from syndicate.web.gauge import MARKS, gauge_of
from syndicate.web.screens import SANDBOX

if TYPE_CHECKING:
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from syndicate.web.sheets import Sheet

FOLDER = Path(__file__).parent / "studio"
"""The studio's templates, styles and script, which come with the package."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page of the studio may load: its own parts and nothing else, whatever an article brings along."""

VIEWS = (("letter", "Letter"), ("text", "Text"), ("source", "Source"), ("message", "Message"))
SCREENS = (("desktop", "Desktop", 680), ("phone", "Phone", 360))
"""How wide a letter is shown, in pixels: 600 and what mail programs put around it, and the narrowest phone that is still sold."""


def studio_page(request: Request, sheet: Sheet, *, rung: int) -> Response:
    """The studio with a sheet on it; `rung` says which state of the files it shows."""
    letter = sheet.letter
    return _page(
        request,
        "studio.html",
        sheet=sheet,
        asked=sheet.asked,
        letter=letter,
        public=sheet.public,
        gauge=gauge_of(letter) if letter else None,
        marks=MARKS,
        rung=rung,
        views=VIEWS,
        screens=SCREENS,
        sandbox=SANDBOX,
    )


def source_page(request: Request, sheet: Sheet) -> Response:
    """The HTML of a letter, line by line, on a page of its own."""
    return _page(request, "source.html", sheet=sheet, asked=sheet.asked, public=sheet.public)


def _page(request: Request, name: str, **context: Any) -> Response:
    return _templates().TemplateResponse(request, name, context, headers={"Content-Security-Policy": POLICY})


@cache
def _templates() -> Jinja2Templates:
    templates = Jinja2Templates(directory=FOLDER)
    templates.env.trim_blocks = templates.env.lstrip_blocks = True
    templates.env.filters |= {"day": day, "clock": clock}
    return templates


def day(moment: datetime) -> str:
    """`Mon 16 Nov 2026`."""
    return f"{moment:%a} {moment.day} {moment:%b %Y}"


def clock(moment: datetime) -> str:
    """`08:00`."""
    return f"{moment:%H:%M}"
