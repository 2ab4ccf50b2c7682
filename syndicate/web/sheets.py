"""What the studio shows on one page: an edition, its letter, and all that there is to say of both. [I/O: reads the workspace]

A sheet is filled in step by step, and what is known stays on it when a later step fails: settings, edition, letter, findings. So a
broken template leaves the choice of editions where it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from email.utils import parseaddr
from itertools import islice
from typing import TYPE_CHECKING

from syndicate.errors import ConfigurationError
from syndicate.letters import Letter, for_everybody
from syndicate.linter import CLIENTS
from syndicate.model import Topic
from syndicate.web.bench import template_folders
from syndicate.web.issues import MOST_ISSUES, fires_back, issue_of
from syndicate.web.troubles import Trouble, trouble_of
from syndicate.windows import read_moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from syndicate.config import Digest
    from syndicate.errors import Problem
    from syndicate.linter import Finding
    from syndicate.model import Publication
    from syndicate.web.asking import Asked
    from syndicate.web.bench import Bench, Galley
    from syndicate.web.issues import Issue

HINT = re.compile(r": try --at (\S+)")
"""What the note on an empty edition says to whoever reads it on a command line; the studio makes it a link."""

PREFIX = "no entries: "


@dataclass(frozen=True, slots=True)
class Interest:
    """A topic that a reader may have, and how many stories of the edition are on it."""

    label: str
    stories: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the studio. What could not be found out is empty, and `trouble` says why."""

    asked: Asked
    digests: tuple[Publication, ...] = ()
    digest: Digest | None = None
    issue: Issue | None = None
    previous: Issue | None = None
    next: Issue | None = None
    issues: tuple[Issue, ...] = ()
    problems: tuple[Problem, ...] = ()
    galley: Galley | None = None
    interests: tuple[Interest, ...] = ()
    letter: Letter | None = None
    message: bytes = b""
    findings: tuple[Finding, ...] = ()
    clients: int = 0
    trouble: Trouble | None = None

    @property
    def public(self) -> Letter | None:
        """The letter as anybody may read it."""
        return for_everybody(self.letter, self.galley.digest.publication) if self.letter and self.galley else None

    @property
    def note(self) -> str:
        """Why nothing runs; empty where something does."""
        said = HINT.sub("", self.galley.note).removeprefix(PREFIX) if self.galley else ""
        return f"{said[:1].upper()}{said[1:]}." if said else ""

    @property
    def hint(self) -> str:
        """Where nothing runs: a moment at which something does, as `at` asks for it; empty where none is known."""
        found = HINT.search(self.galley.note) if self.galley else None
        return found[1] if found else ""

    @property
    def sender(self) -> str:
        """Who an inbox says the letter is from."""
        name, address = parseaddr(self.digest.publication.sender if self.digest else "")
        return name or address


def sheet_of(bench: Bench, asked: Asked, *, now: datetime) -> Sheet:
    """What there is to show for what was asked. Raises nothing: what goes wrong is on the sheet."""
    known = [Sheet(asked)]
    try:
        known.extend(_fuller(known[0], bench, now))  # what came before an error stays
    except Exception as error:  # noqa: BLE001  whatever a half-written template makes a library raise, the page must outlive it
        settings = vars(bench).get("settings")
        folders = template_folders(settings) if settings else ()
        return replace(known[-1], trouble=trouble_of(error, settings and settings.root, folders))
    return known[-1]


def _fuller(sheet: Sheet, bench: Bench, now: datetime) -> Iterator[Sheet]:
    """The sheet, step by step with more on it."""
    if not bench.digests:
        raise ConfigurationError([f"{bench.settings.file}: there is no digest to look at; add [[digests]]"])
    sheet = replace(sheet, digests=tuple(digest.publication for digest in bench.digests.values()))
    slug = sheet.asked.digest or sheet.digests[0].slug
    digest = bench.digests.get(slug) or bench.settings.digest(slug)  # which says what is wrong with the name
    yield (sheet := replace(sheet, digest=digest, asked=replace(sheet.asked, digest=slug)))
    yield (sheet := replace(sheet, problems=bench.catalogue.problems))
    at = read_moment(sheet.asked.at, zone=bench.settings.site.timezone, now=now)
    fire = digest.cadence.before(at)
    yield (sheet := _among_issues(sheet, digest, bench, fire, now))
    galley = bench.galley(digest, fire)
    yield (sheet := replace(sheet, galley=galley, interests=tuple(_interests(galley, bench.settings.parents, sheet.asked.topics))))
    letter = bench.letter(galley, sheet.asked.topics)
    yield (sheet := replace(sheet, letter=letter, clients=len(bench.settings.mail.clients or CLIENTS)))
    if letter:
        yield (sheet := replace(sheet, findings=bench.findings(galley, letter, sheet.asked.topics)))
    if letter and sheet.asked.view == "message":
        yield replace(sheet, message=bench.message(galley, letter))


def _among_issues(sheet: Sheet, digest: Digest, bench: Bench, fire: datetime, now: datetime) -> Sheet:
    """The sheet with the edition of `fire`, its neighbours, and those that were last."""

    def issue(moment: datetime) -> Issue:
        return issue_of(digest, moment, stories=bench.count(digest, moment))

    last = islice(fires_back(digest.cadence, max(fire, now)), MOST_ISSUES)
    before = next(islice(fires_back(digest.cadence, fire), 1, None), None)
    return replace(
        sheet,
        issue=issue(fire),
        previous=issue(before) if before else None,
        next=issue(digest.cadence.after(fire)),
        issues=tuple(map(issue, last)),
    )


def _interests(galley: Galley, parents: dict[str, str], chosen: tuple[str, ...]) -> Iterator[Interest]:
    """The topics of an edition's stories and those above them, most stories first; then what was chosen besides."""
    labels = dict.fromkeys(topic for entry in galley.edition.entries for topic in entry.article.topics)
    for label in list(labels):
        above = parents.get(label)
        while above and above not in labels:
            labels[above] = None
            above = parents.get(above)
    counts = {label: sum(bool(story.topics & Topic.of(label, parents).labels) for story in galley.rendering.stories) for label in labels}
    yield from (Interest(label, count) for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    yield from (Interest(label, 0) for label in chosen if label not in counts)
