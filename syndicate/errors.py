"""What can go wrong, as exceptions that stop and as values that do not.

    SyndicateError
    ├── ConfigurationError (ValueError)     settings that cannot be used, all reasons at once
    ├── UnknownPublicationError (LookupError)
    ├── UnknownFormatError (LookupError)
    ├── ScheduleError (ValueError)          a crontab line that never fires or cannot be read
    ├── MomentError (ValueError)            a point in time or a length of time that cannot be read
    ├── TemplateError (ValueError)          a template that cannot be rendered
    ├── OutputError (OSError)               a document that cannot be written
    ├── UnknownEditionError (LookupError)   no edition of this key was recorded
    ├── UndeliverableError (ValueError)     a message that mail cannot carry
    ├── TokenError (ValueError)             a link that proves nothing, or no longer
    ├── MailboxError (OSError)              a mailbox that cannot be opened or read
    ├── ExtensionError (RuntimeError)       what another package adds, and cannot be used; names the package
    ├── CacheError (OSError)                a cache that cannot be used; what it held can be had without it
    └── StorageError (OSError)              a database that cannot be used
        └── UnavailableError                one that does not answer just now, and may again

Exceptions mean stop. What is wrong with one file of many is a `Problem`: a value beside the articles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class SyndicateError(Exception):
    """The base of everything this package raises on purpose."""


class ConfigurationError(SyndicateError, ValueError):
    """Settings that cannot be used. `reasons` holds every one found, each naming its key."""

    def __init__(self, reasons: Sequence[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


class UnknownPublicationError(SyndicateError, LookupError):
    """No feed or digest has this slug."""


class UnknownFormatError(SyndicateError, LookupError):
    """No emitter writes this format."""


class ScheduleError(SyndicateError, ValueError):
    """A schedule that cannot be read, or that never fires."""


class MomentError(SyndicateError, ValueError):
    """A point in time, or a length of time, that cannot be read."""


class TemplateError(SyndicateError, ValueError):
    """A template that cannot be found or rendered; names the template and the line."""


class OutputError(SyndicateError, OSError):
    """A document that cannot be written where it belongs."""


class UnknownEditionError(SyndicateError, LookupError):
    """The ledger knows no edition of this key."""


class UndeliverableError(SyndicateError, ValueError):
    """A message that mail cannot carry, mostly for its address; says what to write instead."""


class TokenError(SyndicateError, ValueError):
    """A link that is not one of ours, is not whole, or has expired; says what its reader can do."""


class MailboxError(SyndicateError, OSError):
    """A mailbox that cannot be opened or read; names it and says what to do."""


class ExtensionError(SyndicateError, RuntimeError):
    """What another package adds cannot be loaded, or does not do what it must; names the package and its entry point."""


class CacheError(SyndicateError, OSError):
    """A cache that cannot be used; whoever asked can do without it. One that is `damaged` was thrown away, and can be asked again."""

    def __init__(self, message: str, *, damaged: bool = False) -> None:
        self.damaged = damaged
        super().__init__(message)


class StorageError(SyndicateError, OSError):
    """A database that cannot be opened, read or written; says what to do about it."""


class UnavailableError(StorageError):
    """A database that does not answer just now: it is being restarted, or cannot be reached. To try again may do."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong with one file: where, which field, and what to do about it."""

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        """Read as compilers write it: `seeds/a.md:7: quality: must be a number, got 'high'`."""
        return ": ".join(filter(None, (self.place, self.field, self.message)))

    @property
    def place(self) -> str:
        """The file, and the line where one is known: `seeds/a.md:7`."""
        return self.file if self.line is None else f"{self.file}:{self.line}"
