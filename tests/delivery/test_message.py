from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from email.utils import parsedate_to_datetime
from html import escape, unescape
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syndicate.delivery.message import build_message
from syndicate.emitters.digest import render_digest
from syndicate.errors import UndeliverableError
from syndicate.letters import PREFERENCES, UNSUBSCRIBE, Letter, letter_of
from syndicate.model import Site, Subscriber
from tests.delivery.post import (
    DIGEST,
    EDITION,
    EVIL,
    LETTER,
    READER,
    SITE,
    build,
    contents,
    decoded,
    field,
    mailbox,
    names,
    on_one_line,
    parse,
    parse_leniently,
    raw_headers,
    raw_parts,
    value,
)
from tests.vocabulary import moment

TEXTS = {
    "plain": "The lagoon",
    "accents": "Café à Genève",
    "a comma": "Power, tides",
    "quotes": 'He said "no", twice',
    "nothing but quotes": '"' * 60,
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
    "bidi controls": "abc\u202edef\u2066ghi\u061cjkl",
    "half a character": "one\ud83dtwo",
    "long": "word " * 29 + "end",
    "long without a space": "x" * 150,
    "long and not ASCII": "größer " * 20 + "ß",
    "looks like a header": "Bcc: evil@evil.example",
}
ANY = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())

ANYTHING = st.text(st.characters(exclude_categories=[]), max_size=150)
"""Text of any characters, lone surrogates too."""

BODIES = st.text(max_size=400).filter(lambda text: "__SYN_" not in text)
"""Text that a letter may hold: templates write no token of their own into it, and hypothesis tries what it reads in the code."""

ATOM = r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,21}"
LOCAL = st.from_regex(rf"{ATOM}(\.{ATOM}){{0,2}}", fullmatch=True).filter(lambda local: "=?" not in local and len(local) <= 64)
LABEL = r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?"
HOST = st.from_regex(rf"{LABEL}(\.{LABEL}){{0,3}}", fullmatch=True)
ADDRESSES = st.builds("{}@{}".format, LOCAL, HOST)

LINK = "https://news.example.org/u/abc"
WAY_OUT = "<mailto:weekly@news.example.org?subject=unsubscribe%20weekly>"


def test_a_message_has_its_headers_once_and_in_order() -> None:
    """All of them, and no other."""
    assert names(build()) == [
        "MIME-Version",
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "List-Id",
        "List-Archive",
        "Feedback-ID",
        "Precedence",
        "Auto-Submitted",
        "Content-Type",
    ]


@pytest.mark.parametrize(
    "expected",
    [
        "MIME-Version: 1.0",
        "From: Tide & Signal <weekly@news.example.org>",
        "To: A Reader <reader@example.com>",
        "Subject: The lagoon",
        "Date: Mon, 16 Nov 2026 08:00:00 +0000",
        "Message-ID: <12871a48e98a5f39808c708326c75b12@news.example.org>",
        "List-Id: The weekly <weekly.news.example.org>",
        f"List-Unsubscribe: <{LINK}>,\r\n {WAY_OUT}",
        "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        "List-Archive: <https://news.example.org/digests/weekly/index.html>",
        "Feedback-ID: weekly-2026-11-16:weekly:digest_mail:3256d6fb6576191",
        "Precedence: bulk",
        "Auto-Submitted: auto-generated",
        'Content-Type: multipart/alternative;\r\n boundary="=_690675ad4767cbc1edb6bc15ec517662"',
    ],
    ids=lambda expected: expected.partition(":")[0],
)
def test_each_header_has_its_very_bytes(expected: str) -> None:
    """On every Python alike."""
    assert field(build(), expected.partition(":")[0]) == expected


def test_the_date_is_that_of_the_edition() -> None:
    """When it was due, not when it was sent."""
    assert parsedate_to_datetime(str(parse(build())["Date"])) == moment("2026-11-16T08:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Subject:"),
        ("Tides  and\tlagoons", "Subject: Tides and lagoons"),
        ("w" * 67, "Subject: " + "w" * 67),
        ("w" * 68, "Subject: =?utf-8?q?" + "w" * 55 + "?=\r\n =?utf-8?q?" + "w" * 13 + "?="),
        ("word " * 13 + "a, the end", "Subject: " + "word " * 13 + "a,\r\n the end"),
        ("word " * 13 + "an, the end", "Subject: " + "word " * 12 + "word\r\n an, the end"),
        ("Café", "Subject: =?utf-8?b?Q2Fmw6k=?="),
        (EVIL, f"Subject: =?utf-8?b?{b64encode(EVIL.encode()).decode()}?="),
        ("one\r\nBcc: evil@evil.example", "Subject: one Bcc: evil@evil.example"),
    ],
)
def test_a_subject_has_its_very_bytes(text: str, expected: str) -> None:
    """Plain where it can be, folded between words, encoded where it must be."""
    assert field(build(replace(LETTER, subject=text)), "Subject") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "To: reader@example.com"),
        (" ", "To: reader@example.com"),
        ("\r\n\u202e", "To: reader@example.com"),
        ("O'Hara & Sons", "To: O'Hara & Sons <reader@example.com>"),
        ("Doe, Jane", 'To: "Doe, Jane" <reader@example.com>'),
        ("J. Doe", 'To: "J. Doe" <reader@example.com>'),
        ('The "Jane" \\', 'To: "The \\"Jane\\" \\\\" <reader@example.com>'),
        ("Zoë", "To: =?utf-8?q?Zo=C3=AB?= <reader@example.com>"),
        ("Jane " * 12 + "Doe", "To: " + "Jane " * 12 + "Doe\r\n <reader@example.com>"),
        ('"' * 60, "To: =?utf-8?b?" + b64encode(b'"' * 39).decode() + "?=\r\n =?utf-8?b?" + b64encode(b'"' * 21).decode() + "?="),
    ],
)
def test_a_mailbox_has_its_very_bytes(name: str, expected: str) -> None:
    """A name as it is, in quotes, or encoded; without one the address stands alone, without empty quotes."""
    assert field(build(reader=replace(READER, name=name)), "To").startswith(expected)


@ANY
def test_a_subject_comes_out_as_it_went_in(text: str) -> None:
    """On one line, whatever is in it, and it adds no header and no defect."""
    body = build(replace(LETTER, subject=text))
    message = parse(body)
    assert message["Subject"] == on_one_line(text)
    assert decoded(parse_leniently(body)["Subject"].replace("\r\n", "")) == on_one_line(text)
    assert not message["Subject"].defects
    assert names(body) == names(build())


@ANY
def test_the_name_of_a_reader_comes_out_as_it_went_in(text: str) -> None:
    """One address, and the name beside it."""
    body = build(reader=replace(READER, name=text))
    assert mailbox(body, "To") == (on_one_line(text), "reader@example.com")
    assert [found.addr_spec for found in parse(body)["To"].addresses] == ["reader@example.com"]
    assert names(body) == names(build())


@ANY
def test_the_name_of_a_sender_comes_out_as_it_went_in(text: str) -> None:
    """As the configuration has it: in quotes where it must be."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    body = build(sender=f'"{quoted}" <weekly@news.example.org>')
    assert mailbox(body, "From") == (on_one_line(text), "weekly@news.example.org")
    assert [found.addr_spec for found in parse(body)["From"].addresses] == ["weekly@news.example.org"]
    assert names(body) == names(build())


@ANY
def test_the_title_of_a_digest_names_its_list(text: str) -> None:
    """In List-Id, before an identifier that it cannot change."""
    body = build(title=text)
    assert mailbox(body, "List-Id") == (on_one_line(text), "weekly.news.example.org")
    assert names(body) == names(build())


def test_a_digest_without_a_sender_writes_from_its_list() -> None:
    """The address that its `mailto:` links lead to, too."""
    body = build(sender="")
    assert field(body, "From") == "From: weekly@news.example.org"
    assert "<mailto:weekly@news.example.org?" in field(body, "List-Unsubscribe")


class TestAddresses:
    """What becomes of the address of a reader."""

    @pytest.mark.parametrize(
        ("address", "expected"),
        [
            ("reader+weekly@example.com", "reader+weekly@example.com"),
            (" Reader.O'Hara@Example.com ", "Reader.O'Hara@Example.com"),
            ("a.r@localhost", "a.r@localhost"),
            (f"{'r' * 64}@{'l' * 63}.example", f"{'r' * 64}@{'l' * 63}.example"),
            (f"reader@{'l.' * 120}example", f"reader@{'l.' * 120}example"),
            ("reader@bücher.example", "reader@xn--bcher-kva.example"),
            ("reader@BÜCHER.Example", "reader@xn--bcher-kva.Example"),
            ("reader@bu\u0308cher.example", "reader@xn--bcher-kva.example"),
            ("reader@例え.テスト", "reader@xn--r8jz45g.xn--zckzah"),
        ],
    )
    def test_an_address_is_written_in_ascii(self, address: str, expected: str) -> None:
        """Its domain as DNS knows it; nothing else about it is put right."""
        assert value(build(reader=replace(READER, name="", address=address)), "To") == expected

    @pytest.mark.parametrize(
        "address",
        [
            "",
            "reader",
            "@example.com",
            "reader@",
            "jürgen@example.com",
            "reader@example.com\r\nBcc: evil@evil.example",
            "reader@example.com, evil@evil.example",
            "A Reader <reader@example.com>",
            "one two@example.com",
            '"reader"@example.com',
            "reader@exam\x00ple.com",
            "one@two@example.com",
            f"{EVIL}@example.com",
            "=?utf-8?q?x=0ABcc?=@example.com",
            "reader@ü..example",
            "reader@" + "ü" * 80 + ".example",
            "\ud83d@example.com",
            ".reader@example.com",
            "reader.@example.com",
            "a..reader@example.com",
            "reader@example..com",
            "reader@.example.com",
            "reader@example.com.",
            "reader@example:25",
            "reader@-example.com",
            "reader@example-.com",
            "reader@ex_ample.com",
            "reader@[192.0.2.1]",
            "reader@bücher.example.",
            "r" * 65 + "@example.com",
            f"reader@{'l' * 64}.example",
            f"readers@{'l.' * 120}example",
        ],
        ids=ascii,
    )
    def test_an_address_that_mail_cannot_carry_is_refused(self, address: str) -> None:
        """With itself and the remedy; encoded as if it were text, it would lead nowhere, or to two places."""
        with pytest.raises(UndeliverableError, match=r": is not (an address|a domain) that .*; write ") as refused:
            build(reader=replace(READER, address=address))
        assert isinstance(refused.value, ValueError)
        assert repr(address.strip().rpartition("@")[2])[1:-1] in str(refused.value)

    @pytest.mark.parametrize("domain", ["straße.example", "βόλος.example", "नी\u200cन.example"], ids=ascii)
    def test_a_domain_that_would_become_another_is_refused(self, domain: str) -> None:
        """Python's rules of 2003 take `straße` for `strasse`, whoever that is; since 2010 it is a domain of its own (RFC 5891)."""
        assert domain.encode("idna").decode("idna") != domain
        with pytest.raises(UndeliverableError, match="xn--"):
            build(reader=replace(READER, address=f"reader@{domain}"))

    def test_a_link_too_long_for_a_line_is_refused(self) -> None:
        """It cannot be folded, and no relay takes a line of more than 998 characters."""
        with pytest.raises(UndeliverableError, match=r"^List-Unsubscribe: "):
            build(reader=replace(READER, unsubscribe_url="https://news.example.org/" + "a" * 1000))

    @given(ADDRESSES)
    def test_any_address_survives(self, address: str) -> None:
        """As it is, and alone."""
        body = build(reader=replace(READER, address=address))
        assert mailbox(body, "To") == ("A Reader", address)
        assert names(body) == names(build())


class TestTheWayOut:
    """List-Unsubscribe (RFC 2369), and one click (RFC 8058)."""

    @pytest.mark.parametrize(
        ("link", "expected"),
        [
            ("", WAY_OUT),
            (DIGEST.mailto("unsubscribe"), WAY_OUT),
            ("mailto:weekly@news.example.org?subject=unsubscribe%20abc", "<mailto:weekly@news.example.org?subject=unsubscribe%20abc>"),
            ("https://news.example.org/u?a=b&c=d#e", f"<https://news.example.org/u?a=b&c=d#e>,\r\n {WAY_OUT}"),
            ("http://localhost:8000/u/abc", f"<http://localhost:8000/u/abc>,\r\n {WAY_OUT}"),
            ("https://news.example.org/ü/%C3%BC", f"<https://news.example.org/%C3%BC/%C3%BC>,\r\n {WAY_OUT}"),
            ("https://news.example.org/a,b", f"<https://news.example.org/a%2Cb>,\r\n {WAY_OUT}"),
            ("https://a.example/> <b", f"<https://a.example/%3E%20%3Cb>,\r\n {WAY_OUT}"),
            ("https://a.example/\r\nBcc: b", f"<https://a.example/%0D%0ABcc:%20b>,\r\n {WAY_OUT}"),
            ("https://a.example/a\ud83d", f"<https://a.example/a?>,\r\n {WAY_OUT}"),
            (f"https://a.example/{EVIL}", f"<https://a.example/=?utf-8?q?x=0ABcc:_evil?%3D>,\r\n {WAY_OUT}"),
        ],
    )
    def test_it_has_its_very_bytes(self, link: str, expected: str) -> None:
        """The reader's own link first, a letter to the sender after it unless it is one; folded at the comma, in ASCII, not to be broken out of."""
        assert field(build(reader=replace(READER, unsubscribe_url=link)), "List-Unsubscribe") == f"List-Unsubscribe: {expected}"

    @pytest.mark.parametrize("link", ["", DIGEST.mailto("unsubscribe"), "http://localhost:8000/u/abc"])
    def test_one_click_is_offered_only_by_https(self, link: str) -> None:
        """RFC 8058, section 3.1; a letter to the sender is a way out, but not by one click."""
        assert parse(build())["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert "List-Unsubscribe-Post" not in names(build(reader=replace(READER, unsubscribe_url=link)))

    @given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), ADDRESSES, ANYTHING)
    @example("abc", "=@example.com", "List-Unsubscribe: <https://evil.example>")
    def test_it_is_never_encoded(self, path: str, sender: str, title: str) -> None:
        """Whatever is in the link, the sender's address and the titles: two addresses between brackets, which say what they said."""
        link = f"https://news.example.org/{path}"
        body = build(replace(LETTER, subject=title), replace(READER, name=title, unsubscribe_url=link), sender=sender, title=title)
        ways = re.fullmatch(r"List-Unsubscribe: <(https://[!-;=?-~]*)>,\r\n <(mailto:[!-;=?-~]*)>", field(body, "List-Unsubscribe"))
        assert ways
        assert "," not in ways[1] + ways[2]
        assert unquote(ways[1]) == unquote(link)
        assert unquote(ways[2]) == unquote(replace(DIGEST, sender=sender).mailto("unsubscribe"))
        assert parse(body)["List-Unsubscribe"] == f"<{ways[1]}>, <{ways[2]}>"


class TestFeedback:
    """What Gmail counts complaints under."""

    @pytest.mark.parametrize(
        ("url", "sender"),
        [
            ("https://example.org", "example.org"),
            ("https://a.example.org:8443/news", "a.example.org"),
            ("https://news.example.org", "3256d6fb6576191"),
            ("https://a.eu", "b175a74d0c74db6"),
        ],
    )
    def test_the_sender_has_5_to_15_characters(self, url: str, sender: str) -> None:
        """As Gmail asks: the host where it fits, else what follows from it."""
        found = value(build(site=replace(SITE, url=url)), "Feedback-ID")
        assert found == f"weekly-2026-11-16:weekly:digest_mail:{sender}"
        assert 5 <= len(sender) <= 15

    def test_it_tells_no_reader_from_another(self) -> None:
        """Gmail shows it to the sender; it names no person."""
        other = replace(READER, address="b@example.com", name="B", unsubscribe_url="https://news.example.org/u/b")
        assert field(build(), "Feedback-ID") == field(build(reader=other), "Feedback-ID")

    def test_no_two_fields_share_a_value(self) -> None:
        """Gmail counts each field by itself: of a digest that is called digest, too."""
        fields = value(
            build_message(LETTER, replace(EDITION, key="digest/a: b", publication=replace(DIGEST, slug="digest")), READER), "Feedback-ID"
        )
        assert fields == "digest-a-b:digest:digest_mail:3256d6fb6576191"
        assert len(set(fields.split(":"))) == 4


def test_a_message_has_an_id_of_its_own() -> None:
    """One for each edition and subscriber, on the site's host, and nothing else changes it; the address is not in it."""
    other_edition = replace(EDITION, key="weekly/2026-11-23")
    built = [build(), build(reader=replace(READER, address="b@example.com")), build_message(LETTER, other_edition, READER)]
    ids = [value(body, "Message-ID") for body in built]
    assert len(set(ids)) == 3
    assert all(re.fullmatch(r"<[0-9a-f]{32}@news\.example\.org>", found) for found in ids)
    again = build(replace(LETTER, subject="Corrected"), replace(READER, name="Someone", unsubscribe_url="https://news.example.org/u/new"))
    assert value(again, "Message-ID") == ids[0]


def test_a_host_beyond_ascii_is_written_as_dns_has_it() -> None:
    """In Message-ID, List-Id and the archive's address."""
    body = build(site=Site("Bücher", "https://bücher.example"))
    assert value(body, "Message-ID").endswith("@xn--bcher-kva.example>")
    assert value(body, "List-Id") == "The weekly <weekly.xn--bcher-kva.example>"
    assert value(body, "List-Archive") == "<https://b%C3%BCcher.example/digests/weekly/index.html>"


def test_the_same_arguments_give_the_same_bytes() -> None:
    """Another try at sending is the same message."""
    assert build() == build()


class TestHeaderLines:
    """Their length and their folds (RFC 5322, section 2.1.1 and 2.2.3)."""

    @ANY
    def test_they_are_as_short_as_they_can_be(self, text: str) -> None:
        """76 characters where there is a place to fold, for there may be encoded words, and never more than 998."""
        long = replace(READER, name=text, address="a" * 60 + "@example.com", unsubscribe_url="https://news.example.org/" + "a" * 200)
        body = build(replace(LETTER, subject=text), long, title=text, sender=f'"{on_one_line(text).replace(chr(34), "")}" <a@b.example>')
        for header in raw_headers(body):
            for line in header.split("\r\n"):
                words = line.split(" ")
                assert len(line) <= 76 or (len(words) == 2 and len(line) <= 998), line

    @given(ANYTHING, ANYTHING, ANYTHING)
    def test_a_signature_survives_their_folds(self, subject: str, name: str, title: str) -> None:
        """What is left when the folds are taken out is what DKIM's relaxed rules make of them (RFC 6376, section 3.4.2)."""
        for header in raw_headers(build(replace(LETTER, subject=subject), replace(READER, name=name), title=title)):
            key, text = header.replace("\r\n", "").split(":", 1)
            relaxed = re.sub(r"[ \t]+", " ", text).strip()
            assert text == (f" {relaxed}" if relaxed else "")
            assert key == key.strip()

    def test_no_fold_leaves_a_line_blank(self) -> None:
        """Nor does a header begin with one, or a line end in a space, as where EmailMessage moves a long word to the next line."""
        body = build(reader=replace(READER, address=f"reader@{'l.' * 120}example", unsubscribe_url="https://news.example.org/" + "a" * 200))
        assert not re.search(rb"[ \t]\r\n|:\r\n[ \t]", body.partition(b"\r\n\r\n")[0])


class TestBodies:
    """Two parts, in quoted-printable."""

    def test_text_comes_before_html(self) -> None:
        """In multipart/alternative the last is the best; both are UTF-8, quoted-printable."""
        message = parse(build())
        assert message.get_content_type() == "multipart/alternative"
        parts = list(message.iter_parts())
        assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
        assert {(part.get_content_charset(), part["Content-Transfer-Encoding"]) for part in parts} == {("utf-8", "quoted-printable")}
        assert not message.defects + [defect for part in parts for defect in part.defects]

    def test_tokens_become_the_readers_own_links(self) -> None:
        """In both parts, all of them; escaped in HTML, where an ampersand begins an entity, and nowhere else."""
        link = "https://news.example.org/u?a=b&lang=c'\"ü"
        text, html = contents(build(reader=replace(READER, unsubscribe_url=link, preferences_url="https://news.example.org/p?a=b&lt=c")))
        assert text == "Leave: https://news.example.org/u?a=b&lang=c'%22%C3%BC\nhttps://news.example.org/p?a=b&lt=c\n"
        href = "https://news.example.org/u?a=b&amp;lang=c&#x27;%22%C3%BC"
        assert html == f'<p><a href="{href}">Leave</a> https://news.example.org/p?a=b&amp;lt=c</p>\n'

    def test_without_links_they_lead_to_the_sender(self) -> None:
        """No way out leads nowhere."""
        text, html = contents(build(reader=replace(READER, unsubscribe_url="", preferences_url="")))
        assert text == f"Leave: {DIGEST.mailto('unsubscribe')}\n{DIGEST.mailto('preferences')}\n"
        assert f'href="{DIGEST.mailto("unsubscribe")}"' in html

    @given(BODIES.filter(lambda path: len(path.encode("utf-8", "replace")) < 250))  # each byte may take three characters of a line
    def test_no_link_breaks_out_of_its_attribute(self, path: str) -> None:
        """Whatever is in it, and text and HTML lead to the same address, which is the one in the header."""
        body = build(replace(LETTER, text=UNSUBSCRIBE), replace(READER, unsubscribe_url=f"https://news.example.org/{path}"))
        text, html = contents(body)
        href = re.match(r'<p><a href="([^"<>\s]*)">Leave</a>', html)
        assert href
        assert unescape(href[1]) == text
        assert value(body, "List-Unsubscribe").startswith(f"<{text}>, ")

    def test_a_rendered_digest_arrives_whole(self) -> None:
        """The parts of a real letter are, token for link, what was rendered."""
        letter = letter_of(render_digest(EDITION))
        text, html = contents(build(letter))
        assert (text.count(LINK), html.count(LINK)) == (1, 1)
        assert "__SYN_" not in text + html
        assert text.replace(LINK, UNSUBSCRIBE).replace("/u/", "/p/") == letter.text.replace("__SYN_PREFERENCES__", READER.preferences_url)
        assert html.replace(LINK, UNSUBSCRIBE).replace("/u/", "/p/") == letter.html.replace("__SYN_PREFERENCES__", READER.preferences_url)

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", b""),
            ("no line end", b"no line end"),
            ("a\nb\r\nc\rd", b"a\r\nb\r\nc\r\nd"),
            ("\n\n", b"\r\n\r\n"),
            ("a = b\n", b"a =3D b\r\n"),
            ("é\x00\x7f\u2028", b"=C3=A9=00=7F=E2=80=A8"),
            ("\ud83d", b"?"),
            ("-- \nJane\t\n", b"--=20\r\nJane=09\r\n"),
            ("one\ttwo  three ", b"one\ttwo  three=20"),
            (".\n.\r\n..\n. a\n.", b"=2E\r\n=2E\r\n..\r\n. a\r\n=2E"),
            ("From here\nFrom\n>From \n From", b"=46rom =\r\nhere\r\nFrom\r\n>From=20\r\n From"),
            ("From ", b"From=20"),
            ("x" * 76 + "\n", b"x" * 76 + b"\r\n"),
            ("x" * 77 + "\n", b"x" * 75 + b"=\r\nxx\r\n"),
            ("x" * 75 + "From here", b"x" * 75 + b"=\r\n=46rom =\r\nhere"),
            ("x" * 73 + " \n", b"x" * 73 + b"=20\r\n"),
            ("x" * 74 + " \n", b"x" * 74 + b"=\r\n=20\r\n"),
            ("x" * 75 + "\t\nx", b"x" * 75 + b"=\r\n=09\r\nx"),
            ("x" * 74 + "é", b"x" * 74 + b"=\r\n=C3=A9"),
            ("x" * 71 + "é\n", b"x" * 71 + b"=C3=\r\n=A9\r\n"),
        ],
        ids=lambda text: ascii(text)[:20] if isinstance(text, str) else "",
    )
    def test_quoted_printable_has_its_very_bytes(self, text: str, expected: bytes) -> None:
        """CRLF alone; no space at the end of a line, no lone dot, no "From " at the start; never over 76, never through a triplet."""
        assert raw_parts(build(replace(LETTER, text=text, html=text))) == [expected, expected]

    @given(BODIES)
    @example(" " * 200 + "\n" + "x" * 75 + " \n")
    @example(("x" * 74 + " \n") * 3)
    @example("From \n" + "From " * 40)
    @example("\r\n" * 5 + "\r" * 5)
    @example(f"--=_690675ad4767cbc1edb6bc15ec517662--\n{EVIL}\n")
    def test_any_body_survives(self, text: str) -> None:
        """Both parts, character for character but for line ends, read by both of Python's parsers."""
        body = build(replace(LETTER, text=text, html=text))
        expected = text.encode(errors="replace").decode().replace("\r\n", "\n").replace("\r", "\n")
        assert contents(body) == [expected, expected]
        payloads = [part.get_payload(decode=True) for part in parse_leniently(body).walk() if not part.is_multipart()]
        assert payloads == [expected.encode().replace(b"\n", b"\r\n")] * 2
        assert not re.search(rb"\r(?!\n)|(?<!\r)\n|[ \t]\r\n|[ \t]$|=(?!\r\n|[0-9A-F]{2})", b"\r\n".join(raw_parts(body)))
        assert max(map(len, body.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76


@given(ANYTHING, ANYTHING, ANYTHING)
@example(EVIL, EVIL, EVIL)
def test_any_text_survives(subject: str, name: str, title: str) -> None:
    """The law behind the tables above: of subjects, names and titles, on one line, and no header more than there should be."""
    body = build(replace(LETTER, subject=subject), replace(READER, name=name), title=title)
    message = parse(body)
    assert message["Subject"] == on_one_line(subject)
    assert mailbox(body, "To") == (on_one_line(name), "reader@example.com")
    assert mailbox(body, "List-Id") == (on_one_line(title), "weekly.news.example.org")
    assert names(body) == names(build()) == list(map(str, message.keys())) == parse_leniently(body).keys()
    assert contents(body) == contents(build())
    assert body.isascii()


@given(st.text(max_size=8))
def test_any_short_name_survives_the_newer_parser(name: str) -> None:
    """One encoded word, so that nothing comes between two."""
    (found,) = parse(build(reader=replace(READER, name=name)))["To"].addresses
    assert (found.display_name, found.addr_spec) == (on_one_line(name), "reader@example.com")


@given(
    st.lists(st.text(st.sampled_from("ab =.\n\t\u00e9\U0001f30a"), max_size=160), min_size=2, max_size=5),
    st.text(st.sampled_from("abc=&/"), max_size=90),
)
def test_links_may_stand_anywhere(pieces: list[str], tail: str) -> None:
    """However long what is before and after them: no line grows over 76, and the text is as if it had been written in one go."""
    reader = Subscriber("a@example.org", "", f"https://u.example/{tail}", f"https://p.example/{tail}")
    body = build(Letter("S", "", UNSUBSCRIBE.join(pieces), PREFERENCES.join(pieces)), reader)
    text, html = parse(body).iter_parts()
    assert html.get_payload(decode=True) == crlf(escape(reader.unsubscribe_url).join(pieces))
    assert text.get_payload(decode=True) == crlf(reader.preferences_url.join(pieces))
    assert max(map(len, body.split(b"\r\n"))) <= 76


def crlf(text: str) -> bytes:
    """Text as it stands in a message."""
    return text.replace("\n", "\r\n").encode()
