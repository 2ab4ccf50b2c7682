"""The archive in a real browser, from a disk: no server is there, and no script is needed but to search."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from syndicate.emitters.issues import Issue, Told
from syndicate.emitters.pages import emit_shelf
from syndicate.emitters.searching import emit_parts, emit_script
from syndicate.publishing.output import write
from tests.emitters.press import DIGEST, SITE
from tests.vocabulary import moment
from tests.workshop import SEEDS, render_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

AXE = Path(os.environ.get("SYNDICATE_AXE", ""))
PLACES = [(width, scheme) for width in (360, 1280) for scheme in ("light", "dark")]
SHELF = "digests/weekly/index.html"

STORIES = (
    Told("La marée à Skerrow", "Neuf kilomètres de mur.", "Harbour Post", ("Tidal Power",)),
    Told("Das große Stromnetz", "Ein Übertragungsnetz für ganz Øresund.", "Łódź Kurier", ("Grid",)),
    Told("潮汐を読む小さなモデル", "インターネット全体を読んだモデルに勝つ。", "港新聞", ("AI",)),
    Told("بحيرة سكيرو تُغلق بوّاباتها", "والقمر ينضمّ إلى كشوف الرواتب.", "الميناء", ()),
    Told("<img src=x onerror=alert(1)>", "<script>alert(1)</script>", '"><b>bold', ("</script>",)),
    Told("Lagoon", "The gates close.", "Grid Weekly", ()),
    Told("Wall and lagoons", "Of power and tides.", "Grid Weekly", ()),
)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three editions of the repository's own digest."""
    folder = tmp_path_factory.mktemp("out")
    before = [moment(day) for day in ("2026-11-02T12:00", "2026-11-09T12:00")]
    render_all(SEEDS, folder, now=moment("2026-11-16T12:00"), before=before)
    return folder


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shelf of 120 editions, the newest with stories of many scripts."""
    folder, issues = tmp_path_factory.mktemp("library"), []
    for number in range(120):
        day = moment("2024-08-05") + timedelta(weeks=number)
        stories = STORIES if number == 119 else (Told(f"Story {number}", f"What week {number} brought.", "Weekly Wire", ("Weeks",)),)
        issues.append(Issue(stories[0].title, day, f"{SITE.url}/digests/weekly/{day:%Y-%m-%d}.html", "", stories))
    for document in (emit_shelf(DIGEST, issues[::-1]), *emit_parts(DIGEST, issues[::-1]), emit_script(SITE)):
        write(document, folder)
    return folder


@contextmanager
def looking(browser: Browser, file: Path, width: int = 1280, scheme: str = "light", *, script: bool = True) -> Iterator[Page]:
    """A window with a file in it; in the end nothing has complained, and nothing but files has been asked for."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=script)  # type: ignore[arg-type]  # one of its words
    page, complaints, asked = context.new_page(), list[str](), set[str]()
    page.on("console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.on("request", lambda request: asked.add(request.url.partition(":")[0]))
    page.goto(file.as_uri())
    yield page
    assert complaints == []
    assert asked <= {"file"}
    context.close()


def search(page: Page, words: str) -> list[str]:
    """The titles that are found."""
    page.get_by_label("Search the editions").fill(words)
    page.wait_for_function("document.querySelector('[role=status]').textContent.match(/Results|Nothing/)", timeout=5000)
    page.wait_for_timeout(300)
    return page.locator("#find-hits .hit").all_inner_texts()


@pytest.mark.parametrize(("width", "scheme"), PLACES)
def test_editions_are_leafed_through(browser: Browser, out: Path, width: int, scheme: str) -> None:
    """From the newest to the oldest and back, and to the shelf; no page is wider than the window."""
    with looking(browser, out / "digests/weekly/2026-11-16.html", width, scheme) as page:
        for day in ("2026-11-09", "2026-11-02"):
            page.get_by_role("banner").get_by_role("link", name="Previous edition").click()
            page.wait_for_url(f"**/{day}.html")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.get_by_role("link", name="Previous edition").count() == 0
        page.get_by_role("navigation", name="Neighbouring editions").get_by_role("link", name="Next edition").click()
        page.wait_for_url("**/2026-11-09.html")
        page.get_by_role("banner").get_by_role("link", name="All editions").click()
        page.get_by_role("heading", name="The newest edition").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_there_is_the_list(browser: Browser, out: Path) -> None:
    """And no box that would do nothing."""
    with looking(browser, out / SHELF, script=False) as page:
        assert not page.get_by_role("search").is_visible()
        assert page.get_by_role("link", name=re.compile("Dust: the small grey problem")).is_visible()


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("maree", "La marée à Skerrow"),
        ("MARÉE skerrow", "La marée à Skerrow"),
        ("kilom mur", "La marée à Skerrow"),
        ("harbour", "La marée à Skerrow"),
        ("tidal pow", "La marée à Skerrow"),
        ("grosse ubertragungsnetz", "Das große Stromnetz"),
        ("oresund lodz", "Das große Stromnetz"),
        ("小さな", "潮汐を読む小さなモデル"),
        ("モデル 港", "潮汐を読む小さなモデル"),
        ("بواباتها", "بحيرة سكيرو تُغلق بوّاباتها"),
        ("onerror", "<img src=x onerror=alert(1)>"),
    ],
)
def test_a_story_is_found_by_its_words(browser: Browser, library: Path, words: str, title: str) -> None:
    """Without regard to accents and capitals, by beginnings, by several words in any field; in scripts without spaces by any part."""
    with looking(browser, library / SHELF) as page:
        assert search(page, words) == [title]


def test_the_best_comes_first(browser: Browser, library: Path) -> None:
    """A whole word before a beginning, a title before the rest; then the newest."""
    with looking(browser, library / SHELF) as page:
        assert search(page, "lagoon") == ["Lagoon", "Wall and lagoons"]
        assert search(page, "power")[:2] == ["La marée à Skerrow", "Wall and lagoons"]
        assert search(page, "weekly wire")[:3] == ["Story 118", "Story 117", "Story 116"]


def test_what_is_not_there_is_not_found(browser: Browser, library: Path) -> None:
    """A word must begin as it is asked for, and all must be there; that is said."""
    with looking(browser, library / SHELF) as page:
        assert search(page, "goon") == []
        assert page.get_by_role("status").inner_text().startswith("Nothing found.")
        assert search(page, "lagoon story") == []


def test_a_search_reaches_the_oldest_edition(browser: Browser, library: Path) -> None:
    """Through all parts of the index; how many were found is told, and fifty are shown."""
    with looking(browser, library / SHELF) as page:
        page.get_by_label("Search the editions").fill("weeks")
        page.get_by_role("status").get_by_text("Results: 119").wait_for()
        assert page.locator("#find-hits li").count() == 50
        assert search(page, "story 0") == ["Story 0"]
        link = page.locator("#find-hits a").get_attribute("href")
        assert link == "2024-08-05.html#:~:text=Story%200"


def test_nothing_is_loaded_before_somebody_searches(browser: Browser, library: Path) -> None:
    """The words of the editions cost a reader nothing who has not come for them."""
    with looking(browser, library / SHELF) as page:
        assert page.evaluate("Object.keys(self.syndicateArchive)") == []
        page.get_by_label("Search the editions").focus()
        page.wait_for_function("Object.keys(self.syndicateArchive).length === 3")


def test_the_box_is_worked_by_the_keyboard(browser: Browser, library: Path) -> None:
    """From the field to the first result, and Escape empties it."""
    with looking(browser, library / SHELF) as page:
        search(page, "lagoon")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText").startswith("Lagoon")
        page.get_by_label("Search the editions").focus()
        page.keyboard.press("Escape")
        assert page.get_by_label("Search the editions").input_value() == ""
        assert not page.locator("#find-hits").is_visible()
        assert page.get_by_role("status").inner_text() == ""


def test_whatever_is_found_is_text(browser: Browser, library: Path) -> None:
    """Titles and providers are shown as they are, and run nothing."""
    with looking(browser, library / SHELF) as page:
        search(page, "img")
        assert page.locator("#find-hits").inner_text().splitlines()[0] == "<img src=x onerror=alert(1)>"
        assert '"><b>bold' in page.locator("#find-hits").inner_text()
        assert page.locator("#find-hits :is(img, b, script)").count() == 0


def test_a_large_archive_is_searched_at_once(browser: Browser, tmp_path: Path) -> None:
    """Six thousand stories in less than a tenth of a second, which nobody notices."""
    texts = [f"word{number * 7919 % 1000} of{number} the tide {number}" for number in range(6000)]
    stories = [Told(text, f"{text} and what else there was to be said of it, at length, twice", "Wire", ("Tide",)) for text in texts]
    days = [moment("2016-01-04") + timedelta(weeks=number) for number in range(500)]
    issues = [
        Issue(
            f"Edition {number}", day, f"{SITE.url}/digests/weekly/{day:%Y-%m-%d}.html", "", tuple(stories[number * 12 : number * 12 + 12])
        )
        for number, day in enumerate(days)
    ][::-1]
    for document in (emit_shelf(DIGEST, issues), *emit_parts(DIGEST, issues), emit_script(SITE)):
        write(document, tmp_path)
    with looking(browser, tmp_path / SHELF) as page:
        search(page, "tide")
        page.get_by_role("status").get_by_text("Results: 6,000").wait_for()
        took = page.evaluate(
            """async () => {
                const field = document.querySelector("#find-field"), said = document.querySelector("[role=status]");
                const times = [];
                for (const words of ["word1 tide", "twice len", "of4321"]) {
                    field.value = words;
                    said.textContent = "";
                    const start = performance.now();
                    field.dispatchEvent(new Event("input"));
                    while (!said.textContent) await new Promise((done) => setTimeout(done, 1));
                    times.push(performance.now() - start - 120);
                }
                return times;
            }"""
        )
    assert max(took) < 100 * max(1, os.getloadavg()[0]), json.dumps(took)


@pytest.mark.skipif(not AXE.is_file(), reason="SYNDICATE_AXE names no axe.min.js")
@pytest.mark.parametrize(("width", "scheme"), PLACES)
def test_axe_finds_nothing(browser: Browser, out: Path, library: Path, width: int, scheme: str) -> None:
    """On an edition, on a shelf, on a long one, with results and without."""
    run = AXE.read_text(encoding="utf-8") + "; axe.run(document).then(found => found.violations.map(each => each.id))"
    for file, words in (
        (out / "digests/weekly/2026-11-09.html", ""),
        (out / SHELF, "power"),
        (library / SHELF, ""),
        (library / SHELF, "zzz"),
    ):
        with looking(browser, file, width, scheme) as page:
            if words:
                search(page, words)
            assert page.evaluate(run) == [], file
