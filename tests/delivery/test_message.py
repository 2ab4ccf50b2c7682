from __future__ import annotations

import re
import sys
from dataclasses import replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate import editions
from syndicate.delivery.message import build_message, personalised
from syndicate.emitters.digest import render_digest
from syndicate.model import PREFERENCES, UNSUBSCRIBE, Entry, Publication, Rendering, Section, Site, Subscriber
from syndicate.windows import Window
from tests.vocabulary import article, moment

SITE = Site("Tide & Signal", "https://news.example.org", address="4 Lock Row")
DIGEST = Publication("digest", "weekly", "The weekly", SITE, sender="Tide & Signal <weekly@news.example.org>")
WEEK = Window(moment("2026-11-09T08:00"), moment("2026-11-16T08:00"))
EDITION = editions.compose(DIGEST, [Section("", (Entry(article("The lagoon")),))], WEEK, name="2026-11-16")
RENDERING = Rendering(
    "The lagoon", "", f"<p><a href='{UNSUBSCRIBE}'>Leave</a> {PREFERENCES}</p>\n", f"Leave: {UNSUBSCRIBE}\n{PREFERENCES}\n"
)
READER = Subscriber("reader@example.com", "A Reader", "https://news.example.org/u/abc", "https://news.example.org/p/abc")
EVIL = "=?utf-8?q?x=0ABcc:_evil?="
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]+")

TEXTS = {
    "plain": "The lagoon",
    "accents": "Café à Genève",
    "a comma": "Power, tides",
    "quotes": 'He said "no", twice',
    "a backslash": "back\\slash",
    "emoji": "🌊 Tides 👩🏽‍🔬",
    "other scripts": "潮汐 · المد والجزر",
    "an address": "Eve <eve@evil.example>",
    "specials": "a;b:c@d.(e)[f]",
    "two spaces, a comma": "Doe,  Jane",
    "a group": "Friends: a@b.example;",
    "an encoded word": EVIL,
    "another one": "=?utf-8?b?QmNjOiBldmls?=",
    "a line break": "one\r\nBcc: evil@evil.example",
    "other breaks": "one\x0btwo\x0cthree\x85four\u2028five",
    "a null": "one\x00two",
    "bidi controls": "abc\u202edef\u2066ghi",
    "long": "word " * 29 + "end",
    "long without a space": "x" * 150,
    "long and not ASCII": "größer " * 20 + "ß",
    "looks like a header": "Bcc: evil@evil.example",
}
ANY = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())


def build(rendering: Rendering = RENDERING, reader: Subscriber = READER, **publication: Any) -> bytes:
    """The bytes of a message; `publication` are fields of the digest."""
    return build_message(rendering, replace(EDITION, publication=replace(DIGEST, **publication)), reader)


def parse(body: bytes) -> EmailMessage:
    """The message as a mail program of today reads it."""
    message = message_from_bytes(body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def contents(body: bytes) -> list[str]:
    """The parts, text first, with the line ends of this side of the wire."""
    return [part.get_content().replace("\r\n", "\n") for part in parse(body).iter_parts()]


def raw_headers(body: bytes) -> list[str]:
    """The header fields as they stand, each with its folds."""
    head = body.partition(b"\r\n\r\n")[0].decode("ascii")
    return re.split(r"\r\n(?![ \t])", head)


def names(body: bytes) -> list[str]:
    """The names of the header fields."""
    return [header.partition(":")[0] for header in raw_headers(body)]


def value(body: bytes, name: str) -> str:
    """The value of one header field as it stands, its folds undone."""
    (found,) = (header.partition(": ")[2] for header in raw_headers(body) if header.startswith(f"{name}:"))
    return found.replace("\r\n", "")


def on_one_line(text: str) -> str:
    """What any text becomes in a header."""
    return " ".join(CONTROLS.sub(" ", text).split())


def decoded(text: str) -> str:
    """Encoded words read by the older of Python's two parsers: the newer puts a space between two of them in a name."""
    return str(make_header(decode_header(text)))


def naive(**headers: str) -> bytes:
    """The same headers by `EmailMessage`; empty where it refuses them."""
    message = EmailMessage(policy=policy.SMTP)
    try:
        for name, text in headers.items():
            message[name.replace("_", "-")] = text
        return message.as_bytes()
    except (ValueError, MessageError):
        return b""


def test_a_message_has_its_headers_once_and_in_order() -> None:
    """All of them, and no other."""
    assert names(build()) == [
        "Content-Type",
        "MIME-Version",
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "List-Unsubscribe",
        "List-Archive",
        "Precedence",
        "List-Unsubscribe-Post",
    ]


def test_a_message_says_where_it_comes_from() -> None:
    """Its list, its archive, its date: the moment that the edition was due, not the moment of sending."""
    message = parse(build())
    assert message["List-Id"] == "The weekly <weekly.news.example.org>"
    assert message["List-Archive"] == "<https://news.example.org/digests/weekly/index.html>"
    assert message["Precedence"] == "bulk"
    assert parsedate_to_datetime(str(message["Date"])) == moment("2026-11-16T08:00")
    assert not message.defects


@ANY
def test_a_subject_comes_out_as_it_went_in(text: str) -> None:
    """On one line, whatever is in it, and it adds no header and no defect."""
    body = build(replace(RENDERING, subject=text))
    message = parse(body)
    assert message["Subject"] == on_one_line(text)
    assert not message["Subject"].defects
    assert names(body) == names(build())


@ANY
def test_the_name_of_a_reader_comes_out_as_it_went_in(text: str) -> None:
    """One address, and the name beside it."""
    body = build(reader=replace(READER, name=text))
    name, address = parseaddr(value(body, "To"))
    assert (decoded(name), address) == (on_one_line(text), "reader@example.com")
    assert [found.addr_spec for found in parse(body)["To"].addresses] == ["reader@example.com"]
    assert names(body) == names(build())


@ANY
def test_the_name_of_a_sender_comes_out_as_it_went_in(text: str) -> None:
    """As the configuration has it: in quotes where it must be."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    body = build(sender=f'"{quoted}" <weekly@news.example.org>')
    name, address = parseaddr(value(body, "From"))
    assert (decoded(name), address) == (on_one_line(text), "weekly@news.example.org")
    assert [found.addr_spec for found in parse(body)["From"].addresses] == ["weekly@news.example.org"]
    assert names(body) == names(build())


@ANY
def test_the_title_of_a_digest_names_its_list(text: str) -> None:
    """In List-Id, before an identifier that it cannot change."""
    body = build(title=text)
    name, identifier = parseaddr(value(body, "List-Id"))
    assert (decoded(name), identifier) == (on_one_line(text), "weekly.news.example.org")
    assert names(body) == names(build())


@pytest.mark.parametrize("name", ["", " ", "\r\n", "\u202e"], ids=ascii)
def test_without_a_name_an_address_stands_alone(name: str) -> None:
    """No empty quotes."""
    assert value(build(reader=replace(READER, name=name)), "To") == "reader@example.com"


def test_an_address_brings_no_header_along() -> None:
    """What follows a line break in an address is not read as a header."""
    body = build(reader=replace(READER, address="reader@example.com\r\nBcc: evil@evil.example"))
    assert names(body) == names(build())


def test_an_address_that_mail_cannot_carry_is_refused() -> None:
    """An address beyond ASCII needs SMTPUTF8; encoded as if it were text, it would lead nowhere."""
    with pytest.raises(UnicodeError):
        build(reader=replace(READER, address="jürgen@example.com"))


class TestTrapsOfEmail:
    """What `EmailMessage` does with the same headers, where it does so, and what ours does."""

    def test_an_encoded_word_in_a_title_is_no_header(self) -> None:
        """Python before 3.11.10 and 3.12.5 decodes it and writes the line break that was in it (CVE-2024-6923)."""
        broken = b"\nBcc: evil" in naive(Subject=EVIL) or b"\nBcc:_evil" in naive(Subject=EVIL)
        assert broken or sys.version_info >= (3, 11, 10)
        body = build(replace(RENDERING, subject=EVIL), replace(READER, name=EVIL), title=EVIL)
        assert not re.search(rb"^\s*bcc:", body, re.IGNORECASE | re.MULTILINE)
        assert (parse(body)["Subject"], parse(body)["Bcc"]) == (EVIL, None)

    def test_a_long_way_out_is_not_encoded(self) -> None:
        """Python 3.11.7, 3.12.1 and 3.13.0 turn a long List-Unsubscribe into encoded words, which mailbox providers ignore."""
        url = "https://news.example.org/unsubscribe/" + "a1B2" * 60
        assert b"=?utf-8?" in naive(List_Unsubscribe=f"<{url}>") or sys.version_info[:3] != (3, 11, 7)
        body = build(reader=replace(READER, unsubscribe_url=url))
        assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in body

    def test_lines_of_the_body_are_short(self) -> None:
        """`EmailMessage` writes quoted-printable lines of 78 characters; RFC 2045 allows 76."""
        text = "é" * 500 + "\n" + "long " * 100 + "\n"
        message = EmailMessage(policy=policy.SMTP)
        message.set_content(text, cte="quoted-printable")
        assert max(map(len, message.as_bytes().split(b"\r\n"))) > 76
        body = build(replace(RENDERING, text=text, html=text))
        assert max(map(len, body.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76

    def test_boundaries_are_not_random(self) -> None:
        """`EmailMessage` draws a new one each time; ours follows from the edition."""
        alternatives = []
        for _ in range(2):
            message = EmailMessage()
            message.set_content("a")
            message.add_alternative("b", subtype="html")
            alternatives.append(message.as_bytes())
        assert alternatives[0] != alternatives[1]
        assert parse(build()).get_boundary() == parse(build(reader=replace(READER, address="b@example.com"))).get_boundary()


def test_one_click_is_offered_where_a_click_can_do_it() -> None:
    """RFC 8058 asks for https; a letter to the sender is a way out, but not by one click."""
    assert parse(build())["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    message = parse(build(reader=replace(READER, unsubscribe_url=DIGEST.letter("unsubscribe"))))
    assert message["List-Unsubscribe"] == "<mailto:weekly@news.example.org?subject=unsubscribe%20weekly>"
    assert "List-Unsubscribe-Post" not in message


def test_text_comes_before_html() -> None:
    """In multipart/alternative the last is the best; both are UTF-8, quoted-printable."""
    message = parse(build())
    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert {(part.get_content_charset(), part["Content-Transfer-Encoding"]) for part in parts} == {("utf-8", "quoted-printable")}


def test_tokens_become_the_readers_own_links() -> None:
    """In both parts, all of them."""
    text, html = contents(build())
    assert text == "Leave: https://news.example.org/u/abc\nhttps://news.example.org/p/abc\n"
    assert html == "<p><a href='https://news.example.org/u/abc'>Leave</a> https://news.example.org/p/abc</p>\n"
    assert personalised("nothing to do", READER) == "nothing to do"


def test_a_rendered_digest_arrives_whole() -> None:
    """The parts of a real letter are, token for link, what was rendered."""
    rendering = render_digest(EDITION)
    assert contents(build(rendering)) == [personalised(rendering.text, READER), personalised(rendering.html, READER)]


def test_the_same_arguments_give_the_same_bytes() -> None:
    """Another try at sending is the same message."""
    assert build() == build()


def test_a_message_has_an_id_of_its_own() -> None:
    """One for each edition and subscriber, on the site's host, and nothing else changes it."""
    other_edition = replace(EDITION, key="weekly/2026-11-23")
    built = [build(), build(reader=replace(READER, address="b@example.com")), build_message(RENDERING, other_edition, READER)]
    ids = [value(body, "Message-ID") for body in built]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"<[0-9a-f]{32}@news\.example\.org>", found) for found in ids)
    again = build(replace(RENDERING, subject="Corrected"), replace(READER, name="Someone"))
    assert value(again, "Message-ID") == ids[0]


@ANY
def test_header_lines_are_as_long_as_mail_allows(text: str) -> None:
    """78 characters where there is a place to fold, never more than 998 (RFC 5322, section 2.1.1)."""
    body = build(
        replace(RENDERING, subject=text),
        replace(READER, name=text),
        title=text,
        sender=f'"{text.encode("ascii", "ignore").decode()[:40]}" <a@b.example>',
    )
    lines = [line for header in raw_headers(body) for line in header.split("\r\n")]
    assert max(map(len, lines)) <= 998
    assert max(len(line) for line in lines if line.startswith((" =?", "Subject: "))) <= 90
    assert max(len(line) for header in raw_headers(body) if header.startswith("Subject") for line in header.split("\r\n")) <= 78


def test_every_line_ends_as_mail_wants_it() -> None:
    """CRLF and nothing but: no bare CR, no bare LF; all of it ASCII."""
    body = build(render_digest(EDITION))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", body)
    assert body.isascii()


def test_a_line_that_begins_with_from_stays() -> None:
    """No `>` is put before it."""
    body = build(replace(RENDERING, text="From here on\n.\nFrom there\n"))
    assert contents(body)[0] == "From here on\n.\nFrom there\n"


ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=150)
"""Text of any characters but lone surrogates, which no encoding carries."""


@given(ANYTHING)
def test_any_subject_survives(text: str) -> None:
    """The law behind the table above."""
    body = build(replace(RENDERING, subject=text))
    assert decoded(value(body, "Subject")) == on_one_line(text)
    assert names(body) == names(build())
    assert body.isascii()


@given(ANYTHING, ANYTHING)
def test_any_name_survives(reader: str, title: str) -> None:
    """The law behind the tables above, for the names of readers and of lists."""
    body = build(reader=replace(READER, name=reader), title=title)
    found = [parseaddr(value(body, header)) for header in ("To", "List-Id")]
    assert [decoded(name) for name, _ in found] == [on_one_line(reader), on_one_line(title)]
    assert [address for _, address in found] == ["reader@example.com", "weekly.news.example.org"]
    assert names(body) == names(build())


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=400))
def test_any_body_survives(text: str) -> None:
    """Both parts, byte for byte but for the tokens, in lines of at most 76 characters."""
    body = build(replace(RENDERING, text=text, html=text))
    for part in message_from_bytes(body).walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            assert isinstance(payload, bytes)
            assert payload.decode().replace("\r\n", "\n") == personalised(text, READER)
    assert max(map(len, body.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
