"""Feeds and digests as pages of Gemini (https://geminiprotocol.net/docs/gemtext.gmi)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate import Emitter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate import Edition, Entry


def write(edition: Edition) -> bytes:
    """An edition as a page: a line that leads to each story, and what there is to say of it."""
    publication = edition.publication
    lines = [f"# {one_line(publication.title)}", ""]
    for section in edition.sections:
        if section.title:
            lines += [f"## {one_line(section.title)}", ""]
        for entry in section.entries:
            lines += lines_of(entry)
    return "\n".join(lines).encode()


def lines_of(entry: Entry) -> Iterator[str]:
    """What begins a line says what the line is: no text of a publisher's stands there."""
    article = entry.article
    yield f"=> {article.url} {one_line(article.title)}"
    if article.excerpt:
        yield f"> {one_line(article.excerpt)}"
    yield ""


def one_line(text: str) -> str:
    """A line break would begin a line of the publisher's own."""
    return " ".join(text.split())


EMITTER = Emitter("gmi", "text/gemini; charset=utf-8", write)
