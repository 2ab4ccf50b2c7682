"""The default templates: nothing is wrong with them, and what keeps it so is each noticed when it goes."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

import syndicate
from syndicate.emitters.digest import render_digest
from syndicate.letters import PREFERENCES, UNSUBSCRIBE, Letter, for_everybody, letter_of
from syndicate.linter import Finding, lint
from syndicate.model import Image, Section
from tests.vocabulary import moment
from tests.workshop import SEEDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from syndicate.config import Digest
    from syndicate.model import Edition, Entry

NOW = moment("2026-11-16T12:00")
LOGO = Image("https://news.example.org/logo.png", 120, 40)
ARABIC = "المد والجزر: محطة جديدة"


@cache
def weekly() -> Digest:
    """The repository's own digest, of its own seeds."""
    return syndicate.load_settings(SEEDS).digest("weekly")


@cache
def edition() -> Edition:
    """Its edition of the week."""
    catalogue = syndicate.read_catalogue(syndicate.load_settings(SEEDS))
    return syndicate.compose(weekly(), catalogue, weekly().window(NOW), now=NOW)


def with_entries(change: Callable[[Entry], Entry], whole: Edition) -> Edition:
    """An edition with every entry changed."""
    return replace(whole, sections=tuple(replace(each, entries=tuple(map(change, each.entries))) for each in whole.sections))


def repeated(count: int) -> Edition:
    """So many stories, those of the edition over and over, each with an address of its own."""
    entries = [
        replace(entry, article=replace(entry.article, url=f"{entry.article.url}?part={number}"))
        for number, entry in enumerate((edition().entries * (count // len(edition().entries) + 1))[:count])
    ]
    return replace(edition(), sections=(Section("All of it", tuple(entries)),))


def in_look(**theme: object) -> Edition:
    """The edition in another look."""
    publication = edition().publication
    site = replace(publication.site, theme=replace(publication.site.theme, **theme))  # type: ignore[arg-type]  # fields of a theme
    return replace(edition(), publication=replace(publication, site=site))


def in_language(language: str) -> Edition:
    """The edition in another language, its headlines in Arabic."""
    publication = replace(edition().publication, site=replace(edition().publication.site, language=language))
    changed = replace(edition(), publication=publication)
    return with_entries(lambda entry: replace(entry, article=replace(entry.article, title=f"{ARABIC} {entry.article.title}")), changed)


def letter(whole: Edition) -> Letter:
    """The letter to everybody."""
    return letter_of(render_digest(whole))


def findings(found: Letter) -> list[Finding]:
    """What is wrong with it, without what is only said."""
    address = weekly().publication.site.address
    return [finding for finding in lint(found, address=address) if finding.severity != "note"]


EDITIONS: dict[str, Callable[[], Edition]] = {
    "as it is": edition,
    "from right to left": lambda: in_language("ar"),
    "without pictures": lambda: with_entries(lambda entry: replace(entry, article=replace(entry.article, images=())), edition()),
    "without excerpts": lambda: with_entries(lambda entry: replace(entry, article=replace(entry.article, excerpt="")), edition()),
    "without related coverage": lambda: with_entries(lambda entry: replace(entry, related=()), edition()),
    "pictures that say nothing": lambda: with_entries(
        lambda entry: replace(entry, article=replace(entry.article, images=tuple(replace(each, alt="") for each in entry.article.images))),
        edition(),
    ),
    "pictures of no size": lambda: with_entries(
        lambda entry: replace(
            entry, article=replace(entry.article, images=tuple(replace(each, width=None, height=None) for each in entry.article.images))
        ),
        edition(),
    ),
    "films": lambda: with_entries(lambda entry: replace(entry, article=replace(entry.article, type="video")), edition()),
    "one story": lambda: repeated(1),
    "two stories": lambda: repeated(2),
    "twenty stories": lambda: repeated(20),
    "no story": lambda: replace(edition(), sections=()),
    "a logo": lambda: in_look(logo=LOGO),
    "a logo for each scheme": lambda: in_look(logo=LOGO, dark_logo=replace(LOGO, url="https://news.example.org/night.png")),
    "a narrow column": lambda: in_look(width=480),
}


@pytest.mark.parametrize("name", EDITIONS)
def test_the_default_templates_have_no_fault(name: str) -> None:
    """In any client with many readers, whatever a week brings."""
    assert findings(letter(EDITIONS[name]())) == []


def test_the_copy_on_the_web_has_none_either() -> None:
    """Its exits are letters to the sender."""
    assert findings(for_everybody(letter(edition()), edition().publication)) == []


def test_thirty_stories_are_too_long_at_worst() -> None:
    """Beyond the budget that is said, and nothing else."""
    assert {finding.rule for finding in findings(letter(repeated(30)))} <= {"size"}


GUARDS: dict[str, tuple[str, str, str]] = {
    "the doctype": (r"<!DOCTYPE html>\n", "", "doctype"),
    "the charset": (r'<meta charset="utf-8">', "", "charset"),
    "the title": (r"<title>.*?</title>", "", "title"),
    "the viewport": (r'<meta name="viewport"[^>]*>', "", "viewport"),
    "the schemes": (r'<meta name="color-scheme"[^>]*>', "", "color-scheme"),
    "the language of the page": (r'<html lang="[^"]*"', "<html", "lang"),
    "the language of the letter": (r'(<div[^>]*role="article"[^>]*) lang="[^"]*"', r"\1", "lang"),
    "the direction of the letter": (r'(<div[^>]*role="article"[^>]*) dir="[^"]*"', r"\1", "dir"),
    "the role of the letter": (r' role="article"', "", "article"),
    "the role of a table": (r'<table role="presentation"', "<table", "presentation"),
    "the role of a ghost table": (r'(<!--\[if mso\]><table) role="presentation"', r"\1", "presentation"),
    "the title's heading": (r"<h1\b(.*?)</h1>", r"<p\1</p>", "one-h1"),
    "a level of headings": (r"<h2\b(.*?)</h2>", r"<p\1</p>", "heading-order"),
    "an alt": (r'(<img[^>]*) alt="[^"]*"', r"\1", "alt"),
    "a picture's width": (r'(<img[^>]*) width="[^"]*"', r"\1", "css-width"),
    "the text of a link": (r'(<a class="head"[^>]*>)[^<]*', r"\1", "link-text"),
    "a dark colour": (r"\.title,.head([^{]*)\{ color:#\w+", r".title,.head\1{ color:#3b4448", "contrast"),
    "a dark ground": (r"\.paper \{ background-color:#\w+", ".paper { background-color:#ffffff", "contrast"),
    "the dark": (r"@media \(prefers-color-scheme: dark\)", "@media print", "color-scheme"),
    "a light colour": (r'(<p class="intro"[^>]*color:)#\w+', r"\1#999999", "contrast"),
    "a size": (r'(<p class="meta"[^>]*font-size:)14px', r"\1 12px", "text-size"),
    "a link's scheme": (r'(<a class="head"[^>]*href=")https:', r"\1ftp:", "link-scheme"),
    "a link's host": (r'(<a class="head"[^>]*href=")https://[^"]*"', r'\1lagoon.html"', "link-relative"),
    "a picture's encryption": (r'(<img[^>]*src=")https:', r"\1http:", "link-http"),
    "the way out": (rf'href="{UNSUBSCRIBE}"', 'href="https://news.example.org/"', "unsubscribe"),
    "the way to change": (rf'href="{PREFERENCES}"', 'href="https://news.example.org/"', "preferences"),
    "the address": (r"4 Lock Keeper", "5 Lock Keeper", "address"),
    "the place of the styles": (r"(<style>.*?</style>)(.*?<body[^>]*>)", r"\2\1", "style-place"),
    "a cell that is a cell": (r'(<td class="pic"[^>]*style=")', r"\1display: flex; ", "css-display-flex"),
    "a script kept out": (r"</body>", "<script>alert(1)</script></body>", "active"),
    "the styles at home": (r"<style>", "<style>@import url(https://example.org/a.css);", "remote-style"),
}
"""What stands in the letter, what it is changed to, and the rule that must notice."""


@pytest.mark.parametrize("guard", GUARDS)
def test_what_keeps_a_letter_good_is_missed_when_it_goes(guard: str) -> None:
    """Each guard by itself, in the letter as it really is."""
    pattern, instead, rule = GUARDS[guard]
    whole = letter(edition())
    changed, count = re.subn(pattern, instead, whole.html, flags=re.DOTALL)
    assert count, "the template has changed: nothing was taken away"
    assert rule in {finding.rule for finding in findings(replace(whole, html=changed))}


TEXT_GUARDS = {
    "the first story's link": (r"https://\S+", "", "text-links"),
    "the way out": (UNSUBSCRIBE, "", "unsubscribe"),
    "the way to change": (PREFERENCES, "", "preferences"),
    "the address": ("Lock", "Key", "address"),
}


@pytest.mark.parametrize("guard", TEXT_GUARDS)
def test_the_same_goes_for_the_text_part(guard: str) -> None:
    """Without a link, an exit or the address it is not the same letter."""
    pattern, instead, rule = TEXT_GUARDS[guard]
    whole = letter(edition())
    changed, count = re.subn(pattern, instead, whole.text, count=1)
    assert count
    assert rule in {finding.rule for finding in findings(replace(whole, text=changed))}


def test_without_inlining_every_style_stands_alone() -> None:
    """Then Gmail for other accounts, GMX and WEB.DE show bare text."""
    whole = letter(edition())
    bare = re.sub(r' style="[^"]*"', "", whole.html).replace("<style>", "<style>.text { color: #3b4448; margin: 0 } ", 1)
    assert "html-style" in {finding.rule for finding in findings(replace(whole, html=bare))}


def test_no_note_is_needed_where_all_stories_fit() -> None:
    """And with a small budget it is given."""
    rendering = render_digest(repeated(20))
    assert lint(letter_of(rendering), address=weekly().publication.site.address) == ()
    short = letter_of(rendering, budget=30_000)
    assert [(finding.rule, finding.severity) for finding in lint(short, address=weekly().publication.site.address)] == [
        ("left-out", "note")
    ]
