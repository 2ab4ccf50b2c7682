"""Decide what becomes of a delivery. Pure: no clock, no database, no network.

1. a receipt says what the server answered: sent and refused are the end of it;
2. deferred: again after a while, longer each time, as long as the edition is fresh;
3. uncertain: held until somebody looks, or sent again, as configured;
4. an edition of which too large a share is refused is stopped: then it is not the addresses that are wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, assert_never

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.delivery.envelopes import Receipt

State = Literal["planned", "leased", "sending", "sent", "deferred", "refused", "suppressed", "uncertain", "expired", "cancelled", "nothing"]
Doubt = Literal["hold", "resend"]

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 15, 30, 60, 120, 240, 480))
"""Between one try and the next (RFC 5321, section 4.5.4.1, asks for half an hour and more once the first have failed)."""

CLOSED = timedelta(minutes=5)
"""How long a server is left alone that has had enough of us for now."""

SERVICE_CLOSING = 421


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a delivery after a try: its state, why, and when to try again, if at all."""

    state: State
    reason: str
    next_at: datetime | None = None


def settle(receipt: Receipt, *, attempts: int, now: datetime, expires_at: datetime, doubt: Doubt) -> Settlement:
    """What a receipt makes of a delivery that has been tried `attempts` times, this one included."""
    match receipt.outcome:
        case "sent":
            return Settlement("sent", receipt.reason)
        case "refused":
            return Settlement("refused", receipt.reason)
        case "deferred":
            return again(receipt.reason, attempts=attempts, now=now, expires_at=expires_at)
        case "uncertain":
            if doubt == "hold":
                return Settlement("uncertain", receipt.reason)
            return again(receipt.reason, attempts=attempts, now=now, expires_at=expires_at)
        case _:
            assert_never(receipt.outcome)


def again(reason: str, *, attempts: int, now: datetime, expires_at: datetime) -> Settlement:
    """Try again after a pause that grows with the `attempts` made; or never, where the edition would be stale by then."""
    next_at = now + PAUSES[min(max(attempts, 1), len(PAUSES)) - 1]
    if next_at >= expires_at:
        return Settlement("expired", f"not delivered by {expires_at:%Y-%m-%d %H:%M} UTC; last: {reason}")
    return Settlement("deferred", reason, next_at)


def who_closed(receipt: Receipt) -> Literal["relay", "domain", ""]:
    """Who wants to be left alone for a while, if anybody.

    The relay, where it cannot be reached, does not let us in, or says 421 (RFC 5321, section 3.8); the recipient's domain, where it is a
    policy status 4.7.x (RFC 3463, section 3.8).
    """
    if receipt.outcome != "deferred":
        return ""
    if receipt.stage in {"connect", "tls", "login", "sender"} or receipt.code == SERVICE_CLOSING:
        return "relay"
    return "domain" if receipt.status.startswith("4.7.") else ""


def stop_reason(*, refused: int, tried: int, share: float, after: int) -> str:
    """Why the rest of an edition is not sent; nothing while all is well. `share` is the most that may be refused of what was tried."""
    if tried >= after and refused > share * tried:
        return f"{refused} of the first {tried} were refused, more than {share:.0%}; look at `syndicate outbox list`, then retry or cancel"
    return ""


def domain_of(address: str) -> str:
    """Whose mail server takes the address, in small letters."""
    return address.rpartition("@")[2].lower()
