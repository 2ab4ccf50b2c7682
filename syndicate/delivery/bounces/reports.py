"""Take apart what machines write about mail: delivery reports (RFC 3464), complaints (RFC 5965), what they return. Pure; decides nothing.

Messages are read by the older of Python's parsers, which takes headers as they stand, whatever is in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_string
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = re.compile(r"[^\s<>,;:\"()@]{1,64}@[^\s<>,;:\"()@]{1,255}")
"""What looks like an address, in a header that may hold anything."""

MOST_RECIPIENTS = 100
"""Recipients of one report that are looked at; a message of ours has one."""

ORIGINALS = ("message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers")
STATUSES = ("message/delivery-status", "message/global-delivery-status")

RETURNED = re.compile(
    r"^[> ]*(Return-Path|Received|DKIM-Signature|Message-ID|MIME-Version|List-Unsubscribe): ", re.IGNORECASE | re.MULTILINE
)
"""The first line of a message that is returned in the middle of a text."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What a report says of one recipient (RFC 3464, section 2.3); `action` is a word such as `failed` or `delayed`."""

    address: str
    action: str
    status: str
    diagnosis: str


def parts(message: Message) -> Iterator[Message]:
    """The message and its parts, but not those of a message that it returns."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        yield part
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting += [each for each in reversed(payload) if isinstance(each, Message)]


def failures(message: Message) -> list[Failure]:
    """What a delivery report says, recipient by recipient; nothing where the message is no such report."""
    blocks = (block for part in parts(message) if part.get_content_type() in STATUSES for block in _blocks(part))
    about = (block for block in blocks if block["Action"] or block["Final-Recipient"])
    return [_failure(block) for block in islice(about, MOST_RECIPIENTS)]


def complaint(message: Message) -> Message | None:
    """The fields of a complaint, if the message is one, or what Outlook.com sends in its place: our letter, with a header of theirs."""
    found = (part for part in parts(message) if part.get_content_type() == "message/feedback-report")
    if fields := next((block for part in found for block in _blocks(part)), None):
        return fields
    recipient = next((text for original in originals(message) for text in addresses(original, "X-HmXmrOriginalRecipient")), "")
    return message_from_string(f"Feedback-Type: abuse\nOriginal-Rcpt-To: {recipient}\n") if recipient else None


def originals(message: Message) -> Iterator[Message]:
    """The messages that a report returns, whole or only their headers."""
    for part in parts(message):
        if part.get_content_type() in ORIGINALS:
            yield from _embedded(part)


def addresses(message: Message, *names: str) -> Iterator[str]:
    """The addresses in the header fields called so."""
    for name in names:
        for text in message.get_all(name, ()):
            yield from ADDRESS.findall(str(text))


def explanation(message: Message) -> str:
    """What a message says in words, up to where it returns another one; the words of HTML where it has no others."""
    texts = [(part.get_content_type(), text_of(part)) for part in parts(message) if part.get_content_maintype() == "text"]
    plain = [text for kind, text in texts if kind == "text/plain"]
    text = "\n".join(plain or [re.sub(r"<[^<>]*>", " ", text) for _, text in texts])
    returned = RETURNED.search(text)
    return text[: returned.start()] if returned else text


def text_of(part: Message) -> str:
    """The text of a part, as far as it can be read."""
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def line_of(text: object) -> str:
    """A header field as text on one line."""
    try:
        decoded = str(make_header(decode_header(str(text))))
    except (MessageError, ValueError, LookupError):
        decoded = str(text)
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", decoded).split())


def _failure(block: Message) -> Failure:
    recipient = next(addresses(block, "Original-Recipient", "Final-Recipient"), "")
    action = line_of(block.get("Action", "")).lower().partition(" ")[0]
    return Failure(recipient, action, line_of(block.get("Status", "")), line_of(block.get("Diagnostic-Code", "")))


def _blocks(part: Message) -> Iterator[Message]:
    """The blocks of fields in a part, of which the parser may have found the first alone."""
    for block in _embedded(part):
        yield block
        rest = block.get_payload()
        if isinstance(rest, str):
            yield from (message_from_string(text) for text in re.split(r"\n\s*\n", rest) if text.strip())


def _embedded(part: Message) -> list[Message]:
    """The messages in a part: as the parser has them, or in a text, of which it knows nothing."""
    payload = part.get_payload()
    if isinstance(payload, list):
        return [each for each in payload if isinstance(each, Message)]
    return [message_from_string(text_of(part))]
