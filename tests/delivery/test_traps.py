"""What Python's `email` does to the same message, where it does so, and what ours does.

Each test holds both: that the way one would go first goes wrong on the Python that runs, if that is one where it does, and that ours is
right on all.
"""

from __future__ import annotations

import re
import smtplib
import sys
from binascii import b2a_qp
from dataclasses import replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from typing import Any

from tests.delivery.post import EVIL, LETTER, READER, SITE, build, contents, field, names, parse, raw_parts, value

RELEASE = sys.version_info[:3]
LONG = "https://news.example.org/unsubscribe/" + "a1B2" * 60
SEEN = {(3, 11, 7), (3, 12, 1), (3, 13, 0)}
HOSTILE = build(
    replace(LETTER, subject=EVIL), replace(READER, name=EVIL, unsubscribe_url=f"https://{EVIL}"), title=EVIL, sender=f"{EVIL} <a@b.c>"
)


def goes_wrong(wrong: bool, releases: set[tuple[int, int, int]] = SEEN) -> bool:  # noqa: FBT001  it is what the test saw
    """Whether the naive way goes wrong, on the releases where it was seen to: later ones, and those of distributions, may have it mended."""
    return wrong or RELEASE not in releases


def naive(text: str = "text\n", html: str = "html\n", **headers: str) -> bytes:
    """The same message by `EmailMessage`; empty where it refuses to write one."""
    message = EmailMessage(policy=policy.SMTP)
    try:
        for name, value in headers.items():
            message[name.replace("_", "-")] = value
        message.set_content(text, cte="quoted-printable")
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        return message.as_bytes()
    except (ValueError, MessageError):
        return b""


class Wire(smtplib.SMTP):
    """A connection that goes nowhere and keeps what it was to carry."""

    carried = b""

    def ehlo_or_helo_if_needed(self) -> None:
        """Nobody to greet."""

    def sendmail(self, from_addr: str, to_addrs: Any, msg: Any, *_: Any, **__: Any) -> dict[str, tuple[int, bytes]]:
        """Keep the message."""
        del from_addr, to_addrs
        self.carried = msg
        return {}


def sent_by(message: Message) -> bytes:
    """What `send_message` puts on the wire."""
    wire = Wire()
    wire.send_message(message)
    return wire.carried


def longest(lines: bytes) -> int:
    """The length of the longest line."""
    return max(map(len, re.split(rb"\r?\n", lines)))


def test_an_encoded_word_in_a_title_is_no_header() -> None:
    """Python before 3.11.10 and 3.12.5 decodes it and writes the line break that was in it (CVE-2024-6923)."""
    assert goes_wrong(bool(re.search(rb"^Bcc:", naive(Subject=EVIL), re.MULTILINE)), SEEN - {(3, 13, 0)})
    assert not re.search(rb"^\s*bcc:", HOSTILE, re.IGNORECASE | re.MULTILINE)
    assert (parse(HOSTILE)["Subject"], parse(HOSTILE)["Bcc"]) == (EVIL, None)


def test_no_program_that_writes_it_anew_makes_it_one() -> None:
    """A list or a filter in Python that reads our message and writes it again finds no line break to write."""
    for rewritten in (parse(HOSTILE).as_bytes(policy=policy.SMTP.clone(refold_source="all")), sent_by(parse(HOSTILE))):
        assert names(rewritten.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) == names(build())


def test_a_long_way_out_is_not_encoded() -> None:
    """`EmailMessage` may turn a long List-Unsubscribe into encoded words, which mailbox providers ignore."""
    assert goes_wrong(naive(List_Unsubscribe=f"<{LONG}>").startswith(b"List-Unsubscribe: =?utf-8?"))
    found = field(build(reader=replace(READER, unsubscribe_url=LONG)), "List-Unsubscribe")
    assert found == f"List-Unsubscribe: <{LONG}>,\r\n <mailto:weekly@news.example.org?subject=unsubscribe%20weekly>"


def test_nor_is_anything_else_between_brackets() -> None:
    """However long it is."""
    host = ".".join(["a" * 60] * 3)
    assert goes_wrong(naive(List_Archive=f"<https://{host}/>").startswith(b"List-Archive: =?utf-8?"))
    body = build(site=replace(SITE, url=f"https://{host}"))
    assert value(body, "Message-ID").endswith(f"@{host}>")
    assert value(body, "List-Id") == f"The weekly <weekly.{host}>"
    assert value(body, "List-Archive") == f"<https://{host}/digests/weekly/index.html>"


def test_lines_of_the_body_are_short() -> None:
    """`EmailMessage` writes quoted-printable lines of 78 characters; RFC 2045 allows 76."""
    text = "é" * 500 + "\n" + "long " * 100 + "\n"
    assert goes_wrong(longest(naive(text, text).partition(b"\r\n\r\n")[2]) == 78)
    assert longest(build(replace(LETTER, text=text, html=text)).partition(b"\r\n\r\n")[2]) == 76


def test_a_space_at_the_end_makes_no_line_longer() -> None:
    """`b2a_qp`, which is quick, encodes it where it stands, though the line is full."""
    text = "x" * 75 + " \n"
    assert goes_wrong(longest(b2a_qp(text.encode())) == 78)
    assert raw_parts(build(replace(LETTER, text=text)))[0] == b"x" * 75 + b"=\r\n=20\r\n"


def test_each_line_of_the_body_ends_in_crlf() -> None:
    """`b2a_qp` leaves a lone CR, and breaks a text without lines by LF; mail servers refuse both, or read another message out of them."""
    assert b2a_qp(b"one\rtwo") == b"one\rtwo"
    assert b2a_qp(b"x" * 77) == b"x" * 75 + b"=\nxx"
    assert raw_parts(build(replace(LETTER, text="one\rtwo", html="x" * 77))) == [b"one\r\ntwo", b"x" * 75 + b"=\r\nxx"]


def test_a_line_that_begins_with_from_stays_as_it_is() -> None:
    """`as_bytes` leaves it, and whoever keeps mail in mbox files puts a `>` before it, which breaks a signature."""
    text = "From here on\nFrom there\n"
    assert b"\r\nFrom here on\r\n" in naive(text)
    body = build(replace(LETTER, text=text))
    assert not re.search(rb"^From ", body, re.MULTILINE)
    assert contents(body)[0] == text


def test_boundaries_are_not_drawn_by_lot() -> None:
    """`EmailMessage` has a new one each time; ours follows from the edition, and no body can hold it."""
    assert naive() != naive()
    first = str(parse(build()).get_boundary())
    assert parse(build(reader=replace(READER, address="b@example.com"))).get_boundary() == first
    assert contents(build(replace(LETTER, text=f"--{first}--\n")))[0] == f"--{first}--\n"


def test_it_is_sent_as_it_is() -> None:
    """`send_message` folds again, after a signature was made; ours are bytes, in which no relay finds anything to change."""
    body = build(reader=replace(READER, unsubscribe_url=LONG))
    assert sent_by(message_from_bytes(body)) != body
    assert goes_wrong(sent_by(parse(body)) != body)
    assert body.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\x00", body)
    assert longest(body) <= 998
    assert body.endswith(b"--\r\n")
