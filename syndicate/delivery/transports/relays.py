"""A mail server that takes our messages, and how to speak with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from syndicate.errors import ConfigurationError

HOSTNAME = re.compile(r"[!-~]*")

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds to wait: for a connection, and for TLS on it; for a reply; for the reply to the final dot.

    RFC 5321, section 4.5.3.2 allows a server 5 minutes for a reply and 10 for the last, which would hold up a run for one server that
    hangs. The last is the longest here too, for to give up on it leaves an envelope `uncertain`.
    """

    connect: float = 30
    reply: float = 60
    final: float = 300


@dataclass(frozen=True, slots=True)
class Relay:
    """Where messages are handed in.

    `security`: `starttls` (mostly port 587) goes on only under TLS, `tls` begins with it (465), `none` is for a relay on the same machine.
    There is no "TLS if offered": whoever sits in between could take the offer out. Certificates are verified, against `ca_file` if there
    is one. `local_hostname` is the name to greet with, by default that of this machine. Raises `ConfigurationError`.
    """

    host: str
    port: int = 587
    security: Security = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    local_hostname: str = ""
    ca_file: str = ""
    patience: Patience = Patience()

    def __post_init__(self) -> None:
        reasons = []
        if not HOSTNAME.fullmatch(self.local_hostname):
            reasons.append(f"local_hostname: must be a name such as 'mail.example.org', got {self.local_hostname!r}")
        if "\0" in self.username + self.password:
            reasons.append("username, password: must not hold a null character, which parts them on the wire; choose others")
        if reasons:
            raise ConfigurationError(reasons)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"
