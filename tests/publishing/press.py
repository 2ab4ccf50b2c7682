"""A small newspaper to run: a workspace with one digest, and the words to work with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from syndicate.config import load_settings
from syndicate.publishing import read_catalogue
from syndicate.publishing.running import Desk, run
from syndicate.storage import Ledger
from tests.vocabulary import moment, write_article

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.publishing.running import Event

SITE = '[site]\ntitle = "Press"\nurl = "https://press.example.org"\n'
WEEKLY = '[[digests]]\nslug = "weekly"\ntitle = "Weekly"\nsender = "w@press.example.org"\nschedule = "0 8 * * mon"\n'


@dataclass
class Press:
    """A workspace, its ledger, and a hand to work it with."""

    root: Path
    settings_text: str = SITE + WEEKLY

    def configure(self, text: str = "") -> Press:
        """Write the configuration, with `text` at its end, where the digest's keys go."""
        self.root.mkdir(parents=True, exist_ok=True)
        (self.root / "articles").mkdir(exist_ok=True)
        (self.root / "syndicate.toml").write_text(self.settings_text + text, encoding="utf-8")
        return self

    @cached_property
    def ledger(self) -> Ledger:
        """The ledger that is configured."""
        return Ledger.open(load_settings(self.root / "syndicate.toml").storage.url, self.root)

    def add(self, name: str, at: str, **fields: Any) -> None:
        """Put an article dated `at` into the folder."""
        write_article(self.root / "articles", f"{name}.md", title=fields.pop("title", name), publishedDateTime=at, **fields)

    def desk(self, step: Callable[[str], None] = lambda name: None) -> Desk:  # noqa: ARG005
        """What a run works with."""
        settings = load_settings(self.root / "syndicate.toml")
        return Desk(settings, self.ledger, lambda *_: read_catalogue(settings), self.root / "out", step)

    def run(self, at: str) -> list[Event]:
        """Do all that is due at `at`."""
        return list(run(self.desk(), now=moment(at)))

    def ran(self, key: str) -> list[str]:
        """The titles that ran in an edition, in their order."""
        return [record.title for record in self.ledger.articles(key) if record.outcome == "ran"]

    def pages(self) -> list[str]:
        """The editions whose pages stand in the folder of output."""
        return sorted(path.stem for path in (self.root / "out" / "digests" / "weekly").glob("2*.html"))
