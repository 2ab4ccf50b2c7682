"""What reading one article costs, beside python-frontmatter's default handler, which reads the YAML and no more.

python -m benchmarks.parsing [--articles 200] [--rounds 5]
"""

from __future__ import annotations

import argparse
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TypeVar

import frontmatter

from benchmarks.measure import in_turn, ratio
from syndicate.catalogue.articles import Found, finish, read_article
from syndicate.catalogue.coverage import set_aside
from syndicate.catalogue.desk import Desk
from syndicate.catalogue.fields import Fields, read_fields
from syndicate.catalogue.frontmatter import handler
from syndicate.catalogue.simple import read_simple
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from syndicate.model import Article

Given = TypeVar("Given")

PATH = Path("/nowhere/seeds/a.md")
DESK = Desk(PATH.parent.parent, PATH.parent, "https://news.example.org", "Europe/London")
START = datetime(2026, 11, 16, 8, tzinfo=UTC)
PROVIDERS = [("Harbour Post", "harbourpost.example"), ("The Ward Round", "wardround.example"), ("Slack Water", "slackwater.example")]
TOPICS = ["AI in Healthcare", "AI", "Tidal Power", "Energy", "Robotics", "Grid"]
WORDS = "the lagoon closes its gates and moon goes on payroll while nurses read rota that wrote itself at quay over terrace".split()  # noqa: SIM905  it reads best as a sentence
BODY = "The *{}* was the first of its kind. [Read on]({}).\n\n> {}\n\n- {}\n- {}\n"


def text_of(number: int, related: int, *, body: bool = False) -> str:
    """An article's file in the format that publishers write, with so much coverage of the same story beside it."""
    dice = Random(number)
    lines = ["---", "category: news", *story(dice, number, ""), "heat: -1", "published: true"]
    lines += ["topics:", *(f"  - {topic}" for topic in dice.sample(TOPICS, 3))]
    if related:
        lines.append("related:")
    for place in range(related):
        first, *rest = story(dice, number * 10 + place, "    ")
        lines += [f"  - {first.strip()}", *rest]
    lines += [f'secured: "{dice.randbytes(60).hex()};"', "---"]
    text = BODY.format(*(words(dice, 8), f"https://{PROVIDERS[0][1]}/{number}"), *(words(dice, 30) for _ in range(3))) if body else ""
    return "\n".join(lines) + f"\n\n{text}"


def story(dice: Random, number: int, indent: str) -> Iterable[str]:
    """The fields that an article and the coverage beside it have in common."""
    name, domain = dice.choice(PROVIDERS)
    path = "-".join(dice.choices(WORDS, k=7))
    lines = [
        f'title: "{words(dice, 9)}"',
        f'excerpt: "{words(dice, 20)}…"' if number % 7 == 0 else f'excerpt: "{words(dice, 20)}."',
        f"publishedDateTime: {START - timedelta(minutes=number):%Y-%m-%dT%H:%M:%SZ}",
        f'originalUrl: "https://www.{domain}/2026/11/{path}-{number}/"',
        "type: article",
        f"quality: {dice.randrange(100)}",
        "provider:",
        f"  name: {name}",
        f"  domain: {domain}",
        "images:",
        f'  - url: "https://img.{domain}/uploads/2026/{path}.jpg"',
        "    width: 1200",
        "    height: 675",
        "    isCached: true",
    ]
    return [indent + line for line in lines]


def words(dice: Random, count: int) -> str:
    """So many words, the first of them with a capital."""
    return " ".join(dice.choices(WORDS, k=count)).capitalize()


def read(text: str) -> Found:
    """All that reading a file's text comes to."""
    fields = read_fields(text, "seeds/a.md")
    return Found(None, (fields,)) if isinstance(fields, Problem) else read_article(PATH, "seeds/a.md", fields, DESK)


def read_and_finish(text: str) -> Article | None:
    """The same, with the coverage read and the body rendered."""
    found = read(text)
    return found.article and finish(found.article, found.markdown, PATH, DESK, coverage=found.coverage)


def each(call: Callable[[Given], object], given: Sequence[Given]) -> Callable[[], None]:
    """Call with each of `given` in turn."""

    def run() -> None:
        for one in given:
            call(one)

    return run


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    for related in (1, 4):
        texts = [text_of(number, related) for number in range(asked.articles)]
        show(f"{len(''.join(texts)) / len(texts) / 1000:.1f} kB, {related} related", texts, asked.rounds)
    show("with a body", [text_of(number, 1, body=True) for number in range(asked.articles)], asked.rounds)


def show(title: str, texts: Sequence[str], rounds: int) -> None:
    """Time each step over `texts`, and print a line for each."""
    sources = [handler.split(text)[0] for text in texts]
    fields = [found for text in texts if isinstance(found := read_fields(text, "seeds/a.md"), Fields)]
    steps: dict[str, Callable[[], None]] = {
        "python-frontmatter, its default handler": each(frontmatter.parse, texts),
        "the same by our handler, bounded": each(partial(frontmatter.parse, handler=handler), texts),
        "YAML by yaml-rs, and whether it may read it": each(read_simple, sources),
        "what of it may wait": each(set_aside, sources),
        "text into fields": each(partial(read_fields, file="seeds/a.md"), texts),
        "fields into an article": each(lambda found: read_article(PATH, "seeds/a.md", found, DESK), fields),
        "text into an article": each(read, texts),
        "the same, and all that has waited": each(read_and_finish, texts),
    }
    done = in_turn({name: (call, len(texts)) for name, call in steps.items()}, rounds=rounds)
    print(f"{title}, one article:")
    for timing in done.values():
        print(f"  {timing}")
    theirs, ours = done["python-frontmatter, its default handler"], done["text into an article"]
    print(f"  ours takes {ratio(ours, theirs):.2f} of python-frontmatter's time\n")


if __name__ == "__main__":
    main()
