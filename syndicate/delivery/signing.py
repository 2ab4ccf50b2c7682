"""Sign messages with a domain's key, where no relay does it: DKIM (RFC 6376), relaxed/relaxed, by RSA or Ed25519 (RFC 8463). Pure.

Of dkimpy, the library for this, the pure Python takes ten times as long for a message as all the rest of it does; it verifies in the tests
what is signed here. A relay that changes Message-ID or Date, as some that are rented do, breaks a signature: there the relay should sign.
"""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

from syndicate.errors import ConfigurationError, UndeliverableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SIGNED = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
)
"""What a signature covers (RFC 6376, section 5.4.1): what readers and their mail programs go by, and what RFC 8058, section 4, asks for."""

SHORTEST_KEY = 1024
"""Bits of an RSA key that a verifier need not refuse (RFC 8301, section 3.2); 2048 are better, and more do not fit into all of DNS."""

LONGEST_STRING = 255
"""Bytes of a character string in a TXT record (RFC 1035, section 3.3.14)."""

WIDTH = 72


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and where the public half of it is published: at `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)
    algorithm: Literal["rsa-sha256", "ed25519-sha256"]

    @classmethod
    def of(cls, domain: str, selector: str, pem: str | bytes) -> Signer:
        """The signer with the private key in `pem`, without a password. Raises `ConfigurationError`."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        remedy = "make one with `openssl genrsa 2048`"
        try:
            key = load_pem_private_key(pem.encode() if isinstance(pem, str) else pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise ConfigurationError([f"dkim key of {domain}: cannot be read as PEM without a password; {remedy}"]) from error
        if isinstance(key, Ed25519PrivateKey):
            return cls(domain, selector, key, "ed25519-sha256")
        if not isinstance(key, RSAPrivateKey) or key.key_size < SHORTEST_KEY:
            raise ConfigurationError([f"dkim key of {domain}: must be RSA of at least {SHORTEST_KEY} bits, or Ed25519; {remedy}"])
        return cls(domain, selector, key, "rsa-sha256")


def sign(message: bytes, signer: Signer) -> bytes:
    """`message`, whose lines are ended by CRLF, with a signature before its first header.

    The same message gets the same signature: no moment stands in it. A message may be signed more than once, for verifiers that do not
    know Ed25519. Raises `UndeliverableError` where there is no From, without which nothing can be signed.
    """
    head, _, body = message.partition(b"\r\n\r\n")
    fields = _fields(head)
    if not fields.get(b"from"):
        raise UndeliverableError("From: is missing, and a signature must cover it; write who sends the message")
    names = _covered(fields)
    start = _folded(
        f"v=1; a={signer.algorithm}; c=relaxed/relaxed; d={signer.domain}; s={signer.selector};",
        f"h={':'.join(names)};",
        f"bh={b64encode(sha256(_relaxed_body(body)).digest()).decode()}; b=",
    )
    signature = b64encode(_signature(signer, _hashed(names, fields) + _relaxed(start.encode()))).decode()
    return f"{start}{_in_lines(signature)}\r\n".encode() + message


def dns_record(signer: Signer) -> str:
    """The line of a zone file that publishes the public half (RFC 6376, section 3.6.1; RFC 8463, section 4)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = signer.key.public_key()
    if signer.algorithm == "ed25519-sha256":
        kind, raw = "ed25519", public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    else:
        kind, raw = "rsa", public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    text = f"v=DKIM1; k={kind}; p={b64encode(raw).decode()}"
    strings = " ".join(f'"{text[start : start + LONGEST_STRING]}"' for start in range(0, len(text), LONGEST_STRING))
    return f"{signer.selector}._domainkey.{signer.domain}. IN TXT ( {strings} )"


def _fields(head: bytes) -> dict[bytes, list[bytes]]:
    """The header fields in relaxed form, by name in small letters, from the last to the first, as a signature counts them."""
    found: dict[bytes, list[bytes]] = {}
    for line in reversed(re.split(rb"\r\n(?![ \t])", head)):
        found.setdefault(line.partition(b":")[0].strip().lower(), []).append(_relaxed(line))
    return found


def _covered(fields: dict[bytes, list[bytes]]) -> list[str]:
    """The names to sign: each as often as it is there and once more, so that none can be added either (RFC 6376, section 5.4.2)."""
    return [name for name in SIGNED for _ in range(len(fields.get(name.lower().encode(), ())) + 1)]


def _hashed(names: list[str], fields: dict[bytes, list[bytes]]) -> bytes:
    """The fields that `names` stand for; a name that is there more often than its field stands for nothing."""
    return b"".join(field + b"\r\n" for name in dict.fromkeys(names) for field in fields.get(name.lower().encode(), ()))


def _relaxed(line: bytes) -> bytes:
    """A header field as it is signed (RFC 6376, section 3.4.2)."""
    name, _, value = line.partition(b":")
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")


def _relaxed_body(body: bytes) -> bytes:
    """A body as it is signed (RFC 6376, section 3.4.4): spaces run together, none at the end of a line, no empty lines at the end."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:  # each turn halves the runs; an expression that looks at every single space takes four times as long
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").rstrip(b" ").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _signature(signer: Signer, signed: bytes) -> bytes:
    """By RSA over the text, or by Ed25519 over the hash of it (RFC 8463, section 3)."""
    from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256

    if isinstance(signer.key, RSAPrivateKey):
        return signer.key.sign(signed, PKCS1v15(), SHA256())
    return signer.key.sign(sha256(signed).digest())


def _folded(*tags: str) -> str:
    """A header field, folded before each group of tags and within the names, where white space says nothing."""
    lines = [tags[0], *(line for tag in tags[1:] for line in re.findall(rf".{{1,{WIDTH}}}(?:[:; ]|$)", tag))]
    return "DKIM-Signature: " + "\r\n ".join(line.rstrip() for line in lines)


def _in_lines(signature: str) -> str:
    return "".join(f"\r\n {signature[start : start + WIDTH]}" for start in range(0, len(signature), WIDTH))
