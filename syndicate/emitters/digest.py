"""Render a digest: HTML with every style inlined, and text, both in pieces. Nothing else in the project knows premailer.

Templates are filled in once for an edition. They hold each story as the one that opens the letter and as a card, and say by
`{% call when.lead(entry) %}` and its siblings which letters hold what; `syndicate.letters` puts a reader's letter together.
"""

from __future__ import annotations

import logging
import re
from functools import cache, lru_cache
from inspect import unwrap
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from syndicate.emitters.theme import render, render_line
from syndicate.errors import TemplateError
from syndicate.letters import MORE, PREFERENCES, PREHEADER, SUBJECT, UNSUBSCRIBE, Rendering, Story, clipped, cut
from syndicate.model import folded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from syndicate.model import Edition, Entry, Section

LONGEST_SUBJECT = 150
LATE = {"subject": SUBJECT, "preheader": PREHEADER, "left_out": MORE}
"""What a letter's own stories decide, so that templates get tokens for it."""

OWN = {"unsubscribe": Markup(UNSUBSCRIBE), "preferences": Markup(PREFERENCES)}  # noqa: S704  letters and underscores
"""What each reader has to themselves."""

STYLE = re.compile(r"<style\b.*?</style>|<link\b[^>]*>", re.IGNORECASE | re.DOTALL)
INLINED = re.compile(r"<style\b(?![^>]*data-premailer)[^>]*>(.*?)</style>", re.IGNORECASE | re.DOTALL)
DOCTYPE = re.compile(r"<!doctype html\s*>", re.IGNORECASE)
REMOTE = re.compile(r"@import|@font-face|\burl\(|rel\s*=[^>]*stylesheet", re.IGNORECASE)
NEIGHBOURLY = re.compile(r"[+~]|:(?:first|last|nth|only|empty|has|not)\b[^,{]*")
REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
WORDS = re.compile(r"/\*.*?(?:\*/|\Z)|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
"""Comments and strings of a sheet, in one expression, for each may look as if it held the other."""

BESIDES = re.compile(r"\[[^\]]*\]|@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})|\{[^{}]*\}")
"""What goes by no neighbour: attributes, rules that stay in the sheet with all that is in them, declarations."""


class When:
    """What a digest's templates call to say which letters hold a piece: `{% call when.card(entry) %}...{% endcall %}`."""

    def __init__(self, edition: Edition, *, html: bool) -> None:
        self._comment = "<!--{}-->" if html else "{}"
        self._entries = {id(entry): number for number, entry in enumerate(edition.entries)}
        self._sections = {id(section): number for number, section in enumerate(edition.sections)}

    def lead(self, entry: Entry, *, caller: Callable[[], str]) -> Markup:
        """Where the story opens the letter."""
        return self._marked("LEAD", self._entry("lead", entry), caller)

    def card(self, entry: Entry, *, caller: Callable[[], str]) -> Markup:
        """Where the story runs, and does not open the letter."""
        return self._marked("CARD", self._entry("card", entry), caller)

    def story(self, entry: Entry, *, caller: Callable[[], str]) -> Markup:
        """Wherever the story runs."""
        return self._marked("STORY", self._entry("story", entry), caller)

    def section(self, section: Section, *, caller: Callable[[], str]) -> Markup:
        """Where a card of the section runs."""
        return self._marked("SECTION", _place("when.section takes a section of edition.sections", self._sections, section), caller)

    def more(self, *, caller: Callable[[], str]) -> Markup:
        """Where stories had to be left out, for the letter would have outgrown what mail programs show."""
        return self._marked("MORE", 0, caller)

    def nothing(self, *, caller: Callable[[], str]) -> Markup:
        """Where no story runs."""
        return self._marked("NOTHING", 0, caller)

    def mailed(self, *, caller: Callable[[], str]) -> Markup:
        """In a letter that is mailed, and not where it stands on the web for everybody."""
        return self._marked("MAILED", 0, caller)

    def _entry(self, name: str, entry: Entry) -> int:
        return _place(f"when.{name} takes an entry of edition.entries", self._entries, entry)

    def _marked(self, shown: str, place: int, caller: Callable[[], str]) -> Markup:
        inside = caller()
        if "__SYN_END__" in inside:
            raise TypeError(f"when.{shown.lower()} holds another piece; put them one after the other")
        start, end = self._comment.format(f"__SYN_{shown}_{place}__"), self._comment.format("__SYN_END__")
        return Markup(start) + Markup(inside) + Markup(end)  # noqa: S704  escaped by the template already


def _place(rule: str, places: Mapping[int, int], given: object) -> int:
    """The number of an entry or section by its identity. Templates are not type-checked: whatever else is given breaks the `rule`."""
    if id(given) in places:
        return places[id(given)]
    str(given)  # where a name is not defined, this raises, and says which
    kind = type(given).__name__
    raise TypeError(f"{rule}, got {'an' if kind[0] in 'AEIOU' else 'a'} {kind}" if given is not None else f"{rule}, got none")


def render_digest(edition: Edition) -> Rendering:
    """Render `edition`, once for all its subscribers. Raises `TemplateError`; touches no network."""
    html, text = fill_in(edition)
    return Rendering(subject_of(edition, edition.lead), tuple(_stories(edition)), cut(inline(html)), cut(text))


def fill_in(edition: Edition) -> tuple[str, str]:
    """The templates filled in with every story, as HTML before its styles are inlined and as text; pieces are marked in both."""
    site = edition.publication.site
    context: dict[str, object] = {
        "edition": edition,
        **{name: Markup(token) for name, token in LATE.items()},  # noqa: S704  letters and underscores
        "links": SimpleNamespace(web=edition.address("html"), **OWN),
    }
    html = render(site, "digest.html", tokens=True, when=When(edition, html=True), **context)
    return html, render(site, "digest.txt", tokens=True, when=When(edition, html=False), **context)


def subject_of(edition: Edition, lead: Entry | None) -> str:
    """The subject of a letter that `lead` opens: the digest's own template over the whole edition, in one line."""
    publication = edition.publication
    own = publication.subject or "{{ lead.title }}"
    source = own if lead else "{{ edition.publication.title }}"  # whoever writes a subject thinks of a lead story
    subject = render_line(publication.site, source, f"{publication.slug}: subject", edition=edition, lead=lead)
    return clipped(subject, LONGEST_SUBJECT)


def _stories(edition: Edition) -> Iterator[Story]:
    for number, section in enumerate(edition.sections):
        for entry in section.entries:
            topics = frozenset(map(folded, entry.article.topics))
            yield Story(entry.article.title, entry.article.excerpt, subject_of(edition, entry), number, topics)


def inline(html: str) -> str:
    """Move the styles of a page into its elements.

    Raises `TemplateError` where the page would have to fetch some, or where an element's style would depend on its neighbours, which
    differ from one letter to the next.
    """
    for style in STYLE.findall(html):
        if found := REMOTE.search(style):
            raise TemplateError(f"digest.html: {found[0]!r} would fetch a style from the network; write it into <style>")
    for style in INLINED.findall(html):
        if found := NEIGHBOURLY.search(BESIDES.sub(" ", WORDS.sub("", style))):
            raise TemplateError(f"digest.html: the selector {found[0].strip()!r} goes by what stands beside; give the element a class")
    if not DOCTYPE.sub("", REMARK.sub("", html)).strip():
        raise TemplateError("digest.html: gives nothing; it must be a whole page")
    html = DOCTYPE.sub("<!DOCTYPE html>", html, count=1)  # in small letters, premailer would drop it
    return str(_premailer().transform(html, pretty_print=False)).strip() + "\n"


@cache
def _tamed() -> Any:
    """premailer, kept from the network and with a cache of its own for each of its two kinds of question."""
    import cssutils
    from premailer import merge_style, premailer

    # allow_network=False does not reach cssutils, which follows @import by itself, without a timeout.
    cssutils.util._defaultFetcher = _fetch_nothing  # noqa: SLF001
    cssutils.log.setLevel(logging.CRITICAL)
    # One cache keyed by arguments alone serves selectors and declarations: style="head" would be answered with a selector.
    lock = merge_style.csstext_to_pairs._lock  # noqa: SLF001
    pairs = lru_cache(maxsize=1024)(unwrap(merge_style.csstext_to_pairs))
    pairs._lock = lock  # type: ignore[attr-defined]  # noqa: SLF001
    merge_style.csstext_to_pairs = premailer.csstext_to_pairs = pairs
    return premailer.Premailer


def _premailer() -> Any:
    return _tamed()(
        allow_network=False,
        disable_basic_attributes=["width", "height"],  # it would overwrite those that Outlook goes by
        align_floating_images=False,  # and three times the speed
        disable_leftover_css=True,  # it would give a page without a head an empty one, and fail where there is no body either
        strip_important=False,
    )


def _fetch_nothing(url: str) -> None:
    """Stand in for cssutils' fetcher: an import it follows brings nothing."""
