"""What goes into a column comes out of it, in each database, or is refused by name: PostgreSQL is stricter than SQLite."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from syndicate.catalogue.markup import clean_text
from syndicate.delivery.transports.replies import Replies
from syndicate.errors import StorageError
from syndicate.model import Document
from syndicate.publishing.subscribing.columns import one_line
from syndicate.storage import ArticleRecord, Ledger, Outbox, RunRecord, Settled
from syndicate.storage.people import Wish
from syndicate.storage.subscribers import Subscribers
from tests.storage.mailroom import NOW, claim, edition, enlist, key_of, owe, people
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

ARTICLE = ArticleRecord("urn:uuid:1", "ran", "One", "https://x.example/1", "a/1.md", moment("2026-11-05"), "0" * 64)
TEXTS = {
    "empty": "",
    "quotes and percents": 'it\'s "100%" %s %(name)s {x} \\ \\x00 :name ?',
    "lines": "one\ntwo\r\nthree\u2028four\tfive",
    "every script": "Ævar Ж 漢字 \U0001f469\u200d\U0001f680 e\u0301 \u202eabc",
    "long": "x" * 100_000,
}
WORDY = "550 5.1.1 " + "no such user; " * 1000


@pytest.fixture
def ledger(tmp_path: Path, storage_url: str) -> Iterator[Ledger]:
    """An empty ledger, in each database."""
    found = Ledger.open(storage_url, tmp_path)
    yield found
    found.close()


@pytest.mark.parametrize("said", TEXTS.values(), ids=TEXTS.keys())
def test_words_come_back_as_they_were(ledger: Ledger, said: str) -> None:
    """Titles, reasons, names, subjects and answers of servers, of any length."""
    ledger.record(replace(edition(), subject=said, reason=said), [replace(ARTICLE, title=said, section=said)])
    ledger.note(RunRecord("energy", NOW, "failed", said))
    enlist(ledger, people(1), name=said, consent_wording=said)
    found = ledger.edition(edition().key)
    (article,), (run,) = ledger.articles(found.key), ledger.runs("energy")
    (person,) = Subscribers(ledger.engine).people()
    assert [found.subject, found.reason, article.title, article.section, run.reason, person.name, person.consent_wording] == [said] * 7


def test_what_a_server_says_comes_back_whole(ledger: Ledger) -> None:
    """However wordy it is, with what is added to it later."""
    enlist(ledger, people(1))
    owe(ledger)
    outbox = Outbox(ledger.engine)
    (owed,) = claim(ledger, "me").owed
    outbox.advance(lease="me", now=NOW, sending=[owed.id])
    outbox.advance(lease="me", now=NOW, settled=[Settled(owed.id, "deferred", NOW, WORDY, NOW)])
    assert outbox.deliveries()[0].reason == WORDY
    outbox.cancel(edition().key, now=NOW, reason="cancelled by hand")
    assert outbox.deliveries()[0].reason == f"cancelled by hand; last: {WORDY}"


@pytest.mark.parametrize("kind", ["title", "reason", "name", "answer"])
def test_a_nul_is_kept_or_refused_and_said(ledger: Ledger, kind: str) -> None:
    """Nobody lets one through to here. PostgreSQL has no room for it: should one come, nothing of it is half written."""
    enlist(ledger, people(1))
    owe(ledger, 1)
    outbox, (owed,) = Outbox(ledger.engine), claim(ledger, "me").owed
    said = replace(edition(), reason="a\0b" if kind == "reason" else "on time")
    tries: dict[str, Callable[[], object]] = {
        "title": lambda: ledger.record(said, [replace(ARTICLE, title="a\0b")]),
        "reason": lambda: ledger.record(said),
        "name": lambda: enlist(ledger, ["ann@example.org"], name="a\0b"),
        "answer": lambda: outbox.advance(lease="me", now=NOW, settled=[Settled(owed.id, "refused", NOW, "a\0b")]),
    }
    if ledger.engine.dialect.name == "sqlite":
        tries[kind]()
    else:
        with pytest.raises(StorageError, match="cannot contain NUL"):
            tries[kind]()
        assert [record.key for record in ledger.editions()] == [edition(1).key]
        assert Subscribers(ledger.engine).count() == 1
        assert outbox.deliveries()[0].state == "leased"


def test_nothing_that_comes_from_outside_brings_a_nul() -> None:
    """Articles, sheets and servers: each is cleaned where it is read."""
    replies = Replies()
    replies.feed(b"550 5.1.1 a\0b\r\n")
    said = replies.take()
    assert said
    assert (clean_text("a\0b"), one_line("a\0b"), said.text) == ("ab", "a b", "a b")


def test_bytes_come_back_to_the_byte(ledger: Ledger) -> None:
    """Documents, letters and keys: all of them, in any order."""
    every = bytes(range(256)) * 40
    documents = [Document(f"digests/weekly/{name}.html", "text/html", every) for name in ("b", "a-c", "ab", "A")]
    ledger.record(edition(), (), documents)
    assert {*ledger.documents(edition().key)} == {*documents}
    store = Subscribers(ledger.engine)
    key = bytes(range(32))
    store.erase("nobody@example.org", key=key, now=NOW)
    assert store.suppression(key)
    assert store.suppression(key[:-1] + b"\0") is None


@pytest.mark.parametrize("slug", ["s" * 200, "s" * 201], ids=["fits", "too long"])
def test_a_slug_that_is_too_long_is_named(ledger: Ledger, slug: str) -> None:
    """With the database's own words, and nothing is half written."""
    record = replace(edition(), digest=slug, key=f"{slug[:200]}/2026-11-16")
    if len(slug) <= 200 or ledger.engine.dialect.name == "sqlite":
        assert ledger.record(record)
    else:
        with pytest.raises(StorageError, match="too long"):
            ledger.record(record)
        assert ledger.editions() == ()


def test_small_letters_are_not_capitals(ledger: Ledger) -> None:
    """What came back is what we wrote so, and not what a server said in other letters."""
    enlist(ledger, people(2))
    owe(ledger)
    outbox = Outbox(ledger.engine)
    taken = claim(ledger, "me").owed
    outbox.advance(lease="me", now=NOW, sending=[each.id for each in taken])
    outbox.advance(
        lease="me", now=NOW, settled=[Settled(each.id, "sent", NOW, "Came back: is what the server is called") for each in taken]
    )
    assert outbox.returns(taken[0].subscriber_id) == 0
    outbox.note_return(taken[0].id, "came back: 5.2.2 full")
    assert [outbox.returns(each.subscriber_id) for each in taken] == [1, 0]


def test_mailboxes_differ_by_every_letter(ledger: Ledger) -> None:
    """No database takes two for one, however alike they look."""
    alike = ["straße@example.org", "strasse@example.org", "é@example.org", "e\u0301@example.org", "e@example.org", "a_b@example.org"]
    store = Subscribers(ledger.engine)
    assert store.note([Wish(each, each, digests=("weekly",)) for each in alike], key_of, now=NOW) == ("added",) * 6
    assert [store.person(each).mailbox for each in alike] == alike  # type: ignore[union-attr]  # they were added
