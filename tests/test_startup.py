"""Starting costs next to nothing: a library is imported where it is used."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.vocabulary import write_article

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {"pydantic", "pydantic_settings", "jinja2", "babel", "feedgen", "lxml", "yaml", "frontmatter", "premailer", "cssutils"}
HEAVY |= {
    "apscheduler",
    "markdown_it",
    "nh3",
    "ftfy",
    "w3lib",
    "dateutil",
    "rapidfuzz",
    "slugify",
    "sqlalchemy",
    "alembic",
    "brotli",
    "structlog",
    "watchfiles",
    "coloraide",
    "cryptography",
    "dns",
    "email_validator",
    "flufl",
    "httpx2",
    "imapclient",
    "prometheus_client",
    "msgspec",
    "procrastinate",
    "psycopg",
    "yaml_rs",
    "starlette",
    "tinycss2",
    "uvicorn",
}


def imported(*arguments: str) -> set[str]:
    """The top-level modules that an interpreter imports for these arguments."""
    done = subprocess.run([sys.executable, "-X", "importtime", *arguments], capture_output=True, text=True, check=True)
    lines = (line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:"))
    return {line.partition(".")[0] for line in lines}


def test_the_measure_sees_what_is_imported() -> None:
    """Else the other claims would hold of anything."""
    assert {"syndicate", "feedgen", "lxml"} <= imported("-c", "import syndicate.emitters.syndication")


@pytest.mark.parametrize("unwanted", ["libraries", "modules"])
def test_importing_the_package_imports_no_library(unwanted: str) -> None:
    """Neither those that other people wrote, nor the command line with its own."""
    found = imported("-c", "import syndicate")
    assert "syndicate" in found
    assert not found & (HEAVY | {"typer", "click", "rich"} if unwanted == "libraries" else {"zoneinfo", "email", "sqlite3"})


def test_help_imports_only_the_command_line() -> None:
    """Nothing that reads, decides or writes is needed to say what there is."""
    found = imported("-m", "syndicate", "--help")
    assert "typer" in found
    assert not found & HEAVY


@pytest.mark.parametrize("arguments", [("--version",), ("render", "--help")], ids=" ".join)
def test_an_option_imports_no_library_of_ours(arguments: tuple[str, ...]) -> None:
    """Pydantic may come with Typer, whose recent versions convert values by it where it is installed."""
    assert not imported("-m", "syndicate", *arguments) & (HEAVY - {"pydantic"})


def test_a_render_without_news_imports_nothing_that_reads_or_writes(tmp_path: Path) -> None:
    """No parser, no emitter: only what loads the settings and asks the index."""
    (tmp_path / "syndicate.toml").write_text('[site]\ntitle = "T"\nurl = "https://t.example"\n[[feeds]]\nslug = "all"\ntitle = "All"\n')
    write_article(tmp_path / "articles", "a.md")
    render = ("-m", "syndicate", "render", "--at", "2026-11-16T12:00", "--config", str(tmp_path / "syndicate.toml"))
    assert {"lxml", "jinja2"} <= imported(*render)
    with closing(sqlite3.connect(tmp_path / ".syndicate" / "index.db", isolation_level=None)) as database:
        database.execute("UPDATE files SET young = 0")  # else it is read again, until it is two seconds old
    needed = {"pydantic", "pydantic_settings", "apscheduler", "rapidfuzz"}
    assert not imported(*render) & (HEAVY - needed)
