"""Formats of other packages: found by their entry points, written beside ours, and never in the way of ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from syndicate.config import load_settings
from syndicate.emitters import emit
from syndicate.emitters.added import emit_each
from syndicate.errors import ConfigurationError, ExtensionError, UnknownFormatError
from syndicate.web.outlet.kinds import _added, kind_of
from syndicate.testing import DIGEST, FEED, article, digest, feed
from tests.extensions.packages import EXAMPLE, install, make, syndicate
from tests.publishing.press import Press
from tests.vocabulary import write_article

if TYPE_CHECKING:
    from pathlib import Path

AT = "2026-11-16T12:00"
CONFIGURATION = """
[site]
title = "Tide & Signal"
url = "https://news.example.org"
[[feeds]]
slug = "energy"
title = "Energy"
formats = ["rss", {formats}]
[[digests]]
slug = "weekly"
title = "Weekly"
sender = "News <news@example.org>"
schedule = "0 8 * * mon"
formats = [{formats}]
"""
EMITTER = "from syndicate import Emitter\n"
BROKEN = {
    "cannot be imported": "import nothing_of_this_name\n",
    "has no such attribute": "OTHER = 1\n",
    "is no emitter": "EMITTER = 7\n",
    "has a suffix of ours": EMITTER + "EMITTER = Emitter('rss', 'text/plain', lambda edition: b'')\n",
    "has a suffix that climbs": EMITTER + "EMITTER = Emitter('../x', 'text/plain', lambda edition: b'')\n",
    "has no media type": EMITTER + "EMITTER = Emitter('odd', 'plain', lambda edition: b'')\n",
    "is for nothing": EMITTER + "EMITTER = Emitter('odd', 'text/plain', lambda edition: b'', ())\n",
    "fails": EMITTER + "EMITTER = Emitter('odd', 'text/plain', lambda edition: {}['title'])\n",
    "gives text": EMITTER + "EMITTER = Emitter('odd', 'text/plain', lambda edition: 'text')\n",
}
"""Modules behind an entry point `odd`, by what is wrong with them."""


def odd(site: Path, source: str, **names: str) -> None:
    """Install a package with a format, called `odd` if it is not given `names`."""
    make(site, "syndicate-odd", source, {"syndicate.emitters": names or {"odd": "syndicate_odd:EMITTER"}})


def workspace(root: Path, *formats: str) -> Path:
    """A workspace with a feed and a digest in these formats, and two stories."""
    root.mkdir(exist_ok=True)
    quoted = ", ".join(f'"{form}"' for form in formats)
    (root / "syndicate.toml").write_text(CONFIGURATION.format(formats=quoted).replace(", ]", "]"))
    write_article(root / "articles", "a.md", title="The lagoon", publishedDateTime="2026-11-12T09:30:00Z", excerpt="It closes\nits gates.")
    write_article(root / "articles", "b.md", title="# No heading", publishedDateTime="2026-10-12T09:30:00Z")
    return root / "syndicate.toml"


def render(configuration: Path, *arguments: str) -> int:
    """Render the workspace; how the command ended."""
    return syndicate("render", "--at", AT, "--config", configuration, *arguments)


def test_a_format_is_written_of_feeds_archives_and_digests(site: Path, tmp_path: Path) -> None:
    """Under its own suffix, beside the formats that are ours."""
    install(EXAMPLE, site)
    assert render(workspace(tmp_path / "press", "gemini")) == 0
    out = tmp_path / "press" / "out"
    page = (out / "feeds" / "energy.gmi").read_text()
    assert (
        page == "# Energy\n\n=> https://example.org/a-md The lagoon\n> It closes its gates.\n\n=> https://example.org/b-md # No heading\n"
    )
    assert {path.name for path in (out / "feeds").glob("energy.*")} == {"energy.rss", "energy.gmi", "energy.html"}
    assert {path.suffix for path in (out / "feeds" / "energy").iterdir()} == {".rss", ".gmi"}
    assert {path.suffix for path in (out / "digests" / "weekly").glob("2026-11-16.*")} == {".html", ".txt", ".eml", ".gmi"}


def test_a_format_that_is_not_configured_any_more_is_taken_away(site: Path, tmp_path: Path) -> None:
    """What was withdrawn must not stay readable, in no format; what somebody else has put there stays."""
    install(EXAMPLE, site)
    configuration = workspace(tmp_path / "press", "gemini")
    render(configuration)
    feeds = tmp_path / "press" / "out" / "feeds"
    (feeds / "energy.ours").write_text("kept by hand")
    assert render(workspace(tmp_path / "press")) == 0
    assert {path.name for path in feeds.glob("energy.*")} == {"energy.rss", "energy.html", "energy.ours"}
    assert {path.suffix for path in (feeds / "energy").iterdir()} == {".rss"}


def test_a_format_can_be_asked_for_once(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--format gemini`, of what is configured and of a selection made on the spot; one that is not there is named with those that are."""
    install(EXAMPLE, site)
    configuration = workspace(tmp_path / "press")
    assert render(configuration, "--format", "gemini,json", "--json") == 0
    names = {document["name"] for document in json.loads(capsys.readouterr().out)["documents"]}
    assert {"feeds/energy.gmi", "feeds/energy.json", "digests/weekly/2026-11-16.gmi"} <= names
    assert render(configuration, "--topic", "Energy", "--format", "gemini") == 0
    assert render(configuration, "--format", "gopher") == 2
    assert "no format 'gopher'" in capsys.readouterr().err


def test_a_package_finds_out_what_it_wrote_wrong(site: Path) -> None:
    """The same edition is emitted by name, as a library does it."""
    install(EXAMPLE, site)
    document = emit(feed(article("The lagoon"), publication=FEED), "gemini")
    assert (document.name, document.media_type) == ("feeds/energy.gmi", "text/gemini; charset=utf-8")


@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN.keys())
def test_a_format_that_fails_stops_nothing_else(site: Path, tmp_path: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    """All other documents are written; the package and its entry point are named, the command ends with 1, and it is tried again."""
    odd(site, source)
    configuration = workspace(tmp_path / "press", "odd")
    for _ in range(2):
        assert render(configuration) == 1
        said = capsys.readouterr().err
        assert "syndicate-odd 0.1, entry point odd" in said
        assert "Traceback" not in said
    out = tmp_path / "press" / "out"
    assert {path.name for path in (out / "feeds").glob("energy.*")} == {"energy.rss", "energy.html"}
    assert {path.suffix for path in (out / "digests" / "weekly").glob("2026-11-16.*")} == {".html", ".txt", ".eml"}
    assert (out / "index.html").is_file()


def test_a_format_that_is_mended_is_written(site: Path, tmp_path: Path) -> None:
    """Nothing else has changed, and still it is not taken for done."""
    odd(site, EMITTER + "import os\nEMITTER = Emitter('odd', 'text/plain', lambda edition: os.environ['ODD'].encode())\n")
    configuration = workspace(tmp_path / "press", "odd")
    assert render(configuration) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ODD", "mended")
        assert render(configuration) == 0
    assert (tmp_path / "press" / "out" / "feeds" / "energy.odd").read_text() == "mended"


def test_a_run_records_what_it_has_and_says_what_is_missing(site: Path, tmp_path: Path) -> None:
    """An edition is sent without the format that failed, and its reason says so; a feed's failure is an event of its own."""
    odd(site, BROKEN["fails"])
    press = Press(tmp_path / "press").configure('formats = ["odd"]\n[[feeds]]\nslug = "all"\ntitle = "All"\nformats = ["rss", "odd"]\n')
    press.add("Tides", "2026-11-12")
    events = {(event.publication, event.outcome): event.reason for event in press.run("2026-11-16T08:00")}
    assert "KeyError: 'title'" in events["weekly", "sent"]
    assert "syndicate-odd 0.1, entry point odd: cannot write all" in events["all", "failed"]
    assert ("all", "rendered") in events
    assert (press.root / "out" / "digests" / "weekly" / "2026-11-16.eml").is_file()


def test_a_run_records_an_edition_in_all_its_formats(site: Path, tmp_path: Path) -> None:
    """So that it can be shown again when the package is gone."""
    install(EXAMPLE, site)
    press = Press(tmp_path / "press").configure('formats = "gemini"\n')
    press.add("Tides", "2026-11-12")
    press.run("2026-11-16T08:00")
    names = [document.name for document in press.ledger.documents("weekly/2026-11-16")]
    assert sorted(names) == [f"digests/weekly/2026-11-16.{suffix}" for suffix in ("eml", "gmi", "html", "txt")]
    assert (press.root / "out" / "digests" / "weekly" / "2026-11-16.gmi").is_file()


def test_a_format_of_ours_stays_ours(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever calls theirs `rss` is never asked, and `check` says why."""
    odd(site, EMITTER + "EMITTER = Emitter('rss2', 'text/plain', lambda edition: b'theirs')\n", rss="syndicate_odd:EMITTER")
    assert b"theirs" not in emit(feed(article()), "rss").body
    assert syndicate("check", "--config", workspace(tmp_path / "press")) == 0
    assert "syndicate-odd 0.1, entry point rss: is the name of a format of our own" in capsys.readouterr().err


def test_two_packages_with_one_name_are_one_too_many(site: Path) -> None:
    """Neither was asked for more than the other."""
    odd(site, BROKEN["gives text"])
    make(site, "syndicate-even", "", {"syndicate.emitters": {"odd": "syndicate_even:EMITTER"}})
    with pytest.raises(ExtensionError, match=r"odd: is an entry point of syndicate-even 0\.1 and of syndicate-odd 0\.1; uninstall one"):
        emit(feed(article()), "odd")


def test_two_formats_with_one_suffix_do_not_write_over_each_other(site: Path) -> None:
    """The first has the name; the other says so. One that is named twice is written once."""
    both = EMITTER + "A = Emitter('odd', 'text/plain', lambda edition: b'a')\nB = Emitter('odd', 'text/plain', lambda edition: b'b')\n"
    odd(site, both, a="syndicate_odd:A", b="syndicate_odd:B")
    documents, failures = emit_each(feed(article(), publication=FEED), ["rss", "a", "a", "b"])
    assert [document.body for document in documents] == [b"a"]
    assert failures == ["syndicate-odd 0.1, entry point b: has the suffix of another format of energy; take one of them out"]


def test_a_format_may_be_for_feeds_alone(site: Path) -> None:
    """It is no format of a digest then."""
    odd(site, EMITTER + "EMITTER = Emitter('odd', 'text/plain', lambda edition: b'x', ('feed',))\n")
    assert emit(feed(article()), "odd").body == b"x"
    with pytest.raises(ExtensionError, match="is not for a digest; take it out of the formats of weekly"):
        emit(digest(article(), publication=DIGEST), "odd")


def test_a_format_that_is_not_installed_is_a_mistake_in_the_configuration(site: Path, tmp_path: Path) -> None:
    """Named with its key, and with what there is."""
    odd(site, BROKEN["gives text"])
    with pytest.raises(ConfigurationError) as caught:
        load_settings(workspace(tmp_path / "press", "gemini"))
    assert caught.value.reasons == (
        "syndicate.toml: feeds.energy.formats.2: must be 'rss', 'atom', 'json' or 'odd', got 'gemini'",
        "syndicate.toml: digests.weekly.formats.1: must be 'html', 'text', 'eml' or 'odd', got 'gemini'",
    )
    with pytest.raises(UnknownFormatError, match="no format 'gemini'; there are rss, atom, json, html, text, odd"):
        emit(feed(article()), "gemini")


def test_check_lists_what_is_installed_and_tries_what_is_used(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is broken and used is a problem; what is broken and not used is only told."""
    install(EXAMPLE, site)
    odd(site, BROKEN["cannot be imported"])
    assert syndicate("check", "--config", workspace(tmp_path / "press", "gemini")) == 0
    said = capsys.readouterr().err
    assert "format gemini, of syndicate-example 1.0\n" in said
    assert "transport mail-api, of syndicate-example 1.0\n" in said
    assert "format odd, of syndicate-odd 0.1: cannot be used" in said
    assert syndicate("check", "--config", workspace(tmp_path / "press", "odd")) == 1
    assert "feeds.energy.formats: syndicate-odd 0.1, entry point odd: syndicate_odd:EMITTER cannot be loaded" in capsys.readouterr().out


def test_a_document_is_served_as_what_it_is(site: Path) -> None:
    """By the media type of its emitter; a live feed is as fresh as its next render."""
    install(EXAMPLE, site)
    _added.cache_clear()
    live, slug = kind_of("feeds/energy.gmi")
    assert (live.media_type, live.fresh, slug) == ("text/gemini; charset=utf-8", "feed", "energy")
    assert kind_of("digests/weekly/2026-11-16.gmi")[0].media_type == "text/gemini; charset=utf-8"
    assert kind_of("feeds/energy.unknown")[0].media_type == "application/octet-stream"
    _added.cache_clear()


def test_nothing_is_looked_for_where_nothing_of_others_is_asked_for(tmp_path: Path) -> None:
    """Neither the metadata of what is installed nor what finds it is loaded for a render in our own formats."""
    configuration = workspace(tmp_path / "press")
    command = [sys.executable, "-X", "importtime", "-m", "syndicate", "render", "--at", AT, "--config", str(configuration)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "syndicate.emitters" in imported
    assert not imported & {"syndicate.extensions", "syndicate.emitters.added", "syndicate.delivery.transports.added"}


def test_the_example_passes_its_own_tests(site: Path, tmp_path: Path) -> None:
    """As its author runs them: installed, in a folder of its own, with the contracts of `syndicate.testing`."""
    install(EXAMPLE, site)
    (tmp_path / "test_example.py").write_bytes((EXAMPLE / "test_example.py").read_bytes())
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "-p", "no:randomly", "test_example.py"]
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
