"""Which mail programs do not know what a letter uses: its marks against caniemail's snapshot. Pure but for that."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from syndicate.linter.caniemail import read_snapshot
from syndicate.linter.cascade import matched
from syndicate.linter.features import CATCHES, FEATURES, GRACEFUL, REMEDIES, SAYINGS
from syndicate.linter.findings import Finding, on
from syndicate.linter.marks import Mark, is_plain, is_prefixed, marks_of
from syndicate.linter.style import read_style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syndicate.linter.caniemail import Snapshot
    from syndicate.linter.looks import Dressed
    from syndicate.linter.page import Element
    from syndicate.linter.style import Declaration

SITE = "https://www.caniemail.com/features/"
KIND = re.compile(r"^(?:Partial(?:ly supported| support)?|Buggy)[.:]?\s*")
RESETS = frozenset({"border: 0", "border: none", "border-collapse: collapse", "outline: 0", "outline: none"})
"""What takes away nothing that a mail program of today adds, or that attributes of the table do not take away too."""

REFERENCE = re.compile(r"\s*\(?(?:[Ss]ee )?\[([^\]]*)\]\([^)]*\)\)?")


def check_support(dressed: Dressed, clients: Sequence[str]) -> Iterator[Finding]:
    """What some of the clients do not know, and what is missed there; each is on one platform, such as `gmail.ios`."""
    snapshot = read_snapshot()
    trouble = _trouble(snapshot, clients)
    for mark in (*marks_of(dressed), *_styles_alone(dressed)):
        for slug, (what, lacking) in trouble.get(mark.name, {}).items():
            yield on(mark.line, mark.tag, slug, what, _remedy(slug), snapshot.named([each for each in clients if each in lacking], clients))


def _trouble(snapshot: Snapshot, clients: Sequence[str]) -> dict[str, dict[str, tuple[str, set[str]]]]:
    """For each mark the features that it needs and some clients have not, or not as it needs them: what to say, and which clients."""
    trouble: defaultdict[str, dict[str, tuple[str, set[str]]]] = defaultdict(dict)
    for slug in FEATURES.keys() & snapshot.features.keys() - GRACEFUL.keys():
        feature = snapshot.features[slug]
        if lacking := feature.lacking(clients):
            for name in FEATURES[slug]:
                trouble[name][slug] = (SAYINGS.get(slug, f"uses {feature.title}, which is not known there"), set(lacking))
    for slug, part, names in CATCHES:
        feature = snapshot.features[slug]
        if partial := feature.partial(clients, part):
            note = next(text for text in feature.notes.values() if part in text)
            for name in names:
                what, lacking_too = trouble[name].get(slug, (SAYINGS.get(slug, f"uses {feature.title}: {_plain(note)}"), set()))
                trouble[name][slug] = (what, {*lacking_too, *partial})
    return trouble


def _styles_alone(dressed: Dressed) -> Iterator[Mark]:
    """Rules for everybody that elements go by whose own style does not say the same, and who look wrong where `<style>` is not read."""
    for sheet in dressed.sheets:
        for rule in sheet.rules:
            needed = {each.name for each in rule.declarations if _matters(each)}
            if (
                needed
                and is_plain(rule)
                and any(_is_inside(element) and not _says(element, needed) for element, _ in matched(dressed.page, rule))
            ):
                yield Mark("style alone", rule.line, rule.selectors)


def _matters(declaration: Declaration) -> bool:
    """Whether an element without it would look wrong."""
    prefixed = is_prefixed(declaration.name) or f"css-{declaration.name}" in GRACEFUL
    return not prefixed and f"{declaration.name}: {declaration.value.lower()}" not in RESETS


def _is_inside(element: Element) -> bool:
    """Whether it stands in the body: that webmail takes `<html>` and `<body>` away is known."""
    return any(each.tag == "body" for each in element.above)


def _says(element: Element, names: set[str]) -> bool:
    """Whether an element's own style has each of these properties, in short or at length: `font` is `font-size` too."""
    own = {declaration.name for declaration in read_style(element.attributes.get("style", ""))}
    return all(any(name == said or name.startswith(f"{said}-") or said.startswith(f"{name}-") for said in own) for name in names)


def _remedy(slug: str) -> str:
    if slug in REMEDIES:
        return REMEDIES[slug]
    instead = "write it inside @supports, for those that know it" if slug.startswith("css-") else "put beside it what all know"
    return f"do without, or {instead}; see {SITE}{slug}/"


def _plain(note: str) -> str:
    """A note of caniemail's as the second half of a sentence: without Markdown, and without its last full stop."""
    text = REFERENCE.sub(r"", KIND.sub("", note)).replace("`", "").strip().rstrip(".")
    return text[:1].lower() + text[1:]
