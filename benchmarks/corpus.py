"""Make a corpus: so many articles of 3 kB over ten years, the same on every machine for the same size, seed and date.

python -m benchmarks.corpus FOLDER [--size 1000] [--seed 1]

Each article is a value made from its number alone, so that what a feed must hold can be said without reading a file. Its text has exactly
`BYTES` bytes, in our form or a peer's: `secured`, which publishers carry along and nobody reads, takes up what is left.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.prose import PROVIDERS, SENTENCES, TOPICS, title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BYTES = 3000

UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
TEN_YEARS = timedelta(days=3652)

SECURED = "@secured@"
"""Where a form wants the opaque token."""


@dataclass(frozen=True, slots=True)
class Story:
    """What one article says, whatever form it is written in."""

    number: int
    title: str
    date: datetime
    excerpt: str
    url: str
    quality: int
    heat: int
    provider: tuple[str, str]
    topics: tuple[str, ...]
    image: str
    related: tuple[Story, ...]
    body: str
    token: int

    @property
    def slug(self) -> str:
        """The file's name, without its ending; a new title leaves it as it is."""
        return f"story-{self.number:07}"


@dataclass(frozen=True, slots=True)
class Corpus:
    """So many stories, evenly over `span` up to `until`, each a function of its number and the seed."""

    size: int
    seed: int = 1
    until: datetime = UNTIL
    span: timedelta = TEN_YEARS

    def date(self, number: int) -> datetime:
        """When a story was published; the last one is a step before `until`."""
        return self.until - timedelta(seconds=round(self.span.total_seconds() * (self.size - number) / self.size))

    def topics(self, number: int) -> tuple[str, ...]:
        """One to three topics."""
        dice = random.Random((self.seed << 32 | number) * 2)
        return tuple(dice.sample(TOPICS, dice.randint(1, 3)))

    def story(self, number: int) -> Story:
        """The story of this number, and three older ones as its related coverage."""
        dice = random.Random((self.seed << 32 | number) * 2 + 1)
        related = tuple(self._told(number - back, dice, ()) for back in (7, 11, 13))
        return self._told(number, dice, related)

    def _told(self, number: int, dice: random.Random, related: tuple[Story, ...]) -> Story:
        provider = dice.choice(PROVIDERS)
        said = dice.sample(SENTENCES, 7 if related else 1)
        page = f"https://{provider[1]}"
        return Story(
            number,
            title(number, self.seed),
            self.date(number),
            " ".join(said[:2]),
            f"{page}/stories/{number}",
            dice.randint(20, 90),
            dice.randint(-1, 99),
            provider,
            self.topics(number) if related else (),
            f"{page}/pictures/{number}.jpg",
            related,
            " ".join(said[2:]),
            dice.getrandbits(BYTES * 4) if related else 0,
        )

    def newest(self, topic: str, *, limit: int, window: timedelta | None = None) -> Iterator[int]:
        """The numbers of the stories that a feed of `topic` must hold, newest first: all that count, if no `window` says how far back."""
        earliest = self.until - window if window else None
        for number in reversed(range(self.size)):
            if limit <= 0 or (earliest and self.date(number) < earliest):
                return
            if topic in self.topics(number):
                limit -= 1
                yield number


def filled(text: str, token: int) -> str:
    """The text of a file with a token as long as brings it to `BYTES`. Raises `ValueError` where there is no room for one."""
    room = BYTES - (len(text.encode()) - len(SECURED))
    if room < 1:
        raise ValueError(f"an article has {BYTES - room} bytes without its token; shorten the sentences of benchmarks/prose.py")
    return text.replace(SECURED, f"{token:0{BYTES}x}"[-room:], 1)


def ours(story: Story) -> str:
    """A story as publishers write it for us."""
    return f"""---
category: news
title: "{story.title}"
excerpt: "{story.excerpt}"
publishedDateTime: {story.date:%Y-%m-%dT%H:%M:%SZ}
originalUrl: "{story.url}"
webUrl: "{story.url}"
type: article
published: true
topics:
{"".join(f"  - {topic}{chr(10)}" for topic in story.topics)}{rest(story)}
"""


def rest(story: Story) -> str:
    """The keys that are called the same in every form, the end of the front matter and the body."""
    related = "".join(
        f"""  - title: "{other.title}"
    excerpt: "{other.excerpt}"
    publishedDateTime: {other.date:%Y-%m-%dT%H:%M:%SZ}
    webUrl: "{other.url}"
    type: article
    provider:
      name: {other.provider[0]}
      domain: {other.provider[1]}
    quality: {other.quality}
    images:
      - url: "{other.image}"
        width: 700
        height: 420
"""
        for other in story.related
    )
    return f"""quality: {story.quality}
heat: {story.heat}
provider:
  name: {story.provider[0]}
  domain: {story.provider[1]}
images:
  - url: "{story.image}"
    width: 1200
    height: 675
    isCached: true
related:
{related}secured: "{SECURED}"
---
{story.body}"""


def by_month(story: Story) -> str:
    """Where a story is filed: `2026/11/story-0000012.md`."""
    return f"{story.date:%Y/%m}/{story.slug}.md"


def write(corpus: Corpus, folder: Path, *, form: Callable[[Story], str] = ours, place: Callable[[Story], str] = by_month) -> None:
    """Write every story into `folder`, which is made."""
    made: set[Path] = set()
    for number in range(corpus.size):
        story = corpus.story(number)
        path = folder / place(story)
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_bytes(filled(form(story), story.token).encode())


def main() -> None:
    """Write articles in our form, and nothing else."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    write(Corpus(asked.size, asked.seed), asked.folder)


if __name__ == "__main__":
    main()
