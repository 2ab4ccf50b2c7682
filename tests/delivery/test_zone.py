from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from syndicate.delivery.signing import Signer, dns_record
from syndicate.delivery.zone import check, records
from tests.delivery.test_alignment import GOOD

if TYPE_CHECKING:
    from syndicate.delivery.alignment import Concern
    from syndicate.delivery.providers import Kind
    from syndicate.delivery.zone import Ask

PEM = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
KEY = dns_record(Signer.of("example.org", "s1", PEM))
OWN = replace(GOOD, host="", bounces="bounces.news.example.org")
WANTED = records(OWN, KEY)
SES = "email-smtp.eu-west-1.amazonaws.com"

Zone = dict[str, tuple[str, ...] | None]
SOUND: Zone = {f"{record.name} {record.kind}": (record.value,) for record in WANTED}
"""DNS as it should be for `OWN`."""

SPF = "bounces.news.example.org TXT"
MX = "bounces.news.example.org MX"
DKIM = "s1._domainkey.example.org TXT"
DMARC = "_dmarc.example.org TXT"


def asking(zone: Zone) -> Ask:
    """A resolver that knows this zone; `None` in it stands for a server that does not answer."""

    def ask(name: str, kind: Kind) -> tuple[str, ...] | None:
        return zone.get(f"{name} {kind}", ())

    return ask


def found(**changed: tuple[str, ...] | None) -> list[Concern]:
    """What is said where the zone is sound but for the records so named: SPF, MX, DKIM or DMARC."""
    return list(check(WANTED, asking(SOUND | {globals()[name]: value for name, value in changed.items()})))


def test_the_records_of_ones_own_relay() -> None:
    """Whoever takes mail for the domain of the return path sends for it; the key; the mailbox of bounces; DMARC."""
    assert [record.line for record in WANTED if record.kind != "TXT" or "DKIM1" not in record.value] == [
        'bounces.news.example.org. IN TXT "v=spf1 mx -all"',
        "bounces.news.example.org. IN MX 10 mail.bounces.news.example.org.",
        '_dmarc.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.org"',
    ]


def test_another_machine_is_named_in_spf() -> None:
    """By its name; at the sender's own domain, where bounces have no mailbox."""
    assert records(replace(GOOD, bounces="", dkim=""))[0].line == 'news.example.org. IN TXT "v=spf1 a:relay.example.net -all"'


def test_the_key_stands_as_the_signer_writes_it() -> None:
    """In strings of at most 255 bytes."""
    (line,) = [record.line for record in WANTED if record.name.startswith("s1.")]
    assert line == KEY
    assert max(map(len, re.findall(r'"([^"]*)"', line))) == 255


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (
            SES,
            [
                "mail.news.example.org. IN MX 10 feedback-smtp.eu-west-1.amazonses.com.",
                'mail.news.example.org. IN TXT "v=spf1 include:amazonses.com ~all"',
                "news.example.org. IN MX 10 mail.news.example.org.",  # SES returns bounces to our own return path
            ],
        ),
        ("smtp-broadcasts.postmarkapp.com", ["pm-bounces.news.example.org. IN CNAME pm.mtasv.net."]),
        ("smtp.mailgun.org", ['news.example.org. IN TXT "v=spf1 include:mailgun.org ~all"']),
        ("SMTP.EU.Mailgun.org", ['news.example.org. IN TXT "v=spf1 include:mailgun.org ~all"']),
        ("smtp.sendgrid.net", ['news.example.org. IN TXT "v=spf1 include:sendgrid.net ~all"']),
    ],
)
def test_the_records_of_a_rented_relay_are_its_own(host: str, expected: list[str]) -> None:
    """As its manual has them."""
    lines = [record.line for record in records(replace(GOOD, host=host))]
    assert lines == [*expected, '_dmarc.example.org. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@example.org"']


def test_dmarc_stands_at_the_highest_of_what_belongs_together() -> None:
    """By RFC 9989 a signature of example.org says nothing about news.example.org where only the latter has a record."""
    assert records(replace(GOOD, dkim="example.org", bounces="news.example.org"))[-1].name == "_dmarc.example.org"
    assert records(replace(GOOD, dkim="", bounces="news.example.org"))[-1].name == "_dmarc.news.example.org"
    assert records(replace(GOOD, dkim="example.com", bounces="bounces.example.org"))[-1].name == "_dmarc.news.example.org"


def test_digests_of_one_domain_need_each_record_once() -> None:
    """And those of another domain have their own."""
    two = replace(OWN, senders={"weekly": "news.example.org", "daily": "news.example.org"})
    assert records(two, KEY) == WANTED
    three = replace(OWN, bounces="", dkim="", senders={"weekly": "news.example.org", "daily": "example.com"})
    assert [record.name for record in records(three)] == [
        "news.example.org",
        "example.com",
        "_dmarc.news.example.org",
        "_dmarc.example.com",
    ]


def test_a_sound_zone_raises_no_concern() -> None:
    """What is as it should be is not spoken of."""
    assert found() == []


def test_what_is_not_there_is_a_fault() -> None:
    """With the line that mends it."""
    nothing = check(WANTED, asking({}))
    assert [concern.key for concern in nothing] == [SPF, DKIM, MX, DMARC]
    assert {concern.severity for concern in nothing} == {"fault"}
    assert [concern.remedy for concern in nothing] == [f"publish {record.line}" for record in WANTED]


def test_what_could_not_be_asked_is_a_note() -> None:
    """For it may be in order."""
    silent = check(WANTED, asking(dict.fromkeys(SOUND)))
    assert [(concern.key, concern.severity) for concern in silent] == [(key, "note") for key in (SPF, DKIM, MX, DMARC)]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"SPF": ("v=spf1 MX ip4:192.0.2.1 ~all", "another=thing")}, []),
        ({"SPF": ("v=spf1 ip4:192.0.2.1 -all",)}, ["note: is v=spf1 ip4:192.0.2.1 -all, without mx"]),
        ({"SPF": ("v=spf10 mx -all",)}, ["there is no SPF record"]),
        (
            {"SPF": ("v=spf1 mx -all", "v=spf1 a -all")},
            ["there are 2 SPF records, and then none counts (RFC 7208, section 4.5)"],
        ),
        ({"DKIM": ("v=DKIM1; k=rsa; p=",)}, ["holds another key than messages are signed with"]),
        ({"DKIM": ("v=DKIM1; k=rsa; p=AAAA",)}, ["holds another key than messages are signed with"]),
        ({"DKIM": ("hello",)}, ["there is no key, so no signature can be verified"]),
        ({"MX": ("10 mx.example.net.",)}, []),
        ({"MX": ("0 .",)}, ["is not in DNS"]),
        ({"DMARC": ("v=DMARC1;p=reject",)}, []),
        ({"DMARC": ("v=DMARC1; p=none", "v=DMARC1; p=reject")}, ["there are several DMARC records, and then none counts"]),
        ({"DMARC": ("v=spf1 -all",)}, ["there is no DMARC record, which Gmail, Yahoo and Microsoft ask for"]),
    ],
    ids=str,
)
def test_what_is_there_is_compared(changed: Zone, expected: list[str]) -> None:
    """As a verifier reads it, not letter by letter."""
    said = found(**changed)
    assert [f"{'note: ' if each.severity == 'note' else ''}{each.what}" for each in said] == expected


def test_white_space_in_a_key_does_not_count() -> None:
    """Nor does the order of the tags."""
    key = str((SOUND[DKIM] or ("",))[0]).rpartition("p=")[2]
    assert found(DKIM=(f"k=rsa; p= {key[:50]} {key[50:]} ; v=DKIM1",)) == []


def test_dmarc_may_stand_above() -> None:
    """A domain without a record goes by that of the one above; the top level is not asked."""
    wanted = records(replace(OWN, dkim="", bounces=""))[-1:]
    asked: list[str] = []

    def ask(name: str, kind: Kind) -> tuple[str, ...]:
        asked.append(f"{name} {kind}")
        return ("v=DMARC1; p=none",) if name == "_dmarc.example.org" else ()

    assert check(wanted, ask) == ()
    assert asked == ["_dmarc.news.example.org TXT", "_dmarc.example.org TXT"]
    asked.clear()
    assert [each.key for each in check(wanted, asking({"_dmarc.org TXT": ("v=DMARC1; p=reject",)}))] == ["_dmarc.news.example.org TXT"]


def test_an_alias_is_compared_without_its_dot() -> None:
    """And in any case of letters."""
    wanted = records(replace(GOOD, host="smtp.postmarkapp.com"))[:1]
    alias = "pm-bounces.news.example.org CNAME"
    assert check(wanted, asking({alias: ("PM.mtasv.net",)})) == ()
    (concern,) = check(wanted, asking({alias: ("elsewhere.example.net.",)}))
    assert (concern.severity, concern.what) == ("fault", "is elsewhere.example.net.")
