"""The configuration: what it says where it is silent, where it is found, and how each mistake in it is named."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.errors import ConfigurationError, UnknownPublicationError
from syndicate.model import Selection, Topic
from tests.vocabulary import moment

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings

FEED = '[[feeds]]\nslug = "a"\ntitle = "A"\n'
DIGEST = '[[digests]]\nslug = "w"\ntitle = "W"\nsender = "News <n@example.org>"\nschedule = "0 8 * * mon"\n'
SECTION = '[[digests.sections]]\ntitle = "S"\n'


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own variables have no part in a test."""
    for name in [name for name in os.environ if name.upper().startswith("SYNDICATE_")]:
        monkeypatch.delenv(name)


def load(folder: Path, text: str, name: str = "syndicate.toml") -> Settings:
    """The settings of a file with this text."""
    (folder / name).write_text(text, encoding="utf-8")
    return load_settings(folder / name)


def refusal(folder: Path, text: str, name: str = "syndicate.toml") -> tuple[str, ...]:
    """Every reason for which a file with this text is refused."""
    with pytest.raises(ConfigurationError) as refused:
        load(folder, text, name)
    return refused.value.reasons


# What holds where a configuration is silent


def test_a_feed_that_says_little_is_the_default_feed(tmp_path: Path) -> None:
    """Ninety days, fifty entries, any quality, no floor of heat, newest first, in three formats, rendered on demand."""
    feed = load(tmp_path, FEED).feed("a")
    assert feed.selection == Selection(min_quality=0, min_heat=None, limit=50, order="newest")
    assert feed.reach == timedelta(days=90)
    assert feed.publication.formats == ("rss", "atom", "json")
    assert feed.cadence is None


def test_a_digest_that_says_little_is_the_default_digest(tmp_path: Path) -> None:
    """Twenty entries in one section, by heat; skipped when empty, two weeks of grace, one edition for a gap."""
    digest = load(tmp_path, DIGEST).digest("w")
    assert digest.sections == (("", Selection(min_quality=0, min_heat=None, limit=None, order="heat")),)
    assert (digest.limit, digest.when_empty, digest.late, digest.catch_up) == (20, "skip", timedelta(days=14), "latest")


def test_an_empty_file_is_a_configuration(tmp_path: Path) -> None:
    """Everything has a default."""
    settings = load(tmp_path, "")
    assert settings.publications() == ()
    assert settings.folders == (tmp_path / "articles",)
    assert (settings.smtp.host, settings.smtp.port) == ("localhost", 25)
    assert settings.storage.url == "sqlite:///.syndicate/syndicate.db"
    assert (settings.publisher.url, settings.publisher.language, settings.publisher.timezone) == ("http://localhost:8000", "en", "UTC")


def test_every_key_of_a_selection_may_stand_in_a_feed(tmp_path: Path) -> None:
    """And arrives in the question that is put to the catalogue."""
    keys = 'topics=["AI"]\nexclude_topics=["Hype"]\ncategories=["news"]\ntypes=["video"]\nproviders=["A"]\nexclude_providers=["B"]\n'
    keys += 'min_quality=50\nmin_heat=3\nper_provider=2\nlimit=7\norder="quality"\n'
    feed = load(tmp_path, FEED + keys).feed("a")
    assert feed.selection == Selection(
        (Topic.of("AI"),), (Topic.of("Hype"),), ("news",), ("video",), ("A",), ("B",), 50, 3, per_provider=2, limit=7, order="quality"
    )


def test_a_list_of_one_may_stand_without_brackets(tmp_path: Path) -> None:
    """Since what is meant is plain."""
    feed = load(tmp_path, FEED + 'topics="programming"\nexclude_providers="B"\nformats="rss"\n').feed("a")
    assert feed.selection == Selection((Topic.of("programming"),), exclude_providers=("B",), limit=50, order="newest")
    assert feed.publication.formats == ("rss",)


def test_a_schedule_that_cannot_be_read_is_answered_with_an_example(tmp_path: Path) -> None:
    """Whatever is wrong with it."""
    for schedule in ("every monday", "0 8 * * 1", "0 8 31 2 *"):
        assert refusal(tmp_path, FEED + f"schedule='{schedule}'")[0].endswith("; for example '0 8 * * mon'")


def test_a_section_inherits_its_digests_keys(tmp_path: Path) -> None:
    """All but the limit, which is the edition's; what it says itself wins; what no section takes comes last."""
    keys = 'topics=["AI"]\nmin_quality=50\nlimit=9\nper_provider=2\norder="quality"\n'
    digest = load(tmp_path, DIGEST + keys + SECTION + 'topics=["Energy"]\nlimit=5\norder="heat"\n').digest("w")
    section = Selection((Topic.of("Energy"),), min_quality=50, per_provider=2, limit=5, order="heat")
    rest = Selection((Topic.of("AI"),), min_quality=50, per_provider=2, limit=None, order="quality")
    assert digest.sections == (("S", section), ("More stories", rest))
    assert digest.limit == 9


def test_a_parent_topic_takes_its_children_in(tmp_path: Path) -> None:
    """And theirs, wherever a topic is asked for."""
    topics = '[topics]\nHealth={parent="AI"}\nRadiology={parent="Health"}\nWind={parent="Energy"}\n'
    feed = load(tmp_path, topics + FEED + 'topics=["AI"]\n').feed("a")
    assert feed.selection.topics[0].labels == {"ai", "health", "radiology"}


def test_a_digest_keeps_to_its_own_zone(tmp_path: Path) -> None:
    """Else to the site's."""
    site = '[site]\ntimezone="Europe/London"\n'
    assert load(tmp_path, site + DIGEST).digest("w").cadence.zone == "Europe/London"
    assert load(tmp_path, site + DIGEST + 'timezone="Asia/Tokyo"').digest("w").cadence.zone == "Asia/Tokyo"


def test_the_window_of_a_feed_reaches_back_from_now(tmp_path: Path) -> None:
    """And a digest's is the latest that its schedule closed."""
    now = moment("2026-11-18T12:00")
    settings = load(tmp_path, FEED + 'window="2w"\n' + DIGEST)
    assert str(settings.publication("a").window(now)) == "2026-11-04..2026-11-18"
    assert str(settings.publication("w").window(now)) == "2026-11-09..2026-11-16"


def test_publications_come_in_the_order_of_the_file(tmp_path: Path) -> None:
    """Feeds first, then digests."""
    text = FEED + DIGEST + FEED.replace('"a"', '"b"')
    assert [item.publication.slug for item in load(tmp_path, text).publications()] == ["a", "b", "w"]


def test_a_workspaces_own_templates_are_searched_if_it_has_any(tmp_path: Path) -> None:
    """The folder beside the configuration."""
    assert load(tmp_path, "").publisher.templates == ()
    (tmp_path / "templates").mkdir()
    assert load(tmp_path, "").publisher.templates == (tmp_path / "templates",)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ""),
        ('[mail]\nlinks = "https://lists.example.org"\n', "https://lists.example.org/subscribe"),
        ("[serve]\n", "http://localhost:8000/subscribe"),
        ("[signup]\n", "http://localhost:8000/subscribe"),
        ('[mail]\nlinks = "https://lists.example.org"\n[signup]\nopen = false\n', ""),
    ],
    ids=["silent", "links", "serve", "signup", "closed"],
)
def test_pages_know_where_people_subscribe_if_they_can(tmp_path: Path, text: str, address: str) -> None:
    """Where something says that `syndicate serve` answers, and the form is open; never where there is no digest."""
    assert load(tmp_path, DIGEST + text).publisher.signup == address
    assert load(tmp_path, FEED + text).publisher.signup == ""


# Mistakes

MISTAKES = [
    ("mail = {clients = ['gmial']}", "mail.clients: unknown client 'gmial'; did you mean"),
    ("mail = {clients = ''}", "mail.clients: unknown client ''"),
    ("smtp = {rate = 'fast'}", "smtp.rate: must be a rate such as '100/s', '20/m' or '5000/h', got 'fast'"),
    ("bounces = {password_file = '/nowhere'}", "bounces: password_file cannot be read"),
    ("[sight]", "sight: unknown table; did you mean site?"),
    ("[feed]\nslug='a'", "feed: unknown table; did you mean feeds?"),
    (
        "root='/'",
        "root: unknown table; there are articles, bounces, digests, feeds, mail, serve, signup, site, smtp, storage, theme, topics",
    ),
    ("[site]\ntimzone='UTC'", "site.timzone: unknown key; did you mean timezone?"),
    ("[site]\nxyzzy=1", "site.xyzzy: unknown key; there are address, description, hub, language, timezone, title, url"),
    (FEED + "min_qualty=1", "feeds.a.min_qualty: unknown key; did you mean min_quality?"),
    (DIGEST + "when_emtpy='skip'", "digests.w.when_emtpy: unknown key; did you mean when_empty?"),
    (DIGEST + SECTION + "limt=1", "digests.w.sections.S.limt: unknown key; did you mean limit?"),
    (DIGEST + "[[digests.sections]]\nlimit=1", "digests.w.sections.1.title: is missing; add it"),
    ("[[feeds]]\nslug='a'", "feeds.a.title: is missing; add it"),
    ("[[feeds]]\ntitle='A'", "feeds.A.slug: is missing; add it"),
    (FEED + "[[feeds]]\nlimit=1\nslug='b'", "feeds.b.title: is missing; add it"),
    ("[topics]\nAI={parent='X', parnt='Y'}", "topics.AI.parnt: unknown key; did you mean parent?"),
    ("[site]\nurl='ftp://x'", "site.url: must be an address such as 'https://news.example.org', got 'ftp://x'"),
    (
        "[site]\nurl='https://a.example/?x=1'",
        "site.url: must be an address such as 'https://news.example.org', got 'https://a.example/?x=1'",
    ),
    ("[site]\nhub='hub'", "site.hub: must be an address such as 'https://news.example.org', got 'hub'"),
    ("[site]\ntimezone='Mars/Base'", "site.timezone: must be a time zone such as 'Europe/London', got 'Mars/Base'"),
    ("[site]\ntimezone='../etc'", "site.timezone: must be a time zone such as 'Europe/London', got '../etc'"),
    ("[site]\ntitle=''", "site.title: must have at least 1 character, got ''"),
    (FEED.replace('"a"', '"A B"'), "feeds.A B.slug: must be lower-case letters, digits and single hyphens, got 'A B'"),
    (FEED.replace('"a"', '"../a"'), "feeds.../a.slug: must be lower-case letters, digits and single hyphens, got '../a'"),
    (FEED.replace('"a"', '"index"'), "feeds.index.slug: must be lower-case letters, digits and single hyphens, got 'index'"),
    (FEED + "window='1y'", "feeds.a.window: must be a length of time such as '90d', '2w' or '12h', got '1y'"),
    (FEED + "window='999999w'", "feeds.a.window: must be a length of time such as '90d', '2w' or '12h', got '999999w'"),
    (FEED + "formats=['rss','pdf']", "feeds.a.formats.2: must be 'rss', 'atom' or 'json', got 'pdf'"),
    (FEED + "order='best'", "feeds.a.order: must be 'newest', 'quality' or 'heat', got 'best'"),
    (FEED + "min_quality=-1", "feeds.a.min_quality: must be greater than or equal to 0, got -1"),
    (FEED + "min_quality='high'", "feeds.a.min_quality: must be a valid number, unable to parse string as a number, got 'high'"),
    (FEED + "min_heat=nan", "feeds.a.min_heat: must be a finite number, got nan"),
    (FEED + "limit=0", "feeds.a.limit: must be greater than or equal to 1, got 0"),
    (FEED + "schedule='0 8 * *'", "feeds.a.schedule: schedule '0 8 * *': Wrong number of fields; got 4, expected 5"),
    (DIGEST.replace("mon", "1"), "digests.w.schedule: schedule '0 8 * * 1': weekdays go by name (mon, tue, ...), since programs differ"),
    (DIGEST.replace("* * mon", "31 2 *"), "digests.w.schedule: schedule '0 8 31 2 *' never fires"),
    (DIGEST.replace("n@example.org", "nobody"), "digests.w.sender: must be an address such as 'News <news@example.org>', got"),
    (
        DIGEST.replace("n@example.org", "n@münchen.example"),
        "digests.w.sender: must have its address in ASCII, which every relay takes; write the domain as xn--mnchen-3ya.example, got",
    ),
    (
        DIGEST.replace("n@example.org", "né@example.org"),
        "digests.w.sender: must have its address in ASCII, which every relay takes; write the part before the @ without accents, got",
    ),
    ("[site]\nurl='https://me:pw@a.example'", "site.url: must be an address such as 'https://news.example.org', got"),
    (DIGEST + "late='soon'", "digests.w.late: must be a length of time such as '90d', '2w' or '12h', got 'soon'"),
    (DIGEST + "catch_up='all'", "digests.w.catch_up: must be 'latest', 'each' or 'skip', got 'all'"),
    ("[signup]\nexpires='1h'", "signup.expires: must be a day or longer, for not everybody reads mail every hour; write '1d', got '1h'"),
    ("[smtp]\nport=99999", "smtp.port: must be less than or equal to 65535, got 99999"),
    ("[smtp]\npassword_file='nope'", "smtp: password_file cannot be read: No such file or directory"),
    ("[smtp]\npassword_file=5", "smtp: password_file cannot be read: No such file or directory"),
    ("feeds='x'", "feeds: must be a valid list, got 'x'"),
    ("[feeds]\nslug='a'", "feeds: must be a valid list"),
    ("[articles]\nfolder=[]", "articles.folder: must have at least 1 item"),
    (FEED + FEED, "a: is the slug of feeds.1 and feeds.2; give each its own"),
    (FEED + DIGEST.replace('"w"', '"a"'), "a: is the slug of feeds.a and digests.a; give each its own"),
    (DIGEST + SECTION + SECTION, "digests.w.sections.S: is there 2 times; give each section a title of its own"),
    ("[topics]\nX='AI'", 'topics.X: must be a table; write { parent = "AI" }'),
    ("smtp='hidden'", "smtp: must be a table, with keys of its own"),
    ("transports='hidden'", "transports: must be a table, with keys of its own"),
    ("[transports]\ntoken='hidden'", "transports.token: must be a table, with keys of its own"),
    ("[topics]\nAI={parent='AI'}", "topics.AI: belongs under itself; take one parent out of the circle"),
    ("site = = 1", "is not TOML: "),
]


@pytest.mark.parametrize(("text", "reason"), MISTAKES, ids=[row[1].partition(";")[0].partition(",")[0] for row in MISTAKES])
def test_a_mistake_is_named_with_its_key_and_the_remedy(tmp_path: Path, text: str, reason: str) -> None:
    """One reason, which starts with the file and the key, and quotes what was found."""
    assert [found[: len("syndicate.toml: " + reason)] for found in refusal(tmp_path, text)] == [f"syndicate.toml: {reason}"]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Over all tables, the unknown ones included, so that nobody mends them one run at a time."""
    text = (
        "[sight]\n[site]\nurl='x'\ntimzone='UTC'\n[smtp]\nport=0\n" + FEED + "limit=0\n" + DIGEST + "late='x'\n" + SECTION + "order='x'\n"
    )
    found = [reason.split(": ")[1] for reason in refusal(tmp_path, text)]
    wanted = ["digests.w.late", "digests.w.sections.S.order", "feeds.a.limit", "sight", "site.timzone", "site.url", "smtp.port"]
    assert sorted(found) == wanted


def test_all_contradictions_are_told_at_once(tmp_path: Path) -> None:
    """Two slugs given twice, and a circle of topics; what merely leads into the circle is not blamed."""
    text = "[topics]\nA={parent='B'}\nB={parent='C'}\nC={parent='A'}\nD={parent='A'}\n" + FEED + FEED + DIGEST + DIGEST
    assert [reason.split(": ")[1] for reason in refusal(tmp_path, text)] == ["a", "w", "topics.A", "topics.B", "topics.C"]


def test_an_unknown_publication_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """Or with all there are; a feed is not a digest, nor the other way round."""
    settings = load(tmp_path, FEED.replace('"a"', '"energy"') + DIGEST.replace('"w"', '"weekly"'))
    with pytest.raises(UnknownPublicationError, match="no publication 'enrgy'; did you mean energy"):
        settings.publication("enrgy")
    with pytest.raises(UnknownPublicationError, match="no publication 'xyzzy'; there are energy, weekly"):
        settings.publication("xyzzy")
    with pytest.raises(UnknownPublicationError, match="'weekly' is a digest, not a feed"):
        settings.feed("weekly")
    with pytest.raises(UnknownPublicationError, match="'energy' is a feed, not a digest"):
        settings.digest("energy")


# Where it is found


def test_a_configuration_is_found_above_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nearest one; paths in it are relative to it."""
    deep = tmp_path / "seeds" / "images"
    deep.mkdir(parents=True)
    (tmp_path / "syndicate.toml").write_text("[articles]\nfolder = ['seeds', 'essays']")
    monkeypatch.chdir(deep)
    settings = load_settings()
    assert settings.root == tmp_path
    assert settings.folders == (tmp_path / "seeds", tmp_path / "essays")
    assert load_settings(start=deep) == settings


def test_the_tables_may_stand_in_pyproject(tmp_path: Path) -> None:
    """Under `[tool.syndicate]`; one without them is passed over, and beside a `syndicate.toml` it is not asked."""
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[tool.other]\nx = 1")
    (tmp_path / "pyproject.toml").write_text("[tool.syndicate.site]\ntitle = 'From pyproject'")
    assert load_settings(start=inner).site.title == "From pyproject"
    assert load_settings(tmp_path / "pyproject.toml").site.title == "From pyproject"
    (tmp_path / "syndicate.toml").write_text("[site]\ntitle = 'From its own'")
    assert load_settings(start=inner).site.title == "From its own"


def test_a_mistake_in_pyproject_is_named_there(tmp_path: Path) -> None:
    """With the key below `[tool.syndicate]`."""
    assert refusal(tmp_path, "[tool.syndicate.sight]", "pyproject.toml") == ("pyproject.toml: sight: unknown table; did you mean site?",)


def test_where_there_is_none_the_remedy_is_told(tmp_path: Path) -> None:
    """How to make one, and how to name one."""
    with pytest.raises(ConfigurationError, match="make a workspace with `syndicate init`, or name one with --config"):
        load_settings(start=tmp_path)
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read \(No such file or directory\)"):
        load_settings(tmp_path / "none.toml")


# The environment, and secrets


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Key by key: what it does not name stays as the file has it."""
    monkeypatch.setenv("SYNDICATE_SITE__URL", "https://staging.example.org/")
    settings = load(tmp_path, "[site]\ntitle='T'\nurl='https://news.example.org'")
    assert (settings.site.title, settings.site.url) == ("T", "https://staging.example.org")


def test_a_password_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even one that looks like a number."""
    monkeypatch.setenv("SYNDICATE_SMTP__PASSWORD", "0123")
    assert secret(load(tmp_path, "")) == "0123"


def test_a_password_may_lie_in_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Docker and systemd hand secrets on; the line end is no part of it."""
    (tmp_path / "secret").write_text("hunter2\n")
    monkeypatch.setenv("SYNDICATE_SMTP__PASSWORD_FILE", str(tmp_path / "secret"))
    assert secret(load(tmp_path, "")) == "hunter2"
    assert secret(load(tmp_path, "[smtp]\npassword='from the file'")) == "hunter2"


def test_the_password_file_is_relative_to_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As every path in it; and a password in the environment wins over it."""
    (tmp_path / "secret").write_text("hunter2\n")
    assert secret(load(tmp_path, "[smtp]\npassword_file='secret'")) == "hunter2"
    monkeypatch.setenv("SYNDICATE_SMTP__PASSWORD", "from outside")
    assert secret(load(tmp_path, "[smtp]\npassword_file='secret'")) == "from outside"


def test_a_password_is_masked_wherever_settings_are_printed(tmp_path: Path) -> None:
    """In repr, str, dumps, and in what is said of a password that is wrong."""
    settings = load(tmp_path, "[smtp]\npassword='hunter2'")
    assert "hunter2" not in f"{settings!r} {settings} {settings.smtp!r} {settings.model_dump()} {settings.model_dump_json()}"
    assert refusal(tmp_path, "[smtp]\npassword=12345678") == ("syndicate.toml: smtp.password: must be a valid string",)


def test_a_variable_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table in a variable is JSON; anything else is a mistake, not a traceback."""
    monkeypatch.setenv("SYNDICATE_FEEDS", "everything")
    reasons = refusal(tmp_path, "")
    assert reasons == ("SYNDICATE_FEEDS: is not JSON, as a whole table must be; mend it, or take it away",)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SYNDICATE_SITE__URL", "x", "SYNDICATE_SITE__URL: must be an address such as 'https://news.example.org', got 'x'"),
        ("SYNDICATE_SITE__URLL", "x", "SYNDICATE_SITE__URLL: unknown key; did you mean url?"),
        ("SYNDICATE_SITE", '{"url": "x"}', "SYNDICATE_SITE: url: must be an address such as 'https://news.example.org', got 'x'"),
        ("SYNDICATE_FEEDS", '[{"slug": "b"}]', "SYNDICATE_FEEDS: 0.title: is missing; add it"),
        (
            "SYNDICATE_SMTP__PASSWORD_FILE",
            "nope",
            "SYNDICATE_SMTP__PASSWORD_FILE: password_file cannot be read: No such file or directory nope",
        ),
        ("SYNDICATE_SITE__TITLE", "T", "syndicate.toml: site.url: must be an address such as 'https://news.example.org', got 'y'"),
    ],
)
def test_a_mistake_in_the_environment_is_named_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, reason: str
) -> None:
    """By its variable, so that nobody looks for it in the file; and one in the file by the file."""
    monkeypatch.setenv(name, value)
    assert refusal(tmp_path, "[site]\nurl='y'\n" if value == "T" else FEED) == (reason,)


def test_the_address_of_the_database_may_lie_in_a_file(tmp_path: Path) -> None:
    """It holds a password."""
    (tmp_path / "ledger").write_text("postgresql+psycopg://news:secret@db/news\n", encoding="utf-8")
    settings = load(tmp_path, '[storage]\nurl_file = "ledger"\n')
    assert settings.storage.url == "postgresql+psycopg://news:secret@db/news"
    assert "secret" not in repr(settings.storage)


def test_a_slug_has_bounds(tmp_path: Path) -> None:
    """It is a part of names that databases and file systems bound."""
    assert "must have at most 100 letters, got 101" in "".join(refusal(tmp_path, f"[[feeds]]\nslug = '{'a' * 101}'\ntitle = 'A'"))


def test_the_root_is_the_folder_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves it: neither the file nor the environment."""
    monkeypatch.setenv("SYNDICATE_ROOT", "/elsewhere")
    assert load(tmp_path, "").root == tmp_path


def secret(settings: Settings) -> str:
    """The relay's password."""
    assert settings.smtp.password is not None
    return settings.smtp.password.get_secret_value()
