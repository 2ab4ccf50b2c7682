"""The benchmarks measure what they say: the corpus is what it claims to be, and a program that did nothing is found out."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from benchmarks.corpus import BYTES, TEN_YEARS, UNTIL, Corpus, filled, ours, write
from benchmarks.page import END, NOTES, write_page
from benchmarks.prose import COLUMNS, TOPICS
from benchmarks.rendering import Contest
from benchmarks.results import PART, Results
from benchmarks.sites import NotDoneError, Site, TooSlowError, launch
from benchmarks.targets import at_most, targets
from benchmarks.tools import listed, syndicate, tagged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from benchmarks.corpus import Story

SOME = Corpus(60, span=timedelta(days=170))
"""A small corpus that is in the window as a whole."""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.md")}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A small site of ours."""
    found = Site(syndicate(SOME.until), SOME, tmp_path / "site")
    found.write()
    return found


def test_a_corpus_is_the_same_for_the_same_size_and_seed(tmp_path: Path) -> None:
    """Byte for byte, under the same names; another seed tells other stories."""
    for name, corpus in {"one": Corpus(40), "again": Corpus(40), "other": Corpus(40, seed=2)}.items():
        write(corpus, tmp_path / name)
    one, again, other = (files(tmp_path / name) for name in ("one", "again", "other"))
    assert one == again
    assert len(one) == 40
    assert one.keys() == other.keys()
    assert not set(one.values()) & set(other.values())


@pytest.mark.parametrize("form", [ours, tagged, listed])
def test_a_story_has_as_many_bytes_in_every_form(form: Callable[[Story], str]) -> None:
    """So that all read as much; a new title changes nothing about that."""
    corpus = Corpus(200)
    for number in range(corpus.size):
        story = corpus.story(number)
        assert len(filled(form(story), story.token).encode()) == BYTES
    revised = replace(story, title=f"{story.title}, revised in round 1, with others")
    assert len(filled(form(revised), story.token).encode()) == BYTES


@pytest.mark.parametrize("size", [1, 60, 1000, 1_000_000])
def test_stories_are_spread_evenly_over_ten_years(size: int) -> None:
    """The first at their beginning, the last a step before their end, no two at once."""
    corpus = Corpus(size)
    numbers = sorted({*range(min(size, 500)), *range(max(0, size - 500), size)})
    dates = [corpus.date(number) for number in numbers]
    assert dates[0] == UNTIL - TEN_YEARS
    assert UNTIL - dates[-1] <= TEN_YEARS / size + timedelta(seconds=1)
    assert all(earlier < later for earlier, later in pairwise(dates))


def test_topics_are_equally_likely() -> None:
    """Each story has one to three of them."""
    corpus = Corpus(10_000)
    chosen = [corpus.topics(number) for number in range(corpus.size)]
    assert {len(topics) for topics in chosen} == {1, 2, 3}
    counted = Counter(topic for topics in chosen for topic in topics)
    assert set(counted) == set(TOPICS)
    assert max(counted.values()) < 1.25 * min(counted.values())


def test_no_two_stories_have_one_title() -> None:
    """There are sixteen words to a column, so that the numbers run through all titles before one comes again."""
    assert {len(set(column)) for column in COLUMNS} == {16}
    corpus = Corpus(20_000)
    assert len({corpus.story(number).title for number in range(corpus.size)}) == corpus.size


def test_check_finds_no_problem_in_a_corpus(site: Site) -> None:
    """What is measured is the reading of good files."""
    done = subprocess.run([sys.executable, "-m", "syndicate", "check"], cwd=site.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@on_linux
def test_feeds_hold_what_the_corpus_says_and_what_was_edited(site: Site) -> None:
    """And until the program has run again, the edit is missed."""
    assert site.run().seconds > 0
    site.check()
    site.edit([SOME.size - 1], "revised")
    with pytest.raises(NotDoneError, match="entries"):
        site.check()
    site.run()
    site.check()


@on_linux
def test_a_program_that_does_nothing_ends_the_benchmark(site: Site) -> None:
    """Being quick at nothing is no result."""
    idle = Site(replace(site.tool, command=[sys.executable, "-c", "pass"]), SOME, site.folder)
    with pytest.raises(NotDoneError, match="was not written"):
        Contest(SOME, [idle]).round(0)


@on_linux
def test_memory_is_the_programs_own_and_that_of_its_processes_together(tmp_path: Path) -> None:
    """What the measuring process has itself is not counted; what two have at once is."""
    hold = "held = b'x' * 60_000_000; import time; time.sleep(0.5)"
    twice = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {hold!r}]); {hold}; child.wait()"
    burden = b"x" * 100_000_000
    alone, one, two = (launch([sys.executable, "-c", code], tmp_path) for code in ("pass", hold, twice))
    assert alone.memory < 40_000_000 < len(burden)
    assert 60_000_000 < one.memory < 100_000_000
    assert two.memory > 120_000_000
    assert (one.processes, two.processes) == (1, 2)


@on_linux
def test_a_program_that_fails_or_takes_too_long_is_told_apart(tmp_path: Path) -> None:
    """The first ends the benchmark, with what the program said; the second only that program's part in it."""
    with pytest.raises(NotDoneError, match="no such tide"):
        launch([sys.executable, "-c", "raise SystemExit('no such tide')"], tmp_path)
    with pytest.raises(TooSlowError, match=r"more than 0\.2 s"):
        launch([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, limit=0.2)


@pytest.mark.parametrize(
    ("share", "parts", "wanted", "measured", "reached"),
    [
        (0.25, 3, "at most 1/3 of Hugo", "1/4.0", True),
        (0.5, 3, "at most 1/3 of Hugo", "1/2.0", False),
        (2.0, 1 / 3, "at most 3 times Hugo", "2.00 times", True),
        (4.0, 1 / 3, "at most 3 times Hugo", "4.00 times", False),
    ],
)
def test_a_target_is_held_against_what_was_measured(share: float, parts: float, wanted: str, measured: str, *, reached: bool) -> None:
    """As a part of what the other took, or as a multiple."""
    target = at_most("work", share, parts, "Hugo")
    assert target
    assert (target.wanted, target.measured, target.reached) == (wanted, measured, reached)


def test_the_page_says_what_fell_short_and_keeps_its_notes(tmp_path: Path) -> None:
    """It is written from figures, again and again; what somebody wrote by hand stays."""
    works = {"syndicate --help": {"seconds": [0.4, 0.3, 0.5], "cpu": [0.3] * 3, "memory": [2e7] * 3}}
    facts = {"when": "2026-11-01", "command": "python -m benchmarks.rendering", "processor": "one", "cores": 2, "gigabytes": 24}
    results: Results = {part: {} for part in PART}
    results["starts"] = {"rounds": 3, "works": works, "facts": facts | {"system": "Linux", "python": "3.11"}}
    page = tmp_path / "benchmarks.md"
    write_page(page, results)
    assert "- syndicate --help: 0.400 s, where under 0.25 s was wanted.\n" in page.read_text(encoding="utf-8")
    assert [target.reached for target in targets(results)] == [False]
    noted = page.read_text(encoding="utf-8").replace(f"{NOTES}\n{END}", f"{NOTES}\nIt was a slow day.\n{END}")
    page.write_text(noted, encoding="utf-8")
    write_page(page, results)
    assert page.read_text(encoding="utf-8") == noted
