from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.signing import SIGNED, Signer, dns_record, sign
from syndicate.emitters.digest import render_digest
from syndicate.errors import ConfigurationError, UndeliverableError
from syndicate.letters import letter_of
from tests.delivery.post import EDITION, LETTER, READER, build, field, names, parse, value

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
BOTH = pytest.mark.parametrize("algorithm", ALGORITHMS)


def pem(key: PrivateKeyTypes, password: str = "") -> bytes:
    """A private key as files hold it."""
    lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


@cache
def signer(algorithm: str) -> Signer:
    """One signer for each algorithm: keys take long to make."""
    key = Ed25519PrivateKey.generate() if algorithm.startswith("ed") else rsa.generate_private_key(65537, 2048)
    return Signer.of("example.org", algorithm[:3], pem(key))


def zone(name: bytes, timeout: int = 5) -> bytes | None:  # noqa: ARG001 - the signature is dkimpy's
    """DNS, as far as it is about our keys: the character strings of a record are read as one."""
    for algorithm in ALGORITHMS:
        place, _, record = dns_record(signer(algorithm)).partition(" IN TXT ")
        if place == name.decode():
            return "".join(re.findall(r'"([^"]*)"', record)).encode()
    return None


def holds(message: bytes, number: int = 0) -> bool:
    """Whether dkimpy believes a signature of the message: the first one, if not told otherwise."""
    try:
        return bool(dkim.DKIM(message).verify(number, dnsfunc=zone))
    except dkim.DKIMException:
        return False


@BOTH
def test_a_signature_holds(algorithm: str) -> None:
    """On a message as it goes out, short or long."""
    assert holds(sign(build(), signer(algorithm)))
    assert holds(sign(build(letter_of(render_digest(EDITION))), signer(algorithm)))
    assert not holds(build())


@BOTH
def test_a_signature_stands_first_and_changes_nothing(algorithm: str) -> None:
    """What it was put before is the message as it was, byte for byte."""
    message = build()
    signed = sign(message, signer(algorithm))
    assert signed.endswith(b"\r\n" + message)
    assert names(signed) == ["DKIM-Signature", *names(message)]
    assert f"a={algorithm}; c=relaxed/relaxed; d=example.org; s={algorithm[:3]};" in value(signed, "DKIM-Signature")


def test_a_signature_is_folded() -> None:
    """Into lines that every server takes as they are."""
    lines = field(sign(build(), signer("rsa-sha256")), "DKIM-Signature").split("\r\n")
    assert max(map(len, lines)) <= 78
    assert all(line.startswith(" ") for line in lines[1:])


@BOTH
def test_the_same_message_gets_the_same_signature(algorithm: str) -> None:
    """Another try at sending is the same message; no clock and no dice are in it."""
    assert sign(build(), signer(algorithm)) == sign(build(), signer(algorithm))


def test_a_message_may_be_signed_twice() -> None:
    """By RSA for everybody, and by Ed25519 for those who know it (RFC 8463, section 6)."""
    signed = sign(sign(build(), signer("rsa-sha256")), signer("ed25519-sha256"))
    assert holds(signed, 0)
    assert holds(signed, 1)


def test_what_leads_out_is_signed() -> None:
    """RFC 8058, section 4: a signature has to cover both headers, or nobody clicks for the reader. And all else that readers go by."""
    covered = re.findall(r"[\w-]+", value(sign(build(), signer("rsa-sha256")), "DKIM-Signature").partition(" h=")[2].partition(";")[0])
    assert {"List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "List-Id", "Message-ID", "Date"} <= set(covered)
    assert {name: covered.count(name) - names(build()).count(name) for name in covered} == dict.fromkeys(SIGNED, 1)


@BOTH
@pytest.mark.parametrize("name", [*sorted(set(SIGNED) & set(names(build())))])
def test_a_changed_header_breaks_the_signature(algorithm: str, name: str) -> None:
    """Each of those that are signed, the ways out above all."""
    signed = sign(build(), signer(algorithm))
    line = field(signed, name)
    assert not holds(signed.replace(line.encode(), line.replace(": ", ": x", 1).encode()))
    assert not holds(signed.replace(f"{line}\r\n".encode(), b""))


@BOTH
@pytest.mark.parametrize("name", SIGNED)
def test_an_added_header_breaks_the_signature(algorithm: str, name: str) -> None:
    """A second one, before or after the first, or the first of those that were not there: mail programs differ in which they believe."""
    signed = sign(build(), signer(algorithm))
    assert not holds(f"{name}: x@evil.example\r\n".encode() + signed)
    assert not holds(signed.replace(b"\r\n\r\n", f"\r\n{name}: x@evil.example\r\n\r\n".encode(), 1))


@BOTH
def test_a_changed_body_breaks_the_signature(algorithm: str) -> None:
    """Even by a full stop."""
    signed = sign(build(), signer(algorithm))
    assert not holds(signed.replace(b"Leave", b"Leave.", 1))
    assert not holds(signed + b"more\r\n")


@BOTH
def test_what_servers_do_to_white_space_does_no_harm(algorithm: str) -> None:
    """Headers folded elsewhere, spaces run together, empty lines added at the end: relaxed, says the signature."""
    signed = sign(build(replace(LETTER, subject="A lagoon, twice over")), signer(algorithm))
    assert holds(signed.replace(b"Subject: A lagoon, twice", b"SUBJECT:\tA lagoon,\r\n \t twice"))
    assert holds(signed + b"\r\n\r\n")
    assert holds(b"Received: from elsewhere\r\n" + signed)


blanks = st.sampled_from([" ", "  ", "\t", " \t ", "\r\n ", "\r\n\t"])
words = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
values = st.lists(words, max_size=6).flatmap(
    lambda found: st.lists(blanks, min_size=len(found), max_size=len(found)).map(
        lambda gaps: "".join(gap + word for gap, word in zip(gaps, found, strict=True))
    )
)
headers = st.lists(st.tuples(st.sampled_from([*SIGNED, "X-Other", "received", "SUBJECT"]), values), max_size=12)
bodies = st.none() | st.lists(st.text(" \t\r\nab.=é", max_size=20), max_size=8).map(lambda lines: "".join(f"{line}\r\n" for line in lines))


@given(headers, values, bodies, st.sampled_from(ALGORITHMS))
def test_any_message_can_be_signed(fields: list[tuple[str, str]], sender: str, body: str | None, algorithm: str) -> None:
    """The law behind it: whatever its headers, folds and lines, with a body or without, dkimpy reckons what we reckoned."""
    lines = [f"{name}:{text}\r\n" for name, text in (*fields, ("From", f" a@b.example{sender}"))]
    text = "".join(lines) + ("" if body is None else f"\r\n{body}")
    message = re.sub(r"(?<!\r)\n|\r(?!\n)", "", text).encode()
    assert holds(sign(message, signer(algorithm)))


def test_a_message_from_nobody_is_refused() -> None:
    """From is the one header that has to be signed (RFC 6376, section 5.4)."""
    with pytest.raises(UndeliverableError, match="From: is missing"):
        sign(b"To: reader@example.com\r\n\r\nHello\r\n", signer("rsa-sha256"))


@BOTH
def test_a_record_is_a_line_of_a_zone_file(algorithm: str) -> None:
    """Its strings are no longer than DNS takes, and the key in it is the public one."""
    record = dns_record(signer(algorithm))
    assert record.startswith(f'{algorithm[:3]}._domainkey.example.org. IN TXT ( "v=DKIM1; k={algorithm.partition("-")[0]}; p=')
    assert max(map(len, re.findall(r'"([^"]*)"', record))) <= 255
    key = b64decode("".join(re.findall(r'"([^"]*)"', record)).partition("p=")[2])
    assert len(key) == (32 if algorithm.startswith("ed") else 294)


def test_a_key_does_not_show() -> None:
    """Neither in a log nor in a traceback."""
    assert repr(signer("ed25519-sha256")) == "Signer(domain='example.org', selector='ed2', algorithm='ed25519-sha256')"


def short_key() -> rsa.RSAPrivateKey:
    """One of 648 bits, from two of Mersenne's primes: the library that reads keys would not make it."""
    one, two, public = 2**521 - 1, 2**127 - 1, 65537
    private = pow(public, -1, (one - 1) * (two - 1))
    rest = (private % (one - 1), private % (two - 1), pow(two, -1, one))
    return rsa.RSAPrivateNumbers(one, two, private, *rest, rsa.RSAPublicNumbers(public, one * two)).private_key()


UNFIT = {
    "no key": b"hello",
    "a short one": pem(short_key()),
    "a locked one": pem(Ed25519PrivateKey.generate(), "password"),
    "of another kind": pem(ec.generate_private_key(ec.SECP256R1())),
}


@pytest.mark.parametrize("text", UNFIT.values(), ids=UNFIT.keys())
def test_a_key_that_does_not_do_is_refused(text: bytes) -> None:
    """With the domain, and how to make one that does."""
    with pytest.raises(ConfigurationError, match=r"^dkim key of example\.org: .*; make one with `openssl genrsa 2048`$"):
        Signer.of("example.org", "s", text)


def test_a_key_may_be_given_as_text() -> None:
    """As a configuration holds it; and a reader's message is then signed by it."""
    one = Signer.of("example.org", "ed2", pem(Ed25519PrivateKey.generate()).decode())
    assert parse(sign(build(reader=READER), one))["DKIM-Signature"]
