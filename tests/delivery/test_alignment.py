from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.delivery.alignment import Concern, look_over
from syndicate.delivery.practice import Practice, kinship, shared

WEEKLY = {"weekly": "news.example.org"}
GOOD = Practice(
    WEEKLY,
    "news.example.org",
    address="4 Lock Row",
    links="https://lists.example.org",
    bounces="news.example.org",
    dkim="example.org",
    host="relay.example.net",
)
"""A practice that nobody can object to."""

NAMES = st.lists(st.sampled_from(["a", "b", "co", "uk", "org"]), min_size=1, max_size=4).map(".".join)


def told(**changed: object) -> dict[str, str]:
    """What is said of a practice that is good but for this: the severity of each concern, by its key."""
    return {concern.key: concern.severity for concern in look_over(replace(GOOD, **changed))}  # type: ignore[arg-type]  # fields by name


def the(key: str, **changed: object) -> Concern:
    """The one concern about `key`."""
    (concern,) = [each for each in look_over(replace(GOOD, **changed)) if each.key == key]  # type: ignore[arg-type]  # fields by name
    return concern


def test_nothing_is_said_of_a_good_practice() -> None:
    """Not even a note."""
    assert look_over(GOOD) == ()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"address": ""}, {"site.address": "fault"}),
        ({"encrypted": False}, {"smtp.security": "fault"}),
        ({"encrypted": False, "host": ""}, {}),
        ({"username": True}, {"smtp.password": "fault"}),
        ({"password": True}, {"smtp.username": "fault"}),
        ({"username": True, "password": True}, {}),
        ({"links": ""}, {"mail.links": "fault"}),
        ({"links": "http://lists.example.org"}, {"mail.links": "fault"}),
        ({"senders": {"weekly": "gmail.com"}, "dkim": "", "bounces": ""}, {"digests.sender": "fault"}),
        ({"site": "example.com"}, {"digests.sender": "note"}),
        ({"site": "localhost"}, {"digests.sender": "note"}),
        ({"site": "www.example.org"}, {}),
        ({"senders": {"weekly": "news.example.org", "daily": "example.org"}}, {"digests.sender": "note"}),
        ({"dkim": "example.com"}, {"mail.dkim.domain": "note"}),
        ({"dkim": "mail.example.org"}, {"mail.dkim.domain": "note"}),
        ({"bounces": "example.com"}, {"mail.bounces": "note"}),
        ({"bounces": "bounces.example.org"}, {"mail.bounces": "note"}),
        ({"bounces": "bounces.news.example.org"}, {}),
        ({"bounces": "example.com", "dkim": "example.com"}, {"mail.dkim.domain": "fault", "mail.bounces": "fault"}),
        ({"dkim": ""}, {"mail.dkim": "note"}),
        ({"bits": 1024}, {"mail.dkim.key_file": "note"}),
        ({"bits": 4096}, {}),
        ({"bits": 0}, {"mail.dkim.key_file": "fault"}),
        ({"bounces": ""}, {"mail.bounces": "note"}),
        ({"keys": "kept"}, {"mail.secret": "note"}),
        ({"keys": "both"}, {"mail.secret": "note"}),
        ({"host": "email-smtp.eu-west-1.amazonaws.com"}, {"mail.dkim": "fault"}),
        ({"host": "smtp-broadcasts.postmarkapp.com", "dkim": ""}, {"mail.dkim": "note", "mail.bounces": "note"}),
        ({"host": "smtp.eu.mailgun.org"}, {"mail.bounces": "note"}),
        (
            {"host": "smtp.sendgrid.net", "bounces": "example.com", "dkim": "example.com"},
            {"mail.dkim.domain": "note", "mail.bounces": "note"},
        ),
        ({"folder": "letters"}, {"mail.folder": "note"}),
        ({"configured": False}, {"smtp": "note"}),
    ],
    ids=str,
)
def test_each_rule_has_its_weight(changed: dict[str, object], expected: dict[str, str]) -> None:
    """A fault where mail is refused or the law asks, a note else; nothing where all is well."""
    found = told(**changed)
    freemail = expected.get("digests.sender") == "fault"
    assert ({"digests.sender": found["digests.sender"]} if freemail else found) == expected


@pytest.mark.parametrize(
    "domain", ["gmail.com", "googlemail.com", "yahoo.co.uk", "yahoo.com.br", "hotmail.fr", "outlook.com", "gmx.de", "web.de", "proton.me"]
)
def test_nobody_sends_for_a_mailbox_that_anybody_can_have(domain: str) -> None:
    """For DMARC turns it away."""
    concern = the("digests.sender", senders={"weekly": domain})
    assert (concern.severity, concern.digests) == ("fault", ("weekly",))


@pytest.mark.parametrize("domain", ["live.bbc.com", "outlook.example.org", "notgmail.com", "gmail.com.example.org"])
def test_a_domain_that_looks_like_one_is_none(domain: str) -> None:
    """Names are compared as a whole."""
    assert "fault" not in told(senders={"weekly": domain}, dkim=domain, bounces=domain).values()


def test_a_provider_may_send_for_its_own_mailboxes() -> None:
    """Over its own relay."""
    assert told(senders={"weekly": "gmail.com"}, site="gmail.com", dkim="", bounces="", host="smtp.gmail.com") == {
        "mail.dkim": "note",
        "mail.bounces": "note",
    }


def test_a_concern_reads_as_other_findings_do() -> None:
    """Weight, setting, what is wrong, what to do, and in which digests."""
    assert str(Concern("mail.links", "is not set", "set it")) == "mail.links: is not set; set it"
    assert str(Concern("mail.links", "is not set", "set it", "note", ("weekly", "daily"))) == (
        "note: mail.links: is not set; set it (weekly, daily)"
    )


def test_the_digests_that_it_is_about_are_named() -> None:
    """And those that are in order are not."""
    concern = the("mail.dkim.domain", senders={"weekly": "news.example.org", "daily": "example.com"}, site="example.org")
    assert concern.digests == ("daily",)
    assert "is at example.org, and From at example.com" in concern.what


def test_where_nobody_is_mailed_nothing_is_a_fault() -> None:
    """Whatever else is wrong; it is said all the same."""
    bad = Practice({"weekly": "gmail.com"}, "example.org", host="relay.example.net", encrypted=False, password=True, bits=0, dkim="a.org")
    faults = {concern.key for concern in look_over(bad) if concern.severity == "fault"}
    assert {"site.address", "smtp.security", "smtp.username", "mail.links", "digests.sender", "mail.dkim.key_file"} <= faults
    for idle in (replace(bad, configured=False), replace(bad, folder="letters")):
        found = look_over(idle)
        assert {concern.severity for concern in found} == {"note"}
        assert faults <= {concern.key for concern in found}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("example.org", "example.org", "aligned"),
        ("news.example.org", "example.org", "aligned"),
        ("a.news.example.org", "example.org", "aligned"),
        ("news.example.org", "bounces.example.org", "unsure"),
        ("one.co.uk", "two.co.uk", "unsure"),
        ("example.org", "example.com", "apart"),
        ("example.org", "notexample.org", "apart"),
        ("localhost", "example.org", "apart"),
    ],
)
def test_domains_belong_together_as_far_as_names_tell(one: str, other: str, expected: str) -> None:
    """What `co.uk` is, no name tells: that is left to the reader."""
    assert kinship(one, other) == kinship(other, one) == expected


@given(NAMES, NAMES)
def test_what_two_domains_share_ends_both(one: str, other: str) -> None:
    """Label by label; and it is all of the shorter one where they are aligned."""
    common = shared(one, other)
    assert f".{one}".endswith(f".{common}" if common else "")
    assert f".{other}".endswith(f".{common}" if common else "")
    assert (kinship(one, other) == "aligned") == (common in {one, other})
