"""The seam between what is to be sent and what sends it: a transport opens sessions, a session carries envelopes. [I/O]

- `smtp.py` hands them to a relay, `folder.py` writes them to disk, `memory.py` keeps them, for tests.
- `added.py` finds those of other packages, and `guarding.py` stands between them and us.
- Every transport refuses by itself what none may carry: `objections.py`.
- What can go wrong with one envelope is a `Receipt`, never an exception.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from syndicate.delivery.envelopes import Envelope, Receipt


class Session(Protocol):
    """One way to the other side, kept open between envelopes and opened again where it broke; driven by one task at a time."""

    async def send(self, envelope: Envelope, *, following: Envelope | None = None) -> Receipt:
        """Try to send `envelope`, once; the receipt is about it and no other.

        `following` announces the envelope that will be sent next, so that a session may prepare for it. It binds nobody: an envelope that
        was announced and is then not sent goes nowhere. A caller that is cancelled in here must take the envelope for `uncertain`.
        """
        ...

    async def close(self) -> None:
        """Take leave. A session that is closed twice, or was never used, does no harm."""
        ...


class Transport(Protocol):
    """What sends. A caller that wants several connections opens several sessions."""

    def session(self) -> Session:
        """A session of its own, not connected before it has something to send."""
        ...
