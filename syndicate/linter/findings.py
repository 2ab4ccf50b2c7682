"""What the linter has to say: a value for each thing that is wrong with a letter. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from syndicate.linter.page import Element

Severity = Literal["fault", "note"]

LETTER = "the letter"
TEXT = "text part"
"""Where a finding stands that no line of the HTML can be blamed for."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: where, what, in which mail programs (none named: in all), and what to do about it.

    `rule` is short and stays, for programs that count or skip findings. A `note` is said, and is no mistake.
    """

    rule: str
    where: str
    what: str
    remedy: str
    clients: tuple[str, ...] = ()
    severity: Severity = "fault"
    line: int = 0

    def __str__(self) -> str:
        """Read as compilers write it: `line 40, <img class="photo">: has no alt; write one (Outlook)`."""
        named = f" ({', '.join(self.clients)})" if self.clients else ""
        return f"{self.where}: {self.what}; {self.remedy}{named}"


def at(element: Element, rule: str, what: str, remedy: str, clients: tuple[str, ...] = ()) -> Finding:
    """A finding about an element."""
    return on(element.line, str(element), rule, what, remedy, clients)


def on(line: int, tag: str, rule: str, what: str, remedy: str, clients: tuple[str, ...] = ()) -> Finding:
    """A finding about a line of the HTML, and the tag that stands there."""
    return Finding(rule, f"line {line}, {tag}", what, remedy, clients, line=line)


def folded(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """In order of place, and once each: what is wrong with thirty cards alike is said of the first, and of how many more."""
    alike: dict[tuple[str, str, str, tuple[str, ...]], list[Finding]] = {}
    for found in sorted(findings, key=lambda each: (each.where == TEXT, each.line, each.rule, each.what)):
        alike.setdefault((found.rule, found.what, found.remedy, found.clients), []).append(found)
    return tuple(first if not more else replace(first, where=f"{first.where}, and {len(more)} more") for first, *more in alike.values())
