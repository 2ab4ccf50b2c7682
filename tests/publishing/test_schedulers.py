"""Several machines that run the same newspaper: each edition is composed once, stands everywhere, and whoever sees other articles says so."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.publishing.agreeing import GRACE
from syndicate.publishing.running import run
from tests.databases import at_once
from tests.publishing.press import Press
from tests.vocabulary import moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from syndicate.publishing.running import Event

FIRST, SECOND = "2026-11-09T08:00", "2026-11-16T08:00"


class Machine:
    """One of several, with a folder of articles and a folder of output of its own; at work since before the first edition."""

    def __init__(self, root: Path, name: str) -> None:
        self.press = Press(root / name).configure()
        self.name = name
        self.since: datetime | None = moment("2026-11-01")

    def run(self, at: str, step: Callable[[str], None] = lambda name: None) -> list[Event]:  # noqa: ARG005
        """Do all that is due at `at`; `step` is told of what is done."""
        return list(run(replace(self.press.desk(step), machine=self.name, since=self.since), now=moment(at)))

    def did(self, at: str) -> set[str]:
        """What came of it."""
        return {event.outcome for event in self.run(at)}

    def documents(self) -> dict[str, bytes]:
        """What stands in its folder of output, of digests."""
        folder = self.press.root / "out" / "digests"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shared(storage_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One ledger for all: a PostgreSQL, or a file that both can reach."""
    if storage_url.startswith("sqlite"):
        monkeypatch.setenv("SYNDICATE_STORAGE__URL", f"sqlite:///{tmp_path}/shared.db")


@pytest.fixture
def machines(shared: None, tmp_path: Path) -> tuple[Machine, Machine]:  # noqa: ARG001  it is asked for before the ledger is opened
    """Two that have the same articles, and have let the time before them be."""
    both = Machine(tmp_path, "a"), Machine(tmp_path, "b")
    both[0].run("2026-11-02T08:00")
    for each in both:
        each.press.add("Tides", "2026-11-05")
        each.press.add("Robots", "2026-11-12")
    return both


def test_an_edition_is_composed_by_whoever_comes_first(machines: tuple[Machine, Machine]) -> None:
    """The other finds it done, and puts its documents into its own folder."""
    one, other = machines
    assert one.did(FIRST) == {"sent"}
    assert other.did(FIRST) == {"restored"}
    assert other.did(SECOND) == {"sent"}
    assert one.did(SECOND) == {"restored"}
    found = {record.key: record.machine for record in one.press.ledger.editions(limit=2)}
    assert found == {"weekly/2026-11-09": "a", "weekly/2026-11-16": "b"}


def test_at_the_same_moment_it_is_composed_once(machines: tuple[Machine, Machine]) -> None:
    """Week after week: it is sent by one of them, and nothing fails. In the end, all stands on both."""
    week, begins = timedelta(days=7), moment(FIRST)
    weeks = [f"{begins + number * week:%Y-%m-%dT%H:%M}" for number in range(12)]
    for number, at in enumerate(weeks):
        for each in machines:
            each.press.add(f"Week {number}", f"{begins + (number - 1) * week + timedelta(days=1):%Y-%m-%d}")
        came = at_once(*(partial(each.run, at) for each in machines))
        outcomes = [event.outcome for events in came for event in events]
        assert set(outcomes) <= {"sent", "restored"}
        assert outcomes.count("sent") == 1
    records = machines[0].press.ledger.editions()
    assert sorted(f"{record.end:%Y-%m-%dT%H:%M}" for record in records if record.state == "sent") == weeks
    for each in machines:
        each.run(weeks[-1])
    one, other = (machine.documents() for machine in machines)
    assert len([name for name in one if name.startswith("weekly/2")]) >= len(weeks)
    assert one == other


def test_who_is_overtaken_as_it_writes_has_the_same_archive(machines: tuple[Machine, Machine]) -> None:
    """Another settles the edition just before it would: the ways to it, the index and the search stand here too."""
    one, other = machines
    for each in machines:
        each.run(FIRST)
    overtaking: list[Event] = []

    def overtaken(step: str) -> None:
        if step.startswith("written") and not overtaking:
            overtaking.extend(other.run(SECOND))

    one.run(SECOND, overtaken)
    assert [event.outcome for event in overtaking] == ["sent"]
    one.run("2026-11-16T08:01")
    assert one.documents() == other.documents()


def test_the_documents_stand_on_every_machine(machines: tuple[Machine, Machine]) -> None:
    """The same bytes, as they were recorded; also where they were lost."""
    one, other = machines
    for at in (FIRST, SECOND):
        one.run(at)
    assert other.did(SECOND) == {"restored"}
    assert one.documents() == other.documents() != {}
    shutil.rmtree(other.press.root / "out")
    (event,) = other.run(SECOND)
    assert (event.outcome, event.reason) == ("restored", "2 of its editions were not in out/")
    assert one.documents() == other.documents()
    assert other.run(SECOND) == []


@pytest.fixture
def apart(machines: tuple[Machine, Machine]) -> tuple[Machine, Machine]:
    """Two whose articles differ: one has what the other has not, each something of its own, and one was edited."""
    one, other = machines
    one.press.add("Only there", "2026-11-06")
    other.press.add("Only here", "2026-11-06")
    other.press.add("Tides", "2026-11-05", title="Tides, corrected", originalUrl="https://example.org/tides")
    one.press.add("Tides", "2026-11-05", originalUrl="https://example.org/tides")
    one.run(FIRST)
    return machines


def differences(events: list[Event]) -> list[tuple[str, str]]:
    """Of which editions it is said that they differ, and how."""
    return [(event.key, event.reason) for event in events if event.outcome == "differs"]


def test_who_sees_other_articles_says_so_once(apart: tuple[Machine, Machine]) -> None:
    """Who composed the edition, and by their titles and files what is not here, only here, and changed."""
    other = apart[1]
    ((key, said),) = differences(other.run(FIRST))
    assert key == "weekly/2026-11-09"
    assert said.startswith("a composed it from other articles: ")
    parts = dict(part.split(": ", 1) for part in said.removeprefix("a composed it from other articles: ").split("; "))
    assert {name: title.partition(" (")[0] for name, title in parts.items()} == {
        "not here": "Only there",
        "only here": "Only here",
        "changed": "Tides, corrected",
    }
    assert "Only there.md)" in parts["not here"]
    assert differences(other.run("2026-11-09T08:01")) == []
    assert differences(apart[0].run("2026-11-09T08:01")) == []


def test_status_shows_what_others_saw(apart: tuple[Machine, Machine]) -> None:
    """In words, and as JSON, on every machine."""
    apart[1].run(FIRST)
    command = [sys.executable, "-m", "syndicate", "status", "--config", str(apart[0].press.root / "syndicate.toml")]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "weekly/2026-11-09, seen by b: a composed it from other articles: not here: Only there" in told.stdout + told.stderr
    found: Any = json.loads(subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout)
    (seen,) = found[0]["sightings"]
    assert seen["machine"] == "b"
    assert seen["difference"].startswith("a composed it from other articles: ")


def test_many_differences_are_counted(machines: tuple[Machine, Machine]) -> None:
    """Three of each kind are named."""
    one, other = machines
    for number in range(7):
        one.press.add(f"Extra {number}", "2026-11-06")
    one.run(FIRST)
    ((_, said),) = differences(other.run(FIRST))
    assert said.endswith("and 4 more")
    assert said.count(".md)") == 3


def test_who_sees_the_same_says_nothing(machines: tuple[Machine, Machine]) -> None:
    """In whatever folder it lies: that it has looked is noted."""
    one, other = machines
    one.run(FIRST)
    (other.press.root / "articles" / "Tides.md").rename(other.press.root / "articles" / "other name.md")
    assert differences(other.run(FIRST)) == []
    (seen,) = one.press.ledger.sightings("weekly/2026-11-09")
    assert (seen.machine, seen.difference) == ("b", "")
    assert seen.content == one.press.ledger.edition("weekly/2026-11-09").content


@pytest.mark.parametrize(
    ("after", "says"),
    [
        pytest.param(timedelta(0), True, id="at work before"),
        pytest.param(GRACE, True, id="started within ten minutes, as cron does"),
        pytest.param(GRACE + timedelta(seconds=1), False, id="started later"),
        pytest.param(None, False, id="not at work: a command by hand"),
    ],
)
def test_who_was_not_at_work_has_nothing_to_say(apart: tuple[Machine, Machine], after: timedelta | None, *, says: bool) -> None:
    """Its articles may have changed since, rightly."""
    other = apart[1]
    other.since = None if after is None else moment(FIRST) + after
    assert bool(differences(other.run("2026-11-09T08:30"))) == says


def test_an_edition_without_stories_is_compared_as_well(machines: tuple[Machine, Machine]) -> None:
    """It is empty on one machine, and the other has something for it."""
    one, other = machines
    (one.press.root / "articles" / "Tides.md").unlink()
    assert one.did(FIRST) == {"empty"}
    ((_, said),) = differences(other.run(FIRST))
    assert "only here: Tides" in said
