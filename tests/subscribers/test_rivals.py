"""Several programs at one list, in each database: what comes of it could have come of one after the other."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event

from syndicate.storage import subscribers as module
from syndicate.storage.people import Suppression, answer, departed
from tests.databases import at_once, on_sqlite
from tests.subscribers.club import LATER, NOW, Club, key_of, wish

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANN = "ann@example.org"
LONG_ENOUGH = 0.5
"""Seconds in which a rival who is not kept waiting is done."""


@pytest.fixture
def rival(tmp_path: Path, storage_url: str, club: Club) -> Club:  # noqa: ARG001  the club is there first
    """Another program on the same list."""
    return Club(tmp_path, storage_url)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], Thread]:
    """Have somebody do something while a wish is being answered: between what was read, and what is written by it."""

    def begin(work: Callable[[], Any]) -> Thread:
        thread, begun = Thread(target=work), list[Thread]()

        def interrupted(*words: Any, **more: Any) -> Any:
            if not begun:
                begun.append(thread)
                thread.start()
                thread.join(LONG_ENOUGH)
            return answer(*words, **more)

        monkeypatch.setattr(module, "answer", interrupted)
        return thread

    return begin


def test_two_imports_of_the_same_people_add_everybody_once(club: Club, rival: Club) -> None:
    """Each in an order of its own; neither fails, and what one adds the other finds."""
    people = [f"reader{number}@example.org" for number in range(300)]
    for digest in ("daily", "weekly"):
        wishes = [wish(each, digest) for each in people]
        one, other = at_once(partial(club.note, *wishes), partial(rival.note, *reversed(wishes)))
        did = {*zip(one, reversed(other), strict=True)}
        assert did in ({("added", "unchanged")}, {("unchanged", "added")}, {("changed", "unchanged")}, {("unchanged", "changed")})
    assert club.store.count() == club.store.count("daily") == club.store.count("weekly") == 300


def test_who_has_left_elsewhere_is_not_brought_back_by_an_import_at_the_same_time(
    club: Club, rival: Club, meanwhile: Callable[[Callable[[], Any]], Thread]
) -> None:
    """Whichever comes first: they get nothing, and no subscription is left open."""
    leaving = meanwhile(lambda: rival.note(wish(ANN, "weekly", state="unsubscribed")))
    club.note(wish(ANN, "weekly"))
    leaving.join()
    assert (club.person(ANN).state, club.person(ANN).open) == ("unsubscribed", ())


def test_who_is_erased_is_not_taken_in_at_the_same_time(club: Club, rival: Club, meanwhile: Callable[[Callable[[], Any]], Thread]) -> None:
    """Whichever comes first: nothing of them is left but that they are never to be written to."""
    erasing = meanwhile(lambda: rival.store.erase(ANN, key=key_of(ANN), now=LATER))
    club.note(wish(ANN, "weekly"))
    erasing.join()
    assert club.store.person(ANN) is None
    assert club.store.suppression(key_of(ANN)) == Suppression("erased", LATER)


def test_who_leaves_while_an_import_changes_them_has_left(
    club: Club, rival: Club, meanwhile: Callable[[Callable[[], Any]], Thread]
) -> None:
    """And what the import brought is kept as well."""
    club.note(wish(ANN, "weekly"))
    number = club.person(ANN).number
    leaving = meanwhile(lambda: rival.store.change(number, lambda person: departed(person, (), LATER)))
    club.note(wish(ANN, "daily", name="Ann"))
    leaving.join()
    ann = club.person(ANN)
    assert (ann.name, ann.state, ann.open) == ("Ann", "unsubscribed", ())
    assert [each.digest for each in ann.subscriptions] == ["daily", "weekly"]


def test_two_who_change_one_person_both_do(club: Club, rival: Club) -> None:
    """A hundred clicks at once, each of which adds a letter to a name: none is lost."""
    club.note(wish(ANN, "weekly"))
    number = club.person(ANN).number

    def clicks(store: module.Subscribers) -> None:
        for _ in range(50):
            store.change(number, lambda person: replace(person, name=person.name + "a"))

    at_once(lambda: clicks(club.store), lambda: clicks(rival.store))
    assert club.person(ANN).name == "a" * 100


@on_sqlite
def test_in_whatever_order_rows_are_found_people_are_the_same(club: Club) -> None:
    """A database promises none that was not asked for, nor that "a-c" comes before "ab"."""
    slugs = ("ab", "a-c", "b", "a")
    club.note(wish(ANN, *slugs), wish("bob@example.org", *slugs))
    event.listen(club.ledger.engine, "connect", lambda connection, _: connection.execute("PRAGMA reverse_unordered_selects = ON"))
    assert [each.digest for each in club.person(ANN).subscriptions] == ["a", "a-c", "ab", "b"]
    assert club.note(wish(ANN, *slugs), now=LATER) == ("unchanged",)
    assert [(person.mailbox, len(person.open)) for person in club.store.page()] == [(ANN, 4), ("bob@example.org", 4)]
    assert club.person(ANN).changed_at == NOW
