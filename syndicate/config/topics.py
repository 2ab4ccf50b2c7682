"""The topics that a configuration speaks of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.hints import nearest
from syndicate.model import Topic, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from syndicate.config import Settings
    from syndicate.config.tables import DigestTable


def topics_named(settings: Settings) -> tuple[str, ...]:
    """Every topic that is arranged, asked for or offered, each once, in the order of the file."""
    asked = [topic for feed in settings.feeds for topic in feed.topics or ()]
    asked += [topic for digest in settings.digests for topic in _asked(digest)]
    names = (*settings.parents.values(), *settings.parents, *asked, *settings.signup.topics)
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(folded(name), name)
    return tuple(found.values())


def topics_unknown(settings: Settings, topics: Iterable[str]) -> list[str]:
    """A line for each of these topics of a reader that no digest asks for: no mistake for sure, but often a slip of the pen.

    A digest that asks for no topic takes articles on any; then only what is nearly the name of a known one is told.
    """
    known = topics_named(settings)
    asked = [_asked(digest) for digest in settings.digests]
    reached = {label for part in asked for topic in part for label in Topic.of(topic, settings.parents).labels}
    anything = not all(asked)
    lines = []
    for topic in dict.fromkeys(topics):
        if reached & Topic.of(topic, settings.parents).labels or (anything and folded(topic) in map(folded, known)):
            continue
        close = nearest(topic, (name for name in known if anything or folded(name) in reached), cutoff=0.75 if anything else 0.6)
        if close or not anything:
            lines.append(f"the topic {topic!r}: " + "; ".join(filter(None, ("no digest asks for it", close and f"did you mean {close}?"))))
    return lines


def _asked(digest: DigestTable) -> Sequence[str]:
    """The topics that a digest and its sections ask for; none where it takes articles on any."""
    if not digest.topics:
        return ()  # what no section takes runs at the end
    return [*digest.topics, *(topic for section in digest.sections for topic in section.topics or ())]
