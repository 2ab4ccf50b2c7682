"""Render a digest: HTML with every style inlined, and text. Nothing else in the project knows premailer.

Links that differ from one subscriber to the next stand in both as tokens, `__SYN_UNSUBSCRIBE__` and `__SYN_PREFERENCES__`.
"""

from __future__ import annotations

import logging
import re
from dataclasses import replace
from functools import cache, lru_cache
from inspect import unwrap
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from syndicate.emitters.theme import render, render_line
from syndicate.errors import TemplateError
from syndicate.model import PREFERENCES, UNSUBSCRIBE, Rendering, fill_tokens

if TYPE_CHECKING:
    from syndicate.model import Edition, Publication

LONGEST_SUBJECT = 150
LONGEST_PREHEADER = 140
STYLE = re.compile(r"<style\b.*?</style>|<link\b[^>]*>", re.IGNORECASE | re.DOTALL)
DOCTYPE = re.compile(r"<!doctype html\s*>", re.IGNORECASE)
REMOTE = re.compile(r"@import|@font-face|\burl\(|rel\s*=[^>]*stylesheet", re.IGNORECASE)


def render_digest(edition: Edition) -> Rendering:
    """Render `edition`, once for all its subscribers. Raises `TemplateError`; touches no network."""
    publication, site = edition.publication, edition.publication.site
    own = publication.subject or "{{ lead.title }}"
    source = own if edition.entries else "{{ edition.publication.title }}"  # whoever writes a subject thinks of a lead story
    subject = render_line(site, source, f"{publication.slug}: subject", edition=edition, lead=edition.lead)
    subject = _clipped(subject, LONGEST_SUBJECT)
    context: dict[str, object] = {
        "edition": edition,
        "lead": edition.lead,
        "sections": edition.sections,
        "subject": subject,
        "preheader": preheader_of(edition),
        "links": SimpleNamespace(web=edition.address("html"), unsubscribe=UNSUBSCRIBE, preferences=PREFERENCES),
    }
    html = inline(render(site, "digest.html", tokens=True, **context))
    return Rendering(subject, str(context["preheader"]), html, render(site, "digest.txt", tokens=True, **context))


def for_everybody(rendering: Rendering, digest: Publication) -> Rendering:
    """The rendering as anybody may read it, on the web or on disk: its personal links are letters to the sender."""

    def filled(text: str) -> str:
        return fill_tokens(text, unsubscribe=digest.letter("unsubscribe"), preferences=digest.letter("preferences"))

    return replace(rendering, html=filled(rendering.html), text=filled(rendering.text))


def preheader_of(edition: Edition) -> str:
    """What an inbox shows after the subject: the next headlines, or the lead's excerpt where it stands alone."""
    titles = [entry.article.title for entry in edition.entries]
    rest = " · ".join(titles[1:4]) or (edition.lead.article.excerpt if edition.lead else "")
    return _clipped(rest, LONGEST_PREHEADER)


def inline(html: str) -> str:
    """Move the styles of a page into its elements. Raises `TemplateError` where the page would have to fetch some."""
    for style in STYLE.findall(html):
        if found := REMOTE.search(style):
            raise TemplateError(f"digest.html: {found[0]!r} would fetch a style from the network; write it into <style>")
    html = DOCTYPE.sub("<!DOCTYPE html>", html, count=1)  # in small letters, premailer would drop it
    return str(_premailer().transform(html, pretty_print=False)).strip() + "\n"


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


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
        disable_validation=True,
        disable_basic_attributes=["width", "height"],  # it would overwrite those that Outlook goes by
        align_floating_images=False,  # and three times the speed
        disable_leftover_css=True,
        strip_important=False,
    )


def _fetch_nothing(url: str) -> None:
    """Stand in for cssutils' fetcher: an import it follows brings nothing."""
