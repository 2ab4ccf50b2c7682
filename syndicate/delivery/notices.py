"""Address a notice to somebody: a letter of ours that belongs to no edition, such as the one that asks to confirm. Pure.

It is nobody's mailing list: there is nothing to unsubscribe from, and no header says that there were.
"""

from __future__ import annotations

from email.utils import format_datetime, parseaddr
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from syndicate.delivery.headers import address_of, ascii_domain, label_of, line_of, mailbox, text_words
from syndicate.delivery.message import fields, part

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.letters import Letter


def build_notice(letter: Letter, *, sender: str, recipient: str, host: str, key: str, at: datetime) -> bytes:
    """The message that brings `letter` to an address: ASCII, with lines ended by CRLF, to be sent as it is.

    Message-ID, boundary and date follow from the arguments, of which `key` tells this notice from all others of `host`: another try at
    sending is the same message. The recipient's name is not in it, for anybody may have given it. Raises `UndeliverableError`.
    """
    name, address = parseaddr(line_of(sender))
    host = label_of(ascii_domain(host))
    mark = f"=_{sha256(key.encode()).hexdigest()[:32]}"  # quoted-printable has no underscore after an equals sign
    boundary = mark.encode()
    head = {
        "MIME-Version": ["1.0"],
        "From": mailbox(name, address_of(address)),
        "To": [address_of(recipient)],
        "Subject": text_words(letter.subject),
        "Date": [format_datetime(at)],
        "Message-ID": [f"<{uuid5(NAMESPACE_URL, f'{host}/{key}').hex}@{host}>"],
        "Auto-Submitted": ["auto-generated"],  # and no holiday notice shall answer (RFC 3834, section 5)
        "Content-Type": ["multipart/alternative;", f'boundary="{mark}"'],
    }
    pieces = (*part(boundary, b"plain", letter.text, ""), *part(boundary, b"html", letter.html, "&"), b"--%b--\r\n" % boundary)
    return fields(head) + b"\r\n" + b"".join(piece for piece in pieces if isinstance(piece, bytes))
