"""Bound what a YAML text may do, while it is scanned and before a single value is built. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

DEEPEST = 16
"""Levels of nesting; an article has four."""

MOST_VALUES = 20_000
"""Values once every alias is written out: what a bomb of aliases would come to."""


@dataclass(slots=True)
class Tally:
    """What has been scanned so far: how many values it comes to, which anchors are complete, which containers are open."""

    total: int = 0
    documents: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    containers: list[tuple[str | None, int]] = field(default_factory=list)

    def add(self, event: yaml.Event) -> str:
        """Count one event of the scan; what is wrong with it, or nothing."""
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
            case yaml.AliasEvent():
                if event.anchor not in self.sizes:
                    return f"has an alias *{event.anchor} for a value that holds it or is missing"
                self.total += self.sizes[event.anchor]
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self.containers.append((event.anchor, self.total))
                self.total += 1
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                anchor, before = self.containers.pop()
                self._remember(anchor, self.total - before)
            case yaml.ScalarEvent():
                self.total += 1
                self._remember(event.anchor, 1)
        return ""

    def _remember(self, anchor: str | None, size: int) -> None:
        if anchor:
            self.sizes[anchor] = size

    @property
    def excess(self) -> str:
        """Which bound is passed, if any."""
        if len(self.containers) > DEEPEST:
            return f"is nested more than {DEEPEST} levels deep"
        if self.total > MOST_VALUES:
            return f"holds more than {MOST_VALUES} values"
        return "holds a second document" if self.documents > 1 else ""


def check_bounds(events: Iterable[yaml.Event]) -> None:
    """Scan `events` to their end. Raises `yaml.MarkedYAMLError` on tags, depth, a second document and bombs of aliases."""
    tally = Tally()
    for event in events:
        tag = getattr(event, "tag", None)
        wrong = f"has a tag {tag}; write plain values" if tag else tally.add(event) or tally.excess
        if wrong:
            raise yaml.MarkedYAMLError(problem=wrong, problem_mark=event.start_mark)  # type: ignore[arg-type]  # libyaml's mark has the same fields
