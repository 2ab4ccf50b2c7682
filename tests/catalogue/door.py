"""The catalogue's door, as tests knock at it: text or bytes in, an article or problems out, and what must be true of either."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lxml import html

from syndicate.catalogue.articles import finish, read_article
from syndicate.catalogue.desk import Desk
from syndicate.catalogue.fields import Fields, read_fields
from syndicate.catalogue.files import decode
from syndicate.catalogue.markup import BIDI_CONTROLS, UNPRINTABLE
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syndicate.model import Article, Image

SITE = "https://news.example.org"
NOWHERE = Path("/nowhere/seeds")
MINIMUM = "title: A title\npublishedDateTime: 2026-11-12T09:30:00Z\noriginalUrl: https://example.org/a\n"
ACTIVE = {
    "script",
    "style",
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "form",
    "input",
    "button",
    "base",
    "meta",
    "link",
    "svg",
    "math",
}
SCHEMES = {"http", "https", "mailto"}


def knock(given: str | bytes, folder: Path = NOWHERE, name: str = "a.md") -> tuple[Article | None, Sequence[Problem]]:
    """Hand a file's text or bytes to the door; what it hands on."""
    file = f"seeds/{name}"
    text = decode(given, file) if isinstance(given, bytes) else given
    fields = text if isinstance(text, Problem) else read_fields(text, file)
    if isinstance(fields, Problem):
        return None, (fields,)
    return read_whole(fields, folder, name)


def read_whole(fields: Fields, folder: Path = NOWHERE, name: str = "a.md") -> tuple[Article | None, Sequence[Problem]]:
    """Read an article and render its body."""
    desk = Desk(folder.parent, folder, SITE, "Europe/London")
    found = read_article(folder / name, f"seeds/{name}", fields, desk)
    return found.article and finish(found.article, found.markdown, folder / name, desk, coverage=found.coverage), found.problems


def knock_with(lines: Sequence[str], folder: Path = NOWHERE) -> tuple[Article | None, Sequence[Problem]]:
    """Hand `values` to the door as those of its fields, in this order, and all of them as the body."""
    title, moment, url, web, excerpt, name, domain, topic, picture, number, rest = (*lines, *[""] * 11)[:11]
    related: dict[str, object] = {
        "title": title,
        "webUrl": web,
        "publishedDateTime": moment or None,
        "images": [{"url": picture, "width": number}],
    }
    values: dict[str, object] = {
        "title": title or "A title",
        "publishedDateTime": moment or "2026-11-12",
        "originalUrl": url or "https://example.org/",
        "webUrl": web,
        "excerpt": excerpt,
        "provider": {"name": name, "domain": domain},
        "topics": [topic],
        "images": [picture],
        "quality": number or 1,
        "id": rest,
        "related": [related],
    }
    return read_whole(Fields(values, "\n".join(lines), "---\n---\n"), folder)


def fields(front_matter: str, body: str = "", folder: Path = NOWHERE) -> tuple[Article | None, list[str]]:
    """Knock with a file that has all it needs, and `front_matter`; a field given there takes the place of the default."""
    given = {line.partition(":")[0] for line in front_matter.splitlines()}
    rest = "".join(f"{line}\n" for line in MINIMUM.splitlines() if line.partition(":")[0] not in given)
    found, problems = knock(f"---\n{front_matter.rstrip()}\n{rest}---\n{body}", folder)
    return found, [str(problem) for problem in problems]


def good(front_matter: str = "", body: str = "", folder: Path = NOWHERE) -> Article:
    """The article that `fields` gives where nothing is wrong."""
    found, problems = fields(front_matter, body, folder)
    assert not problems
    assert found is not None
    return found


def assert_sound(article: Article | None, problems: Sequence[Problem]) -> None:
    """What holds of whatever comes through the door: something is said or something is given, and what is given is clean."""
    assert article is not None or problems
    for problem in problems:
        assert problem.file
        assert problem.message
        assert "\n" not in str(problem)
        assert problem.line is None or problem.line >= 1
    if article is None:
        return
    assert article.title
    assert article.id.startswith("urn:uuid:")
    assert article.published_at.tzinfo is not None
    assert article.published_at <= article.updated_at
    for text in _texts(article):
        assert not UNPRINTABLE.search(text)
        assert not BIDI_CONTROLS.search(text)
    for url in _addresses(article):
        assert url.isascii()
        assert urlsplit(url).scheme in {"http", "https"}
        assert urlsplit(url).hostname
    assert_safe_html(article.body)


def assert_safe_html(text: str) -> None:
    """No element of `text` acts, and no address in it leads anywhere but to a page or a letter."""
    if not text.strip():
        return
    for element in html.fragment_fromstring(text, create_parent="div").iter():
        assert isinstance(element.tag, str)
        assert element.tag not in ACTIVE
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name != "style"
            if name in {"href", "src", "cite", "action", "poster", "data", "background"}:
                assert urlsplit(value).scheme in SCHEMES


def _texts(article: Article) -> Iterator[str]:
    yield from (article.title, article.excerpt, article.category, article.type, article.body, *article.topics)
    for provider in (article.provider, *(story.provider for story in article.related)):
        if provider:
            yield from (provider.name, provider.domain)
    for story in article.related:
        yield from (story.title, story.excerpt, story.type)
    yield from (image.alt for image in _pictures(article))


def _addresses(article: Article) -> Iterator[str]:
    yield article.url
    yield from filter(None, (article.web_url, article.amp_url, article.cdn_amp_url))
    yield from (story.url for story in article.related)
    yield from (image.url for image in _pictures(article))


def _pictures(article: Article) -> Iterator[Image]:
    yield from (*article.images, *article.attachments)
    for story in article.related:
        yield from story.images
    for provider in (article.provider, *(story.provider for story in article.related)):
        if provider:
            yield from provider.images
