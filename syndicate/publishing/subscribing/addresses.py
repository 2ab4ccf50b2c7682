"""Read a subscriber's address, once, at the door. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from syndicate.errors import UndeliverableError

LONGEST = 254
LONGEST_LOCAL = 64
"""Characters of an address, and of what stands before its @ (RFC 5321, section 4.5.3.1, and erratum 1690 to RFC 3696)."""

SHOWN = 100
"""Characters of a bad address that are shown."""

ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
PLAIN = re.compile(rf"(?!.*=\?)({ATOM}(?:\.{ATOM})*)@([\w.-]+)", re.ASCII)
"""An address in ASCII without quotes (RFC 5322, section 3.4.1), as nearly all are; what its domain is, is not said."""


class Address(NamedTuple):
    """An address as mail is sent to it, in ASCII, and the mailbox that it is: the same in small letters.

    That servers may tell `Ann` from `ann` (RFC 5321, section 2.4) is of the letter alone; for people they are one.
    """

    text: str
    mailbox: str


def read_address(text: str) -> Address:
    """The address that `text` is. Whether anybody has it is not asked. Raises `UndeliverableError`, with the remedy."""
    text = text.strip()
    plain = PLAIN.fullmatch(text) if len(text) <= LONGEST else None
    # Nearly all of the cost is in the domain, and a million people have a few thousand domains.
    domain = _domain(plain[2]) if plain and len(plain[1]) <= LONGEST_LOCAL else ""
    address = f"{plain[1]}@{domain}" if plain and domain else _checked(text)
    return Address(address, address.lower())


@lru_cache(maxsize=10_000)
def _domain(name: str) -> str:
    """A domain as DNS has it; nothing where it is none."""
    try:
        return _checked(f"a@{name}").removeprefix("a@")
    except UndeliverableError:
        return ""


def _checked(text: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        # Domains for examples and tests are let in; those that can only be meant for one machine or network are not.
        found = validate_email(text, allow_smtputf8=False, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as error:
        raise UndeliverableError(_remedy(text, str(error))) from error
    if "=?" in text:
        raise UndeliverableError(_remedy(text, "'=?' begins an encoded word (RFC 2047)"))
    return found.ascii_email or ""


def _remedy(text: str, said: str) -> str:
    shown = repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
    if not text.rpartition("@")[0].isascii():
        return f"{shown}: has letters beyond ASCII before the @, which few mail servers take; ask for another address"
    return f"{shown}: is no address: {said[:1].lower()}{said[1:].rstrip('.')}; write one such as 'name@example.org'"
