"""Failures that no standard speaks of: bounces of servers older than RFC 3464, or that know better. Pure.

flufl.bounce, which is GNU Mailman's, knows them by their words: qmail's QSBMF, Exim, Exchange, and some twenty others. It gets the words
alone and the headers it asks for, in ASCII, for it follows what is forwarded, raises where a header is not as it should be, and takes its
time over a large message.
"""

from __future__ import annotations

import re
from email.message import Message

from syndicate.delivery.bounces.reports import Failure, addresses, explanation, line_of
from syndicate.delivery.bounces.rules import REPLY, STATUS

DAEMONS = re.compile(r".{0,80}?\b(mailer-daemon|mail delivery (sub)?system|postmaster|mail-daemon|mdaemon)\b", re.IGNORECASE)
"""Who writes such messages where their words are unknown."""

LONGEST_EXPLANATION = 20_000


def unreported(message: Message) -> Failure | None:
    """What such a message says of a recipient, if it is one."""
    from flufl.bounce import all_failures

    said = explanation(message)[:LONGEST_EXPLANATION]
    delayed, failed = all_failures(_plain(message, said))
    if delayed or failed:
        return Failure(min(failed or delayed).decode(), "failed" if failed else "delayed", "", _telling(said))
    if DAEMONS.match(line_of(message["From"])) and (STATUS.search(said) or REPLY.search(said)):
        return Failure("", "failed", "", _telling(said))
    return None


def _plain(message: Message, said: str) -> Message:
    """A message of plain text that says the same."""
    plain = Message()
    plain["From"] = next(addresses(message, "From"), "nobody@localhost")
    plain["X-Mailer"] = _ascii(line_of(message.get("X-Mailer", "")))
    if failed := ", ".join(addresses(message, "X-Failed-Recipients")):
        plain["X-Failed-Recipients"] = failed  # an empty one would be read as a failure of nobody, on some Pythons
    plain.set_payload(_ascii(said))
    return plain


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _telling(text: str) -> str:
    """What a text says from the line on that names a status or a reply, else all of it; on one line."""
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if STATUS.search(line) or re.search(r"\b5\d\d[ -]", line)), 0)
    return line_of(" ".join(lines[start:]))
