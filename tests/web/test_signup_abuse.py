"""Whoever means harm on the web: floods, programs that fill in forms, links that are guessed, bent or borrowed."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.event import listen
from starlette.testclient import TestClient

from syndicate.config import load_settings
from syndicate.delivery.tokens import Keys, Purpose, sign, suppression_key
from syndicate.model import EPOCH
from syndicate.publishing.secrets import keys_of
from syndicate.publishing.signup.limits import NOWHERE, Allowance, drawn, network_of
from syndicate.publishing.signup.stamps import is_human, stamp
from syndicate.rates import Bucket
from syndicate.storage.people import Wish
from syndicate.storage.signups import Wait
from syndicate.web.site import site
from tests.vocabulary import moment
from tests.web.reception import DAILY, LIMITLESS, Front, front, heading, words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from httpx2 import Response

ANN = "ann@example.org"
PAGES = ("confirm", "preferences", "unsubscribe")


@pytest.fixture
def one(tmp_path: Path) -> Front:
    """A newspaper with one digest."""
    return front(tmp_path)


def asked(front: Front, count: int, *, host: str = "203.0.113.{}", address: str = "reader{}@example.org") -> list[int]:
    """The answers to so many forms, from hosts and for addresses of which each has a number in it."""
    stamp_ = front.stamp()
    front.clock.on(seconds=5)
    answers = []
    for number in range(count):
        client = TestClient(front.client.app, client=(host.format(number % 250), 40000))
        fields = {"email": address.format(number), "digest": "weekly", "stamp": stamp_}
        answers.append(client.post("/subscribe", data=fields).status_code)
    return answers


def test_one_network_has_twenty_letters_an_hour_sent(one: Front) -> None:
    """However many forms it sends, from however many of its addresses, for however many readers; the others are asked to wait."""
    answers = asked(one, 300)
    assert (answers.count(200), answers.count(429)) == (20, 280)
    assert len(one.letters()) == 20
    one.clock.on(minutes=30)
    assert asked(one, 30, address="later{}@example.org").count(200) == 10
    assert len(one.letters()) == 30


def test_another_network_is_not_kept_waiting(one: Front) -> None:
    """Nor is a form from a network that waited."""
    answer = asked(one, 21)[-1]
    assert answer == 429
    assert asked(one, 1, host="198.51.100.{}") == [200]
    one.clock.on(hours=1)
    assert asked(one, 1) == [200]


def test_who_waits_is_told_how_long(one: Front) -> None:
    """In words and in a header, whoever they asked for."""
    asked(one, 20)
    answer = one.ask(ANN)
    assert (answer.status_code, heading(answer)) == (429, "Too many at once")
    assert 0 < int(answer.headers["retry-after"]) <= 180


def test_all_networks_together_have_a_limit(tmp_path: Path) -> None:
    """So that many machines do not get further than one."""
    one = front(tmp_path, signup='in_all = "50/h"')
    answers = asked(one, 120, host="203.{}.113.7")
    assert (answers.count(200), len(one.letters())) == (50, 50)


def test_a_line_of_ipv6_has_no_more_networks_than_it_pays_for(tmp_path: Path) -> None:
    """A customer has 256 networks and more: together they get three networks' worth, and nobody else has to wait for them."""
    one = front(tmp_path, signup='per_domain = "100000/h"')
    stamp_ = one.stamp()
    one.clock.on(seconds=5)

    def answer(host: str, address: str) -> Response:
        return TestClient(one.client.app, client=(host, 4)).post("/subscribe", data={"email": address, "digest": "weekly", "stamp": stamp_})

    answers = [
        answer(f"2001:db8:1:{number:x}::1", f"v{number}.{count}@victim.example").status_code for number in range(26) for count in range(20)
    ]
    assert (answers.count(200), len(one.letters())) == (60, 60)
    assert answer("198.51.100.9", "me@example.org").status_code == 200
    assert answer("2001:db8:2:1::1", "you@example.org").status_code == 200


@pytest.mark.parametrize(("domain", "letters"), [("victim.example", 4), ("gmail.com", 20)])
def test_a_domain_is_sent_so_many_letters(tmp_path: Path, domain: str, letters: int) -> None:
    """From wherever they are asked for; those at which everybody has an address, five times as many. Other domains go on."""
    one = front(tmp_path, signup='per_domain = "4/h"')
    answers = asked(one, 40, host="203.{}.113.7", address=f"reader{{}}@{domain}")
    assert (answers.count(200), answers.count(429), len(one.letters())) == (letters, 40 - letters, letters)
    assert one.ask("reader@elsewhere.example").status_code == 200


@pytest.mark.parametrize(
    ("limit", "host", "said"),
    [
        ("per_network", "203.0.113.{}", "from your network"),
        ("per_domain", "203.{}.113.7", "of the same domain"),
        ("in_all", "203.{}.113.7", "from many places"),
    ],
)
def test_who_waits_is_told_why(tmp_path: Path, limit: str, host: str, said: str) -> None:
    """What is said is so: of the network, the domain, or everybody."""
    one = front(tmp_path, signup=f'{limit} = "3/h"')
    assert asked(one, 4, host=host) == [200, 200, 200, 429]
    answer = one.ask("somebody@example.org")
    assert (answer.status_code, said in words(answer)) == (429, True)


def test_what_leads_to_no_letter_takes_none_from_others(tmp_path: Path) -> None:
    """A program that fills in every field, or asks for what no letter reaches, uses up what its own network has, and nothing else."""
    one = front(tmp_path, signup='per_network = "5/h"\nin_all = "6/h"\nper_domain = "6/h"')
    assert asked(one, 5, host="203.0.113.7", address="odd..{}@example.org") == [200] * 5
    assert asked(one, 1) == [429]
    stamp_ = one.stamp()
    one.clock.on(seconds=5)
    bot = TestClient(one.client.app, client=("192.0.2.1", 4))
    for number in range(5):
        trap = {"email": f"bot{number}@example.org", "digest": "weekly", "stamp": stamp_, "website": "x"}
        assert bot.post("/subscribe", data=trap).status_code == 200
    assert asked(one, 6, host="198.{}.113.7", address="real{}@example.org") == [200] * 6
    assert len(one.letters()) == 6


def test_who_is_suppressed_cannot_be_told_by_counting(tmp_path: Path) -> None:
    """A form for them takes as much from everybody as one that a letter comes of."""
    one = front(tmp_path, signup='in_all = "6/h"\nper_domain = "6/h"')
    keys = keys_of(one.doors.form.reception.settings, one.ledger)
    never = Wish("never@example.org", "never@example.org", state="suppressed", cause="complaint")
    one.store.note([never], lambda mailbox: suppression_key(keys, mailbox), now=one.clock.now)
    assert [*asked(one, 1, address="never@example.org"), *asked(one, 6)] == [200] * 6 + [429]
    assert len(one.letters()) == 5


def test_what_is_refused_costs_the_database_nothing(one: Front) -> None:
    """Forms over a limit, broken ones and ones that are no forms: no transaction is begun for them, and nothing is sent."""
    asked(one, 25)
    begun: list[object] = []
    listen(one.ledger.engine, "begin", begun.append)
    assert asked(one, 50) == [429] * 50
    elsewhere = TestClient(one.client.app, client=("198.51.100.5", 4))
    for _ in range(10):
        assert elsewhere.post("/subscribe", content=b"{}", headers={"content-type": "application/json"}).status_code == 415
        assert elsewhere.post("/subscribe", data={"email": ""}).status_code == 422
    assert begun == []


def test_an_address_gets_three_letters_a_day(tmp_path: Path) -> None:
    """However often it is asked for, by whatever capitals; the page says the same each time."""
    one = front(tmp_path, signup='per_network = "1000/h"')
    answers = asked(one, 20, address=ANN) + asked(one, 20, address="ANN@Example.Org", host="198.51.100.{}")
    assert (set(answers), len(one.letters())) == ({200}, 3)
    one.clock.on(days=1, seconds=1)
    asked(one, 5, address=ANN)
    assert len(one.letters()) == 6


def test_a_flood_leaves_little_behind(tmp_path: Path) -> None:
    """What is counted is bounded by what was let through, and forgotten after a day."""
    from sqlalchemy import func, select

    from syndicate.storage.tables import buckets

    one = front(tmp_path, signup='in_all = "50/h"')
    asked(one, 120, host="203.{}.113.7")

    def count() -> int:
        with one.ledger.engine.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(buckets).where(buckets.c.name.like("signup/%"))).scalar_one())

    assert count() == 52  # fifty networks, one domain, and all
    one.clock.on(days=2)
    asked(one, 1)
    assert count() == 3


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", NOWHERE),
        ("", NOWHERE),
    ],
)
def test_networks_are_what_a_household_has(host: str, network: str) -> None:
    """Of IPv4 the first 24 bits, of IPv6 the first 64."""
    assert network_of(host) == network


@given(count=st.integers(1, 50), gaps=st.lists(st.integers(0, 10_000), max_size=200))
def test_no_allowance_is_overdrawn(count: int, gaps: list[int]) -> None:
    """In any hour, at most what fits into the bucket and what flows into it."""
    allowance, buckets, taken, now = Allowance.of(f"{count}/h"), dict[str, Bucket](), list[float](), EPOCH
    for gap in gaps:
        now += timedelta(seconds=gap)
        share = drawn({"a": allowance}, buckets, now, paying=["a"])
        if not isinstance(share, Wait):
            buckets = {each.name: each for each in share}
            taken.append(now.timestamp())
    assert all(sum(start <= each < start + 3600 for each in taken) <= 2 * count for start in taken)
    assert len(taken) <= count + sum(gaps) * allowance.per_second + 1e-6


@pytest.mark.parametrize(("after", "taken"), [(0, False), (1.9, False), (2, True), (86_400, True), (86_401, False)])
def test_a_form_comes_back_as_a_person_sends_it(one: Front, after: float, *, taken: bool) -> None:
    """Not within two seconds, not after a day; else it is asked for again, with all that was filled in, and a stamp that will do."""
    answer = one.ask(ANN, after=after, name="Ann")
    assert answer.status_code == (200 if taken else 422)
    assert len(one.letters()) == taken
    if not taken:
        assert "send it again" in words(answer)
        assert f'value="{ANN}"' in answer.text


@pytest.mark.parametrize("made_up", ["", "x", "AAAA", "A" * 30, "é", "\x00", "%", "AZqbvMFAMTIzNDU2Nzg5MDEyMzQ1Ng"])
def test_a_stamp_cannot_be_made_up(one: Front, made_up: str) -> None:
    """By nobody who does not have our secret."""
    assert one.client.post("/subscribe", data={"email": ANN, "digest": "weekly", "stamp": made_up}).status_code == 422
    assert one.letters() == []


@given(st.binary(max_size=40))
def test_no_bytes_are_a_stamp(body: bytes) -> None:
    """Nor do they raise anything."""
    keys = Keys.of("a-secret-that-is-long-enough")
    assert not is_human(keys, urlsafe_b64encode(body).decode(), moment("2026-11-16T09:00"))
    assert not is_human(Keys.of("another-secret-that-is-long"), stamp(keys, EPOCH), EPOCH + timedelta(minutes=1))


def test_who_fills_in_what_nobody_sees_is_told_what_everybody_is(one: Front) -> None:
    """And nothing comes of it."""
    trapped, real = one.ask("bot@example.org", website="https://spam.example"), one.ask("bob@example.org")
    assert trapped.text.replace("bot@", "bob@") == real.text
    assert [str(letter["To"]) for letter in one.letters()] == ["bob@example.org"]


def tokens(front: Front) -> Iterator[tuple[str, str]]:
    """Each kind of link, and the token in it."""
    front.ask("bea@example.org")
    yield "confirm", front.link().rpartition("/")[2]
    for page in ("preferences", "unsubscribe"):
        yield page, front.token(page, "weekly", ANN)


def test_a_bent_token_does_nothing(tmp_path: Path) -> None:
    """Not one with a bit flipped, nor cut short, nor made longer: every such link is answered alike, and changes nothing."""
    one = front(tmp_path, more=DAILY, signup=LIMITLESS)
    one.join(ANN)
    before, nothing = one.person(ANN), one.client.get("/confirm/weekly/nothing").text
    for page, token in list(tokens(one)):
        body = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        flipped = (body[: bit // 8] + bytes([body[bit // 8] ^ 1 << bit % 8]) + body[bit // 8 + 1 :] for bit in range(8 * len(body)))
        bent = [urlsafe_b64encode(each).decode().rstrip("=") for each in flipped]
        bent += [
            token[:-1],
            token[1:],
            token + "A",
            token[: len(token) // 2],
            token.swapcase(),
            token + "=",
            "A" * 64,
            "A" * 5000,
            "-",
            "é",
            "%00",
        ]
        for each in bent:
            answer = one.client.post(f"/{page}/weekly/{each}", data={"do": "leave"})
            assert (answer.status_code, answer.text) == (404, nothing)
    assert one.person(ANN) == before
    assert one.person("bea@example.org") is None


def test_a_token_is_good_for_what_it_was_made_for(tmp_path: Path) -> None:
    """Not for another page, another digest, nor beyond its end; one without an end is none where there must be one."""
    one = front(tmp_path, more=DAILY)
    one.join(ANN, digest=["daily", "weekly"])
    before = one.person(ANN)
    made = dict(tokens(one)) | {purpose: one.token(purpose, "weekly", ANN) for purpose in get_args(Purpose) if purpose not in PAGES}
    for purpose, token in made.items():
        for page in PAGES:
            for slug in ("weekly", "daily", "gone", "Weekly"):
                if (page, slug) != (purpose, "weekly"):
                    assert one.client.post(f"/{page}/{slug}/{token}", data={"do": "leave"}).status_code == 404
        assert one.client.post(f"/preferences/weekly/{token}/undo").status_code == 404
    ended = one.token("preferences", "weekly", ANN, until=one.clock.now + timedelta(days=1))
    assert one.client.post(f"/preferences/weekly/{ended}", data={"do": "leave"}).status_code == 404
    assert one.person(ANN) == before


def test_keys_change_and_links_go_on(tmp_path: Path) -> None:
    """An old key that stands before the new one is believed; one that nobody has any more is not."""
    old, new = "the-old-secret-of-the-paper", "the-new-secret-of-the-paper"
    one = front(tmp_path, mail=f'secret = "{old}"')
    one.join(ANN)
    path, stamp_ = one.path("unsubscribe", ANN), one.stamp()
    both = front(tmp_path, mail=f'secret = "{old} {new}"')
    both.clock.on(minutes=1)
    assert both.path("unsubscribe", ANN) != path
    assert both.ask("bea@example.org", stamp=stamp_).status_code == 200
    stranger = sign(Keys.of(new + "-of-somebody-else"), "unsubscribe", "weekly", 1)
    assert both.client.post(f"/unsubscribe/weekly/{stranger}").status_code == 404
    assert both.gets(ANN) == {"weekly": ()}
    assert both.client.post(path).status_code == 200
    assert both.gets(ANN) == {}


WORDS = st.text(max_size=40)
NAMES = (
    st.sampled_from(["email", "name", "digest", "topic.weekly", "topic.", "stamp", "website", "do", "never", "List-Unsubscribe"]) | WORDS
)
KINDS = ["application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16", "multipart/form-data", "text/plain", ""]
FIELDS = st.lists(
    st.tuples(NAMES, WORDS | st.sampled_from([ANN, "weekly", "save", "leave", "data", "erase", "erase-now", "\ud800"])), max_size=12
)


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Front:
    """A newspaper that takes whatever comes."""
    one = front(tmp_path_factory.mktemp("steady"), more=DAILY, signup=LIMITLESS)
    one.join(ANN)
    return one


def encoded(fields: list[tuple[str, str]]) -> bytes:
    """Fields as a browser writes them."""
    from urllib.parse import urlencode

    return urlencode(fields, errors="surrogatepass").encode()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    page=st.sampled_from(["/subscribe", "/subscribe?embed", *(f"/{page}/weekly/" for page in PAGES), "/preferences/weekly/undo/undo"]),
    ours=st.booleans(),
    tail=st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    | st.binary(max_size=30).map(lambda body: urlsafe_b64encode(body).decode()),
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"]),
    kind=st.sampled_from(KINDS) | st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
    body=FIELDS.map(encoded) | st.binary(max_size=300) | st.just(b"a=b&" * 6000) | st.just(b"a&" * 600),
    headers=st.dictionaries(
        st.sampled_from(["accept-language", "host", "origin", "cookie", "x-forwarded-for", "content-encoding", "range"]),
        st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40).map(str.strip),
        max_size=3,
    ),
)
def test_nothing_that_is_sent_breaks_a_page(
    steady: Front, page: str, tail: str, method: str, kind: str, body: bytes, headers: dict[str, str], *, ours: bool
) -> None:
    """Whatever the path, the method, the headers and the body: an answer, and never one that says we failed."""
    from urllib.parse import quote

    if page.endswith("/"):
        known = steady.person(ANN)
        token = steady.token(page.split("/")[1], "weekly", ANN) if ours and known else quote(tail, safe="")  # type: ignore[arg-type]
        page += token
    raw = [(name.encode(), value.encode("latin-1")) for name, value in (headers | {"content-type": kind}).items()]
    answer = steady.client.request(method, page, content=body, headers=raw)
    assert answer.status_code in {200, 400, 404, 405, 413, 415, 422, 429}
    assert not steady.told, steady.told
    if steady.gets(ANN) != {"weekly": ()}:  # it was our own token, and it did what it is for
        assert ours
        steady.store.erase(ANN, key=None, now=steady.clock.now)
        with steady.ledger.engine.begin() as connection:
            from syndicate.storage.tables import signups, suppressions

            connection.execute(suppressions.delete())
            connection.execute(signups.delete())
        steady.join(ANN)


@pytest.mark.parametrize(
    "text", ['"><script>alert(1)</script>@x.example', "<img/src=x>@x.example", "%(address)s@x.example", "{{site}}@x.example"]
)
def test_what_is_typed_is_shown_as_it_was_typed(one: Front, text: str) -> None:
    """On the page, as text; and it goes nowhere else."""
    from html import escape

    answer = one.ask(text, name=text[:80])
    assert answer.status_code == 200
    assert escape(text) in answer.text.replace("&#34;", "&quot;")
    assert "<script>" not in answer.text
    assert "<img" not in answer.text
    again = one.ask(text, name=text[:80], after=0)
    assert again.text.replace("&#34;", "&quot;").count(f'value="{escape(text)}"') == 2
    assert "<script>" not in again.text


def test_a_database_that_is_locked_is_not_the_readers_fault(one: Front) -> None:
    """They are asked to come back, and whoever keeps the place is told."""
    one.join(ANN)
    path = one.path("unsubscribe", ANN)
    with one.ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE subscribers RENAME TO elsewhere")
    answer = one.client.post(path)
    assert (answer.status_code, heading(answer)) == (503, "This did not work")
    assert one.told
    assert all(ANN not in said for said in one.told)
    assert all(said.startswith("unsubscribe: ") for said in one.told)


def test_what_is_told_names_the_page(tmp_path: Path) -> None:
    """Also where the site is published below a path."""
    one = front(tmp_path)
    file = tmp_path / "syndicate.toml"
    file.write_text(file.read_text(encoding="utf-8").replace('news.example.org"', 'news.example.org/paper"', 1), encoding="utf-8")
    settings = load_settings(file)
    pages = site(settings, one.ledger, tmp_path / "out", clock=one.clock, routes=one.doors.routes)
    with one.ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE signups RENAME TO elsewhere")
    path = f"/paper/confirm/weekly/{sign(keys_of(settings, one.ledger), 'confirm', 'weekly', 1, until=one.clock.now + timedelta(days=1))}"
    assert TestClient(pages).get(path).status_code == 503
    assert one.told[0].startswith("confirm: ")


def test_a_broken_template_is_told_to_who_keeps_the_place(tmp_path: Path) -> None:
    """And not to who reads the page."""
    own = tmp_path / "templates"
    own.mkdir()
    (own / "page.html").write_text("{{ nobody.knows }}", encoding="utf-8")
    one = front(tmp_path)
    answer = one.client.get("/subscribe")
    assert answer.status_code == 503
    assert "nobody" not in answer.text
    assert "page.html:1" in one.told[0]
