"""The form's script, as it is answered: read once, and known again by its hash."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

from syndicate.web.outlet.wishes import is_known

if TYPE_CHECKING:
    from starlette.requests import Request

FILE = Path(__file__).parent / "signup.js"
KEPT = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}


class Script:
    """The script with its answers."""

    def __init__(self) -> None:
        self.body = FILE.read_bytes()
        self.tag = f'"{sha256(self.body).hexdigest()[:32]}"'

    async def answer(self, request: Request) -> Response:
        """The script; 304 to who has it."""
        headers = {**KEPT, "ETag": self.tag}
        known = ", ".join(request.headers.getlist("if-none-match"))
        if known and is_known(self.tag.encode(), known.encode("latin-1")):
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type="text/javascript; charset=utf-8", headers=headers)
