"""When a form was handed out, so that nobody can say so but us. Pure: no clock.

A person takes a few seconds to fill a form in, and not a day. A program that sends forms by itself has no stamp, an old one, or one that
is too fresh. A stamp is the moment in milliseconds since 1970 and a code over it (HMAC-SHA256, RFC 2104, cut to 16 bytes).
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from syndicate.delivery.tokens import CODE
from syndicate.model import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.delivery.tokens import Keys

MOMENT = 6
"""Bytes of a moment in milliseconds since 1970."""

QUICKEST = timedelta(seconds=2)
LONGEST = timedelta(days=1)
"""What a person takes to fill in a form."""


def stamp(keys: Keys, now: datetime) -> str:
    """The stamp of a form that is handed out at `now`."""
    moment = int(now.timestamp() * 1000).to_bytes(MOMENT)
    return urlsafe_b64encode(moment + _code(keys.secrets[-1], moment)).rstrip(b"=").decode()


def is_human(keys: Keys, text: str, now: datetime) -> bool:
    """Whether a form with this stamp comes back at `now` as a person would send it: not at once, and not after a day."""
    body = b""
    with suppress(ValueError):
        body = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    moment = body[:MOMENT]
    if len(body) != MOMENT + CODE or not any(hmac.compare_digest(_code(secret, moment), body[MOMENT:]) for secret in keys.secrets):
        return False
    return QUICKEST <= now - EPOCH - timedelta(milliseconds=int.from_bytes(moment)) <= LONGEST


def _code(secret: bytes, moment: bytes) -> bytes:
    return hmac.digest(secret, b"form\0" + moment, "sha256")[:CODE]
