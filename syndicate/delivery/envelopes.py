"""What goes to a mail server, and what it says to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["sent", "deferred", "refused", "uncertain"]
Stage = Literal["connect", "tls", "login", "sender", "recipient", "data", "body", "local"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message under way: the return path, one recipient, and the bytes with lines ended by CRLF, as they are to be sent."""

    sender: str
    recipient: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one try to send.

    `sent`: the server took it over; `deferred`: not now, try again; `refused`: never; `uncertain`: the message went out and no answer came
    back, so it may have arrived (RFC 1047). `code` is the reply's (RFC 5321), `status` the enhanced one (RFC 3463) where there is one,
    `stage` how far the try had come.
    """

    outcome: Outcome
    stage: Stage
    code: int = 0
    status: str = ""
    text: str = ""

    @property
    def reason(self) -> str:
        """The answer in one line: `550 5.1.1 no such user`."""
        return " ".join(filter(None, (str(self.code or ""), self.status, self.text))) or self.outcome
