"""Starting costs next to nothing: a library is imported where it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

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
