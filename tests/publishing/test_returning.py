"""What comes back is acted on: by whom it proves to be about, once, and no further."""

from __future__ import annotations

import mailbox
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from syndicate.delivery.bounces.mailboxes import Maildir, read_mailbox
from syndicate.delivery.tokens import return_path, sign
from syndicate.delivery.transports.memory import MemoryTransport
from syndicate.publishing.returning import SOFT, take_in
from syndicate.storage.subscribers import Subscribers
from tests.publishing.test_posting import KEYS, MONDAY, PostOffice, people
from tests.vocabulary import moment

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.publishing.returning import Returned

pytestmark = pytest.mark.usefixtures("storage_url")

REPORT = """\
From: mailer-daemon@one.example
To: {path}
Subject: Undelivered mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x

--x
Content-Type: text/plain

It did not work.
--x
Content-Type: message/delivery-status

Reporting-MTA: dns; one.example

Final-Recipient: rfc822; {address}
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 {status} {words}

--x--
"""


@pytest.fixture
def office(tmp_path: Path) -> PostOffice:
    """Three people who got an edition."""
    found = PostOffice(tmp_path, people(3))
    found.post(MemoryTransport())
    return found


def taken_in(office: PostOffice, *messages: str) -> list[Returned]:
    """What is done about messages."""
    found = [(str(number), text.encode()) for number, text in enumerate(messages)]
    return list(take_in(found, Subscribers(office.ledger.engine), office.outbox, KEYS, now=MONDAY))


def bounce(status: str, words: str = "", *, delivery: int = 1, edition: int = 2) -> str:
    """A report about a delivery of ours."""
    path = return_path(KEYS, "bounces@press.example.org", edition, delivery)
    return REPORT.format(path=path, status=status, words=words, address="whoever@one.example")


def state(office: PostOffice, number: int) -> str:
    """How a person stands."""
    person = Subscribers(office.ledger.engine).numbered(number)
    return person.state if person else "gone"


def test_a_mailbox_that_does_not_exist_is_never_written_to_again(office: PostOffice) -> None:
    """Not in the next edition, and not after an import."""
    (done,) = taken_in(office, bounce("5.1.1", "no such user"))
    assert (done.done, done.address) == ("suppressed", people(3)[0])
    assert [state(office, number) for number in (1, 2, 3)] == ["suppressed", "active", "active"]
    office.press.add("News", "2026-11-18")
    office.press.run("2026-11-23T08:00")
    office.clock.now = moment("2026-11-23T08:01")
    transport = MemoryTransport()
    office.post(transport)
    assert sorted(each.recipient for each in transport.envelopes) == people(3)[1:]


def test_a_delivery_says_why_its_reader_was_suppressed(office: PostOffice) -> None:
    """In the words of the server that refused, so that whoever asks about it can be told."""
    taken_in(office, bounce("5.1.1", "no such user"))
    reasons = [row.reason for row in office.outbox.deliveries()]
    assert reasons[0] == "came back: 5.1.1 no such mailbox: smtp; 550 5.1.1 no such user"
    assert not any(reason.startswith("came back") for reason in reasons[1:])


def test_a_policy_is_not_the_readers_fault(office: PostOffice) -> None:
    """Nothing is held against them."""
    taken_in(office, bounce("5.7.1", "blocked for spam"), bounce("4.7.0", "try later"))
    assert state(office, 1) == "active"


def test_a_full_mailbox_counts_until_it_is_taken_for_dead(office: PostOffice) -> None:
    """Once for each edition, however often its report comes."""
    assert [each.done for each in taken_in(office, *[bounce("5.2.2", "mailbox full")] * 9)] == ["noted"] * 9
    for week in range(1, SOFT):
        assert state(office, 1) == "active"
        time = moment("2026-11-16T08:00") + timedelta(weeks=week)
        office.press.add(f"News {week}", f"{time - timedelta(days=2):%Y-%m-%d}")
        office.press.run(f"{time:%Y-%m-%dT%H:%M}")
        office.clock.now = time
        office.post(MemoryTransport())
        latest = max(row.id for row in office.outbox.deliveries() if row.subscriber_id == 1)
        taken_in(office, bounce("5.2.2", "mailbox full", delivery=latest, edition=2 + week))
    assert state(office, 1) == "suppressed"


def test_a_report_that_proves_nothing_does_nothing(office: PostOffice) -> None:
    """Whoever knows an address cannot have it suppressed."""
    forged = REPORT.format(path="bounces@press.example.org", status="5.1.1", words="no such user", address=people(3)[0])
    other = bounce("5.1.1", edition=1)
    assert [each.done for each in taken_in(office, forged, other)] == ["nothing", "nothing"]
    assert state(office, 1) == "active"


def test_a_letter_unsubscribes_its_reader(office: PostOffice) -> None:
    """From the digest whose link it was; the row and its consent stay."""
    message = EmailMessage()
    message["Subject"] = f"unsubscribe weekly {sign(KEYS, 'unsubscribe', 'weekly', 2)}"
    message["From"] = "somebody.else@example.org"
    (done,) = taken_in(office, message.as_string())
    assert (done.done, done.address) == ("unsubscribed", people(3)[1])
    assert [state(office, number) for number in (1, 2, 3)] == ["active", "unsubscribed", "active"]


def test_a_mailbox_is_read_once(office: PostOffice, tmp_path: Path) -> None:
    """A second run finds nothing new."""
    box = mailbox.Maildir(tmp_path / "bounces")
    box.add(bounce("5.1.1", "no such user"))
    for expected in (["suppressed"], []):
        messages = read_mailbox(Maildir(tmp_path / "bounces"))
        done = take_in(messages, Subscribers(office.ledger.engine), office.outbox, KEYS, now=MONDAY)
        assert [each.done for each in done] == expected
