"""A digest's letter, looked over before anybody gets it: compose -> render -> lint. Writes nothing and asks no ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate.letters import letter_of
from syndicate.linter import CLIENTS, lint
from syndicate.publishing.composing import compose
from syndicate.publishing.workspace import sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from syndicate.catalogue import Holdings
    from syndicate.config import Digest
    from syndicate.letters import Letter
    from syndicate.linter import Finding
    from syndicate.model import Edition


@dataclass(frozen=True, slots=True)
class Proof:
    """A letter to everybody, and what is wrong with it. `sampled`: nothing fits its window, and the newest articles stand in."""

    edition: Edition
    letter: Letter
    findings: tuple[Finding, ...]
    sampled: bool = False

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings that are mistakes, without those that are said for information."""
        return tuple(finding for finding in self.findings if finding.severity != "note")


def proof(digest: Digest, catalogue: Holdings, *, now: datetime, clients: Sequence[str] = ()) -> Proof:
    """Look a digest over as `render` would write it at `now`, for these mail programs, or those with most readers.

    Raises `TemplateError`, and `ConfigurationError` for a mail program that nobody knows.
    """
    from syndicate.emitters.digest import render_digest

    edition = compose(digest, catalogue, digest.window(now), now=now)
    sampled = not edition.entries
    if sampled:  # so that a template can be looked over on any day
        edition = sample(digest, catalogue)
    letter = letter_of(render_digest(edition))
    findings = lint(letter, clients=clients or CLIENTS, address=digest.publication.site.address)
    return Proof(edition, letter, findings, sampled)
