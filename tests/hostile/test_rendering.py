"""Render every hostile file there is into one folder of output, and look at every byte of it."""

from __future__ import annotations

import email
import json
import re
from datetime import UTC, datetime
from email import policy
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import urlsplit

import pytest
from lxml import etree, html

from syndicate.config import load_settings
from syndicate.publishing import publish_overview, read_catalogue, render
from tests.catalogue.door import ACTIVE, SCHEMES, assert_safe_html
from tests.hostile.files import GOOD, HOSTILE, ODDITIES, plant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

NOW = datetime(2026, 11, 16, 8, tzinfo=UTC)
CONFIGURATION = """
[site]
title = "Hostile & Sons"
url = "https://news.example.org"

[articles]
folder = "seeds"

[[feeds]]
slug = "everything"
title = "Everything"
limit = 1000

[[digests]]
slug = "weekly"
title = "Weekly"
subject = "{{ lead.title }}"
sender = "Hostile & Sons <weekly@news.example.org>"
schedule = "0 8 * * mon"
limit = 1000
"""
HEADERS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Archive",
    "Feedback-ID",
    "Precedence",
    "Auto-Submitted",
]
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ATOM = "{http://www.w3.org/2005/Atom}"
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
SOURCES = {"href", "src", "cite", "action", "background", "poster", "data", "formaction", "longdesc"}
IN_BODY = ACTIVE | {"title", "head", "body", "html"}


DATA = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


class Output(NamedTuple):
    """A folder of output, file by file."""

    files: dict[str, bytes]
    kept: int

    def texts(self, *suffixes: str) -> Iterator[tuple[str, str]]:
        """The files with one of these endings, as text."""
        for name, body in self.files.items():
            if name.endswith(suffixes):
                yield name, body.decode()

    def contents(self) -> Iterator[tuple[str, str]]:
        """Every piece of HTML that a feed carries."""
        for name, body in self.files.items():
            if name.endswith((".rss", ".atom")):
                tree = etree.fromstring(body)
                found = [*tree.iter(CONTENT), *tree.iter(f"{ATOM}content")]
                yield from ((name, element.text or "") for element in found)
            if name.endswith(".json"):
                yield from ((name, item["content_html"]) for item in json.loads(body)["items"])


def publish(root: Path) -> dict[str, bytes]:
    """Render the workspace at `root` as `syndicate render` does; what it wrote."""
    (root / "syndicate.toml").write_text(CONFIGURATION, encoding="utf-8")
    settings = load_settings(root / "syndicate.toml")
    catalogue = read_catalogue(settings)
    for publication in settings.publications():
        render(publication, catalogue, now=NOW, out=root / "out")
    publish_overview(settings, catalogue, now=NOW, out=root / "out")
    return {path.relative_to(root / "out").as_posix(): path.read_bytes() for path in (root / "out").rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Output:
    """What a workspace of nothing but hostile files, odd things and one good article renders to."""
    root = tmp_path_factory.mktemp("hostile")
    seeds = plant(root)
    (seeds / "good.md").write_bytes(GOOD)
    for called, make, _ in ODDITIES.values():
        if not (seeds / called).is_symlink():
            make(seeds / called)
    odd = sum(called.endswith(".md") and not called.startswith(".") and (seeds / called).is_file() for called, _, _ in ODDITIES.values())
    return Output(publish(root), 1 + odd + sum(case.kept for case in HOSTILE.values()))


def assert_safe_page(text: str) -> None:
    """A whole page acts nowhere, and its body holds none of what belongs into a head."""
    page = html.document_fromstring(text.encode(), parser=html.HTMLParser(encoding="utf-8"))
    [body] = page.iter("body")
    assert len(list(page.iter("head"))) == 1
    assert not [element.tag for element in body.iterdescendants() if element.tag in IN_BODY]
    assert not [element.tag for element in page.iter() if element.tag in ACTIVE - {"style", "meta", "link"}]
    for element in page.iter():
        for name, value in cast("dict[str, str]", element.attrib).items():
            assert not name.startswith("on")
            if name in SOURCES:
                assert urlsplit(value).scheme in SCHEMES | {""}
                assert not value.startswith("//")


def test_every_format_is_written(output: Output) -> None:
    """Nothing in the folder keeps any document from being written."""
    assert {
        "index.html",
        "feeds.opml",
        "feeds/everything.rss",
        "feeds/everything.atom",
        "feeds/everything.json",
        "feeds/everything.html",
        "feeds/everything/2026-11.rss",
        "digests/weekly/index.html",
        "digests/weekly/2026-11-16.html",
        "digests/weekly/2026-11-16.txt",
        "digests/weekly/2026-11-16.eml",
    } <= set(output.files)


def test_all_that_can_be_kept_is_in_the_feed(output: Output) -> None:
    """A hostile article is made harmless, not lost: the feed holds every one that the table keeps, and the good one."""
    titles = [item["title"] for item in json.loads(output.files["feeds/everything.json"])["items"]]
    assert len(titles) == output.kept
    assert "The good article" in titles


def test_the_good_article_is_in_every_document(output: Output) -> None:
    """Whatever stands beside it, the good article is where it belongs."""
    for name, body in output.files.items():
        if name not in {"feeds.opml", "sitemap.xml", "digests/search.js", "digests/weekly/index.html"}:
            text = letter(body).as_string() if name.endswith(".eml") else body.decode()
            assert "The good article" in text, name


def test_feeds_are_well_formed(output: Output) -> None:
    """A strict parser reads every feed, outline and sitemap."""
    for name, body in output.files.items():
        if name.endswith((".rss", ".atom", ".opml", ".xml")):
            etree.fromstring(body, etree.XMLParser(recover=False, resolve_entities=False, no_network=True))
        if name.endswith(".json"):
            json.loads(body, parse_constant=pytest.fail)


def test_pages_and_digests_are_inert(output: Output) -> None:
    """No page holds an element that acts, a handler, or an address that leads anywhere but to a page or a letter.

    What an edition says of itself to programs is data: JSON, in which nothing can end its element.
    """
    for name, text in output.texts(".html"):
        data, rest = DATA.findall(text), DATA.sub("", text)
        assert len(data) == (1 if re.fullmatch(r"digests/weekly/2\S+", name) else 0), name
        assert all("<" not in each and json.loads(each) for each in data)
        assert_safe_page(rest)


def test_what_the_search_goes_by_is_data(output: Output) -> None:
    """A script that sets a variable to JSON, whatever stands in the articles."""
    ((_, text),) = output.texts("search/1.js")
    assert json.loads(text.removeprefix("(self.syndicateArchive ??= {})[1] = ").rstrip(";\n"))


def test_the_content_of_feeds_is_inert(output: Output) -> None:
    """The same of every article's HTML in every feed, where readers show it as it is."""
    contents = list(output.contents())
    assert len(contents) > output.kept
    for _, text in contents:
        assert_safe_html(text)


def test_addresses_in_feeds_lead_to_pages(output: Output) -> None:
    """No link, enclosure or source of a feed has another scheme than http or https."""
    for name, body in output.files.items():
        if name.endswith((".rss", ".atom")):
            tree = etree.fromstring(body)
            found = [value for element in tree.iter() for key, value in element.attrib.items() if key in {"href", "url", "uri", "src"}]
            found += [element.text or "" for element in tree.iter("link", "comments", "docs")]
            assert {urlsplit(url).scheme for url in found} <= {"http", "https"}


def test_no_script_is_addressed_anywhere(output: Output) -> None:
    """The hostile titles do not say `javascript:`, so that no byte of the output may."""
    for name, body in output.files.items():
        text = letter(body).as_string() if name.endswith(".eml") else body.decode()
        bodies = [part.get_content() for part in letter(body).iter_parts()] if name.endswith(".eml") else []
        for each in (text, *bodies):
            found = re.search(r"(?:java|vb)\s*script\s*:.{0,60}", each, re.IGNORECASE)
            assert not found, (name, found)
            assert "data:text/html" not in each, name


def test_no_document_holds_control_characters(output: Output) -> None:
    """Neither as bytes nor escaped: readers, terminals and inboxes show all of every document."""
    for name, body in output.files.items():
        if name.endswith(".json"):
            assert not CONTROLS.search("\n".join(_strings(json.loads(body)))), name
        elif name.endswith((".rss", ".atom", ".opml")):
            assert not CONTROLS.search("".join(map(str, etree.fromstring(body).itertext()))), name
        elif name.endswith(".eml"):
            assert not CONTROLS.search(
                "\n".join([*map(str, letter(body).values()), *(part.get_content() for part in letter(body).iter_parts())])
            )
        assert not CONTROLS.search(body.decode()), name


def test_templates_in_articles_stay_text(output: Output) -> None:
    """What looks like Jinja in an article is shown, never run."""
    for name in ("feeds/everything.html", "digests/weekly/2026-11-16.html", "digests/weekly/2026-11-16.txt"):
        assert "{{ 7*7 }} {% raw %} {# comment #}" in output.files[name].decode()


def test_our_own_tokens_in_a_title_stay_text(output: Output) -> None:
    """A title that names the token of the unsubscribe link does not become one."""
    assert "__SYN_UNSUBSCRIBE__ and __SYN_PREFERENCES__" in output.files["feeds/everything.html"].decode()


@pytest.mark.parametrize("suffix", ["html", "eml"])
def test_our_own_tokens_in_an_address_stay_text(suffix: str, output: Output) -> None:
    """An address that names the token does not carry a subscriber's own link to whoever wrote the article."""
    body = output.files[f"digests/weekly/2026-11-16.{suffix}"]
    text = body.decode() if suffix == "html" else cast("str", list(letter(body).iter_parts())[1].get_content())
    assert "https://evil.example/" in text
    assert not re.search(r"https://evil\.example/[^\"]*(?:mailto|unsubscribe%20|preferences%20)", text)


def test_only_pictures_of_the_folder_are_copied(output: Output) -> None:
    """No link out of the folder, no pipe and no drawing with script is ever published."""
    assert not [name for name in output.files if name.startswith("media/") or b"root:" in output.files[name]]


def test_the_message_has_its_own_headers_alone(output: Output) -> None:
    """The message of all hostile articles is one message, in two parts, with the headers we give it."""
    assert_own_headers(output.files["digests/weekly/2026-11-16.eml"])


@pytest.mark.parametrize("name", [name for name, case in HOSTILE.items() if case.kept and b"\ntitle:" in case.content])
def test_no_title_breaks_out_of_the_subject(name: str, tmp_path: Path) -> None:
    """As the subject of a digest, no title adds a header, ends the headers, or turns into an encoded word of its own making."""
    plant(tmp_path, name)
    body = publish(tmp_path)["digests/weekly/2026-11-16.eml"]
    assert_own_headers(body)
    title = json.loads((tmp_path / "out/feeds/everything.json").read_bytes())["items"][0]["title"]
    subject = str(letter(body)["Subject"])
    assert subject.removesuffix("…") in title
    assert "\n" not in subject
    assert "\r" not in subject


def assert_own_headers(body: bytes) -> None:
    """The message has the headers we give it, each once and on lines that mail servers take; nothing of it is damaged."""
    message = letter(body)
    assert sorted(message.keys()) == sorted([*HEADERS, "Content-Type", "MIME-Version"])
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert not message.defects
    assert not any(part.defects for part in message.iter_parts())
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert b"\n" not in body.replace(b"\r\n", b"")
    assert_safe_page(cast("str", list(message.iter_parts())[1].get_content()))


def letter(body: bytes) -> EmailMessage:
    """A message as the standard library reads it."""
    return email.message_from_bytes(body, policy=policy.default)


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for each in value.values():
                yield from _strings(each)
        case list():
            for each in value:
                yield from _strings(each)
        case _:
            return
