"""The archive in the folder of output: the ways between editions, what is remembered of them, and what a render costs that has no news."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.emitters import leaves
from syndicate.emitters.leaves import unbound
from syndicate.publishing import Memory, publish_overview, read_catalogue, render, shelving
from tests.publishing.press import Press
from tests.vocabulary import moment, write_article

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from syndicate.publishing import Written

SETTINGS = """
[site]
url = "https://news.example.org"
[[feeds]]
slug = "all"
title = "All"
window = "400d"
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "w@news.example.org"
schedule = "0 8 * * mon"
"""
MONDAYS = ("2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23")


class Paper:
    """A workspace with a story for each week, that is rendered as of one moment after the other."""

    def __init__(self, root: Path) -> None:
        self.root, self.out = root, root / "out"
        (root / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
        for day in ("2026-10-30", "2026-11-06", "2026-11-13", "2026-11-20"):
            write_article(root / "articles", f"{day}.md", title=f"Story of {day}", publishedDateTime=day)

    def publish(self, at: str, *, memory: bool = True) -> list[str]:
        """Render everything as of the morning of a day; the names of what was written anew."""
        settings, now = load_settings(self.root / "syndicate.toml"), moment(f"{at}T09:00")
        catalogue = read_catalogue(settings)
        done: list[Written] = []
        with Memory(self.out, self.root / "standing.db" if memory else None) as remembered:
            for item in settings.publications():
                done += render(item, catalogue, now=now, out=self.out, memory=remembered).written
            done += publish_overview(settings, catalogue, now=now, out=self.out, memory=remembered)
        return sorted({each.name for each in done if each.changed})

    def page(self, day: str) -> str:
        """The page of an edition."""
        return (self.out / f"digests/weekly/{day}.html").read_text(encoding="utf-8")

    def ways(self, day: str) -> dict[str, str]:
        """Where the page of an edition leads to: `prev` and `next`."""
        return dict(re.findall(r'rel="(prev|next)" href="\.\./\.\./digests/weekly/([\d-]+)\.html"', self.page(day)))

    def contents(self) -> dict[str, bytes]:
        """Every file, with its bytes."""
        return {path.relative_to(self.out).as_posix(): path.read_bytes() for path in sorted(self.out.rglob("*")) if path.is_file()}


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """A workspace."""
    return Paper(tmp_path)


def chained(days: Iterable[str]) -> dict[str, dict[str, str]]:
    """The ways of editions that stand beside each other, oldest first."""
    row = list(days)
    return {
        day: {kind: row[place + step] for kind, step in (("prev", -1), ("next", 1)) if 0 <= place + step < len(row)}
        for place, day in enumerate(row)
    }


@pytest.mark.parametrize("memory", [True, False], ids=["remembering", "not"])
def test_editions_lead_to_each_other(paper: Paper, *, memory: bool) -> None:
    """Each to the one before it from the first, and to the one after it once that is there."""
    for count, day in enumerate(MONDAYS, 1):
        paper.publish(day, memory=memory)
        assert {each: paper.ways(each) for each in MONDAYS[:count]} == chained(MONDAYS[:count])


def test_a_new_edition_rewrites_the_page_before_it_alone(paper: Paper) -> None:
    """And of that only the ways; of the archive, the shelf and the last part of the search."""
    for day in MONDAYS[:3]:
        paper.publish(day)
    before = paper.page("2026-11-16")
    changed = {name for name in paper.publish("2026-11-23") if name.startswith(("digests/", "sitemap"))}
    own = {f"digests/weekly/2026-11-23.{suffix}" for suffix in ("html", "txt", "eml")}
    assert changed - own == {"digests/weekly/2026-11-16.html", "digests/weekly/index.html", "digests/weekly/search/1.js", "sitemap.xml"}
    assert unbound(paper.page("2026-11-16").encode()) == unbound(before.encode())


def test_the_order_of_renders_is_immaterial(paper: Paper, tmp_path: Path) -> None:
    """However the editions came to stand there, with a memory or without."""
    (tmp_path / "other").mkdir()
    other = Paper(tmp_path / "other")
    for day in MONDAYS:
        paper.publish(day)
    for day in ("2026-11-16", "2026-11-02", "2026-11-23", "2026-11-09", "2026-11-23"):
        other.publish(day, memory=False)
    assert other.contents() == paper.contents()


def test_what_stands_is_neither_read_nor_written_again(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also right after a page was given its way to the next one."""
    for day in MONDAYS:
        paper.publish(day)
    before = {path: path.stat().st_mtime_ns for path in paper.out.rglob("*")}

    def fail(*_: object) -> None:
        pytest.fail("a page was read, though nothing has changed")

    monkeypatch.setattr(leaves, "read_leaf", fail)
    monkeypatch.setattr(shelving, "_text", fail)
    monkeypatch.setattr(leaves, "emit_leaf", fail)
    assert paper.publish(MONDAYS[-1]) == []
    assert {path: path.stat().st_mtime_ns for path in paper.out.rglob("*")} == before


def test_only_what_is_new_is_read(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the other pages say is remembered, that of the page which was bound anew too."""
    for day in MONDAYS[:3]:
        paper.publish(day)
    seen: list[str] = []
    read = leaves.read_leaf

    def noted(page: str, name: str) -> leaves.Leaf:
        seen.append(name)
        return read(page, name)

    monkeypatch.setattr(leaves, "read_leaf", noted)
    paper.publish("2026-11-23")
    assert set(seen) == {"2026-11-16", "2026-11-23"}  # the neighbour, whose title is needed, and the new one
    seen.clear()
    (paper.out / "index.html").unlink()
    paper.publish("2026-11-23")
    assert seen == []


def test_what_was_withdrawn_is_led_past(paper: Paper) -> None:
    """Somebody removes an edition: no page leads to it any more, and it is not found."""
    for day in MONDAYS:
        paper.publish(day)
    for path in (paper.out / "digests/weekly").glob("2026-11-09.*"):
        path.unlink()
    paper.publish(MONDAYS[-1])
    left = [day for day in MONDAYS if day != "2026-11-09"]
    assert {day: paper.ways(day) for day in left} == chained(left)
    assert not [name for name, body in paper.contents().items() if b"2026-11-09.html" in body]
    assert b"Story of 2026-11-06" not in (paper.out / "digests/weekly/search/1.js").read_bytes()


def test_a_part_of_the_search_that_is_empty_goes(paper: Paper) -> None:
    """With the last edition that was in it."""
    paper.publish(MONDAYS[0])
    assert (paper.out / "digests/weekly/search/1.js").is_file()
    for path in (paper.out / "digests/weekly").glob("2026-*"):
        path.unlink()
    paper.publish("2027-11-01")
    assert not (paper.out / "digests/weekly/search/1.js").exists()


def test_the_past_knows_no_future(paper: Paper) -> None:
    """Rendered as of an earlier moment, an edition has none after it; the next render of today puts that right."""
    for day in MONDAYS:
        paper.publish(day)
    expected = paper.contents()
    paper.publish("2026-11-09")
    assert paper.ways("2026-11-09") == {"prev": "2026-11-02"}
    paper.publish(MONDAYS[-1])
    assert paper.contents() == expected


def test_an_edition_over_a_span_of_its_own_is_not_on_the_shelf(paper: Paper) -> None:
    """No page leads to it, and it leads to none."""
    paper.publish(MONDAYS[0])
    page = paper.out / "digests/weekly/2026-10-01--2026-11-01.html"
    page.write_bytes((paper.out / "digests/weekly/2026-11-02.html").read_bytes())
    before = page.stat().st_mtime_ns
    paper.publish(MONDAYS[1])
    assert page.stat().st_mtime_ns == before
    assert not [name for name, body in paper.contents().items() if b"2026-10-01--" in body]


def test_a_page_that_somebody_wrote_is_listed_and_left_alone(paper: Paper) -> None:
    """It may be of a time before there was this program."""
    folder = paper.out / "digests/weekly"
    folder.mkdir(parents=True)
    (folder / "2026-10-26.html").write_bytes(b"<title>By hand &amp; old</title>\xff")
    for day in MONDAYS[:2]:
        paper.publish(day)
    assert (folder / "2026-10-26.html").read_bytes() == b"<title>By hand &amp; old</title>\xff"
    assert paper.ways("2026-11-02") == {"prev": "2026-10-26", "next": "2026-11-09"}
    assert "By hand &amp; old" in (folder / "index.html").read_text(encoding="utf-8")


def test_the_sitemap_dates_pages_by_what_is_in_them(paper: Paper) -> None:
    """The newest story of a feed, the day of an edition; it moves with them, and not with the clock."""
    paper.publish(MONDAYS[0])
    found = dict(
        re.findall(r"<loc>https://news\.example\.org/([^<]*)</loc><lastmod>([^<]*)</lastmod>", (paper.out / "sitemap.xml").read_text())
    )
    assert found == {
        "": "2026-11-02T00:00:00Z",
        "feeds/all.html": "2026-10-30T00:00:00Z",
        "digests/weekly/index.html": "2026-11-02T00:00:00Z",
        "digests/weekly/2026-11-02.html": "2026-11-02T00:00:00Z",
    }


# What `syndicate run` writes


def test_what_is_recorded_knows_no_neighbour(tmp_path: Path) -> None:
    """The ledger has each page as it was emitted, and the folder of output the same with its ways."""
    press = Press(tmp_path).configure()
    for day in MONDAYS[1:]:
        press.add(f"before {day}", f"2026-11-{int(day[-2:]) - 2:02}")
        press.run(f"{day}T08:00")
    pages = {day: (tmp_path / f"out/digests/weekly/{day}.html").read_bytes() for day in MONDAYS[1:]}
    assert [len(re.findall(rb'rel="(?:prev|next)"', page)) for page in pages.values()] == [2, 4, 2]  # each way stands above and below
    ledger = press.ledger
    for day, page in pages.items():
        (recorded,) = (each.body for each in ledger.documents(f"weekly/{day}") if each.name.endswith(".html"))
        assert unbound(page) == unbound(recorded) == recorded
    ledger.close()


def test_an_edition_that_is_owed_is_written_with_its_ways(tmp_path: Path) -> None:
    """A run is cut off before it; the next one gives it the way back, and the one before it the way on."""
    press = Press(tmp_path).configure()
    press.add("first", "2026-11-06")
    press.run("2026-11-09T08:00")
    press.add("second", "2026-11-13")
    blocked = tmp_path / "out/digests/weekly/2026-11-16.html"
    blocked.mkdir()
    press.run("2026-11-16T08:00")
    os.rmdir(blocked)  # noqa: PTH106
    press.run("2026-11-16T08:10")
    assert b'rel="prev"' in blocked.read_bytes()
    assert b'rel="next"' in (tmp_path / "out/digests/weekly/2026-11-09.html").read_bytes()


def test_a_page_is_rebuilt_from_what_was_recorded(tmp_path: Path) -> None:
    """What `syndicate editions show --out` writes is bound by the next overview as the lost page was."""
    press = Press(tmp_path).configure()
    for day in MONDAYS[1:3]:
        press.add(f"before {day}", f"2026-11-{int(day[-2:]) - 2:02}")
        press.run(f"{day}T08:00")
    page = tmp_path / "out/digests/weekly/2026-11-09.html"
    before = page.read_bytes()
    ledger = press.ledger
    (recorded,) = (each.body for each in ledger.documents("weekly/2026-11-09") if each.name.endswith(".html"))
    ledger.close()
    page.write_bytes(recorded)
    settings = load_settings(tmp_path / "syndicate.toml")
    publish_overview(settings, read_catalogue(settings), now=moment("2026-11-16T08:00"), out=tmp_path / "out")
    assert page.read_bytes() == before != recorded
