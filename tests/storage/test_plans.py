"""Sending costs as much beside a hundred thousand deliveries as beside ten: each question is answered by an index, in each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.storage import Ledger
from tests.soak.plans import WHOLE, Plan, explained, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS, PAST = 100_000, 500


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Half of its deliveries are owed of one edition, the others are settled, of five hundred."""
    folder, url = tmp_path_factory.mktemp("ledger"), "sqlite:///ledger.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        url = server.create()
        # Where a disk turns, so few rows are read quicker one after the other than by their index: millions are not.
        server.order(f"ALTER DATABASE {url.rpartition('/')[2].partition('?')[0]} SET random_page_cost = 1.1")
    found = Ledger.open(url, folder)
    fill(found.engine, ROWS, past=PAST)
    yield found
    found.close()
    if request.param == "postgresql":
        server.drop(url)


@pytest.fixture(scope="module")
def plans(ledger: Ledger) -> dict[str, list[Plan]]:
    """How each question was answered."""
    return explained(ledger, past=PAST)


def test_no_question_reads_a_whole_table(plans: dict[str, list[Plan]]) -> None:
    """Nor a whole index, nor all that belongs to an edition, but where that is what is asked for."""
    assert {name: plan for name, asked in plans.items() if name not in WHOLE for plan in asked if plan.scans} == {}


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("expire", "ix_deliveries_due"),
        ("next_due", "ix_deliveries_due"),
        ("leases", "ix_deliveries_open"),
        ("recover", "ix_deliveries_open"),
        ("claim", "ix_deliveries_due"),
        ("renew", "ix_deliveries_open"),
        ("disown", "ix_deliveries_open"),
        ("unfinished", "ix_deliveries_doubt"),
    ],
)
def test_what_there_is_little_of_is_found_in_an_index_of_its_own(plans: dict[str, list[Plan]], question: str, index: str) -> None:
    """A partial one, which serves a question only where both say the same, word by word."""
    assert index in {each for plan in plans[question] for each in plan.indexes}


def test_every_question_was_asked(plans: dict[str, list[Plan]]) -> None:
    """None came to nothing before it reached the database; one of a table without rows would prove nothing."""
    assert [name for name, asked in plans.items() if not asked] == []
    assert len(plans["claim"]) == 4


def test_a_message_is_marked_by_its_number(plans: dict[str, list[Plan]]) -> None:
    """Not by way of what is open: in PostgreSQL all that ever was stands in that index too, until it is cleaned up."""
    (mark,), (settle,) = plans["mark"], plans["settle"]
    assert not {"ix_deliveries_open", "ix_deliveries_due"} & {*mark.indexes, *settle.indexes}
