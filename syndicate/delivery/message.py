"""Address a letter to a subscriber: the bytes of a whole message (RFC 5322, MIME). Pure; the same arguments give the same bytes.

What all readers of a letter have in common is written and encoded once, as a `Form`; a message is a join of it with what is a reader's own.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from dataclasses import dataclass
from email.utils import format_datetime, parseaddr
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from syndicate.delivery.headers import address_of, ascii_domain, field, label_of, line_of, mailbox, phrase, text_words, uri_of
from syndicate.letters import LINKS, PREFERENCES, UNSUBSCRIBE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syndicate.letters import Letter
    from syndicate.model import Edition, Subscriber

TOO_FAR = re.compile(rb"=(?:20|09)\n(?<=.{77}\n)")
"""The end of a line of 77 characters or more."""

LAST = 75
"""Characters of a line that goes on in the next, before the mark that says so."""


@dataclass(frozen=True, slots=True)
class Form:
    """A letter as a message, but for what is its reader's own: headers, and a body in which links to come stand as their tokens.

    `unsubscribe` and `preferences` are letters to the sender, for readers without links of their own.
    """

    host: str
    key: str
    unsubscribe: str
    preferences: str
    letterhead: bytes
    subject: bytes
    tail: bytes
    body: tuple[bytes | str, ...]

    def message(self, subscriber: Subscriber) -> bytes:
        """The message for a subscriber, in ASCII, with lines ended by CRLF: to be sent as it is.

        The tokens become their own links, or letters to the sender where there are none. Message-ID and boundary follow from edition and
        subscriber, so that another try at sending is the same message. Raises `UndeliverableError`.
        """
        address = address_of(subscriber.address)
        unsubscribe = uri_of(subscriber.unsubscribe_url) if subscriber.unsubscribe_url else self.unsubscribe
        preferences = uri_of(subscriber.preferences_url) if subscriber.preferences_url else self.preferences
        own = _links(UNSUBSCRIBE, unsubscribe) | _links(PREFERENCES, preferences)
        name = uuid5(NAMESPACE_URL, f"{self.host}/{self.key}/{address}").hex
        head = (
            self.letterhead,
            field("To", mailbox(subscriber.name, address)),
            self.subject,
            field("Message-ID", [f"<{name}@{self.host}>"]),
            _ways_out(unsubscribe, self.unsubscribe),
            self.tail,
        )
        return b"".join((*head, *(own[part] if isinstance(part, str) else part for part in self.body)))


def form_of(letter: Letter, edition: Edition) -> Form:
    """What all readers of `letter` get. Raises `UndeliverableError`."""
    digest, host = edition.publication, _host(edition)
    name, sender = parseaddr(line_of(digest.sender))
    boundary = f"=_{sha256(edition.key.encode()).hexdigest()[:32]}"  # quoted-printable has no underscore after an equals sign
    tail = {
        "List-Id": [*phrase(digest.title), f"<{label_of(digest.slug)}.{host}>"],
        "List-Archive": [f"<{uri_of(f'{digest.site.url}/digests/{digest.slug}/index.html')}>"],
        "Feedback-ID": [_feedback_id(edition)],
        "Precedence": ["bulk"],
        "Auto-Submitted": ["auto-generated"],  # a timer made it, and no holiday notice shall answer (RFC 3834, sections 2 and 5)
        "Content-Type": ["multipart/alternative;", f'boundary="{boundary}"'],
    }
    mark = boundary.encode()
    body = (*part(mark, b"plain", letter.text, ""), *part(mark, b"html", letter.html, "&"), b"--%b--\r\n" % mark)
    return Form(
        host,
        edition.key,
        uri_of(digest.mailto("unsubscribe")),
        uri_of(digest.mailto("preferences")),
        fields({"MIME-Version": ["1.0"], "From": mailbox(name, address_of(sender or f"{digest.slug}@{host}"))}),
        # The date is that of the edition, for a second try must not look newer than the first.
        fields({"Subject": text_words(letter.subject), "Date": [format_datetime(edition.end)]}),
        fields(tail) + b"\r\n",
        body,
    )


def build_message(letter: Letter, edition: Edition, subscriber: Subscriber) -> bytes:
    """The message that brings `letter` to `subscriber`. Raises `UndeliverableError`."""
    return form_of(letter, edition).message(subscriber)


def fields(headers: Mapping[str, Sequence[str]]) -> bytes:
    """Header fields, each of its words."""
    return b"".join(field(name, words) for name, words in headers.items())


def _ways_out(unsubscribe: str, by_letter: str) -> bytes:
    """How to leave: by a click where the web serves it (RFC 8058), and by a letter (RFC 2369)."""
    if not unsubscribe.startswith(("https://", "http://")):
        return field("List-Unsubscribe", [f"<{unsubscribe}>"])
    ways = field("List-Unsubscribe", [f"<{unsubscribe}>,", f"<{by_letter}>"])
    one_click = field("List-Unsubscribe-Post", ["List-Unsubscribe=One-Click"]) if unsubscribe.startswith("https://") else b""
    return ways + one_click


def _feedback_id(edition: Edition) -> str:
    """What Gmail counts complaints under: edition, digest, kind of mail, sender (support.google.com/mail/answer/6254652).

    Each field is counted by itself, so none may mean two things: an edition is named with its digest, and the kind as no slug can be.
    The sender has 5 to 15 characters. Nothing in it tells one reader from another.
    """
    host = _host(edition)
    sender = host if len(host) in range(5, 16) else sha256(host.encode()).hexdigest()[:15]
    return f"{label_of(edition.key)}:{label_of(edition.publication.slug)}:digest_mail:{sender}"


def _host(edition: Edition) -> str:
    return label_of(ascii_domain(edition.publication.site.host))


def part(boundary: bytes, subtype: bytes, text: str, suffix: str) -> list[bytes | str]:
    """A part of the body, cut where a reader's links come; the tokens of links that are escaped end in `suffix`."""
    head = b"--%b\r\nContent-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" % (boundary, subtype)
    *pieces, last = LINKS.split(text)
    encoded = [_broken(_quoted_printable(piece)) if place % 2 == 0 else f"{piece}{suffix}" for place, piece in enumerate(pieces)]
    return [head, *encoded, _quoted_printable(last) + b"\r\n"]


def _links(token: str, link: str) -> dict[str, bytes]:
    """A link as it stands in the text part, and in the HTML part, where its token ends in `&`."""
    escaped, plain = escape(link), _broken(_quoted_printable(link))
    return {token: plain, f"{token}&": plain if escaped == link else _broken(_quoted_printable(escaped))}


def _broken(encoded: bytes) -> bytes:
    """Encoded text that ends with a soft line break, so that what follows begins a line, whatever comes before."""
    last = encoded.rpartition(b"\r\n")[2]
    if not last:
        return encoded
    if len(last) <= LAST:
        return encoded + b"=\r\n"
    place = -3 if last[-5:-3].find(b"=") < 0 else -5 + last[-5:-3].find(b"=")  # never inside of =XX
    return encoded[:place] + b"=\r\n" + encoded[place:] + b"=\r\n"


def _quoted_printable(text: str) -> bytes:
    """Text in lines of at most 76 characters, ended by CRLF (RFC 2045, section 6.7).

    `b2a_qp` ends its lines as the first of them ends and leaves a lone CR: it gets LF alone. It lets a line grow to 78 where a space at
    its end is encoded. A line that begins with "From " would get a `>` where mail is kept in mbox files (RFC 2049, section 3).
    """
    encoded = b"\n" + b2a_qp(text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace"))
    encoded = encoded.replace(b"\nFrom ", b"\n=46rom =\n")
    return TOO_FAR.sub(rb"=\n\g<0>", encoded).replace(b"\n", b"\r\n")[2:]
