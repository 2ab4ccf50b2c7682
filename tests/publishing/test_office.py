"""The post office as it is opened: who is known to be gone, and what is certain of what they held."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.delivery.tokens import suppression_key
from syndicate.publishing import machine
from syndicate.publishing.machine import HOST
from syndicate.publishing.office import BOOT, NONCE, open_office
from tests.publishing.test_posting import KEYS, PostOffice, people

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.publishing.posting import Office

HERE = os.getpid()
GONE = 2**22 + 1
"""A number that no process has: Linux counts to 2^22 at most."""


@pytest.fixture
def press(tmp_path: Path, storage_url: str) -> PostOffice:  # noqa: ARG001  asked for before the workspace is made
    """A newspaper that owes three people an edition."""
    return PostOffice(tmp_path, people(3))


def opened(press: PostOffice) -> Office:
    """The post office, as a program opens it that starts now."""
    return open_office(load_settings(press.press.root / "syndicate.toml"), press.ledger, clock=press.clock)


def claim(press: PostOffice, lease: str) -> None:
    """Have the holder of `lease` claim everything."""
    now = press.clock()
    press.outbox.claim(
        lease=lease, until=now.replace(year=2100), now=now, limit=9, suppressed=lambda address: suppression_key(KEYS, address)
    )


def after_reopening(press: PostOffice, lease: str) -> dict[str, int]:
    """What becomes of deliveries that `lease` holds once another program starts."""
    claim(press, lease)
    opened(press)
    return press.states()


def test_an_office_of_this_program_is_left_its_claims(press: PostOffice) -> None:
    """A second one beside it is no proof that the first has ended."""
    assert after_reopening(press, opened(press).lease) == {"leased": 3}


def test_a_lease_fits_its_column(press: PostOffice) -> None:
    """Whatever the number of the process: PostgreSQL does not cut."""
    lease = opened(press).lease
    name, _, shift = lease.rpartition(".")
    assert name == f"{HERE}@{HOST}/{BOOT}/{NONCE}"
    assert shift.isdigit()
    assert len(name.replace(str(HERE), "4194304") + ".1000000000") <= 64


def test_what_an_office_left_behind_is_not_kept_by_the_next_one_of_its_program(press: PostOffice) -> None:
    """The database was silent for too long, and is back: the claims of then run out, however long the program goes on."""
    first = opened(press).lease
    claim(press, first)
    now = press.clock()
    press.outbox.renew(lease=opened(press).lease, until=now.replace(year=2200))
    press.outbox.recover(now=now.replace(year=2101))
    assert press.states() == {"planned": 3}


@pytest.mark.parametrize(
    ("lease", "states"),
    [
        pytest.param(f"{GONE}@{HOST}/{BOOT}/12345678", {"planned": 3}, id="gone"),
        pytest.param(f"{HERE}@{HOST}/{BOOT}/12345678", {"planned": 3}, id="its number is ours by now"),
        pytest.param(f"{os.getppid()}@{HOST}/{BOOT}/12345678", {"leased": 3}, id="alive"),
        pytest.param(f"{GONE}@0123456789abcdef/{BOOT}/12345678", {"leased": 3}, id="in another container"),
    ],
)
def test_what_others_hold_is_taken_back_where_they_are_known_to_be_gone(press: PostOffice, lease: str, states: dict[str, int]) -> None:
    """As never sent; of those who may live, nothing is taken."""
    assert after_reopening(press, lease) == states


@pytest.mark.parametrize(
    "lease",
    [
        pytest.param(f"{GONE}@{HOST}/another boot/12345678", id="before the power failed"),
        pytest.param(f"{GONE}@0123456789abcdef/another boot/12345678", id="in another container, before the power failed"),
    ],
)
def test_what_went_down_with_its_machine_is_in_doubt_where_its_marks_may_be_lost(press: PostOffice, lease: str) -> None:
    """With SQLite, which is on that machine. Of a database for several, every mark is there, and a boot may be another machine's."""
    sqlite = press.ledger.engine.dialect.name == "sqlite"
    assert after_reopening(press, lease) == ({"uncertain": 3} if sqlite else {"leased": 3})


def test_machines_with_long_names_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of containers in a cluster differ at their end."""
    found = set()
    for number in range(3):
        monkeypatch.setattr(platform, "node", lambda number=number: f"news-sender-production-euw1-{number}")
        found.add(machine.host())
    assert len(found) == 3
    assert {len(name) for name in found} == {16}


def test_containers_of_one_name_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of a process means another one in each."""
    before = machine.host()
    monkeypatch.setattr("pathlib.Path.readlink", lambda _: "pid:[1]")
    assert machine.host() != before
