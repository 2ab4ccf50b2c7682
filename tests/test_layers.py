"""The layers hold: a module imports strictly lower ones, siblings are blind to each other, each library has one home."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import syndicate

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(syndicate.__file__).parent
PYPROJECT = PACKAGE.parent / "pyproject.toml"

LAYERS = (
    {"errors"},
    {"model"},
    {"windows", "colours", "hints", "letters", "rates", "extensions"},
    {"catalogue", "selection", "editions", "emitters", "delivery", "linter", "storage"},
    {"config"},
    {"publishing"},
    {"scheduler", "workers", "web"},
    {"cli", "testing"},
    {"__init__", "__main__"},
)
"""Lowest first; those in one layer are siblings."""

RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}

HOMES = {
    "alembic": ("storage/database.py", "storage/migrations/"),
    "apscheduler": ("windows.py", "scheduler.py"),
    "babel": ("emitters/theme.py", "emitters/pages.py", "emitters/translations.py"),
    "brotli": ("web/outlet/packing.py",),
    "coloraide": ("colours.py",),
    "cryptography": ("delivery/signing.py",),
    "cssselect": ("linter/cascade.py",),
    "cssutils": ("emitters/digest.py",),
    "email_validator": ("publishing/subscribing/addresses.py",),
    "dateutil": ("catalogue/moments.py",),
    "dns": ("publishing/resolving.py",),
    "feedgen": ("emitters/syndication.py",),
    "flufl": ("delivery/bounces/unreported.py",),
    "frontmatter": ("catalogue/frontmatter.py",),
    "ftfy": ("catalogue/markup.py",),
    "httpx2": ("publishing/pinging.py",),
    "imapclient": ("delivery/bounces/mailboxes.py",),
    "jinja2": ("emitters/theme.py",),
    "lxml": ("emitters/syndication.py", "linter/page.py"),
    "markdown_it": ("catalogue/markup.py",),
    "markupsafe": ("emitters/content.py", "emitters/digest.py", "emitters/theme.py"),
    "msgspec": ("catalogue/records.py", "editions.py"),
    "nh3": ("catalogue/markup.py",),
    "premailer": ("emitters/digest.py",),
    "procrastinate": ("workers.py",),
    "prometheus_client": ("web/metrics.py",),
    "pydantic": ("catalogue/articles.py", "catalogue/wire.py", "config/"),
    "pydantic_settings": ("config/__init__.py",),
    "pytest": ("testing/",),
    "rapidfuzz": ("selection/stories.py",),
    "rich": ("cli/reading.py", "cli/screen.py"),
    "slugify": ("config/publications.py", "testing/samples.py"),
    "sqlalchemy": ("storage/",),
    "starlette": ("web/",),
    "structlog": ("cli/screen.py",),
    "tinycss2": ("linter/style.py",),
    "typer": ("cli/",),
    "uvicorn": ("web/serving.py",),
    "w3lib": ("catalogue/markup.py",),
    "watchfiles": ("scheduler.py", "web/watching.py"),
    "yaml": ("catalogue/bounds.py", "catalogue/frontmatter.py", "linter/renew.py"),
    "yaml_rs": ("catalogue/simple.py",),
}
"""The one place where each library of others is known: files, or a whole folder."""

DISTRIBUTIONS = {
    "dns": "dnspython",
    "dateutil": "python-dateutil",
    "email_validator": "email-validator",
    "frontmatter": "python-frontmatter",
    "markdown_it": "markdown-it-py",
    "prometheus_client": "prometheus-client",
    "pydantic_settings": "pydantic-settings",
    "slugify": "python-slugify",
    "yaml": "pyyaml",
    "yaml_rs": "yaml-rs",
    "cssutils": "premailer",
}
"""What is installed under another name than it is imported; cssutils comes with premailer."""


def files() -> list[Path]:
    """Every module of the package."""
    return sorted(path for path in PACKAGE.rglob("*.py") if path.is_relative_to(PACKAGE))


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, under `if TYPE_CHECKING` and inside functions too; from the package itself, name by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(level=0, module="syndicate"):
                yield from (f"syndicate.{alias.name}" for alias in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield module
            case ast.ImportFrom():
                yield "." * node.level


def layer(path: Path) -> str:
    """The module or package right below `syndicate` that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


IDS = [str(path.relative_to(PACKAGE)) for path in files()]


@pytest.mark.parametrize("path", files(), ids=IDS)
def test_a_module_imports_strictly_lower_ones(path: Path) -> None:
    """Nothing above itself and none of its siblings; within its own package it is free. `__version__` alone is everybody's."""
    own = layer(path)
    used = {name.split(".")[1] for name in imports(path) if name.startswith("syndicate.")} - {own, "__version__"}
    assert used <= RANK.keys()
    assert {name for name in used if RANK[name] >= RANK[own]} == set()


@pytest.mark.parametrize("path", files(), ids=IDS)
def test_a_module_names_what_it_imports_in_full(path: Path) -> None:
    """No relative imports, and not the package as a whole, behind which any layer could hide."""
    assert not {name for name in imports(path) if name.startswith(".") or name == "syndicate"}


@pytest.mark.parametrize("path", files(), ids=IDS)
def test_a_library_is_known_in_its_home_alone(path: Path) -> None:
    """So that it can be replaced there, and is imported where it is used."""
    name = path.relative_to(PACKAGE).as_posix()
    others = {module.partition(".")[0] for module in imports(path)} - sys.stdlib_module_names - {"syndicate", ""}
    assert {
        other for other in others if not any(name == home or (home[-1] == "/" and name.startswith(home)) for home in HOMES[other])
    } == set()


def test_every_module_has_its_place_in_the_drawing() -> None:
    """A new one is put into a layer before it is written."""
    assert {layer(path) for path in files()} <= RANK.keys()


def test_what_a_file_imports_is_what_the_package_requires() -> None:
    """Nothing comes along by accident of another's dependencies, and nothing is installed for nobody."""
    if not PYPROJECT.is_file():
        pytest.skip("not in a checkout")
    project = tomllib.loads(PYPROJECT.read_text())["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["cluster"]]
    # SQLAlchemy imports psycopg, where the ledger is a PostgreSQL.
    required = {re.split(r"[^\w-]", line)[0] for line in wanted} - {"tzdata", "psycopg"}
    used: defaultdict[str, set[str]] = defaultdict(set)
    for path in files():
        for module in imports(path):
            used[module.partition(".")[0]].add(layer(path))
    optional = {name for name, layers in used.items() if layers == {"testing"}}  # required by the extra of that name
    assert {DISTRIBUTIONS.get(name, name) for name in used.keys() - sys.stdlib_module_names - {"syndicate"} - optional} == required
