"""Read the configuration: `syndicate.toml`, or `[tool.syndicate]` in `pyproject.toml`. [I/O: one read]

Settings from the environment win over the file: `SYNDICATE_SMTP__PASSWORD`, `SYNDICATE_SITE__URL`; a password may also lie in a
file of its own (`SYNDICATE_SMTP__PASSWORD_FILE`). Secrets are masked wherever settings are printed.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from syndicate.config.publications import Digest, Feed, digest_of, feed_of
from syndicate.config.tables import (
    ArticlesTable,
    DigestTable,
    FeedTable,
    SectionTable,
    SiteTable,
    SmtpTable,
    StorageTable,
    Table,
    TopicTable,
)
from syndicate.errors import ConfigurationError, UnknownPublicationError
from syndicate.model import Site

__all__ = ["Digest", "Feed", "Settings", "load_settings"]

FILE = "syndicate.toml"
PYPROJECT = "pyproject.toml"
TABLES: dict[str, type[Table]] = {
    "site": SiteTable,
    "articles": ArticlesTable,
    "topics": TopicTable,
    "feeds": FeedTable,
    "digests": DigestTable,
    "smtp": SmtpTable,
    "storage": StorageTable,
}


class Settings(BaseSettings):
    """Everything that is configured. `root` is the folder that paths are relative to: the configuration file's."""

    model_config = SettingsConfigDict(env_prefix="SYNDICATE_", env_nested_delimiter="__", extra="forbid", frozen=True)

    root: Path
    site: SiteTable = SiteTable()
    articles: ArticlesTable = ArticlesTable()
    topics: dict[str, TopicTable] = Field(default_factory=dict)
    feeds: list[FeedTable] = []
    digests: list[DigestTable] = []
    smtp: SmtpTable = SmtpTable()
    storage: StorageTable = StorageTable()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the signature is pydantic-settings'
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return env_settings, init_settings

    @property
    def publisher(self) -> Site:
        """The site, as documents name it, with the workspace's own templates."""
        templates = self.root / "templates"
        return Site(**self.site.model_dump(), templates=(templates,) if templates.is_dir() else ())

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of articles."""
        return tuple(self.root / folder for folder in self.articles.folder)

    @property
    def parents(self) -> dict[str, str]:
        """Which topic belongs under which."""
        return {label: topic.parent for label, topic in self.topics.items()}

    def publications(self) -> tuple[Feed | Digest, ...]:
        """Every feed, then every digest, in the order of the file."""
        site = self.publisher
        feeds = (feed_of(table, site, self.parents) for table in self.feeds)
        return (*feeds, *(digest_of(table, site, self.parents) for table in self.digests))

    def publication(self, slug: str) -> Feed | Digest:
        """The feed or digest called `slug`. Raises `UnknownPublicationError`."""
        found = {item.publication.slug: item for item in self.publications()}
        if slug not in found:
            raise UnknownPublicationError(f"no publication {slug!r}; {_nearest(slug, list(found))}")
        return found[slug]

    def feed(self, slug: str) -> Feed:
        """The feed called `slug`. Raises `UnknownPublicationError`."""
        item = self.publication(slug)
        if not isinstance(item, Feed):
            raise UnknownPublicationError(f"{slug!r} is a digest, not a feed")
        return item

    def digest(self, slug: str) -> Digest:
        """The digest called `slug`. Raises `UnknownPublicationError`."""
        item = self.publication(slug)
        if not isinstance(item, Digest):
            raise UnknownPublicationError(f"{slug!r} is a feed, not a digest")
        return item


def load_settings(path: str | Path | None = None, *, start: str | Path = ".") -> Settings:
    """Read the configuration at `path`, or the nearest one in `start` or above it.

    Raises `ConfigurationError` with every mistake in it at once.
    """
    file = Path(path) if path else _find(Path(start).resolve())
    table = _read(file)
    try:
        settings = Settings(root=file.resolve().parent, **table)
    except ValidationError as error:
        raise ConfigurationError([f"{file.name}: {_reason(item, table)}" for item in error.errors()]) from None
    contradictions = [f"{file.name}: {reason}" for reason in _contradictions(settings)]
    if contradictions:
        raise ConfigurationError(contradictions)
    return settings


def _find(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / PYPROJECT).is_file() and "syndicate" in _toml(folder / PYPROJECT).get("tool", {}):
            return folder / PYPROJECT
    raise ConfigurationError([f"no {FILE} in {start} or above it; make a workspace with `syndicate init`, or name one with --config"])


def _read(file: Path) -> dict[str, Any]:
    table = _toml(file)
    if file.name == PYPROJECT:
        table = table.get("tool", {}).get("syndicate", {})
    if unknown := [key for key in table if key == "root" or key not in TABLES]:
        raise ConfigurationError([f"{file.name}: {key}: unknown table; {_nearest(key, list(TABLES))}" for key in unknown])
    return table


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError([f"{file}: cannot be read ({error.strerror})"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{file.name}: is not TOML: {error}"]) from error


def _reason(item: Any, table: dict[str, Any]) -> str:
    """One of pydantic's errors in our words: the key, what is wrong with it, what to do."""
    path = [str(step) for step in item["loc"] if not str(step).startswith(("function-", "constrained-", "literal["))]
    key = ".".join(_named(path, table))
    match item["type"]:
        case "extra_forbidden":
            model = SectionTable if "sections" in path else TABLES[path[0]]
            return f"{key}: unknown key; {_nearest(path[-1], list(model.model_fields))}"
        case "missing":
            return f"{key}: is missing; add it"
        case "value_error":
            return f"{key}: {item['ctx']['error']}"
        case _:
            got = "" if isinstance(item["input"], dict | list) else f", got {item['input']!r}"
            return f"{key}: {item['msg'].replace('Input should', 'must')}{got}"


def _named(path: list[str], table: Any) -> list[str]:
    """The path with places in a list replaced by the slug or title that stands there."""
    named = []
    for step in path:
        if isinstance(table, list) and step.isdigit() and int(step) < len(table):
            table = table[int(step)]
            known = (table.get("slug") or table.get("title")) if isinstance(table, dict) else None
            named.append(str(known or int(step) + 1))
        else:
            table = table.get(step) if isinstance(table, dict) else None
            named.append(step)
    return named


def _contradictions(settings: Settings) -> list[str]:
    """What is wrong between tables: slugs given twice, topics that belong under themselves."""
    slugs = Counter([*(feed.slug for feed in settings.feeds), *(digest.slug for digest in settings.digests)])
    reasons = [f"{slug}: is the slug of {count} publications; give each its own" for slug, count in slugs.items() if count > 1]
    for label in settings.topics:
        above, step = {label}, settings.parents.get(label)
        while step is not None and step not in above:
            above.add(step)
            step = settings.parents.get(step)
        if step == label:
            reasons.append(f"topics.{label}: belongs under itself; take one parent out of the circle")
    return reasons


def _nearest(name: str, names: list[str]) -> str:
    """A hint: the name that was probably meant, or all there are."""
    close = get_close_matches(name, names, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(sorted(names))}" if names else "there are none"
