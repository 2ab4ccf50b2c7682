"""The page about extending shows the example as it is, and its settings do what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syndicate.config import load_settings
from syndicate.delivery.transports.guarding import GuardedTransport
from syndicate.publishing.office import transport_of
from tests.extensions.packages import EXAMPLE, install, syndicate
from tests.vocabulary import write_article

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"
BLOCK = re.compile(r'^```\w+ title="(?P<file>[^"]+)"\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="not in a checkout")


def blocks(file: str = "") -> list[tuple[str, str]]:
    """Every fenced block of the page by the file that it stands in, or those of one file."""
    found = [(match["file"], match["text"]) for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))]
    return [(name, text) for name, text in found if file in {"", name}]


def test_every_block_has_a_file() -> None:
    """Else nobody would try it."""
    assert len(blocks()) == len(re.findall(r"^```\w", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_what_the_page_shows_of_the_package_is_in_the_package() -> None:
    """Whose tests are run: a file whole, or a part of it."""
    shown = [(name, text) for name, text in blocks() if name != "syndicate.toml"]
    assert {name for name, _ in shown} == {
        "pyproject.toml",
        "syndicate_example/gemini.py",
        "syndicate_example/mail_api.py",
        "test_example.py",
    }
    for name, text in shown:
        assert text.strip() in (EXAMPLE / name).read_text(encoding="utf-8"), name


def test_the_settings_of_the_page_do_what_it_says(site: Path, tmp_path: Path) -> None:
    """Its two pieces in one file, with a token beside it and the package installed."""
    install(EXAMPLE, site)
    head = '[site]\ntitle = "Press"\nurl = "https://press.example.org"\n'
    (tmp_path / "syndicate.toml").write_text(head + "".join(text for _, text in blocks("syndicate.toml")))
    (tmp_path / "token.txt").write_text("secret\n")
    write_article(tmp_path / "articles", "a.md", title="Tides", publishedDateTime="2026-11-12T09:30:00Z")
    write_article(tmp_path / "articles", "b.md", title="Older", publishedDateTime="2026-10-12T09:30:00Z")
    assert syndicate("check", "--config", tmp_path / "syndicate.toml") == 0
    assert syndicate("render", "--at", "2026-11-16T12:00", "--config", tmp_path / "syndicate.toml") == 0
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.gmi")}
    assert written == {
        "feeds/tides.gmi",
        "feeds/tides/2026-10.gmi",
        "feeds/tides/2026-11.gmi",
        "digests/fortnightly/2026-11-15.gmi",
    }
    settings = load_settings(tmp_path / "syndicate.toml")
    assert settings.options("mail-api") == {"url": "https://api.mail.example", "token": "secret"}
    assert isinstance(transport_of(settings), GuardedTransport)
