"""Letters to try a transport on: those that must arrive byte for byte, and those that none may carry."""

from __future__ import annotations

from dataclasses import replace

from syndicate.delivery.envelopes import Envelope

LETTER = Envelope("weekly@news.example.org", "reader@example.org", b"Subject: The lagoon\r\n\r\nIt closes.\r\n")
GONE, BUSY, LOST = "gone@example.org", "busy@example.org", "lost@example.org"
"""Readers whom the server behind a transport under test refuses for good, and puts off; and one whose letter it takes, to say nothing of it."""

BODIES = {
    "plain": LETTER.body,
    "nothing": b"",
    "an empty line": b"\r\n",
    "dots": b".\r\n..\r\n...\r\n.a\r\n\r\n.\r\n",
    "a dot and an end": b"a\r\n.\r\n",
    "a command": b"\r\n.\r\nMAIL FROM:<evil@example.org>\r\n",
    "long lines": b"x" * 998 + b"\r\n" + b"." * 997 + b"\r\n",
    "controls": b"a\x00b\x01\x0b\x0c\x1a\x7f\r\n",
    "much": (b"x" * 76 + b"\r\n") * 20_000,
}

WRONG = {
    "a lone line feed": replace(LETTER, body=b"a\nb\r\n"),
    "a lone carriage return": replace(LETTER, body=b"a\rb\r\n"),
    "smuggled by line feeds": replace(LETTER, body=b"a\n.\nMAIL FROM:<evil@example.org>\r\n"),
    "smuggled by a line feed and a dot": replace(LETTER, body=b"a\r\n.\nMAIL FROM:<evil@example.org>\r\n"),
    "smuggled by a carriage return": replace(LETTER, body=b"a\r\n.\rMAIL FROM:<evil@example.org>\r\n"),
    "a line feed first": replace(LETTER, body=b"\na\r\n"),
    "no end": replace(LETTER, body=b"a"),
    "half an end": replace(LETTER, body=b"a\r"),
    "not ASCII": replace(LETTER, body="é\r\n".encode()),
    "no recipient": replace(LETTER, recipient=""),
    "a recipient with a command": replace(LETTER, recipient="a@example.org>\r\nRCPT TO:<b@example.org"),
    "a recipient with a line feed": replace(LETTER, recipient="a@example.org\n"),
    "a recipient in brackets": replace(LETTER, recipient="<a@example.org>"),
    "a recipient with a space": replace(LETTER, recipient="a@example.org SIZE=1"),
    "a recipient with a null": replace(LETTER, recipient="a@example.org\0"),
    "a recipient beyond ASCII": replace(LETTER, recipient="jürgen@example.org"),
    "a recipient in wide characters": replace(LETTER, recipient="ａ@example.org"),
    "a recipient too long": replace(LETTER, recipient="a" * 243 + "@example.org"),
    "a sender with a command": replace(LETTER, sender="a@example.org>\r\nRCPT TO:<b@example.org"),
    "a sender with a parameter": replace(LETTER, sender="a@example.org> BODY=8BITMIME"),
}


def numbered(count: int) -> list[Envelope]:
    """So many letters to as many readers."""
    return [Envelope(LETTER.sender, f"reader{number}@example.org", b"%d\r\n" % number) for number in range(count)]
