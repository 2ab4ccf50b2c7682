"""What a server offers in its answer to EHLO (RFC 5321, section 4.1.1.1), as far as it is of use here. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.delivery.transports.replies import Reply


@dataclass(frozen=True, slots=True)
class Offers:
    """`size` is the most bytes a message may have, `None` where the server does not count, 0 where it sets no limit (RFC 1870)."""

    pipelining: bool = False
    starttls: bool = False
    size: int | None = None
    logins: frozenset[str] = frozenset()


def offers_in(reply: Reply) -> Offers:
    """The offers in a reply to EHLO, whose first line is a greeting. `AUTH=`, as servers before RFC 2554 write it, is read too."""
    words = [line.upper().replace("=", " ").split() for line in reply.lines[1:]]
    found = {line[0]: line[1:] for line in words if line}
    size = next(iter(found.get("SIZE", ())), "0")
    return Offers(
        pipelining="PIPELINING" in found,
        starttls="STARTTLS" in found,
        size=(int(size) if size.isdecimal() else 0) if "SIZE" in found else None,
        logins=frozenset(name for line in words if line[:1] == ["AUTH"] for name in line[1:]),
    )
