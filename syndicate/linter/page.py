"""A letter's HTML, read once: its elements in their order, its text, its comments. Pure; nothing else in the linter knows lxml."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

UNSEEN = re.compile(r"[\s\u00a0\u00ad\u034f\u061c\u115f\u200b-\u200f\u2007\u202f\u2060\ufeff]+")
"""What takes room and shows nothing: with it a preheader is filled up."""

SILENT = frozenset({"head", "title", "style", "script", "noscript", "template"})
"""Elements whose text nobody is meant to read."""

HTML = "utf-8"


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """An element. Those inside it have the numbers between its own and `end`; `text` is what stands in it and in no child of it."""

    number: int
    tag: str
    attributes: Mapping[str, str]
    line: int
    parent: Element | None = field(repr=False)
    end: int = 0
    text: str = ""

    def __str__(self) -> str:
        """How it stands in the source, in short: `<td class="card">`."""
        name = next((f' {name}="{self.attributes[name]}"' for name in ("class", "id") if self.attributes.get(name)), "")
        return f"<{self.tag}{name}>"

    def get(self, name: str) -> str:
        """An attribute, without the space around it; empty where there is none."""
        return self.attributes.get(name, "").strip()

    @property
    def above(self) -> Iterator[Element]:
        """What it stands in, from the inside to the outside."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent


@dataclass(frozen=True, slots=True)
class Page:
    """A page: `elements` and `runs` of text in document order, each run with the element it stands in; `comments` with their lines."""

    source: str
    doctype: str
    elements: tuple[Element, ...]
    runs: tuple[tuple[Element, str], ...]
    comments: tuple[tuple[int, str], ...]
    find: Callable[[str], tuple[Element, ...]] = field(repr=False)
    """The elements that an XPath expression finds; none where it cannot be read."""

    def tags(self, *tags: str) -> list[Element]:
        """Every element of these kinds."""
        return [element for element in self.elements if element.tag in tags]

    def inside(self, element: Element) -> tuple[Element, ...]:
        """Every element inside this one."""
        return self.elements[element.number + 1 : element.end]

    def text_of(self, element: Element) -> str:
        """All text inside an element, white space folded."""
        return " ".join("".join(text for owner, text in self.runs if element.number <= owner.number < element.end).split())


def read_page(html: str) -> Page:
    """Read a page as leniently as mail programs do; whatever the text is, there is a page."""
    from lxml import etree

    parser = etree.HTMLParser(encoding=HTML, huge_tree=True)
    root = etree.fromstring(html.replace("\0", "\ufffd").encode(HTML, "replace"), parser)
    return _page(html, etree.Element("html") if root is None else root)


def visible(text: str) -> str:
    """What of a text can be seen, in one piece."""
    return UNSEEN.sub(" ", text).strip()


def _page(html: str, root: Any) -> Page:
    from lxml import etree

    made: dict[Any, Element] = {}
    comments: list[tuple[int, str]] = []
    runs: list[tuple[Element, str]] = []
    numbers = {node: number for number, node in enumerate(node for node in root.iter() if isinstance(node.tag, str))}
    ends = _ends(numbers)
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            own = "".join(part for part in (node.text, *(child.tail for child in node)) if part)
            attributes = {str(name).lower(): value for name, value in node.attrib.items()}
            parent = made.get(node.getparent())
            number = numbers[node]
            made[node] = Element(number, node.tag.lower(), attributes, node.sourceline or 0, parent, ends[node], own)
            _add(runs, made[node], node.text)
        else:
            if event == "comment":
                comments.append((node.sourceline or 0, node.text or ""))
            if (parent := made.get(node.getparent())) is not None:
                _add(runs, parent, node.tail)

    def find(xpath: str) -> tuple[Element, ...]:
        try:
            found = root.xpath(xpath)
        except etree.XPathError:
            return ()
        return tuple(made[node] for node in found if node in made) if isinstance(found, list) else ()

    doctype = root.getroottree().docinfo.doctype or ""
    return Page(html, doctype, tuple(made.values()), tuple(runs), tuple(comments), find)


def _add(runs: list[tuple[Element, str]], owner: Element, text: str | None) -> None:
    if text and owner.tag not in SILENT:
        runs.append((owner, text))


def _ends(numbers: Mapping[Any, int]) -> dict[Any, int]:
    """For each node the number of the first that does not stand inside it."""
    ends: dict[Any, int] = {}
    for node in reversed(list(numbers)):  # what is inside comes first
        last = next((child for child in node.iterchildren(reversed=True) if child in ends), None)
        ends[node] = numbers[node] + 1 if last is None else ends[last]
    return ends
