"""Look over what other packages add, for `check`: what is installed, and whether what the workspace uses can be used. [I/O]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from syndicate import extensions
from syndicate.delivery.transports.added import open_transport
from syndicate.emitters import BUILT_IN
from syndicate.emitters.added import mistake_in
from syndicate.errors import ConfigurationError, ExtensionError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.config import Settings
    from syndicate.extensions import Extension

OWN = frozenset({"", "smtp", "folder"})


@dataclass(frozen=True, slots=True)
class Extensions:
    """What is installed beside us, a line each, and what is wrong with what is used of it. What is wrong with the rest is told in its line."""

    notes: tuple[str, ...]
    problems: tuple[Problem, ...]


def look_over(settings: Settings) -> Extensions:
    """Everything that other packages add, loaded once to see whether it can be."""
    formats, transports = extensions.installed(extensions.EMITTERS), extensions.installed(extensions.TRANSPORTS)
    notes = [f"format {each.name}, of {each.package}{_unless(mistake_in(each))}" for each in formats]
    notes += [f"transport {each.name}, of {each.package}{_unless(_shadows(each))}" for each in transports]
    return Extensions(tuple(notes), (*_format_problems(settings, formats), *_transport_problems(settings)))


def _format_problems(settings: Settings, formats: Sequence[Extension]) -> list[Problem]:
    known = {each.name: each for each in formats if each.name not in BUILT_IN}
    used = [(f"feeds.{feed.slug}", feed.formats) for feed in settings.feeds]
    used += [(f"digests.{digest.slug}", digest.formats) for digest in settings.digests]
    found = [(f"{place}.formats", mistake_in(known[name])) for place, names in used for name in names if name in known]
    return [Problem(settings.file, None, place, mistake) for place, mistake in found if mistake]


def _transport_problems(settings: Settings) -> list[Problem]:
    name = settings.mail.transport
    if name in OWN:
        return []
    try:
        open_transport(name, settings.options(name))
    except ConfigurationError as error:
        return [Problem(settings.file, None, "", reason) for reason in error.reasons]
    except ExtensionError as error:
        return [Problem(settings.file, None, "mail.transport", str(error))]
    return []


def _shadows(extension: Extension) -> str:
    if extension.name not in OWN:
        return ""
    return f"{extension}: is the name of a transport of our own, which it never takes the place of; it needs another"


def _unless(mistake: str) -> str:
    return f": cannot be used: {mistake}" if mistake else ""
