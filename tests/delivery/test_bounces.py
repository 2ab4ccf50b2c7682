from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syndicate.delivery.bounces import LOOKED_AT, Report, judge_report
from syndicate.delivery.bounces.rules import COMPLAINTS, RULES, Rule, judge, rule_of
from syndicate.delivery.tokens import Delivery, Keys, Subscription, return_path, sign

if TYPE_CHECKING:
    import random

KEYS = Keys.of("a-secret-of-the-tests")
DELIVERY, SUBSCRIPTION = Delivery(3, 7), Subscription("weekly", 9)
RETURN_PATH = return_path(KEYS, "bounces@news.example.org", *DELIVERY)
TOKEN = sign(KEYS, "unsubscribe", *SUBSCRIPTION)
LINK = f"https://news.example.org/u/weekly/{TOKEN}"

SAMPLES = {
    path.stem: path.read_text(encoding="utf-8")
    .replace("@RETURN_PATH@", RETURN_PATH)
    .replace("@RETURN_PATH_IN_CAPITALS@", RETURN_PATH.upper())
    .replace("@LINK@", LINK)
    .replace("@TOKEN@", TOKEN)
    .encode()
    for path in sorted((Path(__file__).parent / "bounces" / "samples").glob("*.eml"))
}
"""Messages as servers write them, in our words; return path and link are ones of ours."""

BOUNCES = {
    "postfix-unknown": ("suppress", "5.1.1", "no such mailbox"),
    "gmail-unknown": ("suppress", "5.1.1", "no such mailbox"),
    "gmail-disabled": ("suppress", "5.2.1", "the mailbox is disabled"),
    "gmail-hurried": ("note", "5.2.1", "speaks of something else"),
    "gmail-policy": ("nothing", "5.7.26", "about us"),
    "outlook-policy": ("nothing", "5.7.1", "about us"),
    "office365-unknown": ("suppress", "5.1.10", "no such mailbox"),
    "postfix-full": ("note", "5.2.2", "full"),
    "postfix-delayed": ("nothing", "4.4.1", "still being tried"),
    "postfix-expired": ("note", "4.4.1", "did not pass in time"),
    "greylisted": ("nothing", "4.7.1", "for now"),
    "null-mx": ("suppress", "5.1.10", "takes no mail"),
    "sendmail-vague": ("suppress", "5.1.1", "no such mailbox"),
    "nobody-says-why": ("note", "5.0.0", "nobody says why"),
    "unknown-or-spam": ("note", "5.1.1", "speaks of something else"),
    "two-statuses": ("nothing", "5.7.1", "about us"),
    "our-address": ("note", "5.1.8", "perhaps about ours"),
    "alias-of-two": ("nothing", "2.1.5", "it arrived"),
    "forwarded-elsewhere": ("suppress", "5.1.1", "no such mailbox"),
    "relayed": ("nothing", "2.0.0", "handed on"),
    "in-capitals": ("suppress", "5.1.1", "no such mailbox"),
    "beyond-ascii": ("suppress", "5.1.1", "no such mailbox"),
    "not-declared": ("suppress", "5.1.1", "no such mailbox"),
    "cut-short": ("suppress", "5.1.1", "no such mailbox"),
    "qmail": ("suppress", "5.1.1", "no such mailbox"),
    "qmail-hurried": ("note", "4.2.2", "did not pass in time"),
    "exim": ("suppress", "5.1.1", "No such user here"),
    "exim-blocked": ("nothing", "5.7.1", "about us"),
    "exchange-2003": ("suppress", "5.1.1", "did not reach"),
    "unheard-of": ("suppress", "5.1.1", "no such mailbox"),
}
"""What is done for each, by which status, and some of the words that say why."""

COMPLAINED = {
    "complaint": ("suppress", "abuse: the reader calls it spam"),
    "complaint-redacted": ("suppress", "abuse"),
    "complaint-opt-out": ("suppress", "opt-out"),
    "complaint-taken-back": ("nothing", "not-spam"),
    "complaint-of-virus": ("note", "virus"),
    "complaint-of-outlook": ("suppress", "abuse"),
    "authentication": ("nothing", "auth-failure"),
}

IGNORED = {
    "away": "an answer by machine (Auto-Submitted: auto-replied (vacation))",
    "away-of-old": "an answer by machine (Precedence: auto_reply)",
    "away-in-words": "an answer by machine (Subject: automatic reply: the lagoon opens)",
    "receipt": "a receipt",
    "a-letter": "not a report",
    "a-bounce-passed-on": "not a report",
}

UNPROVED = ("forged", "unheard-of-and-forged", "complaint-forged")


def test_every_sample_is_claimed_about() -> None:
    """None lies there for nothing."""
    assert {*BOUNCES, *COMPLAINED, *IGNORED, *UNPROVED, "to-the-sender", "farewell", "farewell-by-machine"} == set(SAMPLES)


@pytest.mark.parametrize("name", BOUNCES)
def test_a_bounce_is_judged_by_status_and_words(name: str) -> None:
    """And it is known whose it is, by the return path that it came to."""
    report = judge_report(SAMPLES[name], KEYS)
    action, status, words = BOUNCES[name]
    assert (report.kind, report.action, report.status, report.delivery) == ("bounce", action, status, DELIVERY)
    assert words in report.reason


@pytest.mark.parametrize("name", COMPLAINED)
def test_a_complaint_is_judged_by_its_type(name: str) -> None:
    """And it is known whose it is, by the letter that it returns."""
    report = judge_report(SAMPLES[name], KEYS)
    action, words = COMPLAINED[name]
    assert (report.kind, report.action) == ("complaint", action)
    assert report.delivery == DELIVERY or report.subscription == SUBSCRIPTION
    assert report.reason.startswith(words)


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_no_report_is_ignored(name: str) -> None:
    """With a reason, whatever stands in it."""
    assert judge_report(SAMPLES[name], KEYS) == Report("ignored", "nothing", IGNORED[name])


@pytest.mark.parametrize("name", ["farewell", "farewell-by-machine"])
def test_a_letter_that_asks_to_leave_unsubscribes(name: str) -> None:
    """From one digest: the letter that a mail program writes for whoever clicks, by the token in its subject."""
    assert judge_report(SAMPLES[name], KEYS) == Report("farewell", "unsubscribe", "the reader asks for it", subscription=SUBSCRIPTION)
    assert judge_report(SAMPLES[name].replace(TOKEN.encode(), TOKEN[:-1].encode()), KEYS).kind == "ignored"


@pytest.mark.parametrize("name", UNPROVED)
def test_a_forged_report_suppresses_nobody(name: str) -> None:
    """Anybody can write one; it is noted, under an address that is a mere claim."""
    report = judge_report(SAMPLES[name], KEYS)
    assert (report.action, report.delivery, report.subscription, report.proved) == ("note", None, None, False)
    assert report.reason.startswith("not proved to be about a message of ours; ")


@pytest.mark.parametrize("name", [*BOUNCES, *COMPLAINED])
def test_without_our_key_nobody_suppresses_anybody(name: str) -> None:
    """The same reports, judged by who does not know what they are to prove."""
    report = judge_report(SAMPLES[name], Keys.of("a-secret-of-somebody-else"))
    assert not report.proved
    assert report.action in ("note", "nothing")


def test_a_bounce_to_the_sender_proves_itself_by_what_it_returns() -> None:
    """Some servers write to From in place of the return path."""
    report = judge_report(SAMPLES["to-the-sender"], KEYS)
    assert (report.action, report.delivery, report.subscription) == ("suppress", None, SUBSCRIPTION)


def test_a_report_names_the_address_that_was_written_to() -> None:
    """Not the one to which it was forwarded: that one is nobody's business."""
    assert judge_report(SAMPLES["forwarded-elsewhere"], KEYS).address == "ann@example.com"
    assert judge_report(SAMPLES["qmail"], KEYS).address == "ann@example.com"
    assert judge_report(SAMPLES["complaint"], KEYS).address == "ann@example.com"
    assert judge_report(SAMPLES["complaint-of-outlook"], KEYS).address == "ann@example.com"


def test_line_ends_are_immaterial() -> None:
    """Mailboxes hold LF, the wire CRLF."""
    for name, body in SAMPLES.items():
        assert judge_report(body.replace(b"\n", b"\r\n"), KEYS) == judge_report(body, KEYS), name


def test_what_stands_far_behind_is_not_looked_at() -> None:
    """A report begins with what it has to say, and whoever sends ten megabytes more wastes nobody's time but theirs."""
    body = SAMPLES["postfix-unknown"]
    assert judge_report(body + b"a line of it\n" * 1_000_000, KEYS) == judge_report(body, KEYS)
    assert judge_report(b"Subject: hello\n\n" + b"\n" * LOOKED_AT + body, KEYS).kind == "ignored"


HOSTILE = {
    "nothing": b"",
    "one header": b"Content-Type: multipart/report",
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 30_000,
    "parts in parts": b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (number, number) for number in range(5_000)),
    "reports in reports": b"Content-Type: message/delivery-status\n\n" * 20_000,
    "many recipients": b"Content-Type: message/delivery-status\n\n" + b"Final-Recipient: rfc822; a@b.example\nAction: failed\n\n" * 20_000,
    "a long header": b"To: " + b"a" * LOOKED_AT,
    "many addresses": b"To: " + b"bounces+aaaaaaaaaaaaaaaaaaaaaaa@b.example, " * 20_000,
    "many words": b"From: MAILER-DAEMON\n\n550 " + b"user " * 200_000,
    "many blanks": b"From: MAILER-DAEMON\n\n" + b" \n" * 400_000,
    "many boundaries": b"Content-Type: multipart/report; boundary=a\n\n" + b"--a\n\n" * 100_000,
    "many links": SAMPLES["complaint"].replace(LINK.encode(), b",".join([LINK.encode()[:-1]] * 9_000)),
    "an encoding that is none": b"Content-Type: text/plain; charset=nonsense\nContent-Transfer-Encoding: base64\n\n====",
    "headers that are none": b"From: =?utf-8?b?====?= =?nonsense?q?=00?=\nSubject: =?\xff?=\n\n",
    "a type that is none": b"Content-Type: multipart/report; report-type*0*=%ff; report-type*1=\xff\n\n",
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_messages_suppress_nobody(body: bytes) -> None:
    """Nor do they take long, or raise."""
    assert judge_report(body, KEYS).action != "suppress"


@given(st.binary(max_size=2000))
@example(b"Content-Type: multipart/report;\n boundary=a\n\n--a\nContent-Type: message/delivery-status\n\nAction: \xff\n\n--a--")
def test_no_bytes_raise(body: bytes) -> None:
    """Whatever they are."""
    assert judge_report(body, KEYS).action != "suppress"


PIECES = [
    *(line for sample in SAMPLES.values() for line in sample.splitlines(keepends=True)),
    *(
        b"\r",
        b"\n\n",
        b"\0",
        b"\xff",
        b"=?utf-8?q?=ff?=",
        b"Content-Transfer-Encoding: base64\n",
        b"Content-Type: message/rfc822\n\n",
        b"--",
    ),
]


def mutated(body: bytes, dice: random.Random) -> bytes:
    """A message with some of it changed, taken out, doubled, or put in from another one."""
    for _ in range(dice.randint(1, 8)):
        start = dice.randint(0, len(body))
        stop = min(len(body), start + dice.choice((0, 1, 10, 200)))
        piece = dice.choice((b"", body[start:stop] * 2, bytes([dice.randrange(256)]), dice.choice(PIECES)))
        body = body[:start] + piece + body[stop:]
    return body


@given(st.sampled_from(sorted(SAMPLES)), st.randoms(use_true_random=False))
def test_no_broken_report_raises(name: str, dice: random.Random) -> None:
    """Reports as they are, and worse; whatever comes of it suppresses nobody else."""
    report = judge_report(mutated(SAMPLES[name], dice), KEYS)
    assert report.delivery in (None, DELIVERY)
    assert report.subscription in (None, SUBSCRIPTION)
    assert report.proved or report.action in ("note", "nothing")


class TestRules:
    """What a status means."""

    def test_the_tables_are_those_of_the_documentation(self) -> None:
        """Word for word, in their order: there is no other description of them."""
        page = Path(__file__).parents[2] / "docs" / "bounces.md"
        if not page.is_file():
            pytest.skip("not in a checkout")
        rows = re.findall(r"^\| `([^`]+)` \| (suppress|note|nothing) \| ([^|]+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert rows == [(rule.status, rule.action, rule.meaning) for rule in (*RULES, *COMPLAINTS)]

    @given(st.integers(2, 5), st.integers(0, 999), st.integers(0, 999))
    def test_every_status_has_a_rule(self, kind: int, subject: int, detail: int) -> None:
        """And none but one that speaks of the reader's address suppresses."""
        rule = rule_of(f"{kind}.{subject}.{detail}")
        assert isinstance(rule, Rule)
        if rule.action == "suppress":
            assert (kind, subject) in ((5, 1), (5, 2))

    @pytest.mark.parametrize(
        ("status", "diagnosis", "judged"),
        [
            ("5.1.1", "", ("5.1.1", "suppress")),
            ("5.0.0", "550 5.1.1 no", ("5.1.1", "suppress")),
            ("5.0.0", "server v2.0.1 said 550 5.1.1 no", ("5.1.1", "suppress")),
            ("5.1.1", "550 5.1.1 <a@spam.example>", ("5.1.1", "note")),
            ("", "550 mailbox unavailable", ("5.0.0", "note")),
            ("", "550 Sorry, this user does not exist", ("5.1.1", "suppress")),
            ("", "450 Sorry, this user does not exist", ("4.0.0", "note")),
            ("4.2.2", "452 no such user, or full", ("4.2.2", "note")),
            ("", "", ("5.0.0", "note")),
            ("5.5.0", "550 Relaying denied", ("5.7.1", "nothing")),
            ("5.0.0", "host 5.1.1.1 and 15.1.1 and 5.1.1234 and v5.1.1-2", ("5.1.1", "suppress")),
            ("5.0.0", "host 5.1.1.1 and 15.1.1 and 5.1.1234", ("5.0.0", "note")),
            ("5.0.0", "552 message size exceeds the limit", ("5.0.0", "note")),
            ("5.0.0", "552 over quota", ("5.2.2", "note")),
            ("5.0.0", "550 this account has been disabled", ("5.2.1", "suppress")),
            ("nonsense", "nonsense", ("5.0.0", "note")),
        ],
    )
    def test_what_is_said_counts_more_than_what_is_not(self, status: str, diagnosis: str, judged: tuple[str, str]) -> None:
        """The rules in the docstring, one by one."""
        found, rule = judge(status, diagnosis)
        assert (found, rule.action) == judged
