"""Subscribing, changing one's mind and leaving on the web: what happens, and what does not."""

from __future__ import annotations

import json
import re
import time
from email.utils import parseaddr
from statistics import median
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest

from syndicate.config import load_settings
from syndicate.delivery.tokens import suppression_key
from syndicate.publishing.secrets import keys_of
from syndicate.publishing.subscribing import BY_HAND
from syndicate.storage.people import Wish
from tests.databases import contents, on_sqlite
from tests.web.reception import DAILY, LIMITLESS, Front, front, heading, words

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings

pytestmark = pytest.mark.usefixtures("storage_url")

ANN = "ann@example.org"


@pytest.fixture
def one(tmp_path: Path) -> Front:
    """A newspaper with one digest."""
    return front(tmp_path)


@pytest.fixture
def two(tmp_path: Path) -> Front:
    """A newspaper with two digests."""
    return front(tmp_path, more=DAILY)


def test_somebody_subscribes(one: Front) -> None:
    """By the form, a letter, a link and a button; before the button they are nobody."""
    assert heading(one.ask("Ann@Example.org", name="Ann Quist", **on("Wind", "Robotics"))) == "Check your inbox"
    assert one.person(ANN) is None
    assert heading(one.client.get(one.link())) == "One click, and you are subscribed"
    assert one.person(ANN) is None
    one.clock.on(hours=1)
    assert heading(one.client.post(one.link())) == "You are subscribed"
    assert one.gets(ANN) == {"weekly": ("Robotics", "Wind")}
    person = one.person(ANN)
    assert person
    assert (person.address, person.name, person.confirmed_at) == ("Ann@example.org", "Ann Quist", one.clock.now)


def test_consent_is_recorded(one: Front) -> None:
    """When, by which form, from which network (and no closer), and the very words that stood at the button."""
    page = one.client.get("/subscribe").text
    one.join(ANN)
    person = one.person(ANN)
    assert person
    assert person.confirmed_at == one.clock.now
    assert person.consent_source == "sign-up form, 2026-11-16 09:00 UTC, from 203.0.113.0/24, confirmed from 203.0.113.0/24"
    assert person.consent_wording == "Send me “The weekly” by e-mail, until I leave by the link in every letter."
    assert person.consent_wording in page


def test_the_letter_is_ours_alone(one: Front) -> None:
    """From the digest's sender, to the address and no name, with nothing in it that the visitor wrote, and marked as made by a machine."""
    one.ask(ANN, name="Buy pills at https://evil.example now")
    (letter,) = one.letters()
    assert parseaddr(letter["From"])[1] == "weekly@news.example.org"
    assert str(letter["To"]) == ANN
    assert "pills" not in letter.as_string()
    assert str(letter["Auto-Submitted"]) == "auto-generated"
    assert letter["List-Unsubscribe"] is None
    html = letter.get_body(("html",))
    assert html
    assert f"https://lists.example.org{one.link()}" in html.get_content()


def test_every_address_is_told_the_same(two: Front) -> None:
    """Unknown, known, subscribed, gone, never to be written to, and one that no letter can reach: status, headers and page."""
    two.join("known@example.org")
    two.join("gone@example.org")
    two.client.post(two.path("unsubscribe", "gone@example.org"))
    suppress(two, "never@example.org")
    answers = {}
    for name in ("fresh1", "known", "gone", "never", "odd..1", "odd.é2"):
        answer = two.ask(f"{name}@example.org")
        headers = {key: value for key, value in answer.headers.items() if key not in {"date", "content-length"}}
        answers[name] = (answer.status_code, headers, answer.text.replace(f"{name}@", "@"))
    assert len({repr(answer) for answer in answers.values()}) == 1
    assert [str(letter["To"]).partition("@")[0] for letter in two.letters()[2:]] == ["fresh1", "known", "gone"]


@on_sqlite
def test_answers_take_about_the_same_time(tmp_path: Path) -> None:
    """For whom we write to, and for who is suppressed or no letter can reach: within half of it, letters aside, which go out afterwards."""
    two = front(tmp_path, signup=LIMITLESS)
    two.join("known@example.org")
    suppress(two, "never@example.org")
    stamp = two.stamp()
    two.clock.on(seconds=5)
    times: dict[str, list[float]] = {name: [] for name in ("fresh", "known", "never", "odd.")}
    for number in range(60):
        for name, spent in times.items():
            address = f"{name}@example.org" if name in {"known", "never"} else f"{name}.{number}@example.org"
            fields = {"email": [address], "digest": ["weekly"], "stamp": [stamp]}
            start = time.perf_counter()
            assert two.doors.form.ask(fields, "203.0.113.7").status_code == 200
            spent.append(time.perf_counter() - start)
    middle = {name: median(spent) for name, spent in times.items()}
    assert max(middle.values()) < 1.5 * min(middle.values()), middle


def test_confirming_twice_does_no_harm(one: Front) -> None:
    """It says so again, by GET and by POST; and brings nobody back who has left since."""
    one.join(ANN)
    before = one.person(ANN)
    for again in (one.client.post(one.link()), one.client.get(one.link()), one.client.get(one.link())):
        assert heading(again) == "You are subscribed"
    assert one.person(ANN) == before
    one.client.post(one.path("unsubscribe", ANN))
    assert one.client.post(one.link()).status_code == 404
    assert one.gets(ANN) == {}


def test_who_confirms_gets_the_link_to_their_preferences(one: Front) -> None:
    """It holds for ever, so whoever opens the letter's link later, by GET or by POST, does not get it."""
    one.ask(ANN)
    assert "preferences/" in one.client.post(one.link()).text
    assert "preferences/" not in one.client.get(one.link()).text
    assert "preferences/" not in one.client.post(one.link()).text


def test_a_link_runs_out(one: Front) -> None:
    """After a week, by GET and by POST; what was asked for is forgotten with the next form."""
    one.ask(ANN)
    link = one.link()
    one.clock.on(days=7, seconds=2)
    assert one.client.get(link).status_code == one.client.post(link).status_code == 404
    assert one.person(ANN) is None
    one.ask("somebody.else@example.org")
    assert one.signups.of(ANN) == ()


def test_who_had_left_comes_back(one: Front) -> None:
    """By the form, and a new consent."""
    one.join(ANN)
    one.client.post(one.path("unsubscribe", ANN))
    assert one.gets(ANN) == {}
    one.clock.on(days=30)
    one.join(ANN)
    assert one.gets(ANN) == {"weekly": ()}
    person = one.person(ANN)
    assert person
    assert person.confirmed_at == one.clock.now


def test_nobody_else_changes_what_somebody_gets(two: Front) -> None:
    """A form in the name of a reader changes nothing until they confirm; then it is what they asked for."""
    two.join(ANN, **{"topic.weekly": ["Wind"]})
    two.ask(ANN, digest=["daily", "weekly"])
    assert two.gets(ANN) == {"weekly": ("Wind",)}
    two.client.post(two.link())
    assert two.gets(ANN) == {"weekly": (), "daily": ()}


def test_only_what_is_offered_can_be_chosen(two: Front) -> None:
    """A topic takes in those under it; strangers among digests and topics are passed over."""
    two.join(ANN, digest=["weekly", "monthly"], **{"topic.weekly": ["Energy", "Wind", "Robotics", "Cooking"], "topic.daily": ["Wind"]})
    assert two.gets(ANN) == {"weekly": ("Robotics", "Energy")} or two.gets(ANN) == {"weekly": ("Energy", "Robotics")}


@pytest.mark.parametrize(
    ("fields", "marked"),
    [
        ({"email": ""}, "email"),
        ({"email": "ann"}, "email"),
        ({"email": "ann@host"}, "email"),
        ({"email": "a@example.org" + "x" * 300}, "email"),
        ({"name": "n" * 81}, "name"),
    ],
)
def test_a_mistake_is_shown_at_its_field(one: Front, fields: dict[str, str], marked: str) -> None:
    """Tied to it for screen readers, with all that was filled in kept; nothing is sent."""
    answer = one.client.post("/subscribe", data={"email": ANN, "name": "Ann", "digest": "weekly", "topic.weekly": "Wind"} | fields)
    assert answer.status_code == 422
    field = re.search(rf'<input id="{marked}"[^>]*>', answer.text)
    assert field
    assert 'aria-invalid="true"' in field[0]
    assert f'aria-describedby="{marked}-error"' in field[0]
    assert re.search(rf'<p class="error" id="{marked}-error">[^<]', answer.text)
    assert 'value="Wind" checked' in answer.text
    assert one.letters() == []


def test_without_a_digest_one_is_asked_for(two: Front) -> None:
    """Where there are several."""
    answer = two.client.post("/subscribe", data={"email": ANN})
    assert answer.status_code == 422
    assert '<p class="error" id="digest-error">Choose at least one.</p>' in answer.text


def test_preferences_are_changed_by_post(two: Front) -> None:
    """What is ticked is what somebody gets then: digests, and topics of each."""
    two.join(ANN)
    path = two.path("preferences", ANN)
    assert heading(two.client.get(path)) == "What you get"
    assert "a•••@example.org" in two.client.get(path).text
    answer = two.client.post(path, data={"do": "save", "digest": ["daily", "weekly"], "topic.weekly": ["Tides"]})
    assert "Your choices are saved." in words(answer)
    assert two.gets(ANN) == {"daily": (), "weekly": ("Tides",)}
    two.client.post(path, data={"do": "save", "digest": ["daily"]})
    assert two.gets(ANN) == {"daily": ()}
    two.client.post(path, data={"do": "leave"})
    assert two.gets(ANN) == {}
    person = two.person(ANN)
    assert person
    assert person.state == "unsubscribed"


def test_topics_that_are_not_offered_any_more_are_kept(one: Front) -> None:
    """They stand on the page, for as long as they are ticked."""
    keys = keys_of(load(one), one.ledger)
    wish = Wish(ANN, ANN, digests=("weekly",), topics=("Cooking",), consent_source=BY_HAND)
    one.store.note([wish], lambda mailbox: suppression_key(keys, mailbox), now=one.clock.now)
    path = one.path("preferences", ANN)
    assert 'value="Cooking" checked' in one.client.get(path).text
    one.client.post(path, data={"do": "save", "digest": "weekly", "topic.weekly": ["Cooking", "Wind"]})
    assert one.gets(ANN) == {"weekly": ("Wind", "Cooking")}
    one.client.post(path, data={"do": "save", "digest": "weekly", "topic.weekly": ["Wind"]})
    assert one.gets(ANN) == {"weekly": ("Wind",)}


@pytest.mark.parametrize(
    "sent",
    [
        {"data": {"List-Unsubscribe": "One-Click"}},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
        {"content": b"\xff\x00", "headers": {"content-type": "multipart/form-data"}},
    ],
    ids=["urlencoded", "multipart", "empty", "nonsense"],
)
def test_one_click_is_enough(two: Front, sent: dict[str, object]) -> None:
    """RFC 8058, section 3.2: a POST of either kind, without a cookie, is answered at once and by no redirect; the other digest goes on."""
    two.join(ANN, digest=["daily", "weekly"])
    answer = two.client.post(two.path("unsubscribe", ANN), follow_redirects=False, **sent)  # type: ignore[arg-type]  # as httpx takes it
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert two.gets(ANN) == {"daily": ()}
    assert "You still get: The daily" in words(answer)


def test_looking_at_a_link_changes_nothing(two: Front) -> None:
    """Scanners follow every link, by GET and by HEAD."""
    two.ask("bea@example.org")
    two.join(ANN)
    before = two.person(ANN)
    for path in (two.path("unsubscribe", ANN), two.path("preferences", ANN), two.link()):
        assert two.client.get(path).status_code == two.client.head(path).status_code == 200
    assert two.person(ANN) == before
    assert two.person("bea@example.org") is None


def test_a_mistake_is_taken_back(one: Front) -> None:
    """On the page after leaving, with the topics as they were; for a day."""
    one.join(ANN, **{"topic.weekly": ["Wind"]})
    left = one.client.post(one.path("unsubscribe", ANN))
    assert one.gets(ANN) == {}
    undo = re.search(r'action="\.\./\.\.(/preferences/[^"]+/undo)"', left.text)
    assert undo
    assert one.client.get(undo[1]).status_code == 405
    assert heading(one.client.post(undo[1])) == "You are subscribed again"
    assert one.gets(ANN) == {"weekly": ("Wind",)}
    one.client.post(one.path("unsubscribe", ANN))
    one.clock.on(days=1, seconds=1)
    assert one.client.post(undo[1]).status_code == 404
    assert one.gets(ANN) == {}


def test_somebody_has_their_data_and_has_it_deleted(one: Front) -> None:
    """All of it, by POST; deleted only when asked twice, and then every link of theirs leads nowhere."""
    one.join(ANN, name="Ann")
    one.ask(ANN)
    path, out, asked = one.path("preferences", ANN), one.path("unsubscribe", ANN), one.link()
    data = one.client.post(path, data={"do": "data"})
    assert data.headers["content-disposition"].startswith("attachment")
    assert json.loads(data.text)["person"]["name"] == "Ann"
    assert heading(one.client.post(path, data={"do": "erase"})) == "Delete all we know about you?"
    assert one.person(ANN)
    assert heading(one.client.post(path, data={"do": "erase-now", "never": "yes"})) == "You are forgotten"
    assert one.person(ANN) is None
    assert ANN not in contents(one.ledger.engine)
    for file in (one.root / ".syndicate").glob("syndicate.db*"):
        assert ANN.encode() not in file.read_bytes()
    nothing = one.client.get("/confirm/weekly/nothing").text
    for dead in (path, out, asked):
        assert one.client.get(dead).text == one.client.post(dead, data={"do": "save"}).text == nothing
    letters = len(one.letters())
    one.ask(ANN)
    assert len(one.letters()) == letters  # never again, as they said


def test_a_digest_that_is_gone_can_still_be_left(tmp_path: Path) -> None:
    """Unsubscribing never expires."""
    before = front(tmp_path, more=DAILY)
    before.join(ANN, digest=["daily", "weekly"])
    after = front(tmp_path)
    assert after.client.get(after.path("unsubscribe", ANN, "daily")).status_code == 200
    assert after.client.post(after.path("unsubscribe", ANN, "daily")).status_code == 200
    assert after.gets(ANN) == {"weekly": ()}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/unsubscribe/weekly/", "../../subscribe"),
        ("/unsubscribe/weekly", "../subscribe"),
        ("/unsubscribe", "subscribe"),
        ("/confirm/", "../subscribe"),
        ("/preferences/weekly/a/b", "../../../subscribe"),
        ("/subscribe/", "../subscribe"),
    ],
)
def test_a_link_that_is_cut_short_is_answered_like_any_other(one: Front, path: str, form: str) -> None:
    """By the page that says so, with its headers and the way to the form, to people and to mail programs."""
    wrong = one.client.get("/confirm/weekly/nothing")
    for answer in (one.client.get(path), one.client.post(path, data={"List-Unsubscribe": "One-Click"})):
        assert (answer.status_code, answer.headers["cache-control"], answer.headers["referrer-policy"]) == (404, "no-store", "no-referrer")
        assert answer.text == wrong.text.replace('href="../../subscribe"', f'href="{form}"')
        assert one.client.get(urljoin(f"https://lists.example.org{path}", form)).status_code == 200


def test_the_script_is_fetched_once(one: Front) -> None:
    """It has a tag, and who has it is told that it is the same."""
    script = one.client.get("/subscribe/signup.js")
    assert script.headers["content-type"].startswith("text/javascript")
    again = one.client.get("/subscribe/signup.js", headers={"If-None-Match": f'"else", W/{script.headers["etag"]}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", script.headers["etag"])
    assert one.client.get("/subscribe/signup.js", headers={"If-None-Match": '"else"'}).content == script.content


def test_the_page_can_be_closed(tmp_path: Path) -> None:
    """Then links in letters go on to work, and nobody new comes in."""
    one = front(tmp_path)
    one.join(ANN)
    shut = front(tmp_path, signup="open = false")
    assert shut.client.get("/subscribe").status_code == shut.client.post("/subscribe", data={"email": ANN}).status_code == 404
    assert shut.client.post(shut.path("unsubscribe", ANN)).status_code == 200


def test_every_page_keeps_to_itself(two: Front) -> None:
    """No cookie, no cache, no referrer, no index, no frame elsewhere, nothing from anybody else, nothing inline that is not named."""
    two.join(ANN)
    paths = ["/subscribe", "/subscribe?embed", two.path("unsubscribe", ANN), two.path("preferences", ANN), two.link(), "/confirm/x/y"]
    for path in paths:
        answer = two.client.get(path)
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in answer.headers
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert policy["default-src"] == policy["base-uri"] == policy["img-src"] == "'none'"
        assert policy["form-action"] == policy["script-src"] == "'self'"
        assert "unsafe" not in str(policy)
        assert policy["frame-ancestors"] == ("'self'" if "embed" in path else "'none'")
        assert not re.search(r"\son\w+=|style=|javascript:|(?:src|action)=\"(?:https?:)?//", answer.text)


def test_the_form_is_shown_in_frames_of_chosen_sites(tmp_path: Path) -> None:
    """And of no others; only the form."""
    one = front(tmp_path, signup='embed = "https://www.example.org"')
    assert "frame-ancestors 'self' https://www.example.org" in one.client.get("/subscribe?embed").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in one.client.get("/subscribe").headers["content-security-policy"]


@on_sqlite
def test_pages_and_letter_are_in_the_sites_language(tmp_path: Path) -> None:
    """German is complete; a language without a catalogue is honest English; a workspace brings its own."""
    german = front(tmp_path / "de", site='language = "de-AT"')
    assert heading(german.ask(ANN)) == "Sehen Sie in Ihr Postfach"
    assert str(german.letters()[0]["Subject"]) == "Bitte bestätigen: The weekly"
    assert '<html lang="de-AT" dir="ltr"' in german.client.get("/subscribe").text
    assert '<html lang="en" dir="ltr"' in front(tmp_path / "fi", site='language = "fi"').client.get("/subscribe").text
    own = tmp_path / "ar" / "templates" / "translations"
    own.mkdir(parents=True)
    (own / "ar.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Subscribe"\nmsgstr "اشتراك"\n', "utf-8"
    )
    arabic = front(tmp_path / "ar", site='language = "ar"').client.get("/subscribe").text
    assert '<html lang="ar" dir="rtl"' in arabic
    assert "اشتراك</button>" in arabic


def on(*labels: str) -> dict[str, Any]:
    """The fields of a form in which these topics of the weekly are ticked."""
    return {"topic.weekly": labels}


def suppress(front: Front, address: str) -> None:
    """Have somebody never written to again, and known by a fingerprint alone."""
    keys = keys_of(load(front), front.ledger)
    never = Wish(address, address, state="suppressed", cause="complaint")
    front.store.note([never], lambda mailbox: suppression_key(keys, mailbox), now=front.clock.now)
    front.store.erase(address, key=None, now=front.clock.now)


def load(front: Front) -> Settings:
    """The settings of a newspaper."""
    return load_settings(front.root / "syndicate.toml")
