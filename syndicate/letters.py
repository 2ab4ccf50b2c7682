"""A digest between its edition and its readers: rendered once, in pieces, and put together for each reader. Pure; no template.

A rendering holds every story twice, as the one that opens the letter and as a card further down, and each heading, and cuts the finished
HTML and text between them. A letter is a join of the pieces that belong in it, so a reader with topics of their own costs a join,
and the bytes are those that inlining each letter by itself would give.

A letter holds, in the order of the template:

1. what is always there;
2. `lead`: the first story that its reader wants, large;
3. `card`: each further one, until the letter would outgrow `budget`;
4. `section`: a heading, where a card follows under it;
5. `story`: what stands for a story wherever it runs, as in a table of contents;
6. `more`: where stories had to be left out, how many;
7. `nothing`: where there is no story;
8. `mailed`: what is said to a subscriber, and not to whoever reads it on the web.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from syndicate.model import Publication

Shown = Literal["always", "lead", "card", "story", "section", "more", "nothing", "mailed"]

SHOWN: dict[str, Shown] = {
    "LEAD": "lead",
    "CARD": "card",
    "STORY": "story",
    "SECTION": "section",
    "MORE": "more",
    "NOTHING": "nothing",
    "MAILED": "mailed",
}

BUDGET = 95_000
"""Bytes of HTML that a letter may have before cards are left out: Gmail hides what comes after about 102 kB."""

LONGEST_PREHEADER = 140

UNSUBSCRIBE = "__SYN_UNSUBSCRIBE__"
PREFERENCES = "__SYN_PREFERENCES__"
"""What stands in a letter for the links that each subscriber has to themselves."""

LINKS = re.compile(f"({UNSUBSCRIBE}|{PREFERENCES})")

SUBJECT = "__SYN_SUBJECT__"
PREHEADER = "__SYN_PREHEADER__"
MORE = "__SYN_MORE__"
"""What stands in a rendering for what follows from the stories of a letter: its subject, its preheader, how many it left out."""

MARK = re.compile(rf"(?:<!--)?__SYN_({'|'.join(SHOWN)})_(\d+)__(?:-->)?(.*?)(?:<!--)?__SYN_END__(?:-->)?", re.DOTALL)
"""A piece, as templates mark it: in HTML by comments."""

INSIDE_TAG = re.compile(r"<[^<>]*__SYN_(?:SUBJECT|PREHEADER|MORE)__[^<>]*>")
LATE = re.compile(r"__SYN_(SUBJECT|PREHEADER|MORE)(_QUOTED)?__")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a rendering, and when a letter holds it; `place` is the number of its story or section."""

    text: str
    shown: Shown = "always"
    place: int = 0

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.text.encode())


@dataclass(frozen=True, slots=True)
class Story:
    """What a letter needs to know of an entry: the subject it would have if it opened it, its section, its topics in small letters."""

    title: str
    excerpt: str
    subject: str
    section: int
    topics: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rendering:
    """A digest rendered once for an edition, in pieces; `subject` is that of the letter for everybody."""

    subject: str
    stories: tuple[Story, ...]
    html: tuple[Piece, ...]
    text: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Letter:
    """A digest as some readers get it: text for people, not yet addressed to anybody. `left_out` counts stories that found no room."""

    subject: str
    preheader: str
    html: str
    text: str
    stories: tuple[int, ...] = ()
    left_out: int = 0


def letter_of(rendering: Rendering, *, budget: int | None = BUDGET, mailed: bool = True) -> Letter:
    """The letter for readers who want everything; as it is `mailed`, or as it stands on the web.

    Cards are left out from the end, whole, until the HTML is within `budget` bytes, if there is one; the first story always runs.
    """
    return _letter(rendering if mailed else _public(rendering), range(len(rendering.stories)), budget)


def concerns(rendering: Rendering, topics: frozenset[str]) -> bool:
    """Whether readers who want `topics` (as `personal_letter` knows them) get a letter at all."""
    return not topics or not rendering.stories or any(story.topics & topics for story in rendering.stories)


def personal_letter(rendering: Rendering, topics: frozenset[str], *, budget: int | None = BUDGET) -> Letter | None:
    """The letter for readers who want `topics` (labels in small letters; none: everything), `None` where no story is on them."""
    wanted = [number for number, story in enumerate(rendering.stories) if not topics or story.topics & topics]
    return _letter(rendering, wanted, budget) if wanted or not rendering.stories else None


def join(pieces: Iterable[Piece], rendering: Rendering, kept: Sequence[int], wanted: int) -> str:
    """The pieces that belong in a letter which holds the stories `kept` out of so many `wanted`, one after the other."""
    later = set(kept[1:])
    sections = {rendering.stories[number].section for number in later}
    counts = {"always": True, "mailed": True, "more": wanted > len(kept), "nothing": not kept}
    places = {"lead": set(kept[:1]), "card": later, "story": set(kept), "section": sections}
    return "".join(piece.text for piece in pieces if counts.get(piece.shown) or piece.place in places.get(piece.shown, ()))


def cut(text: str) -> tuple[Piece, ...]:
    """Cut a rendering at its marks. Tokens inside a tag are told from those in text, which are escaped otherwise."""
    text = INSIDE_TAG.sub(lambda tag: LATE.sub(r"__SYN_\1_QUOTED__", tag[0]), text)
    return tuple(piece for piece in _pieces(text) if piece.text)


def preheader_of(stories: list[Story]) -> str:
    """What an inbox shows after the subject: the next headlines, or the first story's excerpt where it stands alone."""
    rest = " · ".join(story.title for story in stories[1:4]) or (stories[0].excerpt if stories else "")
    return clipped(rest, LONGEST_PREHEADER)


def clipped(text: str, longest: int) -> str:
    """`text` in at most `longest` characters, with an ellipsis where it had more."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def disarmed(text: str) -> str:
    """`text` so that what looks like a token of ours in it is not filled in as one."""
    return text.replace("__SYN_", "_\u2060_SYN_")


def fill_tokens(text: str, *, unsubscribe: str, preferences: str) -> str:
    """A letter's text with these links in place of the tokens."""
    links = {UNSUBSCRIBE: unsubscribe, PREFERENCES: preferences}
    return LINKS.sub(lambda found: links[found[0]], text)


def for_everybody(letter: Letter, digest: Publication) -> Letter:
    """The letter as anybody may read it, on the web or on disk: its personal links are letters to the sender."""

    def filled(text: str) -> str:
        return fill_tokens(text, unsubscribe=digest.mailto("unsubscribe"), preferences=digest.mailto("preferences"))

    return replace(letter, html=filled(letter.html), text=filled(letter.text))


def _pieces(text: str) -> Iterator[Piece]:
    end = 0
    for found in MARK.finditer(text):
        yield Piece(text[end : found.start()])
        yield Piece(found[3], SHOWN[found[1]], int(found[2]))
        end = found.end()
    yield Piece(text[end:])


def _public(rendering: Rendering) -> Rendering:
    """The rendering without what is for subscribers alone."""
    html, text = (tuple(piece for piece in pieces if piece.shown != "mailed") for pieces in (rendering.html, rendering.text))
    return replace(rendering, html=html, text=text)


def _letter(rendering: Rendering, wanted: Sequence[int], budget: int | None) -> Letter:
    kept = wanted[: _room(rendering, wanted, budget)]
    opening = rendering.stories[kept[0]] if kept else None
    subject = opening.subject if opening else rendering.subject
    preheader = preheader_of([rendering.stories[number] for number in kept])
    letter = Letter(subject, preheader, "", "", tuple(kept), len(wanted) - len(kept))
    late = {"SUBJECT": disarmed(subject), "PREHEADER": disarmed(preheader), "MORE": str(letter.left_out)}
    html = join(rendering.html, rendering, kept, len(wanted))
    text = join(rendering.text, rendering, kept, len(wanted))
    return replace(
        letter,
        html=LATE.sub(lambda found: escape(late[found[1]], quote=False).replace('"', "&quot;" if found[2] else '"'), html),
        text=LATE.sub(lambda found: late[found[1]], text),
    )


def _room(rendering: Rendering, wanted: Sequence[int], budget: int | None) -> int:
    """How many of the stories `wanted` fit: all of them, or as many as leave room for saying that there are more."""
    if budget is None or len(join(rendering.html, rendering, wanted, len(wanted)).encode()) <= budget:
        return len(wanted)
    for count in range(len(wanted) - 1, 1, -1):
        if len(join(rendering.html, rendering, wanted[:count], len(wanted)).encode()) <= budget:
            return count
    return 1
