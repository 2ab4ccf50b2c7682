"""Emit the letter that asks somebody to confirm what was asked for in their name, in the look of the digest it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syndicate.emitters.digest import inline
from syndicate.emitters.theme import render
from syndicate.emitters.translations import words_of
from syndicate.letters import Letter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.model import Publication, Site


def emit_confirmation(digest: Publication, site: Site, titles: Sequence[str], link: str, *, days: int) -> Letter:
    """The letter with the `link` to confirm by, which holds for so many `days`. Nothing in it was written by whoever asked for it.

    `site` is the digest's, in a language that there are words for. Raises `TemplateError`.
    """
    words = words_of(site)
    subject = words.gettext("Please confirm: %(digest)s") % {"digest": digest.title}
    context: dict[str, Any] = {
        "_": words.gettext,
        "ngettext": words.ngettext,
        "digests": titles,
        "link": link,
        "days": days,
        "subject": subject,
    }
    html = inline(render(site, "messages/confirm.html", **context))
    return Letter(subject, "", html, render(site, "messages/confirm.txt", **context))
