"""What becomes of people by wishes in their name: the rules, one by one, and what holds of all of them together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.storage.people import Person, Subscription, Wish, answer
from tests.subscribers.club import LATER, NOW, wish
from tests.vocabulary import moment

if TYPE_CHECKING:
    from syndicate.storage.people import Standing

ANN = "ann@example.org"
WEEKLY = Subscription("weekly", NOW)
ACTIVE = Person(ANN, ANN, "active", NOW, NOW, "Ann", NOW, "sign-up", "Yes, please", (WEEKLY,))
PENDING = replace(ACTIVE, state="pending", confirmed_at=None)
GONE = replace(ACTIVE, state="unsubscribed", subscriptions=(replace(WEEKLY, ended_at=NOW),))
NEVER = replace(GONE, state="suppressed")

STATES: tuple[Standing, ...] = ("active", "pending", "unsubscribed", "suppressed")
DIGESTS = st.lists(st.sampled_from(["daily", "monthly", "weekly"]), max_size=3, unique=True).map(tuple)
WISHES = st.builds(
    Wish,
    st.just(ANN),
    st.just(ANN),
    st.sampled_from(STATES),
    DIGESTS,
    st.sampled_from([(), ("AI",), ("AI", "Energy")]),
    st.sampled_from(["", "Ann"]),
    st.sampled_from([None, moment("2024-01-01")]),
    st.sampled_from(["", "file"]),
    st.sampled_from(["", "Yes"]),
    st.booleans(),
)


def after(known: Person | None, *wishes: Wish, suppressed: bool = False) -> Person | None:
    """Who somebody is after some wishes."""
    for each in wishes:
        known = answer(each, known, suppressed=suppressed, now=LATER).person
    return known


@pytest.mark.parametrize(
    ("known", "asked", "outcome", "state", "gets"),
    [
        (None, wish(ANN, "weekly"), "added", "active", ["weekly"]),
        (None, wish(ANN, "weekly", state="pending"), "added", "pending", ["weekly"]),
        (None, wish(ANN, "weekly", state="unsubscribed"), "unsubscribed", "unsubscribed", []),
        (None, wish(ANN, "weekly", state="suppressed"), "suppressed", "suppressed", []),
        (ACTIVE, wish(ANN, "weekly"), "unchanged", "active", ["weekly"]),
        (ACTIVE, wish(ANN, "daily"), "changed", "active", ["daily", "weekly"]),
        (ACTIVE, wish(ANN, "weekly", name="Ann B"), "changed", "active", ["weekly"]),
        (ACTIVE, wish(ANN, "weekly", state="pending"), "unchanged", "active", ["weekly"]),
        (ACTIVE, wish(ANN, "weekly", state="pending", again=True), "changed", "active", ["weekly"]),
        (ACTIVE, wish(ANN, state="unsubscribed"), "unsubscribed", "unsubscribed", []),
        (ACTIVE, wish(ANN, "weekly", state="unsubscribed"), "unsubscribed", "unsubscribed", []),
        (ACTIVE, wish(ANN, "daily", state="unsubscribed"), "unsubscribed", "active", ["weekly"]),
        (ACTIVE, wish(ANN, state="suppressed"), "suppressed", "suppressed", []),
        (PENDING, wish(ANN, "weekly"), "changed", "active", ["weekly"]),
        (PENDING, wish(ANN, "weekly", state="pending"), "unchanged", "pending", ["weekly"]),
        (GONE, wish(ANN, "weekly"), "left", "unsubscribed", []),
        (GONE, wish(ANN, "daily"), "left", "unsubscribed", []),
        (GONE, wish(ANN, state="unsubscribed"), "unchanged", "unsubscribed", []),
        (GONE, wish(ANN, "weekly", again=True), "changed", "active", ["weekly"]),
        (GONE, wish(ANN, "weekly", state="pending", again=True), "changed", "pending", ["weekly"]),
        (NEVER, wish(ANN, "weekly"), "suppressed", "suppressed", []),
        (NEVER, wish(ANN, "weekly", again=True), "suppressed", "suppressed", []),
        (NEVER, wish(ANN, state="unsubscribed"), "suppressed", "suppressed", []),
    ],
)
def test_a_wish_does_what_the_rules_say(known: Person | None, asked: Wish, outcome: str, state: str, gets: list[str]) -> None:
    """Each rule, for each standing that somebody may have."""
    found = answer(asked, known, suppressed=False, now=LATER)
    assert found.person
    assert (found.outcome, found.person.state, [each.digest for each in found.person.open]) == (outcome, state, gets)


def test_who_is_suppressed_and_not_known_is_not_let_in() -> None:
    """The address stands nowhere afterwards, not even as that of somebody who left."""
    assert answer(wish(ANN, "weekly"), None, suppressed=True, now=NOW) == (None, "suppressed")


def test_who_was_suppressed_meanwhile_is_found_out() -> None:
    """A report suppressed the address; the next wish sets the person right."""
    assert after(ACTIVE, wish(ANN, "weekly"), suppressed=True) == replace(
        ACTIVE, state="suppressed", changed_at=LATER, subscriptions=(replace(WEEKLY, ended_at=LATER),)
    )


def test_who_has_left_one_digest_is_not_brought_back_to_it() -> None:
    """They get the other one still, and a new one if that is asked for."""
    left = after(ACTIVE, wish(ANN, "daily"), wish(ANN, "weekly", state="unsubscribed"))
    assert answer(wish(ANN, "weekly"), left, suppressed=False, now=LATER).outcome == "left"
    back = after(left, wish(ANN, "weekly", "monthly"))
    assert back
    assert [each.digest for each in back.open] == ["daily", "monthly"]


def test_what_somebody_left_elsewhere_is_left_here_too() -> None:
    """Also where they never got it: a later file must not begin it."""
    told = after(ACTIVE, wish(ANN, "daily", state="unsubscribed"))
    assert answer(wish(ANN, "daily"), told, suppressed=False, now=LATER).outcome == "left"


def test_silence_changes_nothing() -> None:
    """No name and no topics are no wish to have none."""
    known = replace(ACTIVE, subscriptions=(replace(WEEKLY, topics=("AI",)),))
    assert after(known, wish(ANN, "weekly")) is known


def test_a_first_consent_is_kept() -> None:
    """It is what they agreed to; a file that says otherwise later does not change what was."""
    asked = wish(ANN, "weekly", consent_at=LATER, consent_source="file", consent_wording="Whatever")
    assert after(ACTIVE, asked) is ACTIVE


def test_a_consent_that_was_lacking_is_written_down() -> None:
    """As a whole: no date of one with the words of another."""
    asked = wish(ANN, "weekly", consent_at=LATER, consent_source="file", consent_wording="Yes")
    found = after(replace(ACTIVE, confirmed_at=None, consent_source="", consent_wording=""), asked)
    assert found
    assert (found.confirmed_at, found.consent_source, found.consent_wording) == (LATER, "file", "Yes")


def test_who_confirms_does_so_with_a_consent_of_their_own() -> None:
    """Not with the words under which they were pending."""
    found = after(PENDING, wish(ANN, "weekly", consent_at=LATER, consent_source="link", consent_wording="Confirmed"))
    assert found
    assert (found.state, found.confirmed_at, found.consent_source, found.consent_wording) == ("active", LATER, "link", "Confirmed")


def test_nobody_pending_has_a_date_of_consent() -> None:
    """Whatever a file says: it is what is still to come."""
    found = after(None, wish(ANN, "weekly", state="pending", consent_at=NOW))
    assert found
    assert found.confirmed_at is None


@given(st.lists(WISHES, max_size=6), WISHES)
def test_a_wish_granted_twice_changes_nothing_the_second_time(before: list[Wish], asked: Wish) -> None:
    """So an import that was cut off is run again, from its beginning."""
    once = after(None, *before, replace(asked, again=False))
    assert after(once, replace(asked, again=False)) is once


@given(st.lists(WISHES, max_size=6), st.lists(WISHES, max_size=6))
def test_nobody_who_is_suppressed_ever_gets_anything_again(before: list[Wish], then: list[Wish]) -> None:
    """Not by any wish, not even by one in their own name."""
    never = after(after(None, *before), wish(ANN, state="suppressed"))
    found = after(never, *then)
    assert found
    assert (found.state, found.open) == ("suppressed", ())


@given(st.lists(WISHES, max_size=6), st.lists(WISHES, max_size=6))
def test_nobody_comes_back_unasked(before: list[Wish], then: list[Wish]) -> None:
    """Who has left everything stays out, whatever files are read."""
    gone = after(after(None, *before), wish(ANN, state="unsubscribed"))
    found = after(gone, *(replace(each, again=False) for each in then))
    assert found
    assert found.open == ()
    assert found.state in {"unsubscribed", "suppressed"}


@given(st.lists(WISHES, min_size=1, max_size=8))
def test_whoever_gets_something_is_active_or_pending(wishes: list[Wish]) -> None:
    """And each digest stands once, in order."""
    found = after(None, *wishes)
    assert found
    slugs = [each.digest for each in found.subscriptions]
    assert slugs == sorted(set(slugs))
    assert not found.open or found.state in {"active", "pending"}
