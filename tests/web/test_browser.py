"""The studio in a real browser: the program itself, a workspace on disk, and Chromium looking at it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from syndicate.publishing.workspace import make_workspace
from tests.web.test_serving import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Page, Route

AT = "2026-11-16T09:00"
"""The edition of the sample articles with twelve stories."""

SOON = 5_000 * max(1, round(2 * os.getloadavg()[0] / (os.cpu_count() or 1)))
"""Milliseconds within which a change on disk is to be seen on the page: five seconds, on a machine that has little else to do."""

LIGHT_DESK, DARK_DESK = "rgb(242, 240, 235)", "rgb(15, 19, 20)"
CARD = "partials/mail_card.html"


@dataclass
class Watcher:
    """What a page says on its console and whom it asks; nobody but this machine is let through."""

    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def look_after(self, page: Page) -> None:
        """Listen to a page."""
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.route("**/*", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _asked(self, route: Route) -> None:
        host = urlsplit(route.request.url).hostname or ""
        self.hosts.add(host)
        route.continue_() if host == "127.0.0.1" else route.abort()


@dataclass
class Sight:
    """A page of the studio, the workspace behind it, its address, and who watches it."""

    page: Page
    root: Path
    address: str
    watcher: Watcher

    def show(self, query: str = "") -> Page:
        """Go to the page, and wait until it is alive."""
        self.page.goto(f"{self.address}/?at={AT}{query}")
        self.page.get_by_text(re.compile("^(Live|Renewed .*)$")).wait_for()
        return self.page

    def frame(self, name: str) -> FrameLocator:
        """The letter in one of the frames."""
        return self.page.frame_locator(f'.stage:not(.coming) iframe[name="{name}"]')

    def desk(self, name: str = "desktop") -> str:
        """The colour behind the letter, as the browser has computed it."""
        return str(self.frame(name).locator("body").evaluate("body => getComputedStyle(body).backgroundColor"))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The sample workspace, which nobody changes, and the address of its studio."""
    root = tmp_path_factory.mktemp("printed") / "paper"
    make_workspace(root)
    with running(root, "--port", "0") as (_, address):
        yield root, address.rstrip("/")


@pytest.fixture
def sight(browser: Browser, printed: tuple[Path, str]) -> Iterator[Sight]:
    """A fresh look at the sample workspace."""
    yield from look(browser, *printed)


@pytest.fixture
def workshop(browser: Browser, tmp_path: Path) -> Iterator[Sight]:
    """A look at a workspace of one's own, with templates to be edited."""
    root = tmp_path / "paper"
    make_workspace(root, with_templates=True)
    with running(root, "--port", "0") as (_, address):
        yield from look(browser, root, address.rstrip("/"))


def look(browser: Browser, root: Path, address: str) -> Iterator[Sight]:
    """A window wide enough for both screens; in the end, nobody has complained, nor asked elsewhere."""
    watcher = Watcher()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light", locale="en-GB")
    page = context.new_page()
    watcher.look_after(page)
    yield Sight(page, root, address, watcher)
    context.close()
    assert watcher.hosts == {"127.0.0.1"}
    # That the policy keeps pictures out is what "No images" is, and Chromium remarks on it.
    assert [said for said in watcher.complaints if "img-src 'none'" not in said] == []


def edit(file: Path, old: str, new: str) -> None:
    """Save a file as an editor does: a new one, put in the old one's place."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    fresh = file.with_name(f"{file.name}~")
    fresh.write_text(text.replace(old, new), encoding="utf-8")
    fresh.replace(file)


def test_the_letter_is_shown_at_both_widths(sight: Sight) -> None:
    """A desktop's 680 pixels with the letter's 600 in them, and a phone's 360, side by side; pictures are there."""
    page = sight.show()
    widths = page.locator("iframe").evaluate_all("frames => frames.map(frame => [frame.name, frame.contentWindow.innerWidth])")
    assert widths == [["desktop", 680], ["phone", 360]]
    boxes = [page.locator(f'iframe[name="{name}"]').bounding_box() for name in ("desktop", "phone")]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] + boxes[0]["width"] < boxes[1]["x"]
    for name, width in (("desktop", 600), ("phone", 360)):
        paper = sight.frame(name).locator("table.paper").evaluate("table => table.getBoundingClientRect().width")
        assert paper == width
        picture = sight.frame(name).locator("img").first
        picture.evaluate("image => image.decode()")
        assert picture.evaluate("image => image.naturalWidth") == 1200


@pytest.mark.parametrize("prefers", ["light", "dark"])
def test_the_letters_scheme_is_chosen_on_the_page(sight: Sight, prefers: str) -> None:
    """By day and in the dark, whatever the browser's own is: that one is the studio's."""
    sight.page.emulate_media(color_scheme=prefers)  # type: ignore[arg-type]  # one of its words
    page = sight.show()
    assert (sight.desk("desktop"), sight.desk("phone")) == (LIGHT_DESK, LIGHT_DESK)
    panel = page.locator("body").evaluate("body => getComputedStyle(body).backgroundColor")
    assert panel == ("rgb(250, 249, 247)" if prefers == "light" else "rgb(27, 29, 32)")
    page.get_by_role("link", name="Dark", exact=True).click()
    page.wait_for_url("**scheme=dark**")
    page.locator('iframe[title*="dark"]').first.wait_for()
    assert (sight.desk("desktop"), sight.desk("phone")) == (DARK_DESK, DARK_DESK)


def test_without_images_their_words_stand_in(sight: Sight) -> None:
    """As in a mail program that asks first."""
    page = sight.show()
    page.get_by_role("link", name="No images").click()
    page.wait_for_url("**images=off**")
    picture = sight.frame("phone").locator("img[alt^='A circular sea wall']").first
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") == 0


def test_text_source_and_message_are_a_click_away(sight: Sight) -> None:
    """And the browser's way back leads back."""
    page = sight.show()
    page.get_by_role("link", name="Text", exact=True).click()
    page.get_by_role("region", name="Phone, text").get_by_text("https://harbourpost.example/2026/11/tidal-range-lagoon").wait_for()
    page.get_by_role("link", name="Source", exact=True).click()
    page.locator("#L1").get_by_text("<!DOCTYPE html>").wait_for()
    page.get_by_role("link", name="Message", exact=True).click()
    page.get_by_role("region", name="The whole message").get_by_text("List-Unsubscribe:").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as .eml").click()
    assert download.value.suggested_filename == "weekly-2026-11-16.eml"
    page.go_back()
    page.locator("#L1").wait_for()


def test_editions_and_readers_are_chosen_on_the_page(sight: Sight) -> None:
    """By arrows, by the list, by a date that is typed, and by topics that are ticked."""
    page = sight.show()
    page.get_by_role("link", name="Previous edition").click()
    page.locator(".date").get_by_text("Mon 9 Nov 2026").wait_for()
    page.get_by_role("link", name="Mon 26 Oct 2026").click()
    page.locator(".date").get_by_text("Mon 26 Oct 2026").wait_for()
    page.get_by_label("As of").fill(AT)
    page.keyboard.press("Enter")
    page.locator(".date").get_by_text("12 stories").wait_for()
    page.get_by_role("checkbox", name="Robotics").check()
    page.locator(".date").get_by_text("2 of 12 stories").wait_for()
    sight.frame("desktop").get_by_role("heading", name="Under the Race").wait_for()
    assert page.get_by_role("checkbox", name="Robotics").is_checked()


def test_a_template_that_is_edited_is_seen_at_once(workshop: Sight) -> None:
    """The page renews itself and stays where it was: scrolled, chosen, focused, and what was typed is not lost."""
    page = workshop.show("&scheme=dark")
    page.locator('iframe[name="desktop"]').evaluate("frame => frame.contentWindow.scrollTo(0, 700)")
    page.get_by_label("As of").fill("2026-1")
    edit(workshop.root / "templates" / CARD, "{{ article.title }}", "Said: {{ article.title }}")
    workshop.frame("desktop").get_by_role("heading", name="Said: ").first.wait_for(timeout=SOON)
    page.get_by_text("Renewed").wait_for()
    assert page.locator('iframe[name="desktop"]').evaluate("frame => frame.contentWindow.scrollY") == 700
    assert workshop.desk() == DARK_DESK
    assert page.get_by_label("As of").input_value() == "2026-1"
    assert page.evaluate("document.activeElement.id") == "at"


def test_settings_and_articles_that_are_edited_are_seen_too(workshop: Sight) -> None:
    """A colour of the theme, and the title of a story."""
    workshop.show()
    edit(workshop.root / "syndicate.toml", "[articles]\n", '[theme.light]\ndesk = "#ddeeff"\n\n[articles]\n')
    workshop.page.wait_for_function(
        """() => {
            const body = document.querySelector('iframe[name="desktop"]')?.contentDocument?.body;
            return body && getComputedStyle(body).backgroundColor === 'rgb(221, 238, 255)'
        }""",
        timeout=SOON,
    )
    edit(workshop.root / "seeds" / "2026-11-12-tidal-range-lagoon.md", "The lagoon at Skerrow Bay", "A pond at Skerrow Bay")
    workshop.frame("phone").get_by_role("heading", name="A pond at Skerrow Bay").wait_for(timeout=SOON)
    assert workshop.page.title().startswith("A pond at Skerrow Bay")


def test_a_template_that_breaks_is_named_and_mended(workshop: Sight) -> None:
    """With its line, on the page, without anybody reloading."""
    page, card = workshop.show(), workshop.root / "templates" / CARD
    edit(card, "{{ article.title }}", "{{ article.titel }}")
    page.get_by_role("heading", name="A template cannot be rendered").wait_for(timeout=SOON)
    page.get_by_text("an article has no 'titel'; did you mean title?").wait_for()
    assert "article.titel" in page.locator(".blamed").inner_text()
    edit(card, "{{ article.titel }}", "{{ article.title }}")
    workshop.frame("desktop").locator("table.paper").wait_for(timeout=SOON)
    assert page.get_by_role("alert").count() == 0


def test_the_page_works_with_the_keyboard_alone(sight: Sight) -> None:
    """Every control can be reached, shows that it was, and does what it does; the first step leads to the letter."""
    page = sight.show()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the letter"
    page.locator("#scheme-dark").focus()
    page.keyboard.press("Enter")
    page.locator('iframe[title*="dark"]').first.wait_for()
    assert page.evaluate("document.activeElement.id") == "scheme-dark"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_page_works_without_its_script(sight: Sight, browser: Browser) -> None:
    """Links and forms are links and forms."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{sight.address}/?at={AT}")
    page.get_by_role("link", name="Phone", exact=True).click()
    page.wait_for_url("**width=phone**")
    assert page.locator("iframe").count() == 1
    page.get_by_label("As of").fill("2026-11-09T08:00")
    page.get_by_role("button", name="Show").click()
    page.locator(".date").get_by_text("Mon 9 Nov 2026").wait_for()
    assert "width=phone" in page.url
    context.close()
    sight.show()


@pytest.mark.parametrize(("width", "shown"), [(1440, {"desktop", "phone"}), (1200, {"desktop"}), (390, {"phone"})])
def test_a_narrow_window_shows_one_screen(sight: Sight, width: int, shown: set[str]) -> None:
    """The one that fits; the other is a tab away, and nothing is wider than the window."""
    page = sight.page
    page.set_viewport_size({"width": width, "height": 844})
    sight.show()
    visible = {name for name in ("desktop", "phone") if page.locator(f'iframe[name="{name}"]').is_visible()}
    assert visible == shown
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_script_in_an_article_does_not_run(workshop: Sight) -> None:
    """Even where a template puts it into the letter as it is."""
    edit(
        workshop.root / "templates" / CARD,
        "{{ article.title }}",
        """<script>parent.document.title = "owned"</script><b onmouseover="parent.document.title = 'owned'">hover</b>{{ article.title }}""",
    )
    workshop.show()
    workshop.frame("desktop").locator("b").first.hover()
    workshop.page.goto(f"{workshop.address}/letter?at={AT}")
    workshop.page.locator("b").first.hover()
    assert "owned" not in workshop.page.title()
    assert all("script" in said for said in workshop.watcher.complaints)
    assert workshop.watcher.complaints
    workshop.watcher.complaints.clear()


def test_a_studio_that_stops_is_noticed(browser: Browser, tmp_path: Path) -> None:
    """The page says so, and the program ends although the page is open."""
    make_workspace(tmp_path / "paper")
    page = browser.new_page()
    with running(tmp_path / "paper", "--port", "0") as (program, address):
        page.goto(address)
        page.get_by_text("Live", exact=True).wait_for()
        program.send_signal(2)
        assert program.wait(timeout=5) == 0
        page.get_by_text("Stopped", exact=True).wait_for(timeout=SOON)
    page.close()
