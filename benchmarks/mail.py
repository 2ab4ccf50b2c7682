"""What a personalised message costs, beside rendering and inlining each by itself.

python -m benchmarks.mail [--messages 10000] [--cards 30] [--rounds 3]
"""

from __future__ import annotations

import argparse
import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.measure import Timing, in_turn, ratio
from syndicate import editions
from syndicate.delivery.message import build_message, form_of
from syndicate.emitters.digest import fill_in, inline, render_digest
from syndicate.letters import letter_of, personal_letter
from syndicate.model import Article, Edition, Entry, Image, Provider, Publication, Section, Site, Subscriber, Topic
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

END = datetime(2026, 11, 16, 8, tzinfo=UTC)
SITE = Site("Tide & Signal", "https://news.example.org", address="4 Lock Keeper's Row, Halden Quay")
DIGEST = Publication("digest", "weekly", "The weekly", SITE, sender="Tide & Signal <weekly@news.example.org>")
TOPICS = [f"Topic {number}" for number in range(8)]
EXCERPT = "Nine kilometres of sea wall and one seal stand between the moon and the grid, and this week the last gate was closed. " * 2


def edition_of(cards: int) -> Edition:
    """An edition of so many stories, each with a picture and two of eight topics, in two sections."""
    provider = Provider("Harbour Post", "harbourpost.example")
    entries = tuple(
        Entry(
            Article(
                id=f"urn:uuid:{number}",
                title=f"Story {number}: the lagoon closes its gates, and the moon goes on the payroll",
                url=f"https://harbourpost.example/2026/11/story-{number}",
                canonical_url=f"harbourpost.example/{number}",
                published_at=END - timedelta(hours=number),
                updated_at=END,
                source="",
                excerpt=EXCERPT,
                provider=provider,
                topics=(TOPICS[number % 8], TOPICS[number * 3 % 8]),
                images=(Image(f"https://img.example/{number}.jpg", 1200, 675, "A lagoon under a full moon"),),
            )
        )
        for number in range(cards)
    )
    sections = [Section("Power that lasts", entries[: cards // 2]), Section("Machines that think", entries[cards // 2 :])]
    return editions.compose(DIGEST, sections, Window(END - timedelta(days=7), END), name="2026-11-16")


def readers(count: int) -> list[Subscriber]:
    """So many subscribers, each with links of their own and topics: every combination of three of the eight in turn."""
    choices = itertools.cycle(itertools.combinations(TOPICS, 3))
    return [
        Subscriber(
            f"r{number}@example.org", "", f"{SITE.url}/u/{number}", f"{SITE.url}/p/{number}", tuple(Topic.of(each) for each in three)
        )
        for number, three in zip(range(count), choices, strict=False)
    ]


def only(edition: Edition, reader: Subscriber) -> Edition:
    """The edition that holds nothing but what `reader` wants, as it would be rendered for them alone."""
    wanted = reader.labels
    kept = [
        replace(part, entries=tuple(each for each in part.entries if {topic.casefold() for topic in each.article.topics} & wanted))
        for part in edition.sections
    ]
    return replace(edition, sections=tuple(part for part in kept if part.entries))


def personalised(edition: Edition, people: Sequence[Subscriber]) -> None:
    """Messages from one edition: rendered once, put together once for each choice of topics, addressed to each reader."""
    rendering = render_digest(edition)
    letters = {wanted: personal_letter(rendering, wanted) for wanted in {person.labels for person in people}}
    forms = {wanted: form_of(letter, edition) for wanted, letter in letters.items() if letter}
    for person in people:
        if form := forms.get(person.labels):
            form.message(person)


def joined(edition: Edition, people: Sequence[Subscriber]) -> None:
    """The same, where no two readers want the same: each letter is a join of its own."""
    rendering = render_digest(edition)
    for person in people:
        if letter := personal_letter(rendering, person.labels):
            build_message(letter, edition, person)


def rendered_each(edition: Edition, people: Sequence[Subscriber]) -> None:
    """Rendered and inlined for each reader."""
    for person in people:
        build_message(letter_of(render_digest(only(edition, person))), edition, person)


def by_premailer(page: str) -> None:
    """Styles inlined as premailer does it by default, without its network."""
    from premailer import Premailer

    Premailer(page, allow_network=False).transform()


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--cards", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    edition, people = edition_of(asked.cards), readers(asked.messages)
    some = people[: max(1, asked.messages // 200)]
    size = len(letter_of(render_digest(edition)).html.encode()) // 1000  # and warm
    work = {
        "personalised, from one edition": (partial(personalised, edition, people), len(people)),
        "the same, each letter joined anew": (partial(joined, edition, people), len(people)),
        "rendered and inlined for each": (partial(rendered_each, edition, some), len(some)),
    }
    print(f"{asked.messages} messages of {asked.cards} cards ({size} kB of HTML), per message:")
    ours, each_joined, each = show(work, asked.rounds)
    print(f"  {ratio(each, ours):.0f} times as quick from one edition, {ratio(each, each_joined):.0f} times with a join for each\n")
    page = fill_in(edition)[0]
    print(f"the page with every form of {asked.cards} cards ({len(page) // 1000} kB), styles inlined, warm:")
    ours, theirs = show(
        {"by us": (partial(inline, page), 1), "by premailer's default call": (partial(by_premailer, page), 1)}, asked.rounds * 5
    )
    print(f"  ours takes {ratio(ours, theirs):.2f} of its time")


def show(work: Mapping[str, tuple[Callable[[], object], int]], rounds: int) -> list[Timing]:
    """Time `work` in turn, and print a line for each."""
    done = list(in_turn(work, rounds=rounds).values())
    for timing in done:
        print(f"  {timing}")
    return done


if __name__ == "__main__":
    main()
