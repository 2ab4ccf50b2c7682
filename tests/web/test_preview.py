"""The studio's routes: what each shows, to whom, and what it does when something is wrong."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from email import message_from_bytes, policy
from html import unescape
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from syndicate.emitters.digest import render_digest
from syndicate.errors import UndeliverableError
from syndicate.web import bench, pages
from syndicate.web.gauge import MARKS
from syndicate.web.watching import Bell
from tests.vocabulary import moment, write_article
from tests.web.atelier import CONFIGURATION, PIXEL, atelier, make_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.letters import Rendering
    from syndicate.model import Edition
    from tests.web.atelier import Atelier

ROUTES = (
    "/",
    "/letter",
    "/text",
    "/source",
    "/message",
    "/?view=text",
    "/?view=source",
    "/?view=message",
    "/media/seeds/images/lagoon.png",
)
CARD = "templates/partials/mail_card.html"


@pytest.fixture
def studio(tmp_path: Path) -> Atelier:
    """The studio of a small workspace on Monday, 16 November 2026, at nine."""
    return atelier(make_workspace(tmp_path))


# What there is to see


def test_the_page_tells_what_an_inbox_shows(studio: Atelier) -> None:
    """Sender, subject and preheader, at both widths, and how long they are."""
    page = studio.page()
    assert page.count("Tide & Signal The lagoon The robots 08:00") == 2
    assert "Subject 10 characters, preheader 10" in page


def test_the_frames_are_a_desktop_and_a_phone_wide(studio: Atelier) -> None:
    """Each without a right to run anything."""
    frames = re.findall(r"<iframe.*?</iframe>", studio.get().text)
    assert [re.findall(r' name="(\w+)"| width="(\d+)"', frame) for frame in frames] == [
        [("desktop", ""), ("", "680")],
        [("phone", ""), ("", "360")],
    ]
    assert all('sandbox="' in frame and "allow-scripts" not in frame for frame in frames)


@pytest.mark.parametrize("width", ["desktop", "phone"])
def test_one_width_may_be_looked_at_alone(studio: Atelier, width: str) -> None:
    """For narrow windows, where both find no room."""
    assert re.findall(r'<iframe class="screen" name="(\w+)"', studio.get(width=width).text) == [width]


def test_every_link_of_the_page_leads_somewhere(studio: Atelier) -> None:
    """Each state of the page, and each part of it by itself."""
    text = studio.get(at="2026-11-16T09:00", view="source").text + studio.get(view="message").text + studio.get(at="2027-11-16").text
    links = set(re.findall(r'(?:href|src)="(/[^"]*)"', text))
    assert len(links) > 20
    assert {studio.client.get(link.replace("&amp;", "&")).status_code for link in links} == {200}


def test_the_letter_is_the_one_that_goes_out(studio: Atelier) -> None:
    """By day and in the dark, and for anybody: tokens are filled in."""
    light, dark = studio.get("/letter").text, studio.get("/letter", scheme="dark").text
    for letter in (light, dark):
        assert "The lagoon" in letter
        assert "The robots" in letter
        assert "__SYN_" not in letter
        assert "mailto:weekly@news.example.org" in letter
    assert "@media (max-width: 0) {" in light
    assert "@media (min-width: 0) {" in dark


def test_pictures_come_from_the_workspace(studio: Atelier) -> None:
    """By the name under which they are published, as soon as an edition that has them was shown."""
    assert studio.get("/media/seeds/images/lagoon.png").status_code == 404
    assert 'src="/media/seeds/images/lagoon.png"' in studio.get("/letter").text
    picture = studio.get("/media/seeds/images/lagoon.png")
    assert picture.content == PIXEL
    assert picture.headers["content-type"] == "image/png"
    assert "sandbox" in picture.headers["content-security-policy"]


@pytest.mark.parametrize(
    "name", ["../syndicate.toml", "..%2f..%2fsyndicate.toml", "seeds/lagoon.md", "/etc/passwd", "seeds/images/none.png"]
)
def test_nothing_else_comes_from_the_workspace(studio: Atelier, name: str) -> None:
    """Names are looked up among the pictures of editions, and are no paths."""
    studio.page()
    assert studio.client.get(f"/media/{name}").status_code == 404


def test_images_off_is_a_policy(studio: Atelier) -> None:
    """The browser loads none, as a mail program that waits to be asked."""
    assert "img-src 'none'" in studio.get("/letter", images="off").headers["content-security-policy"]
    assert "img-src 'self'" in studio.get("/letter").headers["content-security-policy"]


def test_the_text_part_is_text(studio: Atelier) -> None:
    """By itself, and on the page at both widths."""
    assert studio.get("/text").headers["content-type"].startswith("text/plain")
    assert "https://example.org/lagoon-md" in studio.get("/text").text
    assert studio.page(view="text").count("https://example.org/lagoon-md") == 2


def test_source_lines_can_be_linked(studio: Atelier) -> None:
    """Each has its number, by which findings name it; none is taken for markup."""
    for page in (studio.get("/source").text, studio.get(view="source").text):
        assert '<li id="L1"><a href="#L1" aria-label="Line 1">1</a><code>&lt;!DOCTYPE html&gt;</code></li>' in page


def test_the_message_is_whole(studio: Atelier) -> None:
    """As text to be read, and as a file to be opened in a mail program."""
    message = message_from_bytes(studio.get("/message").content, policy=policy.default)
    assert message["Subject"] == "The lagoon"
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]
    saved = studio.get("/message", save=1)
    assert saved.headers["content-type"] == "message/rfc822"
    assert saved.headers["content-disposition"] == 'attachment; filename="weekly-2026-11-16.eml"'
    assert "List-Unsubscribe: " in studio.page(view="message")


def test_the_gauge_weighs_the_letter(studio: Atelier) -> None:
    """In kilobytes of HTML, against the budget."""
    held = studio.client.app.state.desk.bench  # type: ignore[attr-defined]  # the application is a Starlette
    letter = held.letter(held.galley(held.digests["weekly"], moment("2026-11-16T08:00")), ())
    assert f"Size {len(letter.html.encode()) / 1000:.1f} kB of HTML, within the budget" in studio.page()


def test_the_limits_are_those_of_the_bar(studio: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    """In words as in the drawing."""
    assert "Budget 80 kB. From 95 kB on, stories are left out; from 102 kB on, Gmail hides the rest." in studio.page()
    monkeypatch.setattr(pages, "MARKS", tuple(replace(mark, kilobytes=mark.kilobytes + 100) for mark in MARKS))
    assert "Budget 180 kB. From 195 kB on, stories are left out; from 202 kB on, Gmail hides the rest." in studio.page()


def test_findings_are_told_with_their_lines(studio: Atelier) -> None:
    """What the linter says: the rule, where, what and what to do; a line is a link into the source."""
    assert re.search(r"Findings 0 None, in \d+ mail programs\.", studio.page())
    studio.write(CARD, '<tr><td><p><img src="https://example.org/x.png" width="10" height="10">{{ entry.title }}</p></td></tr>')
    page = studio.get().text
    finding = re.search(r'<span class="rule">alt</span> <a class="where" href="([^"]+)#L(\d+)">line \2, ', page)
    assert finding
    source = studio.client.get(finding[1].replace("&amp;", "&")).text
    line = re.search(rf'<li id="L{finding[2]}">.*', source)
    assert line
    assert "https://example.org/x.png" in line[0]


def test_articles_with_problems_are_named(studio: Atelier) -> None:
    """With file, line and remedy, beside the letter without them."""
    studio.add("spoilt", quality="high")
    page = studio.page()
    assert "Articles with problems 1 seeds/spoilt.md:5 quality: must be a number, got 'high'" in page
    assert "The robots" in page


# Which edition


def test_editions_are_there_to_choose_from(studio: Atelier) -> None:
    """The last twelve, with how many stories each has, and the one before and after the one that is shown."""
    page = studio.page()
    assert page.count(" 08:00 0 stories") == 10
    assert "Mon 16 Nov 2026 08:00 2 stories" in page
    assert "Mon 9 Nov 2026 08:00 1 story" in page
    earlier = studio.page(at="2026-11-09T08:00")
    assert "The wires" in earlier
    assert "Mon 9 Nov 2026 08:00 · 1 story" in earlier
    assert 'rel="prev" href="/?digest=weekly&amp;at=2026-11-02T08%3A00"' in studio.get(at="2026-11-09T08:00").text


@pytest.mark.parametrize("at", ["2026-11-10", "2026-11-09T08:00Z", "7d", "2026-11-16T07:59"])
def test_any_moment_means_the_edition_before_it(studio: Atelier, at: str) -> None:
    """ISO 8601 or a word, in the site's time zone."""
    assert "Mon 9 Nov 2026 08:00 · 1 story" in studio.page(at=at)


def test_links_to_editions_are_read_back_as_their_time(tmp_path: Path) -> None:
    """Also at an hour that the clocks repeat, which is written in UTC."""
    hourly = CONFIGURATION.replace("0 8 * * mon", "0 * * * *").replace("Europe/London", "America/New_York")
    studio = atelier(make_workspace(tmp_path), now=lambda: moment("2026-11-01T06:30"))
    studio.write("syndicate.toml", hourly)
    assert "Sun 1 Nov 2026 01:00 · " in studio.page()  # 05:00 UTC: the clocks are put back at 06:00
    text = studio.get().text
    assert 'rel="next" href="/?digest=weekly&amp;at=2026-11-01T02%3A00"' in text
    assert 'rel="prev" href="/?digest=weekly&amp;at=2026-11-01T00%3A00"' in text


def test_an_edition_without_stories_says_why_and_leads_to_one_that_has_some(studio: Atelier) -> None:
    """As `render` does, and the moment it suggests is a link."""
    page = studio.get(at="2027-11-16")
    said = "Of 3 articles 3 outside 2027-11-08..2027-11-15; the newest that fits is dated 2026-11-14."
    assert said in page.text
    hint = re.search(r'id="hint" href="([^"]+)"', page.text)
    assert hint
    assert "The lagoon" in studio.client.get(hint[1].replace("&amp;", "&")).text


def test_another_digest_is_another_letter(studio: Atelier) -> None:
    """By its slug; its sender goes by the address where there is no name."""
    assert "daily@news.example.org The lagoon" in studio.page(digest="daily", at="2026-11-13T06:00")


def test_a_reader_with_topics_gets_their_own_letter(studio: Atelier) -> None:
    """A topic takes in what is under it; the choice names those of the edition, and how many stories are on them."""
    assert "AI 1 Energy 1 Tidal Power 1" in studio.page()
    letter = studio.get("/letter", topics=["Energy"]).text
    assert "The lagoon" in letter
    assert "The robots" not in letter
    assert "08:00 · 1 of 2 stories" in studio.page(topics=["Energy"])
    assert "The robots" in studio.get("/text", topics=["AI"]).text


def test_a_reader_whose_topics_have_no_story_gets_none(studio: Atelier) -> None:
    """And the page says so."""
    assert "This reader gets no letter No story of Mon 16 Nov 2026 is on Gardening." in studio.page(topics=["Gardening"])
    assert studio.get("/letter", topics=["Gardening"]).status_code == 404


# What goes wrong


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{{ entry.titel }}", "mail_card.html:2 an entry has no 'titel'; did you mean title?"),
        ("{{ nothing }}", "mail_card.html:1 'nothing' is undefined; define it or test it with `is defined`"),
        ("<p>{% if %}</p>", "mail_card.html:1 Expected an expression, got 'end of statement block'"),
        ("{{ 1 // 0 }}", "mail_card.html:1 integer division or modulo by zero"),
    ],
)
def test_a_broken_template_is_shown_with_its_line_and_mended(studio: Atelier, text: str, said: str) -> None:
    """The page stays, with the choice of editions; each part of it says the same; and it comes back."""
    studio.write(CARD, text)
    page = studio.page()
    assert f"A template cannot be rendered templates/partials/{said}" in page
    assert '<li value="1"' in studio.get().text
    assert "Mon 9 Nov 2026" in page
    for path in ("/letter", "/text", "/source", "/message"):
        assert studio.get(path).status_code == 422
        assert "mail_card.html" in studio.get(path).text
    studio.write(CARD, "<tr><td><p>{{ entry.title }}</p></td></tr>")
    assert "A template cannot be rendered" not in studio.page()


def test_what_a_library_chokes_on_is_shown_too(studio: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows all that half-written HTML makes premailer raise."""

    def choke(_: str) -> NoReturn:
        raise RuntimeError("cannot digest <p")

    monkeypatch.setattr("syndicate.emitters.digest.inline", choke)
    assert "Something unforeseen happened RuntimeError: cannot digest <p" in studio.page()


def test_a_message_that_cannot_be_written_is_shown_as_such(studio: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is asked for; the letter is there all the same."""

    def refuse(*_: object) -> NoReturn:
        raise UndeliverableError("Feedback-ID: cannot be folded")

    monkeypatch.setattr(bench, "build_message", refuse)
    assert "The letter cannot be shown Feedback-ID: cannot be folded" in studio.page(view="message")
    assert studio.get("/message").status_code == 422
    assert "The lagoon" in studio.get("/letter").text


@pytest.mark.parametrize(
    "title", ['"\\ud800 half a letter"', '"\\u0000\\u202E turned round"', '"\U0001f30a"'], ids=["surrogate", "controls", "wave"]
)
def test_odd_characters_in_an_article_break_no_page(studio: Atelier, title: str) -> None:
    """Whatever YAML lets through."""
    studio.write("seeds/odd.md", f"---\ntitle: {title}\npublishedDateTime: 2026-11-13\noriginalUrl: https://example.org/odd\n---\n")
    for path in ROUTES[:8]:
        assert studio.client.get(path).status_code == 200


def test_settings_that_cannot_be_used_are_shown_and_mended(studio: Atelier) -> None:
    """Every reason at once."""
    studio.write("syndicate.toml", CONFIGURATION.replace('"0 8 * * mon"', '"at eight"\nlimit = "many"'))
    page = studio.page()
    assert "The settings cannot be used syndicate.toml: digests.weekly.limit: " in page
    assert "syndicate.toml: digests.weekly.schedule: " in page
    studio.write("syndicate.toml", CONFIGURATION.replace("The weekly", "The Monday"))
    assert "The Monday" in studio.page()


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"at": "2026-11-46"}, "That is no moment must be a date such as 2026-11-16T08:00, or now, today, yesterday, 7d; got '2026-11-46'"),
        ({"digest": "weakly"}, "There is no such digest no publication 'weakly'; did you mean weekly?"),
    ],
    ids=["at", "digest"],
)
def test_what_was_asked_wrongly_is_said(studio: Atelier, query: dict[str, str], said: str) -> None:
    """With what there is instead."""
    assert said in studio.page(**query)


def test_a_workspace_without_digests_is_told_what_to_add(studio: Atelier) -> None:
    """Feeds alone are nothing to look at here."""
    studio.write("syndicate.toml", CONFIGURATION.partition("[[digests]]")[0])
    assert "syndicate.toml: there is no digest to look at; add [[digests]]" in studio.page()


def test_a_folder_of_articles_that_is_not_there_is_named(studio: Atelier) -> None:
    """As everywhere else."""
    studio.write("syndicate.toml", CONFIGURATION.replace('"seeds"', '"sedes"'))
    assert "articles.folder: there is no folder" in studio.page()


# What it costs


def test_a_letter_is_rendered_once_until_a_file_changes(studio: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many frames show it; a template's change reads no article again, an article's does."""
    done: list[str] = []

    def counted(name: str) -> Callable[..., Any]:
        whole = getattr(bench, name)

        def once_more(*arguments: Any, **more: Any) -> Any:
            done.append(name)
            return whole(*arguments, **more)

        return once_more

    for name in ("render_digest", "read_catalogue", "lint"):
        monkeypatch.setattr(bench, name, counted(name))
    for path in ("/", "/letter?scheme=dark", "/text", "/source", "/"):
        studio.client.get(path)
    assert sorted(done) == ["lint", "read_catalogue", "render_digest"]
    studio.write(CARD, "<tr><td><p>{{ entry.title }}</p></td></tr>")
    studio.page()
    assert sorted(done) == ["lint", "lint", "read_catalogue", "render_digest", "render_digest"]
    studio.add("late", publishedDateTime="2026-11-15T09:30:00Z")
    assert "3 stories" in studio.page()
    assert done.count("read_catalogue") == 2


def test_no_more_renderings_are_kept_than_are_gone_back_to(studio: Atelier, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that was made first goes; who walks through a year of editions does not fill the memory."""
    done: list[str] = []

    def once_more(edition: Edition) -> Rendering:
        done.append(edition.key.partition("/")[2])
        return render_digest(edition)

    monkeypatch.setattr(bench, "render_digest", once_more)
    monkeypatch.setattr(bench, "MOST_KEPT", 2)
    for day in ("02", "09", "16", "16", "09", "02", "16", "09"):
        studio.get("/text", at=f"2026-11-{day}T08:00")
    assert [key[-2:] for key in done] == ["02", "09", "16", "02", "09"]


def test_pictures_may_be_looked_through_while_another_edition_is_rendered(studio: Atelier) -> None:
    """Requests are answered by several threads: what one of them goes through does not change under it."""
    studio.add("wall", publishedDateTime="2026-11-05T09:30:00Z", images=[{"url": "images/wall.png", "width": 1, "height": 1}])
    (studio.root / "seeds" / "images" / "wall.png").write_bytes(PIXEL)
    held = studio.client.app.state.desk.bench  # type: ignore[attr-defined]  # the application is a Starlette
    weekly = held.digests["weekly"]
    held.galley(weekly, moment("2026-11-16T08:00"))
    through = iter(held.pictures.values())
    held.galley(weekly, moment("2026-11-09T08:00"))
    assert [picture.name for picture in through] == ["media/seeds/images/lagoon.png"]
    assert set(held.pictures) == {"media/seeds/images/lagoon.png", "media/seeds/images/wall.png"}


# Who may look


@pytest.mark.parametrize("path", ROUTES)
def test_no_route_calls_out(studio: Atelier, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by address nor by name: rendering, linting and showing are done on this machine."""
    studio.page()

    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert studio.client.get(path).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8025", "127.0.0.1.evil.example", "192.168.1.7:8025", "[::2]:8025"])
@pytest.mark.parametrize("path", ["/", "/letter", "/events", "/studio/studio.css", "/media/seeds/images/lagoon.png"])
def test_who_asks_under_another_name_is_refused(studio: Atelier, host: str, path: str) -> None:
    """A page elsewhere whose name was made to point here (DNS rebinding) must not read drafts."""
    assert studio.client.get(path, headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8025", "localhost:1", "LOCALHOST", "[::1]:8025"])
def test_this_machine_may_ask_by_any_of_its_names(studio: Atelier, host: str) -> None:
    """The loopback's."""
    assert studio.client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("path", [*ROUTES[:5], "/studio/studio.js", "/media/seeds/images/lagoon.png", "/nowhere"])
def test_nothing_is_kept_or_lent_to_another_page(studio: Atelier, path: str) -> None:
    """Not in a cache, not to a page of another origin, not guessed to be of another type."""
    headers = studio.get(path).headers
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_page_runs_its_own_script_alone(studio: Atelier) -> None:
    """By its policy, and there is no other on it to begin with."""
    page = studio.get()
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert re.findall(r"<script[^>]*>", page.text) == ['<script src="/studio/studio.js" defer>']
    assert not re.search(r'\s(style|on\w+)="', page.text)


HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "__SYN_UNSUBSCRIBE__ __SYN_LEAD_0__",
    "</pre></iframe><h1>x",
    "{{ 7 * 7 }}",
)


@pytest.mark.parametrize("view", ["letter", "text", "source", "message"])
@pytest.mark.parametrize("title", HOSTILE)
def test_a_hostile_article_stays_text(studio: Atelier, title: str, view: str) -> None:
    """In a title, an excerpt, a topic, a file that has problems, and in what is asked."""
    write_article(studio.root / "seeds", "spoilt.md", quality=title)
    studio.add("hostile", title=title, excerpt=title, topics=[title], heat=99)
    page = studio.get(view=view, topics=[title]).text
    assert "<script>" not in page
    assert "<h1>x" not in page
    assert "onerror=alert(1)>" not in page
    assert title in unescape(page) or view in {"source", "message"}
    assert studio.get("/letter", topics=[title]).status_code == 200
    asked = studio.get(view=view, digest=title, at=title).text
    assert "<script>" not in asked
    assert "onerror=alert(1)>" not in asked


# What it tells


def test_the_events_begin_with_how_often_files_have_changed(tmp_path: Path) -> None:
    """By which a page that was away knows whether it missed something; a closed bell ends them."""
    bell = Bell()
    studio = atelier(make_workspace(tmp_path), bell=bell)
    assert 'data-rung="0"' in studio.get().text
    studio.add("more")
    assert 'data-rung="1"' in studio.get().text
    bell.close()
    answer = studio.get("/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text == ""
