"""What other packages add: formats and transports, found by their entry points. [I/O: reads what is installed]

    [project.entry-points."syndicate.emitters"]
    gemini = "syndicate_example.gemini:EMITTER"

    [project.entry-points."syndicate.transports"]
    mail-api = "syndicate_example.mail_api:transport"

Nothing is looked for until somebody asks for a name that is none of our own, and nothing is imported until it is used. What is loaded is
other people's code, as trusted as the packages that are installed; what goes wrong in it is told by the name of its package.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from syndicate.errors import ExtensionError

if TYPE_CHECKING:
    from collections.abc import Sequence

EMITTERS = "syndicate.emitters"
TRANSPORTS = "syndicate.transports"


@dataclass(frozen=True, slots=True, order=True)
class Extension:
    """What a `package` adds under a `name`: an object at `place`, written `module:attribute`."""

    group: str
    name: str
    package: str
    place: str

    def __str__(self) -> str:
        """As messages name it: `syndicate-example 1.0, entry point gemini`."""
        return f"{self.package}, entry point {self.name}"

    def load(self) -> Any:
        """The object itself. Raises `ExtensionError`."""
        try:
            return metadata.EntryPoint(self.name, self.place, self.group).load()
        except Exception as error:
            raise ExtensionError(f"{self}: {self.place} cannot be loaded ({told(error)}); mend it, or uninstall the package") from error


def installed(group: str) -> Sequence[Extension]:
    """Every extension of a group, in the order of names."""
    return _installed(group, tuple(sys.path))


def find(group: str, name: str) -> Extension | None:
    """The extension called `name`, if there is one. Raises `ExtensionError` where two packages have one: neither was asked for more than the other."""
    found = [each for each in installed(group) if each.name == name]
    if len(found) > 1:
        raise ExtensionError(f"{name}: is an entry point of {' and of '.join(each.package for each in found)}; uninstall one of them")
    return found[0] if found else None


def told(error: Exception) -> str:
    """An error of other people's code on one line: `KeyError: 'title'`."""
    return " ".join(f"{type(error).__name__}: {error}".rstrip(": ").split())


@lru_cache(maxsize=8)
def _installed(group: str, path: tuple[str, ...]) -> Sequence[Extension]:  # noqa: ARG001  what is installed follows from the path
    return tuple(sorted(Extension(group, entry.name, _package(entry), entry.value) for entry in metadata.entry_points(group=group)))


def _package(entry: metadata.EntryPoint) -> str:
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "a package without a name"
