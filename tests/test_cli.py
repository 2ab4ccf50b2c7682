"""The command line: what each command says on which stream, what it writes, and how it ends."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, Protocol

import pytest

from syndicate.cli import main, options
from tests.vocabulary import write_article

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-11-16T09:00"
CONFIGURATION = """
[site]
title = "Tide & Signal"
url = "https://news.example.org"
timezone = "Europe/London"
[articles]
folder = "seeds"
[topics]
"Tidal Power" = { parent = "Energy" }
[[feeds]]
slug = "energy"
title = "Energy"
topics = ["Energy"]
min_quality = 30
[[digests]]
slug = "weekly"
title = "Weekly"
subject = "{{ lead.title }}"
sender = "News <news@example.org>"
schedule = "0 8 * * mon"
min_quality = 30
[[digests.sections]]
title = "Power"
topics = ["Energy"]
"""


class Outcome(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Run(Protocol):
    """Run the command with these arguments."""

    def __call__(self, *arguments: str | Path) -> Outcome:
        """Give how it ended."""


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own variables and terminal have no part in a test."""
    for name in [name for name in os.environ if name.upper().startswith("SYNDICATE_")]:
        monkeypatch.delenv(name)
    for name in ("COLUMNS", "FORCE_COLOR", "TERMINAL_WIDTH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line in this process: quicker than another, and as strict about warnings."""

    def command(*arguments: str | Path) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["syndicate", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, captured.out, captured.err)

    return command


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace of six articles, which is also the working folder."""
    (tmp_path / "syndicate.toml").write_text(CONFIGURATION)
    seeds = tmp_path / "seeds"
    post = {"name": "Harbour Post", "domain": "harbourpost.example"}
    write_article(seeds, "lagoon.md", title="The lagoon", publishedDateTime="2026-11-12T09:30:00Z", quality=90, topics=["Tidal Power"])
    write_article(seeds, "wires.md", title="The wires", publishedDateTime="2026-11-13T09:30:00Z", quality=70, heat=12, topics=["Energy"])
    write_article(
        seeds, "robots.md", title="The robots", publishedDateTime="2026-11-14T09:30:00Z", quality=80, topics=["AI"], provider=post
    )
    write_article(seeds, "rumour.md", title="The rumour", publishedDateTime="2026-11-14T10:30:00Z", quality=10, topics=["Energy"])
    write_article(seeds, "sketch.md", title="The sketch", publishedDateTime="2026-11-14T11:30:00Z", quality=60, published=False)
    write_article(seeds, "autumn.md", title="The autumn", publishedDateTime="2026-10-12T09:30:00Z", quality=50, topics=["Energy"])
    monkeypatch.chdir(tmp_path)
    return tmp_path


def spoil(workspace: Path) -> None:
    """Add a file whose quality is no number."""
    write_article(workspace / "seeds", "spoilt.md", title="Spoilt", quality="high")


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """Every file below `folder`, with what tells whether it was touched."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


def names(folder: Path) -> list[str]:
    """Every file below `folder`."""
    return sorted(stamps(folder))


# From end to end, in processes of their own


def syndicate(folder: Path, *arguments: str) -> Outcome:
    """Run the command as a user does."""
    done = subprocess.run(
        [sys.executable, "-m", "syndicate", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def test_a_new_workspace_checks_and_renders(tmp_path: Path) -> None:
    """Made in one command, in order in the next, worth looking at after the third."""
    made = syndicate(tmp_path, "init", "news")
    assert made == (
        0,
        "made news/syndicate.toml\nmade news/templates\nmade news/seeds\nmade news/out\n",
        "Next: cd news && syndicate render\n",
    )
    checked = syndicate(tmp_path / "news", "check")
    assert (checked.code, checked.out) == (0, "")
    assert re.fullmatch(r"\d+ articles, 3 feeds, 1 digest: no problems\n", checked.err)
    rendered = syndicate(tmp_path / "news", "render", "--at", AT)
    assert rendered.code == 0
    assert "weekly/2026-11-16" in rendered.out
    assert "Open " in rendered.err
    out = tmp_path / "news" / "out"
    assert {"index.html", "feeds.opml", "feeds/everything.rss", "feeds/everything.atom", "feeds/everything.json"} <= set(names(out))
    assert {"feeds/everything.html", "digests/weekly/index.html", "digests/weekly/2026-11-16.eml"} <= set(names(out))
    before = stamps(out)
    again = syndicate(tmp_path / "news", "render", "--at", AT)
    assert (again.code, stamps(out)) == (0, before)


def test_a_mistake_ends_without_a_traceback(tmp_path: Path) -> None:
    """One line per mistake, on stderr, with exit 2."""
    (tmp_path / "syndicate.toml").write_text("[site]\ntimzone = 'UTC'\nurl = 'x'\n")
    ended = syndicate(tmp_path, "render")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        "syndicate: syndicate.toml: site.url: must be an address such as 'https://news.example.org', got 'x'",
        "syndicate: syndicate.toml: site.timzone: unknown key; did you mean timezone?",
    ]


# init


@pytest.mark.parametrize("there", ["syndicate.toml", "seeds"])
def test_init_refuses_a_folder_that_has_a_workspace(tmp_path: Path, run: Run, there: str) -> None:
    """Nobody's articles are written over; nothing is made at all."""
    (tmp_path / there).mkdir()
    ended = run("init", tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == f"syndicate: {tmp_path / there} is there already; name another folder\n"
    assert names(tmp_path) == []


def test_init_copies_the_templates_if_asked(tmp_path: Path, run: Run) -> None:
    """To be edited; they are in order, and without them the folder holds a hint alone."""
    assert run("init", tmp_path / "plain").code == 0
    assert names(tmp_path / "plain" / "templates") == ["README"]
    assert run("init", tmp_path / "edited", "--with-templates").code == 0
    assert {"digest.html", "digest.txt", "feed.html", "README"} <= set(names(tmp_path / "edited" / "templates"))
    assert "syndicate.toml" not in names(tmp_path / "edited" / "templates")
    assert run("check", "--config", tmp_path / "edited" / "syndicate.toml").code == 0


def test_init_works_in_a_folder_that_is_there(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument it is the working folder."""
    monkeypatch.chdir(tmp_path)
    assert run("init").code == 0
    assert (tmp_path / "syndicate.toml").is_file()


@pytest.mark.usefixtures("workspace")
def test_init_keeps_templates_that_are_there(tmp_path: Path, run: Run) -> None:
    """Only what is missing is copied."""
    own = tmp_path / "paper" / "templates" / "partials" / "mail_footer.html"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    (tmp_path / "paper" / "templates" / "README").write_text("mine too")
    assert run("init", tmp_path / "paper", "--with-templates").code == 0
    assert (own.read_text(), (tmp_path / "paper" / "templates" / "README").read_text()) == ("mine", "mine too")
    assert "digest.html" in names(tmp_path / "paper" / "templates")


@pytest.mark.parametrize("taken", ["templates", "out"])
def test_an_init_that_fails_leaves_nothing_behind(tmp_path: Path, run: Run, taken: str) -> None:
    """So that the next one is not refused for the remains of it."""
    (tmp_path / taken).write_text("a file")
    ended = run("init", tmp_path, "--with-templates")
    assert (ended.code, ended.out) == (1, "")
    assert "cannot be made a workspace" in ended.err
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    (tmp_path / taken).unlink()
    assert run("init", tmp_path).code == 0


def test_init_tells_the_next_step(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it may be typed: without a step to where one is, and with quotes where a shell needs them."""
    monkeypatch.chdir(tmp_path)
    assert run("init", ".").err == "Next: syndicate render\n"
    assert run("init", "my paper").err == "Next: cd 'my paper' && syndicate render\n"


# check


def test_check_reports_file_line_and_field(workspace: Path, run: Run) -> None:
    """As compilers do, on stdout, with exit 1; the sum stands on stderr."""
    spoil(workspace)
    ended = run("check")
    assert ended.code == 1
    assert re.fullmatch(r"seeds/spoilt\.md:\d+: quality: must be a number, got 'high'\n", ended.out)
    assert ended.err == "6 articles, 1 feed, 1 digest: 1 problem\n"


def test_check_reports_templates_and_subjects(workspace: Path, run: Run) -> None:
    """With the file and line, or the key of the configuration."""
    (workspace / "templates").mkdir()
    (workspace / "templates" / "digest.html").write_text("<p>\n{% if %}\n")
    (workspace / "syndicate.toml").write_text(CONFIGURATION.replace("{{ lead.title }}", "{{ lead."))
    ended = run("check")
    assert ended.code == 1
    assert [line.partition(": ")[0] for line in ended.out.splitlines()] == ["templates/digest.html:2", "syndicate.toml"]
    assert ": digests.weekly.subject: expected name or number; mend it, or remove the key for the default" in ended.out


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        ("{{ lead.titel }}", "an entry has no 'titel'; did you mean title?"),
        ("{{ lead.xyzzy }}", "an entry has no 'xyzzy'; there are article, related, title"),
        ("{{ leed.title }}", "'leed' is undefined; did you mean lead?"),
        ("{{ title }}", "'title' is undefined; did you mean lead.title?"),
        ("{{ xyzzy }}", "'xyzzy' is undefined; define it or test it with `is defined`"),
        ("{{ lead.title | foo }}", "No filter named 'foo'.; mend it, or remove the key for the default"),
    ],
)
def test_check_tries_each_subject_on_the_newest_articles(workspace: Path, run: Run, subject: str, message: str) -> None:
    """So that a slip in it shows before the mail is due."""
    (workspace / "syndicate.toml").write_text(CONFIGURATION.replace("{{ lead.title }}", subject))
    assert run("check")[:2] == (1, f"syndicate.toml: digests.weekly.subject: {message}\n")


def test_check_of_a_subject_needs_no_articles(workspace: Path, run: Run) -> None:
    """Where there are none, its syntax alone is looked at."""
    for path in (workspace / "seeds").iterdir():
        path.unlink()
    assert run("check") == (0, "", "no articles, 1 feed, 1 digest: no problems\n")


def test_check_finds_filters_that_there_are_not(workspace: Path, run: Run) -> None:
    """Which parsing alone passes over."""
    (workspace / "templates").mkdir()
    (workspace / "templates" / "feed.html").write_text("<p>\n{{ edition.key | foo }}")
    assert run("check").out.startswith("templates/feed.html:2: template: No filter named 'foo'.")


def test_check_finds_templates_that_nothing_asks_for(workspace: Path, run: Run) -> None:
    """A name that is almost a template's is a slip, unless another template mentions it."""
    partials = workspace / "templates" / "partials"
    partials.mkdir(parents=True)
    (partials / "mail_foter.html").write_text("x")
    (partials / "page_storey.html").write_text("x")
    (workspace / "templates" / "mail_lead.html").write_text("x")
    (workspace / "templates" / "entry.html").write_text("{% include 'partials/page_storey.html' %}")
    assert run("check").out.splitlines() == [
        "templates/mail_lead.html: is no template's name; did you mean partials/mail_lead.html?",
        "templates/partials/mail_foter.html: is no template's name; did you mean partials/mail_footer.html?",
    ]


def test_check_notes_topics_that_nobody_has(workspace: Path, run: Run) -> None:
    """On stderr and with exit 0: an article may yet come."""
    text = CONFIGURATION.replace('topics = ["Energy"]\nmin', 'topics = ["energi", "tidal power", "xyzzy"]\nmin')
    (workspace / "syndicate.toml").write_text(text)
    ended = run("check")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.splitlines()[:-1] == [
        "feeds.energy: no article has the topic 'energi'; did you mean Energy?",
        "feeds.energy: no article has the topic 'xyzzy'",
    ]


def test_check_tells_programs_in_json(workspace: Path, run: Run) -> None:
    """The count of articles and each problem, in parts."""
    spoil(workspace)
    ended = run("check", "--json")
    found = json.loads(ended.out)
    assert (ended.code, found["articles"], len(found["problems"])) == (1, 6, 1)
    assert found["problems"][0].keys() == {"file", "line", "field", "message"}


# list


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        ([], ["The rumour", "The robots", "The wires", "The lagoon", "The autumn"]),
        (["--topic", "Energy"], ["The rumour", "The wires", "The lagoon", "The autumn"]),
        (["--topic", "Energy", "--exclude-topic", "Tidal Power"], ["The rumour", "The wires", "The autumn"]),
        (["--min-quality", "70"], ["The robots", "The wires", "The lagoon"]),
        (["--min-heat", "0"], ["The wires"]),
        (["--provider", "harbourpost.example"], ["The robots"]),
        (["--exclude-provider", "Harbour Post", "--min-quality", "70"], ["The wires", "The lagoon"]),
        (["--order", "quality", "--limit", "2"], ["The lagoon", "The robots"]),
        (["--since", "2026-11-01"], ["The rumour", "The robots", "The wires", "The lagoon"]),
        (["--until", "2026-11-13"], ["The lagoon", "The autumn"]),
        (["--since", "2026-11-12", "--until", "2026-11-13"], ["The lagoon"]),
        (["--type", "video"], []),
    ],
    ids=lambda value: " ".join(value) if value and value[0].startswith("-") else "",
)
@pytest.mark.usefixtures("workspace")
def test_list_has_the_selectors_options(run: Run, options: list[str], titles: list[str]) -> None:
    """What it names is what a feed with these keys would run."""
    ended = run("list", "--at", AT, *options, "--json")
    assert ended.code == 0
    assert [each["title"] for each in json.loads(ended.out)] == titles


@pytest.mark.usefixtures("workspace")
def test_list_shows_a_table(run: Run) -> None:
    """One line per article under a heading, with dates in the site's zone; how many there are is a diagnostic."""
    ended = run("list", "--at", AT)
    lines = ended.out.splitlines()
    assert lines[0].split() == ["date", "quality", "heat", "title", "provider", "topics"]
    assert lines[-1].split() == ["2026-10-12", "10:30", "50", "–", "The", "autumn", "Energy"]
    assert (len(lines), ended.err, ended.code) == (6, "5 articles\n", 0)


@pytest.mark.usefixtures("workspace")
def test_list_tells_programs_in_the_words_of_the_front_matter(run: Run) -> None:
    """With what the file says and what was made of it."""
    first = json.loads(run("list", "--at", AT, "--topic", "AI", "--json").out)[0]
    assert first.pop("id").startswith("urn:uuid:")
    assert first == {
        "file": "seeds/robots.md",
        "title": "The robots",
        "url": "https://example.org/robots-md",
        "publishedDateTime": "2026-11-14T09:30:00+00:00",
        "category": "",
        "type": "article",
        "quality": 80,
        "heat": -1,
        "published": True,
        "provider": "Harbour Post",
        "topics": ["AI"],
    }


@pytest.mark.parametrize("command", [["list"], ["explain", "weekly"]], ids=" ".join)
def test_reading_counts_files_that_cannot_be_used_on_stderr(workspace: Path, run: Run, command: list[str]) -> None:
    """In one line beside the result, and without failing; `check` names them."""
    spoil(workspace)
    assert run(*command, "--at", AT, "--json")[::2] == (0, "1 problem; `syndicate check` shows it\n")
    write_article(workspace / "seeds", "more.md", title="More", quality="low")
    ended = run(*command, "--at", AT)
    assert ended.code == 0
    assert ended.err.startswith("2 problems; `syndicate check` shows them\n")
    assert "spoilt" not in ended.err


@pytest.mark.parametrize("command", [["list"], ["explain", "weekly"]], ids=" ".join)
@pytest.mark.usefixtures("workspace")
def test_a_time_ago_counts_from_at(run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    """With --at everything is as it was then, and the clock is read once per command."""
    reads = []

    def clock() -> datetime:
        reads.append(datetime(2031, 1, 1, tzinfo=UTC))
        return reads[-1]

    monkeypatch.setattr(options, "clock", clock)
    relative = run(*command, "--at", AT, "--since", "3d", "--until", "yesterday", "--json")
    absolute = run(*command, "--at", AT, "--since", "2026-11-13T09:00", "--until", "2026-11-15", "--json")
    assert "The wires" in relative.out
    assert relative == absolute
    assert len(reads) == 2


@pytest.mark.parametrize("command", [["list"], ["render"]], ids=" ".join)
@pytest.mark.usefixtures("workspace")
def test_a_topic_that_nobody_has_is_told(run: Run, command: list[str]) -> None:
    """With the nearest that there is; it is no mistake for sure."""
    ended = run(*command, "--topic", "Energi", "--at", AT)
    assert ended.code == 0
    assert "no article has the topic 'Energi'; did you mean Energy?\n" in ended.err
    assert "no article has" not in run(*command, "--topic", "energy", "--at", AT).err


# explain


@pytest.mark.usefixtures("workspace")
def test_explain_says_of_each_article_why(run: Run) -> None:
    """Those that run first, in the order they run; then the others, newest first, each with its reason."""
    ended = run("explain", "weekly", "--at", AT, "--json")
    assert [(each["title"], each["kept"], each["section"], each["reason"]) for each in json.loads(ended.out)] == [
        ("The wires", True, "Power", "first by heat: heat 12, quality 70"),
        ("The lagoon", True, "Power", "second by heat: no heat, quality 90"),
        ("The robots", True, "More stories", "first by heat: no heat, quality 80"),
        ("The sketch", False, "", "draft"),
        ("The rumour", False, "", "quality 10 < 30"),
        ("The autumn", False, "", "outside 2026-11-09..2026-11-16"),
    ]


@pytest.mark.usefixtures("workspace")
def test_explain_shows_a_table_and_the_sum(run: Run) -> None:
    """The table is the result; how many run is a diagnostic."""
    ended = run("explain", "weekly", "--at", AT)
    assert [line.split()[0] for line in ended.out.splitlines()[1:]] == ["runs"] * 3 + ["out"] * 3
    assert "More stories" in ended.out
    assert "quality 10 < 30" in ended.out
    assert ended.err == "3 of 6 run in weekly, 2026-11-09..2026-11-16\n"


@pytest.mark.parametrize("words", ["seeds/rumour.md", "RUMOUR", "https://example.org/rumour-md"])
@pytest.mark.usefixtures("workspace")
def test_explain_looks_at_one_article(run: Run, words: str) -> None:
    """By part of its file name, title or address."""
    found = json.loads(run("explain", "energy", words, "--at", AT, "--json").out)
    assert [(each["title"], each["reason"]) for each in found] == [("The rumour", "quality 10 < 30")]


@pytest.mark.usefixtures("workspace")
def test_explain_of_an_article_that_is_not_there_fails(run: Run) -> None:
    """With the command that shows them all."""
    assert run("explain", "energy", "xyzzy", "--at", AT) == (
        1,
        "",
        "syndicate: no article matches 'xyzzy'; `syndicate list` shows them all\n",
    )


@pytest.mark.usefixtures("workspace")
def test_explain_keeps_to_the_span_that_is_asked_for(run: Run) -> None:
    """In place of the publication's own."""
    found = json.loads(run("explain", "weekly", "--at", AT, "--since", "2026-10-01", "--until", "2026-11-01", "--json").out)
    assert [each["title"] for each in found if each["kept"]] == ["The autumn"]
    assert {each["reason"] for each in found if not each["kept"]} == {"draft", "outside 2026-10-01..2026-11-01"}


# render


@pytest.mark.usefixtures("workspace")
def test_render_writes_what_the_architecture_draws(workspace: Path, run: Run) -> None:
    """Live feeds and archives, the digest's edition, what leads to them."""
    assert run("render", "--at", AT).code == 0
    assert names(workspace / "out") == sorted(
        ["index.html", "feeds.opml", "sitemap.xml", "feeds/energy.html", "digests/weekly/index.html"]
        + ["digests/search.js", "digests/weekly/search/1.js"]
        + [f"digests/weekly/2026-11-16.{suffix}" for suffix in ("eml", "html", "txt")]
        + [f"feeds/energy{month}.{suffix}" for month in ("", "/2026-10", "/2026-11") for suffix in ("rss", "atom", "json")]
    )


def test_render_takes_publications_by_name(workspace: Path, run: Run) -> None:
    """Only those, and the folder that is asked for."""
    ended = run("render", "weekly", "--at", AT, "--out", workspace / "elsewhere")
    assert ended.code == 0
    assert not (workspace / "out").exists()
    assert not [name for name in names(workspace / "elsewhere") if name.startswith("feeds/")]
    assert "digests/weekly/2026-11-16.html" in names(workspace / "elsewhere")


def test_render_of_a_topic_needs_no_publication(workspace: Path, run: Run) -> None:
    """A feed and a digest, called after it, over a span and in the formats that are asked for."""
    options = ["--topic", "Energy", "--min-quality", "30", "--since", "2026-10-01", "--until", "2026-11-01"]
    ended = run("render", *options, "--format", "rss,atom,json,html,text,eml", "--at", AT, "--out", workspace / "out", "--json")
    assert ended.code == 0
    assert [each["entries"] for each in json.loads(ended.out)["publications"]] == [1, 1]
    digests = [f"digests/energy/2026-10-01--2026-11-01.{suffix}" for suffix in ("eml", "html", "txt")]
    assert names(workspace / "out") == sorted([*digests, *(f"feeds/energy.{suffix}" for suffix in ("rss", "atom", "json", "html"))])
    assert "The autumn" in (workspace / "out" / "feeds" / "energy.atom").read_text()
    assert "The lagoon" not in (workspace / "out" / "feeds" / "energy.atom").read_text()


def test_render_of_a_topic_may_be_called_like_the_index(workspace: Path, run: Run) -> None:
    """It takes another name, since index.html is taken."""
    assert run("render", "--topic", "Index", "--at", AT).code == 0
    assert "feeds/topic.rss" in names(workspace / "out")


def test_render_of_a_topic_spares_a_publication_of_that_name(workspace: Path, run: Run) -> None:
    """Beside it, it has another name; elsewhere, its own."""
    run("render", "--at", AT)
    before = stamps(workspace / "out")
    assert run("render", "--topic", "Energy", "--at", AT).code == 0
    after = stamps(workspace / "out")
    assert {name: after[name] for name in before} == before
    assert "feeds/topic-energy.rss" in names(workspace / "out")
    assert run("render", "--topic", "Energy", "--at", AT, "--out", workspace / "elsewhere").code == 0
    assert "feeds/energy.rss" in names(workspace / "elsewhere")


@pytest.mark.usefixtures("workspace")
def test_render_takes_publications_or_a_topic(run: Run) -> None:
    """Both at once would be two questions."""
    ended = run("render", "weekly", "--topic", "AI", "--at", AT)
    assert (ended.code, ended.out) == (2, "")
    assert "not both" in ended.err


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        (
            "ATOM, text",
            [
                "digests/weekly/2026-11-16.txt",
                "feeds/energy.atom",
                "feeds/energy.html",
                "feeds/energy/2026-10.atom",
                "feeds/energy/2026-11.atom",
            ],
        ),
        ("html", ["digests/weekly/2026-11-16.html", "feeds/energy.html"]),
        ("eml", ["digests/weekly/2026-11-16.eml"]),
    ],
)
def test_render_writes_only_the_formats_that_are_asked_for(workspace: Path, run: Run, formats: str, expected: list[str]) -> None:
    """Each publication those that are its own, each document once; a live feed comes with its page, an archive has none."""
    ended = run("render", "--format", formats, "--at", AT, "--json")
    assert ended.code == 0
    assert names(workspace / "out") == expected
    assert sorted(each["name"] for each in json.loads(ended.out)["documents"]) == expected


@pytest.mark.parametrize(
    ("at", "key", "entries"),
    [("2026-11-16T07:59", "weekly/2026-11-09", 0), ("2026-11-16T08:00", "weekly/2026-11-16", 3), ("2026-11-22", "weekly/2026-11-16", 3)],
)
@pytest.mark.usefixtures("workspace")
def test_at_chooses_the_edition(run: Run, at: str, key: str, entries: int) -> None:
    """The latest whose window has closed by then."""
    found = json.loads(run("render", "weekly", "--at", at, "--json").out)["publications"][0]
    assert (found["key"], found["entries"]) == (key, entries)


def test_render_leaves_out_what_cannot_be_used(workspace: Path, run: Run) -> None:
    """Names it on stderr and exits 0; with --strict exits 1, if there is such a file, having written the rest all the same."""
    assert run("render", "--at", AT, "--strict").code == 0
    spoil(workspace)
    lenient = run("render", "--at", AT)
    assert lenient.code == 0
    assert lenient.err.startswith("seeds/spoilt.md:")
    strict = run("render", "--at", AT, "--strict", "--out", workspace / "strict")
    assert strict.code == 1
    assert names(workspace / "strict") == names(workspace / "out")


@pytest.mark.usefixtures("workspace")
def test_render_tells_programs_in_json(run: Run) -> None:
    """When, where, what editions and what files; a second time the same, with nothing changed."""
    first, second = (json.loads(run("render", "--at", AT, "--json").out) for _ in range(2))
    assert first.keys() == {"at", "out", "publications", "documents", "problems"}
    assert first["at"] == "2026-11-16T09:00:00+00:00"
    assert first["publications"] == [{"key": "energy", "entries": 3, "note": ""}, {"key": "weekly/2026-11-16", "entries": 3, "note": ""}]
    assert all(each.keys() == {"name", "mediaType", "bytes", "changed"} for each in first["documents"])
    assert {each["changed"] for each in first["documents"]} == {True}
    assert {each["changed"] for each in second["documents"]} == {False}
    assert [each["name"] for each in first["documents"]] == [each["name"] for each in second["documents"]]


def test_a_second_render_touches_no_file(workspace: Path, run: Run) -> None:
    """Times and inodes stay, so that readers and caches stay still; one new article touches what shows it alone."""
    run("render", "--at", AT)
    before = stamps(workspace / "out")
    run("render", "--at", AT)
    assert stamps(workspace / "out") == before
    write_article(workspace / "seeds", "new.md", title="The new", publishedDateTime="2026-11-15T09:30:00Z", topics=["Energy"], quality=40)
    run("render", "energy", "--at", AT)
    after = stamps(workspace / "out")
    changed = {name for name in after if after[name] != before.get(name)}
    live = {f"feeds/energy.{suffix}" for suffix in ("rss", "atom", "json", "html")}
    assert live <= changed
    assert not [name for name in changed if "2026-10" in name or name.startswith("digests/weekly/2026")]


@pytest.mark.parametrize("slug", ["energy", "weekly"])
@pytest.mark.usefixtures("workspace")
def test_render_says_why_a_publication_is_empty(run: Run, slug: str) -> None:
    """And when it would not be: whoever follows the hint sees articles."""
    ended = run("render", slug, "--at", "2027-06-02T08:00")
    assert ended.code == 0
    found = re.search(
        rf"^{slug}.*: no entries: of 6 articles .*5 outside .*; the newest that fits is dated 2026-11-1[34]: try --at (\S+)$",
        ended.err,
        re.MULTILINE,
    )
    assert found, ended.err
    followed = json.loads(run("render", slug, "--at", found[1], "--json").out)["publications"][0]
    assert (followed["entries"], followed["note"]) == (3, "")


def test_a_digest_that_is_empty_is_not_written(workspace: Path, run: Run) -> None:
    """Unless `when_empty` says send."""
    run("render", "weekly", "--at", "2027-06-02T08:00")
    assert not [name for name in names(workspace / "out") if "2027" in name]
    (workspace / "syndicate.toml").write_text(
        CONFIGURATION.replace("min_quality = 30\n[[digests.", 'when_empty = "send"\nmin_quality = 30\n[[digests.').replace(
            "{{ lead.title }}", "Nothing"
        )
    )
    assert run("render", "weekly", "--at", "2027-06-02T08:00").code == 0
    assert "digests/weekly/2027-05-31.html" in names(workspace / "out")


# Usage


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["explain", "weeky"], "syndicate: no publication 'weeky'; did you mean weekly?"),
        (["render", "enrgy"], "syndicate: no publication 'enrgy'; did you mean energy?"),
        (["render", "--at", "soon"], "syndicate: --at: must be a date such as 2026-11-16T08:00, or now, today, yesterday, 7d; got 'soon'"),
        (["list", "--since", "soon"], "syndicate: --since: must be a date such as"),
        (["explain", "weekly", "--until", "soon"], "syndicate: --until: must be a date such as"),
        (["list", "--since", "2026-11-02", "--until", "2026-11-01"], "a window must end after it starts, got 2026-11-02..2026-11-01"),
        (["render", "--format", "rss,pdf"], "syndicate: --format: no format 'pdf'; there are rss, atom, json, html, text, eml"),
        (["render", "--format", "atm"], "syndicate: --format: no format 'atm'; did you mean atom?"),
        (["subscriber", "list"], "Did you mean 'subscribers'"),
        (["send", "weeky"], "syndicate: no publication 'weeky'; did you mean weekly?"),
        (["list", "--order", "best"], "must be one of newest, quality, heat, got 'best'"),
        (["list", "--limit", "0"], "Invalid value for '--limit'"),
        (["list", "--limt", "3"], "No such option"),
        (["list", "--min-quality", "inf"], "must be a finite number, got inf"),
        (["render", "--min-quality", "70"], "--min-quality and --limit go with --topic"),
        (["render", "weekly", "--limit", "3"], "--min-quality and --limit go with --topic"),
        (["render", "weekly", "--format", "rss"], "--format rss: no publication here has it; weekly has html, text, eml"),
        (["render", "energy", "--format", "eml,text"], "energy has rss, atom, json, html"),
        (["render", "--topic", ""], "a topic must have a name"),
        (["render", "--at", "0001-01-01"], "syndicate: --at: must be a date in the years 1900 to 2999, got '0001-01-01'"),
        (["lst"], "No such command"),
        (["check", "--config", "none.toml"], "syndicate: none.toml: cannot be read (No such file or directory)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("workspace")
def test_a_slip_in_a_command_exits_2_with_the_remedy(run: Run, arguments: list[str], reason: str) -> None:
    """On stderr; nothing is written and nothing stands on stdout."""
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert reason in ended.err


def test_without_a_configuration_the_remedy_is_told(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """How to make one, and how to name one."""
    monkeypatch.chdir(tmp_path)
    ended = run("render")
    assert (ended.code, ended.out) == (2, "")
    assert "make a workspace with `syndicate init`" in ended.err


def test_without_publications_render_says_what_to_add(tmp_path: Path, run: Run) -> None:
    """Or to ask for a topic."""
    (tmp_path / "syndicate.toml").write_text("")
    ended = run("render", "--config", tmp_path / "syndicate.toml")
    assert ended.code == 2
    assert "add [[feeds]] to the configuration, or give --topic" in ended.err


def test_a_folder_that_cannot_be_written_fails_the_work(workspace: Path, run: Run) -> None:
    """Exit 1, with the file and what to do."""
    (workspace / "taken").write_text("a file")
    ended = run("render", "--at", AT, "--out", workspace / "taken")
    assert ended.code == 1
    assert "cannot be written" in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
@pytest.mark.parametrize("arguments", [("list",), ("list", "--json"), ("explain", "weekly")], ids=" ".join)
def test_no_stream_is_too_poor_for_a_title(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, arguments: tuple[str, ...]
) -> None:
    """What it cannot show is a question mark on a screen, and an escape in JSON."""
    title = "Ōtsuka – 渦 🌊"
    write_article(workspace / "seeds", "whirlpool.md", title=title, publishedDateTime="2026-11-14T09:00:00Z", quality=90)
    monkeypatch.setenv("PYTHONIOENCODING", encoding)
    done = subprocess.run([sys.executable, "-m", "syndicate", *arguments, "--at", AT], capture_output=True, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    if "--json" in arguments:
        assert title in [each["title"] for each in json.loads(done.stdout.decode(encoding))]
    else:
        assert title.encode(encoding, "replace") in done.stdout


def test_help_and_version_are_results(run: Run) -> None:
    """On stdout, with exit 0; every command has a sentence."""
    shown = run("--help")
    assert (shown.code, shown.err) == (0, "")
    assert all(command in shown.out for command in ("init", "check", "list", "explain", "render"))
    assert re.fullmatch(r"syndicate \d+\.\d+\.\d+\n", run("--version").out)
