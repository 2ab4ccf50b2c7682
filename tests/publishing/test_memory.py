"""What stands in the folder of output is left alone: with an index and a memory the same bytes as without, and nothing done twice."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from syndicate import editions
from syndicate.config import load_settings
from syndicate.publishing import Library, Memory, output, overview, pressing, publish_overview, render, rendering
from tests.vocabulary import moment, write_article

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from syndicate.publishing import Written

SITE = '[site]\ntitle = "{title}"\nurl = "https://press.example.org"\ntimezone = "Europe/London"\n{theme}'
FEEDS = {
    "tide": '[[feeds]]\nslug = "tide"\ntitle = "Tide"\ntopics = ["Tide"]\nwindow = "{window}"\narchives = {archives}\nformats = {formats}\n',
    "wind": '[[feeds]]\nslug = "wind"\ntitle = "Wind"\ntopics = ["Wind"]\nwindow = "{window}"\n',
    "all": '[[feeds]]\nslug = "all"\ntitle = "All"\nwindow = "{window}"\nlimit = 3\nper_provider = 1\n',
}
DIGESTS = """
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "w@press.example.org"
schedule = "0 8 * * mon"
[[digests.sections]]
title = "Tide"
topics = ["Tide"]
[[digests]]
slug = "empty"
title = "Empty"
sender = "e@press.example.org"
schedule = "0 8 * * mon"
topics = ["Nothing"]
when_empty = "skip"
"""
BEGIN = moment("2026-11-16T12:00")


@dataclass
class Paper:
    """A workspace that is rendered twice: by the index and a memory into `out`, and without either into `plain`."""

    root: Path
    now: datetime = BEGIN
    title: str = "Press"
    theme: str = ""
    window: str = "30d"
    archives: str = "true"
    formats: str = '["rss", "atom"]'
    feeds: list[str] = field(default_factory=lambda: ["tide", "wind", "all"])
    digests: str = DIGESTS
    out: str = "out"

    @property
    def articles(self) -> Path:
        """The folder of articles."""
        return self.root / "articles"

    def configure(self) -> Paper:
        """Write the configuration."""
        self.articles.mkdir(parents=True, exist_ok=True)
        values = {"title": self.title, "theme": self.theme, "window": self.window, "archives": self.archives, "formats": self.formats}
        text = "".join([SITE, *(FEEDS[name] for name in self.feeds)]).format(**values) + self.digests
        (self.root / "syndicate.toml").write_text(text, encoding="utf-8")
        return self

    def add(self, name: str, at: str = "2026-11-12T09:30:00Z", **fields: Any) -> Path:
        """Write an article."""
        return write_article(self.articles, f"{name}.md", title=fields.pop("title", name), publishedDateTime=at, **fields)

    def render(self, *, remembered: bool = True) -> list[Written]:
        """Render all publications, and what leads to them; every document that was written or left alone."""
        settings = load_settings(self.root / "syndicate.toml")
        out = self.root / (self.out if remembered else f"plain-{self.out}")
        written: list[Written] = []
        with Library(settings, remembered) as library, Memory(out, library.memory) as memory:
            catalogue = library.read()
            for publication in settings.publications():
                written += render(publication, catalogue, now=self.now, out=out, memory=memory).written
            return [*written, *publish_overview(settings, catalogue, now=self.now, out=out, memory=memory)]

    def files(self, *, remembered: bool = True) -> dict[str, bytes]:
        """What lies in the folder of output, by name."""
        out = self.root / (self.out if remembered else f"plain-{self.out}")
        return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def dates(self) -> dict[str, int]:
        """When each document was last written, to the nanosecond."""
        out = self.root / self.out
        return {path.relative_to(out).as_posix(): path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}

    def changed(self) -> set[str]:
        """The documents that a rendering writes, removes or brings."""
        before = self.dates()
        self.render()
        after = self.dates()
        return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}

    def assert_equal(self) -> None:
        """With an index and without, the bytes are the same."""
        told = {each.name for each in self.render()}
        assert told == {each.name for each in self.render(remembered=False)}
        remembered, plain = self.files(), self.files(remembered=False)
        assert sorted(remembered) == sorted(plain)
        assert [name for name, body in remembered.items() if plain[name] != body] == []

    def assert_idle(self) -> None:
        """Nothing is composed, emitted or written where nothing has changed."""
        before = self.dates()
        with ExitStack() as patches:
            for home, name in (
                (rendering, "compose"),
                (editions, "compose_archive"),
                (pressing, "write"),
                (overview, "write"),
                (pressing, "copy_picture"),
            ):
                patches.enter_context(mock.patch.object(home, name, side_effect=AssertionError(name)))
            written = self.render()
        assert not any(each.changed for each in written)
        assert self.dates() == before


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    """Articles of two topics over three months, and one picture."""
    paper = Paper(tmp_path).configure()
    for month in (9, 10, 11):
        for topic in ("Tide", "Wind"):
            paper.add(f"{topic}-{month}", f"2026-{month:02}-12T09:30:00Z", topics=[topic], body="Some *words*.")
    (paper.articles / "p.png").write_bytes(b"\x89PNG one")
    paper.add("pictured", "2026-11-13T09:30:00Z", topics=["Tide"], images=["p.png"], body="![shown](p.png)")
    return paper


def test_nothing_is_done_where_nothing_has_changed(paper: Paper) -> None:
    """No edition is composed, not even one that stays empty; no document is emitted, no date moves; nor an hour later."""
    paper.assert_equal()
    paper.assert_idle()
    paper.now += hours(1)
    paper.assert_idle()


@pytest.mark.parametrize(
    ("fields", "slugs"),
    [
        ({"topics": ["Tide"]}, {"tide", "all"}),
        ({"topics": ["Wind"]}, {"tide", "wind", "all"}),
        ({"topics": ["tide"], "publishedDateTime": "2026-10-12T09:30:00Z"}, {"tide", "all"}),
        ({"topics": ["Tide"], "draft": True}, {"tide", "all"}),
    ],
    ids=["edited", "to another topic", "to another month", "withdrawn"],
)
def test_one_changed_article_touches_the_feeds_that_it_is_or_was_in(paper: Paper, fields: dict[str, Any], slugs: set[str]) -> None:
    """And what leads to them; no other feed."""
    paper.digests = ""
    paper.configure().render()
    at = fields.pop("publishedDateTime", "2026-11-12T09:30:00Z")
    paper.add("Tide-11", at, title="Another title", **fields)
    changed = paper.changed()
    touched = {name.split("/")[1].partition(".")[0] for name in changed if name.startswith("feeds/")}
    assert touched == slugs
    assert changed - {name for name in changed if name.startswith("feeds/")} <= {"index.html", "feeds.opml"}
    paper.assert_equal()


def test_an_article_of_a_finished_month_is_in_its_archive_alone(paper: Paper) -> None:
    """The live feed does not run it any more, and is left alone where it leads to the same archives."""
    paper.digests, paper.feeds = "", ["tide", "wind"]
    paper.configure().render()
    paper.add("Tide-9", "2026-09-12T09:30:00Z", title="Another title", topics=["Tide"])
    assert paper.changed() == {"feeds/tide/2026-09.rss", "feeds/tide/2026-09.atom"}


def test_the_archives_of_finished_months_are_not_composed_again(paper: Paper) -> None:
    """Once the next month has begun: neither for a new article, nor as time passes."""
    paper.digests, paper.feeds = "", ["tide"]
    paper.configure()
    composed: list[str] = []

    def compose_archive(publication: Any, month: Any, entries: Any) -> Any:
        composed.append(month.name)
        return compose(publication, month, entries)

    compose = editions.compose_archive
    with mock.patch.object(editions, "compose_archive", compose_archive):
        paper.render()
        assert composed == ["2026-09", "2026-10", "2026-11"]
        composed.clear()
        paper.add("new", "2026-11-15T09:30:00Z", topics=["Tide"])
        paper.render()
        assert composed == ["2026-11"]
        composed.clear()
        paper.now = moment("2026-12-20T12:00")
        paper.render()
        assert composed == ["2026-11", "2026-12"]
        composed.clear()
        paper.add("newer", "2026-12-15T09:30:00Z", topics=["Tide"])
        paper.render()
        assert composed == ["2026-12"]


@pytest.mark.parametrize("dated", ["as it is", "as it was"])
def test_a_picture_is_copied_again_though_its_size_stays(paper: Paper, dated: str) -> None:
    """Somebody may even have set its date back."""
    paper.render()
    picture = paper.articles / "p.png"
    status = picture.stat()
    picture.write_bytes(b"\x89PNG two")
    if dated == "as it was":
        os.utime(picture, ns=(status.st_atime_ns, status.st_mtime_ns))
    paper.assert_equal()
    assert paper.files()["media/articles/p.png"] == b"\x89PNG two"


def test_a_picture_that_changes_while_it_is_copied_is_copied_again(paper: Paper) -> None:
    """At the next rendering: what is remembered of it is from before."""
    copy = output.copy_picture

    def change(*given: Any) -> Written:
        written = copy(*given)
        (paper.articles / "p.png").write_bytes(b"\x89PNG two")
        return written

    with mock.patch.object(pressing, "copy_picture", change):
        paper.render()
    paper.render()
    assert paper.files()["media/articles/p.png"] == b"\x89PNG two"


@pytest.mark.parametrize(
    "name",
    ["feeds/tide.rss", "feeds/tide.html", "feeds/tide/2026-10.rss", "index.html", "media/articles/p.png", "digests/weekly/2026-11-16.eml"],
)
@pytest.mark.parametrize("harm", ["deleted", "altered"])
def test_a_document_that_was_harmed_is_made_anew(paper: Paper, name: str, harm: str) -> None:
    """It alone, and those of its edition are looked at."""
    paper.assert_equal()
    path = paper.root / paper.out / name
    whole = path.read_bytes()
    path.unlink() if harm == "deleted" else path.write_bytes(whole[:-1] + b"!")
    assert paper.changed() == {name}
    assert path.read_bytes() == whole
    paper.assert_idle()


def test_each_folder_of_output_is_remembered_by_itself(paper: Paper) -> None:
    """What stands in one says nothing of the other."""
    paper.render()
    paper.out = "elsewhere"
    paper.assert_equal()
    paper.assert_idle()
    paper.out = "out"
    paper.assert_idle()


@pytest.mark.parametrize("feeds", [[], ["tide"]])
def test_the_front_page_follows_the_site_whatever_is_published(paper: Paper, feeds: list[str]) -> None:
    """Also where nothing is, or all of it has a look of its own."""
    paper.feeds, paper.digests = feeds, ""
    paper.configure().assert_equal()
    paper.title, paper.theme = "Another title", '[theme]\naccent = "#800000"\n'
    paper.configure().assert_equal()
    assert b"Another title" in paper.files()["index.html"]
    paper.assert_idle()


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE standing SET standing = '{}'",
        "UPDATE standing SET standing = 'no JSON'",
        "UPDATE standing SET standing = '[1]'",
        "UPDATE standing SET standing = replace(standing, '\"size\"', '\"bytes\"')",
        "UPDATE standing SET standing = replace(standing, '\"choice\"', '\"option\"')",
        "PRAGMA user_version = 7",
        "DROP TABLE standing",
    ],
)
def test_a_memory_of_another_form_is_no_hindrance(paper: Paper, harm: str) -> None:
    """What it says is not believed; nothing is written that stands."""
    paper.render()
    database = sqlite3.connect(paper.root / ".syndicate" / "standing.db")
    with database:
        database.execute(harm)
    database.close()
    assert paper.changed() == set()
    paper.assert_equal()
    paper.assert_idle()


def test_a_memory_that_is_damaged_or_cannot_be_written_is_no_hindrance(paper: Paper) -> None:
    """All is done again, and remembered where that can be."""
    paper.render()
    file = paper.root / ".syndicate" / "standing.db"
    file.write_bytes(b"no database" * 1000)
    paper.assert_equal()
    paper.assert_idle()
    file.unlink()
    file.mkdir()
    paper.assert_equal()
    file.rmdir()
    paper.assert_equal()
    paper.assert_idle()


def hours(number: int) -> timedelta:
    """So many hours."""
    return moment(f"2026-11-16T{number:02}:00") - moment("2026-11-16T00:00")


class Weeks(RuleBasedStateMachine):
    """A paper over weeks in which its articles, its configuration, its templates and its output change."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = Path(tempfile.mkdtemp()).resolve()
        self.paper = Paper(self.scratch)

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.scratch)

    @initialize()
    def begin(self) -> None:
        """Some articles are there and were rendered."""
        self.paper.configure()
        for place, topic in enumerate(("Tide", "Wind", "Other")):
            self.edit(place, topic, 10 + place, picture=place == 0, draft=False)
        self.look()

    def edit(self, number: int, topic: str, day: int, *, picture: bool, draft: bool) -> None:
        """Write an article, new or not."""
        images, body = (["p.png"], "![shown](q.png)") if picture else ([], "Words.")
        at = f"2026-{11 if day < 28 else 10}-{day:02}T09:30:00Z"
        self.paper.add(
            str(number),
            at,
            topics=[topic],
            images=images,
            body=body,
            draft=draft,
            provider="One",
            originalUrl=f"https://example.org/{number}",
        )

    def look(self) -> None:
        """With an index and without, the same; and then there is nothing to do."""
        self.paper.assert_equal()
        self.paper.assert_idle()

    @rule(
        number=st.integers(0, 5),
        topic=st.sampled_from(["Tide", "Wind", "tide"]),
        day=st.integers(8, 30),
        picture=st.booleans(),
        draft=st.booleans(),
    )
    def an_article_changes(self, number: int, topic: str, day: int, picture: bool, draft: bool) -> None:  # noqa: FBT001  as hypothesis hands it
        """Or is new."""
        self.edit(number, topic, day, picture=picture, draft=draft)
        self.look()

    @rule(number=st.integers(0, 5))
    def an_article_goes(self, number: int) -> None:
        """Its file is deleted."""
        (self.paper.articles / f"{number}.md").unlink(missing_ok=True)
        self.look()

    @rule(name=st.sampled_from(["p.png", "q.png"]), body=st.sampled_from([b"one", b"two", b"three", b""]))
    def a_picture_changes(self, name: str, body: bytes) -> None:
        """Or goes."""
        path = self.paper.articles / name
        path.write_bytes(body) if body else path.unlink(missing_ok=True)
        self.look()

    @rule(passed=st.sampled_from([1, 24, 7 * 24, 20 * 24]))
    def time_passes(self, passed: int) -> None:
        """An hour, a day, a week, most of a month."""
        self.paper.now += passed * hours(1)
        self.look()

    @rule(
        key=st.sampled_from(["title", "theme", "window", "archives", "formats", "feeds", "digests", "out"]),
        choice=st.integers(0, 2),
    )
    def the_configuration_changes(self, key: str, choice: int) -> None:
        """The site, the look, a feed, its window, its formats, its archives, or the folder of output."""
        choices: dict[str, tuple[Any, ...]] = {
            "title": ("Press", "Another", "Press"),
            "theme": ("", '[theme]\naccent = "#800000"\n', "[theme]\nwidth = 640\n"),
            "window": ("30d", "7d", "60d"),
            "archives": ("true", "false", "true"),
            "formats": ('["rss", "atom"]', '["json"]', '["rss"]'),
            "feeds": (["tide", "wind", "all"], ["tide"], []),
            "digests": (DIGESTS, "", DIGESTS.replace("skip", "send")),
            "out": ("out", "elsewhere", "out"),
        }
        setattr(self.paper, key, choices[key][choice])
        self.paper.configure()
        self.look()

    @rule(text=st.sampled_from(["", "<p>{{ edition.publication.title }}</p>\n", "<p>Another.</p>\n"]))
    def a_template_changes(self, text: str) -> None:
        """One of the workspace's own comes, changes or goes."""
        path = self.scratch / "templates" / "feed.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text) if text else path.unlink(missing_ok=True)
        self.look()

    @rule(choice=st.integers(0, 99), harm=st.sampled_from([b"", b"harm"]))
    def a_document_is_harmed(self, choice: int, harm: bytes) -> None:
        """One that is in both folders is deleted or altered in both."""
        names = sorted(
            name for name in self.paper.files() if not name.startswith("digests/")
        )  # of editions that are over, nobody takes care
        for folder in (self.paper.out, f"plain-{self.paper.out}") if names else ():
            path = self.scratch / folder / names[choice % len(names)]
            path.write_bytes(harm) if harm else path.unlink()
        self.look()

    @rule()
    def the_index_goes(self) -> None:
        """All that was remembered is gone."""
        shutil.rmtree(self.scratch / ".syndicate")
        self.look()


TestWeeks = Weeks.TestCase
TestWeeks.settings = settings(max_examples=6, stateful_step_count=10, deadline=None, suppress_health_check=list(HealthCheck))
