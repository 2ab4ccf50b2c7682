"""Files of people, in and out: what other programs export, what is wrong with a row, and the way there and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.model import Topic
from syndicate.publishing.subscribing import export_file
from syndicate.publishing.subscribing.columns import NAMES, WORDS, Terms, one_line, split
from tests.databases import on_sqlite
from tests.subscribers.club import LATER, TERMS, Club, key_of, wish
from tests.vocabulary import moment

if TYPE_CHECKING:
    from syndicate.storage.people import Standing, Wish

OPEN = Terms(("daily", "weekly"))
MAILCHIMP = (
    "Email Address,First Name,Last Name,Address,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,{more}LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
    'ann@example.org,Ann,Quist,"1 Quay  Halden   GB",,2,"2024-03-14 09:12:31",192.0.2.1,"2024-03-14 09:14:00",192.0.2.1,,,,,,,,{said}'
    '"2024-03-14 09:14:00",1,abc,,"""VIP"""\n'
)
LISTMONK = (
    "uuid,email,name,attributes,status,created_at,updated_at\n"
    '0,ann@example.org,Ann Quist,"{{""city"": ""Halden""}}",{said},2024-03-14 09:12:31.1 +0000 UTC,2024-03-14 09:12:31.1 +0000 UTC\n'
)
BUTTONDOWN = "email_address,notes,tags,metadata,type,creation_date\nann@example.org,,,{{}},{said},2024-03-14T09:12:31Z\n"
GHOST = (
    "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,labels,tiers\r\n"
    "1,ann@example.org,Ann Quist,,{said},false,,2024-03-14T09:12:31.000Z,{deleted},,\r\n"
)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (MAILCHIMP.format(more="", said=""), "active"),
        (MAILCHIMP.format(more="UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_REASON,", said='"2025-01-01 10:00:00",,N/A,'), "unsubscribed"),
        (MAILCHIMP.format(more="CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,", said='"2025-01-01 10:00:00",,'), "suppressed"),
        (LISTMONK.format(said="enabled"), "active"),
        (LISTMONK.format(said="disabled"), "unsubscribed"),
        (LISTMONK.format(said="blocklisted"), "suppressed"),
        (BUTTONDOWN.format(said="regular"), "active"),
        (BUTTONDOWN.format(said="unactivated"), "pending"),
        (BUTTONDOWN.format(said="unsubscribed"), "unsubscribed"),
        (BUTTONDOWN.format(said="undeliverable"), "suppressed"),
        (GHOST.format(said="true", deleted=""), "active"),
        (GHOST.format(said="false", deleted=""), "unsubscribed"),
        (GHOST.format(said="true", deleted="2025-01-01T10:00:00.000Z"), "unsubscribed"),
    ],
)
def test_exports_of_other_programs_are_understood(club: Club, text: str, state: str) -> None:
    """Who left there, or could not be reached, gets nothing here."""
    club.take_in(text)
    ann = club.person("ann@example.org")
    assert (club.told, ann.state) == ([], state)
    assert ann.name in {"Ann Quist", ""}
    assert (len(ann.open), club.store.suppression(key_of(ann.mailbox)) is not None) == (
        state in {"active", "pending"},
        state == "suppressed",
    )


def test_the_date_of_a_consent_is_kept(club: Club) -> None:
    """Where an export has it; an address of a house is not taken for one of mail."""
    club.take_in(MAILCHIMP.format(more="", said=""))
    ann = club.person("ann@example.org")
    assert (ann.confirmed_at, ann.consent_source) == (moment("2024-03-14T09:14:00"), "imported")


@on_sqlite
@pytest.mark.parametrize(
    ("columns", "row", "said"),
    [
        ("email", "ann@", "address: 'ann@': is no address: there must be something after the @-sign"),
        ("email,name", ",Ann", "address: '': is no address"),
        ("email,name", "ann@example.org,Quist, Ann", "has 3 cells, and there are 2 columns; put a cell that holds the separator in quotes"),
        ("email,state", "ann@example.org,CA", "state: must be one of active, pending, unsubscribed, suppressed, or another program's word"),
        ("email,digests", "ann@example.org,wekly", "digests: there is no digest 'wekly'; did you mean weekly?"),
        ("email,digests", "ann@example.org,daily;x", "digests: there is no digest 'x'; there are daily, weekly"),
        ("email,digests", "ann@example.org,", "digests: says nothing; name some of daily, weekly, or give them with --digest"),
        (
            "email,digests,consent_at",
            "ann@example.org,daily,14/03/24",
            "consent_at: must be a moment such as 2026-11-16T08:00Z, got '14/03/24'",
        ),
        ("email,digests,consent_at", "ann@example.org,daily,0001-01-01T00:00+23:00", "consent_at: must be a moment"),
    ],
)
def test_a_bad_row_is_named_and_the_others_go_on(club: Club, columns: str, row: str, said: str) -> None:
    """By file, line, column and remedy."""
    good = ",".join({"email": "bob@example.org", "digests": "daily"}.get(name, "") for name in columns.split(","))
    assert club.take_in(f"{columns}\n{row}\n{good}\n", OPEN if "digests" in columns else TERMS) == {"bad": 1, "added": 1}
    (told,) = club.told
    assert told.startswith(f"people.csv:2: {said}")


def test_a_table_without_addresses_is_refused_at_once(club: Club) -> None:
    """In one line, not in one for each row."""
    assert club.take_in("name,town\nAnn,Halden\n" * 3) == {"bad": 1}
    assert club.told == [
        "people.csv:1: address: no column is called address or email; rename the one that holds them: there are name, town"
    ]


def test_a_table_without_digests_needs_them_chosen(club: Club) -> None:
    """Where there are several, nobody guesses; for people who left, it is not needed."""
    assert club.take_in("email\nann@example.org\n", OPEN) == {"bad": 1}
    assert club.told == ["people.csv:1: digests: no column names any; give some of daily, weekly with --digest"]
    assert club.take_in("email\nann@example.org\n", replace(OPEN, state="unsubscribed")) == {"unsubscribed": 1}


def test_who_left_here_is_not_brought_back_by_a_file(club: Club) -> None:
    """Nor who is suppressed, nor who was erased."""
    everybody = "email\nann@example.org\nbob@example.org\ncid@example.org\ndot@example.org\n"
    club.take_in(everybody)
    club.note(wish("ann@example.org", state="unsubscribed"), wish("bob@example.org", state="suppressed"))
    club.store.erase("cid@example.org", key=key_of("cid@example.org"), now=LATER)
    assert club.take_in(everybody) == {"left": 1, "suppressed": 2, "unchanged": 1}
    assert [row[0] for row in club.rows() if row[4] == "active"] == ["dot@example.org"]


def test_a_rehearsal_counts_and_writes_nothing(club: Club) -> None:
    """The same figures as in earnest."""
    text = "email,state\nann@example.org,\nann@example.org,\nbob@example.org,cleaned\nbad,\n"
    rehearsed = club.take_in(text, rehearsal=True)
    assert club.rows() == []
    assert club.take_in(text) == rehearsed == {"added": 1, "unchanged": 1, "suppressed": 1, "bad": 1}


def test_lists_in_a_cell_are_parted_by_semicolons_or_bars(club: Club) -> None:
    """Each label once, whatever its case."""
    club.take_in("email,digests,topics\nann@example.org,daily | weekly;daily,AI; ai |Wind\n")
    assert club.rows() == [["ann@example.org", "", "daily;weekly", "AI;Wind", "active", "", "imported", ""]]


def test_what_does_not_show_is_taken_out(club: Club) -> None:
    """A name goes into a header of a message."""
    club.take_in('email,name\nann@example.org,"Ann\n\u202eBcc:\u200b  x\x00"\n')
    assert club.person("ann@example.org").name == "Ann Bcc: x"
    assert one_line("Ann \udcff") == "Ann"
    assert split("a;;|b\n c ") == ("a", "b", "c")


def test_an_accent_is_an_accent_however_it_is_written() -> None:
    """A reader's topic from a Mac, whose letters and accents are apart, is the publisher's, whose are not."""
    apart, whole = normalize("NFD", "Énergie"), normalize("NFC", "Énergie")
    assert apart != whole
    assert split(f"{apart};{whole};{whole.upper()}") == (whole,)
    assert Topic.of(apart).labels == Topic.of(whole).labels
    assert Topic.of(apart, {normalize("NFD", "Marée"): whole}).labels == Topic.of(whole, {"marée": apart}).labels


def test_a_formula_in_a_name_is_exported_as_text(club: Club) -> None:
    """And comes back as it was."""
    club.take_in('email,name\n+ann@example.org,"\'=1+1"\n')
    (row,) = club.rows()
    assert row[:2] == ["+ann@example.org", "=1+1"]


ADDRESSES = st.sampled_from(["ann@example.org", "Bob@example.org", "+cid@example.org", "'=dot@example.org", "eve@bücher.example"])
LABELS = st.sampled_from([(), ("AI",), ("=AI", "R&D, and more"), ("Zoë's",)])
NAMES_OF_PEOPLE = st.text(st.characters(codec="utf-8"), max_size=6).map(one_line) | st.sampled_from(["", "=1", "'-x", 'a"b', "a,b;c"])
SAID = st.builds(
    lambda text, state, digests, topics, name, at: wish(
        text, *digests, state=state, topics=topics, name=name, consent_at=at, consent_source="@home", consent_wording="-"
    ),
    ADDRESSES,
    st.sampled_from(["active", "active", "pending", "unsubscribed", "suppressed"]),
    st.lists(st.sampled_from(["daily", "weekly"]), min_size=1, max_size=2, unique=True),
    LABELS,
    NAMES_OF_PEOPLE,
    st.sampled_from([None, moment("2024-03-14T09:12:31.5")]),
)


@pytest.fixture(scope="module")
def clubs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Club, Club]:
    """Two clubs, to be emptied before each use: a law tries many lists, and a database is slowly made."""
    return Club(tmp_path_factory.mktemp("here")), Club(tmp_path_factory.mktemp("there"))


@given(wishes=st.lists(SAID, max_size=8))
def test_an_export_leads_back_to_the_same_list(clubs: tuple[Club, Club], wishes: list[Wish]) -> None:
    """On another machine, and on this one, where it changes nothing."""
    here, there = (each.emptied() for each in clubs)
    here.note(*wishes)
    export_file(here.store, here.root / "out.csv", lambda done, of: None)  # noqa: ARG005
    content = (here.root / "out.csv").read_bytes()
    there.take_in(content, OPEN)
    assert (there.told, there.rows()) == ([], here.rows())
    before = here.store.people()
    assert set(here.take_in(content, OPEN)) <= {"unchanged", "suppressed", "left"}
    assert here.store.people() == before


@on_sqlite
@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_is_read_whatever_its_case(club: Club, word: str) -> None:
    """With hyphens or spaces in place of underscores."""
    club.take_in(f"email,status\nann@example.org,{word.replace('_', '-').title()}\n")
    assert club.person("ann@example.org").state == WORDS[word]


def test_the_strictest_of_what_is_said_counts(club: Club) -> None:
    """A file, a column and a date may differ."""
    states: list[tuple[Standing, str, str, str]] = [
        ("unsubscribed", "active", "", "unsubscribed"),
        ("pending", "active", "", "pending"),
        ("active", "active", "2024-01-01", "unsubscribed"),
        ("unsubscribed", "cleaned", "2024-01-01", "suppressed"),
    ]
    for number, (floor, word, date, expected) in enumerate(states):
        club.take_in(f"email,state,unsub_time\nreader{number}@example.org,{word},{date}\n", replace(TERMS, state=floor))
        assert club.person(f"reader{number}@example.org").state == expected


def test_a_column_is_known_by_all_its_names() -> None:
    """No name means two things."""
    names = [name for several in NAMES.values() for name in several]
    assert len(names) == len(set(names))
