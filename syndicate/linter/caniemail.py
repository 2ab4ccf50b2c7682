"""What mail programs know of HTML and CSS, as caniemail.com has tried them: a snapshot that lies beside this module. [I/O: one read]

`python -m syndicate.linter.renew` writes it; `caniemail.LICENSE` is its licence.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from syndicate.errors import ConfigurationError
from syndicate.hints import hint

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CLIENTS = (
    "apple-mail",
    "gmail",
    "outlook.windows",
    "outlook.macos",
    "outlook.outlook-com",
    "outlook.ios",
    "outlook.android",
    "yahoo",
    "aol",
    "samsung-email",
    "thunderbird",
    "protonmail",
    "fastmail",
    "gmx",
    "web-de",
)
"""The clients that a letter is checked for, unless the settings name others: those that published counts of opened mail put first, and
the larger of the independent and European ones. Left out are Windows Mail, which Microsoft ended in 2024, and what has little data."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature, and how each client (`gmail.ios`) knows it: `y`, `n`, `u` for unknown, or `a` for partly, with numbers of notes."""

    title: str
    category: str
    support: Mapping[str, str]
    notes: Mapping[str, str]

    def lacking(self, clients: Sequence[str]) -> tuple[str, ...]:
        """Those of `clients` that do not know it."""
        return tuple(client for client in clients if self.support.get(client) == "n")

    def partial(self, clients: Sequence[str], note: str) -> tuple[str, ...]:
        """Those of `clients` that know it but for what the note says which has `note` in it."""
        numbers = {number for number, text in self.notes.items() if note in text}
        return tuple(client for client in clients if numbers & set(self.support.get(client, "")[1:].split(",")))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All features by name, as of a commit of caniemail's repository."""

    commit: str
    date: str
    families: Mapping[str, str]
    platforms: Mapping[str, str]
    clients: tuple[str, ...]
    features: Mapping[str, Feature]

    def chosen(self, names: Sequence[str]) -> tuple[str, ...]:
        """The clients that `names` mean: `gmail` is on every platform, `gmail.ios` on one. Raises `ConfigurationError`."""
        return tuple(client for name in dict.fromkeys(names) for client in self._meant(name))

    def named(self, clients: Sequence[str], among: Sequence[str]) -> tuple[str, ...]:
        """How people call `clients`: by the family alone where all of it is meant that is `among` those asked for."""
        platforms: dict[str, list[str]] = {}
        for client in clients:
            family, _, platform = client.partition(".")
            platforms.setdefault(family, []).append(platform)
        return tuple(self._called(family, found, among) for family, found in platforms.items())

    def _called(self, family: str, platforms: list[str], among: Sequence[str]) -> str:
        name = self.families.get(family, family)
        asked, known = (sum(client.startswith(f"{family}.") for client in clients) for clients in (among, self.clients))
        if len(platforms) == asked and (asked > 1 or known == 1):
            return name
        return f"{name} on {' and '.join(self.platforms.get(each, each) for each in platforms)}"

    def _meant(self, name: str) -> list[str]:
        found = [client for client in self.clients if name in {client, client.partition(".")[0]}]
        if not found:
            known = {client.partition(".")[0] for client in self.clients}
            otherwise = f"there are {', '.join(sorted(known))}"
            raise ConfigurationError([f"mail.clients: unknown client {name!r}; {hint(name, [*known, *self.clients], otherwise=otherwise)}"])
        return found


@cache
def read_snapshot() -> Snapshot:
    """The snapshot that comes with the package."""
    found = json.loads(files("syndicate.linter").joinpath("caniemail.json").read_text(encoding="utf-8"))
    clients = tuple(found["clients"].split())
    features = {
        slug: Feature(each["title"], each["category"], dict(zip(clients, each["support"].split(), strict=True)), each.get("notes", {}))
        for slug, each in found["features"].items()
    }
    return Snapshot(found["commit"], found["date"], found["families"], found["platforms"], clients, features)
