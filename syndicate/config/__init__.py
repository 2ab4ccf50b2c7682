"""Read the configuration: `syndicate.toml`, or `[tool.syndicate]` in `pyproject.toml`. [I/O: one read]

Settings from the environment win over the file: `SYNDICATE_SMTP__PASSWORD`, `SYNDICATE_SITE__URL`; a password may also lie in a
file of its own (`SYNDICATE_SMTP__PASSWORD_FILE`). Secrets are masked wherever settings are printed.
"""

from __future__ import annotations

import logging
import os
import re
import tomllib
from collections import Counter, defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from syndicate.config.conventions import conventions_of
from syndicate.config.publications import Digest, Feed, digest_of, feed_of
from syndicate.config.services import BouncesTable, MailTable, ServeTable, SignupTable, SmtpTable, StorageTable, TransportTable
from syndicate.config.tables import ArticlesTable, DigestTable, FeedTable, SiteTable, Table, ThemeTable, TopicTable
from syndicate.config.themes import logo_mistakes, theme_of
from syndicate.config.transports import options_of, transport_mistakes
from syndicate.errors import ConfigurationError, UnknownPublicationError
from syndicate.hints import hint
from syndicate.model import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syndicate.catalogue.conventions import Conventions

__all__ = ["Digest", "Feed", "Settings", "load_settings"]

FILE = "syndicate.toml"
PYPROJECT = "pyproject.toml"
SCHEMA = ".syndicate/schema.json"
"""Where the JSON Schema of the configuration lies in a workspace (`syndicate.config.schema`)."""

SCHEMA_LINE = f"#:schema ./{SCHEMA}"
"""The first line of a `syndicate.toml` whose editor shall know it."""

SECRETS = (("smtp", "password"), ("bounces", "password"), ("mail", "secret"), ("storage", "url"))
"""What may lie in a file of its own: tables, and keys in them that also end in `_file`."""

TABLES: dict[str, type[Table]] = {
    "site": SiteTable,
    "articles": ArticlesTable,
    "topics": TopicTable,
    "feeds": FeedTable,
    "digests": DigestTable,
    "theme": ThemeTable,
    "mail": MailTable,
    "transports": TransportTable,
    "signup": SignupTable,
    "smtp": SmtpTable,
    "bounces": BouncesTable,
    "storage": StorageTable,
    "serve": ServeTable,
}


class Settings(BaseSettings):
    """Everything that is configured. `root` is the folder that paths are relative to: that of `file`, the configuration."""

    model_config = SettingsConfigDict(env_prefix="SYNDICATE_", env_nested_delimiter="__", extra="forbid", frozen=True)

    root: Path
    file: str = FILE
    site: SiteTable = SiteTable()
    articles: ArticlesTable = ArticlesTable()
    topics: dict[str, TopicTable] = Field(default_factory=dict)
    feeds: list[FeedTable] = []
    digests: list[DigestTable] = []
    theme: ThemeTable = ThemeTable()
    mail: MailTable = MailTable()
    transports: dict[str, TransportTable] = Field(default_factory=dict)
    signup: SignupTable = SignupTable()
    smtp: SmtpTable = SmtpTable()
    bounces: BouncesTable = BouncesTable()
    storage: StorageTable = StorageTable()
    serve: ServeTable = ServeTable()

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
        theme = theme_of(self.theme, root=self.root, site_url=self.site.url)
        own = (templates,) if templates.is_dir() else ()
        return Site(**self.site.model_dump(), signup=self.signup_url, theme=theme, templates=own)

    @property
    def signup_url(self) -> str:
        """The page on which people subscribe, for pages to lead to: where something says that `syndicate serve` answers, and it has one."""
        answers = self.mail.links or self.model_fields_set & {"serve", "signup"}
        return f"{self.mail.links or self.site.url}/subscribe" if answers and self.signup.open and self.digests else ""

    @property
    def folders(self) -> tuple[Path, ...]:
        """The folders of articles."""
        return tuple(self.root / folder for folder in self.articles.folder)

    @property
    def conventions(self) -> Conventions:
        """How the articles are written."""
        return conventions_of(self.articles, root=self.root, language=self.site.language)

    @property
    def parents(self) -> dict[str, str]:
        """Which topic belongs under which."""
        return {label: topic.parent for label, topic in self.topics.items()}

    def publications(self) -> tuple[Feed | Digest, ...]:
        """Every feed, then every digest, in the order of the file."""
        site = self.publisher
        feeds = (feed_of(table, site, self.parents) for table in self.feeds)
        return (*feeds, *(digest_of(table, self._themed(site, table), self.parents) for table in self.digests))

    def options(self, transport: str) -> dict[str, Any]:
        """What a transport of another package is told, secrets from files and from the environment among it. Raises `ConfigurationError`."""
        table = self.transports.get(transport)
        return options_of(transport, (table.model_extra or {}) if table else {}, self.root)

    def _themed(self, site: Site, digest: DigestTable) -> Site:
        """The site in the look of one of its digests."""
        return replace(site, theme=theme_of(self.theme, digest.theme, root=self.root, site_url=self.site.url))

    def publication(self, slug: str) -> Feed | Digest:
        """The feed or digest called `slug`. Raises `UnknownPublicationError`."""
        found = {item.publication.slug: item for item in self.publications()}
        if slug not in found:
            raise UnknownPublicationError(f"no publication {slug!r}; {hint(slug, list(found))}")
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
    file = Path(path) if path else find_configuration(start)
    root, table = file.resolve().parent, _read(file)
    logging.getLogger(__name__).debug("settings from %s", file)
    known = {key: value for key, value in table.items() if key in TABLES}
    reasons = [f"{key}: unknown table; {hint(key, list(TABLES))}" for key in table if key not in known]
    settings = None
    try:
        settings = Settings(root=root, **_with_secrets(known, root)).model_copy(
            update={"root": root, "file": file.name}
        )  # not SYNDICATE_ROOT's
        reasons += _contradictions(settings)
        reasons = [f"{file.name}: {reason}" for reason in reasons]
    except ValidationError as error:
        reasons = [f"{file.name}: {reason}" for reason in reasons] + [_reason(item, known, file.name) for item in error.errors()]
    except SettingsError as error:
        raise ConfigurationError([f"{_unreadable(error)}: is not JSON, as a whole table must be; mend it, or take it away"]) from error
    if reasons or settings is None:
        raise ConfigurationError(reasons)
    return settings


def find_configuration(start: str | Path = ".") -> Path:
    """The nearest configuration in `start` or above it. Raises `ConfigurationError` where there is none."""
    start = Path(start).resolve()
    for folder in (start, *start.parents):
        if (folder / FILE).is_file():
            return folder / FILE
        if (folder / PYPROJECT).is_file() and _ours(_toml(folder / PYPROJECT)) is not None:
            return folder / PYPROJECT
    raise ConfigurationError([f"no {FILE} in {start} or above it; make a workspace with `syndicate init`, or name one with --config"])


def _read(file: Path) -> dict[str, Any]:
    table = _toml(file)
    if file.name == PYPROJECT:
        table = _ours(table) or {}
    return table


def _ours(table: dict[str, Any]) -> dict[str, Any] | None:
    """`[tool.syndicate]` of a `pyproject.toml`, if it has one."""
    tool = table.get("tool")
    ours = tool.get("syndicate") if isinstance(tool, dict) else None
    return ours if isinstance(ours, dict) else None


def _with_secrets(table: dict[str, Any], root: Path) -> dict[str, Any]:
    """`table` with the secrets from the files that it names, so that one from the environment wins over it as over any other."""
    for name, key in SECRETS:
        part = table.get(name)
        if isinstance(part, dict) and isinstance(part.get(f"{key}_file"), str):
            file = root / part[f"{key}_file"]
            try:
                read = {k: value for k, value in part.items() if k != f"{key}_file"} | {key: file.read_text(encoding="utf-8").strip()}
            except (OSError, ValueError):
                read = part | {f"{key}_file": str(file)}  # for the table to say what is wrong
            table = table | {name: read}
    return table


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError([f"{file}: cannot be read ({error.strerror})"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{file.name}: is not TOML: {error}"]) from error


def _reason(item: Any, table: dict[str, Any], file: str) -> str:
    """One of pydantic's errors in our words: the file or the variable, the key, what is wrong with it, what to do."""
    path = [str(step) for step in item["loc"] if not str(step).startswith(("function-", "constrained-", "literal["))]
    lone = dict(SECRETS).get(path[0]) if len(path) == 1 else None
    variable, depth = variable_of([*path, f"{lone}_file"] if lone else path)
    key = ": ".join(filter(None, (variable, ".".join(path[depth:])))) if variable else f"{file}: {'.'.join(_named(path, table))}"
    match item["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key; {hint(path[-1], list(_table_at(path).model_fields))}"
        case "missing":
            return f"{key}: is missing; add it"
        case "model_type" if path[0] == "topics" and isinstance(item["input"], str):
            return f'{key}: must be a table; write {{ parent = "{item["input"]}" }}'
        case "model_type" | "dict_type":
            return f"{key}: must be a table, with keys of its own"  # what is there in its place may be a secret
        case "value_error":
            return f"{key}: {item['ctx']['error']}"
        case _:
            got = "" if isinstance(item["input"], dict | list) or path[-1] in {"password", "secret"} else f", got {item['input']!r}"
            return f"{key}: {re.sub('^(Input|String|Value|List) should', 'must', item['msg'])}{got}"


def _table_at(path: list[str]) -> type[Table]:
    """The table in which the key at the end of `path` would stand."""
    table = TABLES[path[0]]
    for step in path[1:-1]:
        if step in table.model_fields:
            kind = table.model_fields[step].annotation
            table = next(each for each in (kind, *get_args(kind)) if isinstance(each, type) and issubclass(each, Table))
    return table


def variable_of(path: list[str]) -> tuple[str, int]:
    """The variable of the environment that holds the value at `path`, and how many steps of it that takes; no name where none does."""
    given = {name.upper(): name for name in os.environ}
    for depth in range(len(path), 0, -1):
        name = given.get("__".join(("SYNDICATE_" + path[0], *path[1:depth])).upper())
        if name and (depth == len(path) or path[depth].isdigit() or f'"{path[depth]}"' in os.environ[name]):
            return name, depth
    return "", 0


def _unreadable(error: SettingsError) -> str:
    """The variable that pydantic-settings speaks of, which it calls by its field."""
    found = re.search(r'field "(\w+)"', str(error))
    return f"SYNDICATE_{found[1].upper()}" if found else "environment"


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
    """What is wrong between tables: slugs and headings given twice, logos without a file or a size, topics under themselves."""
    reasons = [f"{slug}: is the slug of {' and '.join(names)}; give each its own" for slug, names in _shared_slugs(settings)]
    for digest in settings.digests:
        headings = Counter(section.title for section in digest.sections)
        twice = [f"digests.{digest.slug}.sections.{title}: is there {count} times" for title, count in headings.items() if count > 1]
        reasons += [f"{reason}; give each section a title of its own" for reason in twice]
        reasons += logo_mistakes(f"digests.{digest.slug}.theme", settings.theme, digest.theme, root=settings.root)
    reasons += logo_mistakes("theme", settings.theme, root=settings.root)
    reasons += _unknown_clients(settings)
    reasons += _impossible_moves(settings)
    reasons += transport_mistakes(settings.mail.transport, settings.mail.folder)
    for label in settings.topics:
        above, step = {label}, settings.parents.get(label)
        while step is not None and step not in above:
            above.add(step)
            step = settings.parents.get(step)
        if step == label:
            reasons.append(f"topics.{label}: belongs under itself; take one parent out of the circle")
    return reasons


def _unknown_clients(settings: Settings) -> Sequence[str]:
    """What is wrong with the mail programs that digests are checked for."""
    if not settings.mail.clients:
        return ()
    from syndicate.linter.caniemail import read_snapshot

    try:
        read_snapshot().chosen(settings.mail.clients)
    except ConfigurationError as error:
        return error.reasons
    return ()


def _impossible_moves(settings: Settings) -> Iterator[str]:
    """What is wrong with what `[serve]` says is gone or renamed: it is still there, or leads to nothing, or round in a circle."""
    table, known = settings.serve, [*(feed.slug for feed in settings.feeds), *(digest.slug for digest in settings.digests)]
    for key, slugs in (("gone", table.gone), ("renamed", list(table.renamed))):
        yield from (f"serve.{key}: {slug} is still configured; take it out here, or there" for slug in slugs if slug in known)
    for old, new in table.renamed.items():
        path = [old]
        while new in table.renamed and new not in path:
            path.append(new)
            new = table.renamed[new]  # noqa: PLW2901  a chain is followed to its end
        if old in table.gone:
            yield f"serve.renamed.{old}: is gone too; take it out of one of the two"
        elif new in path:
            yield f"serve.renamed.{old}: leads back to {new}; name what is there now"
        elif new not in known:
            yield f"serve.renamed.{old}: there is no publication {new!r}; {hint(new, known)}"


def _shared_slugs(settings: Settings) -> Iterator[tuple[str, list[str]]]:
    """Each slug that several publications have, with their names: `feeds.all`, or `feeds.2` where a feed cannot be told by its slug."""
    places: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for place, feed in enumerate(settings.feeds, 1):
        places[feed.slug].append(("feeds", place))
    for place, digest in enumerate(settings.digests, 1):
        places[digest.slug].append(("digests", place))
    for slug, found in places.items():
        if len(found) > 1:
            kinds = Counter(kind for kind, _ in found)
            yield slug, [f"{kind}.{slug if kinds[kind] == 1 else place}" for kind, place in found]
