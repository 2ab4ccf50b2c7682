"""Address a rendering to a subscriber: the bytes of a whole message (RFC 5322, MIME). Pure; the same arguments give the same bytes.

`email.message.EmailMessage` folds long headers as it likes and may encode a List-Unsubscribe header so that mailbox providers
ignore it; here each header is written as it shall stand, and generated without folding.
"""

from __future__ import annotations

import hashlib
import re
from email.charset import QP, Charset
from email.generator import BytesGenerator
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from io import BytesIO
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from syndicate.model import fill_tokens

if TYPE_CHECKING:
    from syndicate.model import Edition, Rendering, Subscriber

WIRE = compat32.clone(linesep="\r\n")
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")
UTF8 = Charset("utf-8")
UTF8.body_encoding = QP


def build_message(rendering: Rendering, edition: Edition, subscriber: Subscriber) -> bytes:
    """The message that brings `rendering` to `subscriber`, with lines ended by CRLF.

    The unsubscribe and preferences tokens become the subscriber's own links. Message-ID and boundary follow from edition and
    subscriber, so that another try at sending is the same message.
    """
    digest, host = edition.publication, edition.publication.site.host
    name = uuid5(NAMESPACE_URL, f"{host}/{edition.key}/{subscriber.address}").hex
    message = MIMEMultipart("alternative", boundary=f"=_{hashlib.sha256(edition.key.encode()).hexdigest()[:32]}")
    headers = {
        "From": _mailbox(*parseaddr(_line(digest.sender))),
        "To": _mailbox(subscriber.name, subscriber.address),
        "Subject": _words(rendering.subject, len("Subject: ")),
        "Date": format_datetime(edition.end),
        "Message-ID": f"<{name}@{host}>",
        "List-Id": f"{_quoted(digest.title)} <{digest.slug}.{host}>",
        "List-Unsubscribe": f"<{subscriber.unsubscribe_url}>",
        "List-Archive": f"<{digest.site.url}/digests/{digest.slug}/index.html>",
        "Precedence": "bulk",
    }
    if subscriber.unsubscribe_url.startswith("https://"):
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    for header, value in headers.items():
        message[header] = value
    for subtype, body in (("plain", rendering.text), ("html", rendering.html)):
        part = MIMENonMultipart("text", subtype, charset="utf-8")
        part.set_payload(personalised(body, subscriber), UTF8)
        message.attach(part)
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, maxheaderlen=0, policy=WIRE).flatten(message)
    return out.getvalue()


def personalised(body: str, subscriber: Subscriber) -> str:
    """`body` with the subscriber's own links in place of the tokens."""
    return fill_tokens(body, unsubscribe=subscriber.unsubscribe_url, preferences=subscriber.preferences_url)


def _line(text: str) -> str:
    """Text on one line, without the characters that end a line or reorder what stands beside them."""
    return " ".join(CONTROLS.sub(" ", text).split())


def _words(text: str, before: int = 0) -> str:
    """Text for a header: one line, encoded (RFC 2047) where it is not ASCII or would be read as if it were encoded."""
    line = _line(text)
    plain = line.isascii() and "=?" not in line and before + len(line) <= 76  # noqa: PLR2004  RFC 2047, section 2
    return line if plain else Header(line, "utf-8", maxlinelen=76, continuation_ws=" ", header_name=" " * before).encode(linesep="\r\n")


def _mailbox(name: str, address: str) -> str:
    """An address with its display name, both on one line and nothing else between them. Raises `UnicodeError` where it is not ASCII."""
    mailbox = formataddr(("", parseaddr(_line(address))[1]))
    return f"{_quoted(name)} <{mailbox}>" if _line(name) else mailbox


def _quoted(name: str) -> str:
    """A display name as words that need no quotes, as encoded words, or in quotes (RFC 5322, section 3.2.4)."""
    line = _line(name)
    words = _words(line)
    return words if words != line or re.fullmatch(r"[\w !#$%&'*+/=?^`{|}~-]+", line) else formataddr((line, "a@b"))[: -len(" <a@b>")]
