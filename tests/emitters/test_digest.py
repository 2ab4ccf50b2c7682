from __future__ import annotations

import importlib
import json
import re
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from syndicate.emitters import emit
from syndicate.emitters.bundle import bundled
from syndicate.emitters.digest import inline, render_digest
from syndicate.emitters.theme import render
from syndicate.errors import TemplateError
from syndicate.letters import PREFERENCES, UNSUBSCRIBE, for_everybody, letter_of
from syndicate.letters import Letter as Finished
from syndicate.model import Entry, Provider, Related, Section
from tests.emitters.press import DIGEST, PICTURE, PROVIDER, SITE, UNTIDY_TITLES, digest, full_story
from tests.vocabulary import article

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.model import Edition

UNTIDY = pytest.mark.parametrize("title", UNTIDY_TITLES.values(), ids=UNTIDY_TITLES.keys())
IMPORT = '@import url("http://127.0.0.1:9/x.css");'

NAIVE = """
import json, logging, socket, sys

asked = []

class Refused(socket.socket):
    def __init__(self, *args, **more):
        asked.append("socket")
        raise OSError("no network in a test")

socket.socket = Refused
import cssutils, premailer
cssutils.log.setLevel(logging.CRITICAL)
answers = {}
for name, html in json.load(sys.stdin).items():
    asked.clear()
    try:
        answers[name] = premailer.transform(html, allow_network=False)
    except Exception as error:
        answers[name] = repr(error)
    answers[name] += f" asked {len(asked)}" if asked else ""
json.dump(answers, sys.stdout)
"""
"""premailer as anybody would call it, in a process of its own: in ours it has been tamed, once and for all."""


def page(style: str, body: str, doctype: str = "<!DOCTYPE html>") -> str:
    """A page with this style and this body."""
    return f"{doctype}<html><head>{style}</head><body>{body}</body></html>"


TRAPS = {
    "import": page(f"<style>{IMPORT}</style>", "<p>x</p>"),
    "import in a picture": page("", f"<svg><style>{IMPORT.replace('x.css', 'y.css')}</style></svg>"),
    "import in disguise": page('<style>@\\69mport "http://127.0.0.1:9/x.css";</style >', "<p>x</p>"),
    "important": page("<style>@media (max-width:600px){.a{color:blue !important}}</style>", '<p class="a">x</p>'),
    "important, kept": page(
        '<style data-premailer="ignore">@media (max-width:600px){.a{color:blue !important}}</style>', '<p class="a">x</p>'
    ),
    "width": page("<style>.a{width:100%;height:auto}</style>", '<table class="a" width="600" height="9"><tr><td>x</td></tr></table>'),
    "doctype": page("", "<p>x</p>", "<!doctype html>"),
    "token": page("", '<a href="{{ url }}">x</a>'),
    "our token": page("", f'<a href="{UNSUBSCRIBE}">x</a>'),
    "cache": page("<style>head{color:red} .a{color:blue}</style>", '<p class="a" style="head">x</p>'),
    "cache, its twin": page("<style>style{color:red} .a{color:blue}</style>", '<p class="a" style="style">x</p>'),
    "conditional": page(
        "<!--[if mso]><style>td{color:red}</style><![endif]--><style>.a{color:blue}</style>",
        '<!--[if mso]><table width="600"><tr><td><![endif]--><p class="a">x</p><!--[if mso]></td></tr></table><![endif]-->',
    ),
    "leftover": page("<style>.a{color:red} .a:hover{color:blue}</style>", '<p class="a">x</p>'),
    "rules it drops": page(
        "<style>@supports (display:grid){.a{color:red}} [data-ogsc] .a{color:blue!important}</style>", '<p class="a">x</p>'
    ),
    "rules, kept": page(
        '<style data-premailer="ignore">@supports (display:grid){.a{color:red}} [data-ogsc] .a{color:blue!important}</style>', ""
    ),
    "no head": "<!DOCTYPE html><html><body><p>x</p></body></html>",
    "no body": "<!DOCTYPE html><html><frameset></frameset></html>",
    "float": page("<style>.a{float:left}</style>", '<img class="a" src="https://x.example/y.png" alt="">'),
    "linked table": page("", '<a href="https://x.example/"><table><tr><td>x</td></tr></table></a>'),
    "two values": page("<style>.a{width:99px;width:calc(1px + 2px)}</style>", '<p class="a">x</p>'),
}


def written(edition: Edition) -> Finished:
    """The letter that everybody gets, however large."""
    return letter_of(render_digest(edition), budget=None)


@cache
def naive() -> Any:
    """What premailer makes of each trap when it is called without any of our precautions."""
    run = subprocess.run([sys.executable, "-c", NAIVE], input=json.dumps(TRAPS), capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


class Letter(HTMLParser):
    """A letter taken apart: its elements, links and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.nested: set[tuple[str, str]] = set()
        self.text: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element, and what it stands in."""
        self.elements.append((tag, dict(attrs)))
        self.nested |= {(outer, tag) for outer in self.open}
        if tag not in {"img", "br", "meta", "link", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Note a piece of text."""
        self.text.append(data)

    def links(self) -> list[str]:
        """Where the letter leads, in order, each place once."""
        return list(dict.fromkeys(str(attributes["href"]) for tag, attributes in self.elements if tag == "a"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Refuse every socket; the list holds what was asked for."""
    importlib.import_module("premailer")  # its HTTP library tries, when it is loaded, whether there is IPv6
    asked: list[object] = []

    class Refused(socket.socket):
        def __init__(self, *args: object, **more: object) -> None:
            asked.append((args, more))
            raise OSError("no network in a test")

    def unknown(*args: object) -> None:
        asked.append(args)
        raise OSError("no network in a test")

    monkeypatch.setattr(socket, "socket", Refused)
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    return asked


class TestTrapsOfPremailer:
    """One test, or more, for each of the traps of premailer 3.10.0 that are listed in the design of the mail, in that order.

    Each shows first that premailer by itself goes wrong: where it no longer does, our way round can go.
    """

    @pytest.mark.parametrize("trap", ["import", "import in a picture"])
    def test_a_style_to_be_fetched_is_an_error(self, trap: str, no_network: list[object]) -> None:
        """Premailer asks the network though it is told not to; we ask the author of the template to write the style down."""
        assert "asked" in naive()[trap]
        with pytest.raises(TemplateError, match=r"digest\.html: '@import' would fetch a style from the network; write it into <style>"):
            inline(TRAPS[trap])
        assert no_network == []

    def test_an_import_that_escapes_our_eye_fetches_nothing(self, no_network: list[object]) -> None:
        """Written with an escape and an untidy end tag it passes, and cssutils would follow it, but for its fetcher that we replace."""
        assert "asked" in naive()["import in disguise"]
        assert "<p>x</p>" in inline(TRAPS["import in disguise"])
        assert no_network == []

    def test_a_link_that_escapes_our_eye_fetches_nothing(self, no_network: list[object]) -> None:
        """A relation spelt with a reference is one to premailer, which is told not to follow it."""
        inline(page('<link rel="style&#115;heet" href="http://127.0.0.1:9/z.css">', "<p>x</p>"))
        assert no_network == []

    @pytest.mark.parametrize(
        "style",
        [
            '<link rel="stylesheet" href="https://x.example/x.css">',
            '<link href="https://x.example/x.css" rel = "alternate stylesheet">',
            "<style>@font-face{font-family:x;src:url(https://x.example/x.woff)}</style>",
            "<style>.a{background:url(https://x.example/x.png)}</style>",
            f'<style data-premailer="ignore">{IMPORT}</style>',
            "<STYLE>@IMPORT 'https://x.example/x.css';</STYLE>",
        ],
        ids=["link", "another link", "font", "background", "import in a kept style", "capitals"],
    )
    def test_whatever_else_would_be_fetched_is_an_error(self, style: str, no_network: list[object]) -> None:
        """By us or by the reader's mail program: a letter brings its styles along."""
        with pytest.raises(TemplateError, match="would fetch a style from the network"):
            inline(page(style, "<p>x</p>"))
        assert no_network == []

    def test_a_whole_letter_is_rendered_without_the_network(self, no_network: list[object]) -> None:
        """Pictures and all: not one socket is opened."""
        assert "The lagoon closes its gates" in written(digest(full_story(), article("Another"))).html
        assert no_network == []

    def test_important_rules_stay_important(self) -> None:
        """By default they lose the word, and so lose to inline styles; what stands in an ignored style stays as it is."""
        assert "important" not in naive()["important"]
        assert "@media (max-width:600px){.a{color:blue !important}}" in inline(TRAPS["important, kept"])

    def test_the_rules_for_phones_and_for_the_dark_stay_as_they_are_written(self) -> None:
        """Every adaptive rule of the default template is in the letter, word for word."""
        html = written(digest(full_story())).html
        kept = re.findall(r"<style[^>]*>(.*?)</style>", render(SITE, "partials/mail_style_adaptive.html"), re.DOTALL)
        assert len(kept) >= 3
        assert all(rules in html for rules in kept)
        assert html.count("!important") > 20

    @pytest.mark.parametrize("rule", ["@supports", "[data-ogsc]"])
    def test_rules_that_premailer_does_not_know_are_kept(self, rule: str) -> None:
        """Dropped from a style that is inlined; verbatim in one that is ignored."""
        assert rule not in naive()["rules it drops"]
        assert rule in inline(TRAPS["rules, kept"])

    def test_widths_for_outlook_are_not_overwritten(self) -> None:
        """Word goes by `width="600"`, everybody else by the style."""
        assert 'width="600"' not in naive()["width"]
        assert 'width="600"' in inline(TRAPS["width"])
        assert 'height="9"' in inline(TRAPS["width"])

    def test_no_link_holds_a_table(self) -> None:
        """It would be emptied: the link stays behind without what it held."""
        assert '<a href="https://x.example/"></a>' in naive()["linked table"]
        assert ("a", "table") not in Letter(written(digest(full_story(), article("Another", images=(PICTURE,)))).html).nested

    def test_the_doctype_stays(self) -> None:
        """In small letters it would be dropped, and the letter shown in quirks mode."""
        assert "doctype" not in naive()["doctype"].lower()
        assert inline(TRAPS["doctype"]).startswith("<!DOCTYPE html>")
        assert written(digest(article())).html.startswith("<!DOCTYPE html>")

    def test_a_token_in_a_link_comes_out_as_it_went_in(self) -> None:
        """Braces would be percent-encoded, and never be found again."""
        assert "{{ url }}" not in naive()["token"]
        assert f'href="{UNSUBSCRIBE}"' in inline(TRAPS["our token"])

    @pytest.mark.parametrize(("trap", "word"), [("cache", "head"), ("cache, its twin", "style")])
    def test_a_style_that_is_called_like_a_selector_is_harmless(self, trap: str, word: str) -> None:
        """Premailer asks one cache for a selector and a declaration of the same name, and takes the one for the other."""
        assert naive()[trap].startswith("TypeError")
        assert 'style="color:blue"' in inline(TRAPS[trap])
        assert word in TRAPS[trap]

    def test_what_only_outlook_reads_stays(self) -> None:
        """Conditional comments are kept, and nothing in them is taken for a style of the page."""
        html = inline(TRAPS["conditional"])
        assert "<!--[if mso]><style>td{color:red}</style><![endif]-->" in html
        assert '<!--[if mso]><table width="600"><tr><td><![endif]-->' in html
        assert html.count("<![endif]-->") == 3
        assert 'style="color:blue"' in html

    def test_what_cannot_be_inlined_stays_in_force(self) -> None:
        """A rule for `:hover` or for phones in an ordinary style is left there, with the word that lets it win."""
        assert ".a:hover {color:blue}" in naive()["leftover"]
        assert ".a:hover {color:blue !important}" in inline(TRAPS["leftover"])
        assert "color: blue !important" in inline(TRAPS["important"])

    def test_a_page_without_a_head_gets_none(self) -> None:
        """Premailer makes one for styles that it may have left over, and fails where there is no body to put it before."""
        assert "<head></head>" in naive()["no head"]
        assert naive()["no body"].startswith("IndexError")
        assert "head" not in inline(TRAPS["no head"])
        assert "<frameset>" in inline(TRAPS["no body"])

    def test_floating_pictures_get_no_align(self) -> None:
        """Premailer would add it, at two thirds of its time."""
        assert 'align="left"' in naive()["float"]
        assert "align=" not in inline(TRAPS["float"])

    def test_no_style_has_a_property_twice(self) -> None:
        """Of two values only the last is kept, so the template does not count on a fallback."""
        assert "99px" not in naive()["two values"]
        source = render(SITE, "partials/mail_style.html")
        for rule in re.findall(r"\{([^}]*)\}", source):
            names = [declaration.partition(":")[0].strip() for declaration in rule.split(";") if declaration.strip()]
            assert len(names) == len(set(names)), rule

    def test_inlined_selectors_are_classes(self) -> None:
        """A selector of elements would reach into what Outlook alone reads, and into what a workspace adds."""
        source = re.sub(r"</?style>|\{[^}]*\}", "\n", render(SITE, "partials/mail_style.html"))
        selectors = [part.strip() for line in source.splitlines() for part in line.split(",") if part.strip()]
        assert selectors
        assert all(re.fullmatch(r"\.[a-z]+", selector) for selector in selectors), selectors

    def test_threads_get_the_letters_they_asked_for(self) -> None:
        """Premailer's caches are shared by all threads; the letters are the same as one after the other."""
        letters = [digest(full_story(), *(article(f"Story {number} of {size}") for number in range(size))) for size in range(4)]
        with ThreadPoolExecutor(4) as pool:
            at_once = list(pool.map(render_digest, letters * 2))
        assert at_once == [render_digest(letter) for letter in letters] * 2


class TestContent:
    """What is in a letter."""

    STORIES = (
        full_story(),
        Entry(article("A film", url="https://film.example/?a=1&b=2", type="video", provider=PROVIDER)),
        Entry(article("Bare", url="https://bare.example/")),
    )

    def test_text_and_html_lead_to_the_same_stories(self) -> None:
        """Every article and its related coverage is linked in both, in one order."""
        rendering = written(digest(*self.STORIES))
        html = [link for link in Letter(rendering.html).links() if link.startswith("http")]
        text = list(dict.fromkeys(re.findall(r"https?://\S+", rendering.text)))
        assert html == text
        assert set(html) >= {entry.article.url for entry in self.STORIES} | {"https://other.example/walked"}

    def test_both_hold_the_links_that_are_the_subscribers_own(self) -> None:
        """As tokens, each in text and HTML."""
        rendering = written(digest(*self.STORIES))
        assert all(token in part for token in (UNSUBSCRIBE, PREFERENCES) for part in (rendering.html, rendering.text))

    def test_on_the_web_these_are_letters_to_the_sender(self) -> None:
        """No token is left in a document that anybody may read."""
        rendering = for_everybody(written(digest(*self.STORIES)), DIGEST)
        assert "__SYN_" not in rendering.html + rendering.text
        assert "mailto:weekly@news.example.org?subject=unsubscribe%20weekly" in Letter(rendering.html).links()
        assert "mailto:weekly@news.example.org?subject=preferences%20weekly" in rendering.text

    @UNTIDY
    def test_a_title_is_escaped_once(self, title: str) -> None:
        """In HTML a browser shows it as it is; in text and subject it stands as it is. A style or template in it is but a title."""
        rendering = written(digest(article(title, url="https://example.org/a", excerpt=f"Excerpt: {title}")))
        letter = Letter(rendering.html)
        assert title in letter.text
        assert f"Excerpt: {title}" in letter.text
        assert rendering.subject == title
        assert title in re.sub(r"\s+", " ", rendering.text)
        assert "script" not in {tag for tag, _ in letter.elements}

    @UNTIDY
    def test_every_name_is_escaped_once(self, title: str) -> None:
        """Of the digest, the site, a section, a provider, a picture: none of it is taken for HTML."""
        story = article("Plain", provider=Provider(title, "x.example"), images=(replace(PICTURE, alt=title),))
        other = Related(title, "https://other.example/", provider=Provider(title))
        publication = replace(DIGEST, title=title, description=title)
        entry = Entry(story, (other,))
        edition = digest(
            sections=[Section("One", (entry,)), Section(title, (Entry(article("Two")),))],
            publication=publication,
            title=title,
            address=title,
        )
        letter = Letter(written(edition).html)
        text = " ".join(letter.text)
        assert text.count(title) >= 8
        assert title in [attributes.get("alt") for _, attributes in letter.elements]
        assert "script" not in {tag for tag, _ in letter.elements}

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "JavaScript:alert(1)", "//x.example/"])
    def test_an_address_that_runs_something_is_not_linked(self, url: str) -> None:
        """Should one ever get past the catalogue's door, the letter leads nowhere."""
        story = replace(article(), url=url, images=(replace(PICTURE, url=url),))
        rendering = written(digest(Entry(story, (Related("R", url),))))
        assert url not in rendering.html + rendering.text

    def test_every_scheme_in_a_letter_is_one_that_mail_knows(self) -> None:
        """http, https and mailto."""
        letter = Letter(for_everybody(written(digest(*self.STORIES)), DIGEST).html)
        assert {urlsplit(link).scheme for link in letter.links()} <= {"http", "https", "mailto"}

    def test_sections_stand_under_their_names(self) -> None:
        """In order; the lead opens the letter and is not told again."""
        sections = [Section("Power", (self.STORIES[0], self.STORIES[2])), Section("Machines", (self.STORIES[1],)), Section("", ())]
        rendering = written(digest(sections=sections))
        for text in (rendering.text, " ".join(Letter(rendering.html).text).partition("The lead story")[2]):
            places = [text.index(part) for part in ("The lagoon closes", "Power", "Bare", "Machines", "A film")]
            assert places == sorted(places)
        assert rendering.text.count("The lagoon closes its gates") == 1

    def test_an_empty_edition_says_so(self) -> None:
        """Where `when_empty` asks for it all the same; its subject is the digest's name."""
        rendering = written(digest())
        assert rendering.subject == "The weekly"
        assert "Nothing new this time." in rendering.html
        assert "Nothing new this time." in rendering.text

    def test_the_same_edition_gives_the_same_letter(self) -> None:
        """Nothing in it is the moment's."""
        assert render_digest(digest(*self.STORIES)) == render_digest(digest(*self.STORIES))

    def test_a_letter_keeps_to_what_screen_readers_need(self) -> None:
        """Language, direction, role, one h1, no table that is read as data, an alternative for each picture."""
        letter = Letter(written(digest(*self.STORIES, language="ar")).html)
        by_tag = {tag: [attributes for name, attributes in letter.elements if name == tag] for tag in ("html", "div", "h1", "table", "img")}
        assert (by_tag["html"][0]["lang"], by_tag["html"][0]["dir"]) == ("ar", "rtl")
        assert by_tag["div"][0].items() >= {"role": "article", "aria-roledescription": "email", "lang": "ar", "dir": "rtl"}.items()
        assert len(by_tag["h1"]) == 1
        assert {table.get("role") for table in by_tag["table"]} == {"presentation"}
        assert all("alt" in image for image in by_tag["img"])

    def test_a_full_digest_is_not_clipped(self) -> None:
        """Twenty stories with everything stay below the 102 kB at which Gmail cuts a letter off."""
        stories = [
            replace(full_story(), article=replace(full_story().article, title=f"Story {n}", excerpt="word " * 100)) for n in range(20)
        ]
        assert len(written(digest(*stories)).html.encode()) < 95_000


class TestSubject:
    """The line above the letter."""

    @pytest.mark.parametrize(
        ("template", "expected"),
        [
            ("", "The lagoon closes its gates"),
            ("{{ lead.title }}", "The lagoon closes its gates"),
            ("{{ edition.publication.title }}: {{ edition.entries|length }} stories", "The weekly: 2 stories"),
            ("{{ lead.title|upper }} & more", "THE LAGOON CLOSES ITS GATES & more"),
            ("{{ edition.end|date('short') }}, {{ site.title }}", "16/11/2026, Tide & Signal"),
            ("A\nline  broken\r\n\tat {{ 1 + 1 }} places", "A line broken at 2 places"),
            ("x\x0bBcc: evil@example.org\x85y\u2028z", "x Bcc: evil@example.org y z"),
        ],
    )
    def test_a_subject_is_a_template_and_one_line_of_text(self, template: str, expected: str) -> None:
        """It speaks of the edition, is not escaped, and is folded to one line."""
        edition = digest(full_story(), article("Another"), publication=replace(DIGEST, subject=template))
        assert written(edition).subject == expected

    def test_a_subject_has_an_end(self) -> None:
        """A title that goes on and on is cut, and says so."""
        subject = written(digest(article("word " * 59 + "end"))).subject
        assert len(subject) <= 150
        assert subject.endswith("word…")

    @pytest.mark.parametrize(
        "template", ["{{ leed.title }}", "{{ lead.nonsense }}", "{{ lead.title", "{{ 1 / 0 }}", "{{ lead.title|nonsense }}", "{{ lead() }}"]
    )
    def test_a_mistake_in_a_subject_is_named(self, template: str) -> None:
        """By the digest and the line."""
        with pytest.raises(TemplateError, match=r"^weekly: subject:1: "):
            written(digest(article(), publication=replace(DIGEST, subject=template)))

    def test_the_preheader_is_what_comes_next(self) -> None:
        """The headlines after the first; the lead's excerpt where it stands alone; nothing where there is nothing."""
        assert written(digest(article("One"), article("Two"), article("Three"))).preheader == "Two · Three"
        assert written(digest(article("One", excerpt="Alone."))).preheader == "Alone."
        assert written(digest()).preheader == ""
        assert len(written(digest(article("One", excerpt="word " * 99))).preheader) <= 140


class TestOwnTemplates:
    """A workspace's templates, which win over the default ones, file by file."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A workspace's folder of templates, with its partials."""
        (tmp_path / "partials").mkdir()
        return tmp_path

    def test_one_partial_can_be_replaced_alone(self, folder: Path) -> None:
        """The card is the workspace's own, everything around it as ever."""
        (folder / "partials" / "mail_card.html").write_text("<tr><td>OWN {{ entry.article.title }}</td></tr>\n", encoding="utf-8")
        stories = (full_story(), article("Salt & vinegar"))
        ours = written(digest(*stories, templates=(folder,)))
        default = written(digest(*stories))
        assert "<tr><td>OWN Salt &amp; vinegar</td></tr>" in ours.html
        assert "OWN" not in default.html
        assert (ours.text, ours.subject) == (default.text, default.subject)
        assert (
            ours.html.partition('<tr><td class="card"')[0].partition("<tr><td>OWN")[0] == default.html.partition('<tr><td class="card"')[0]
        )

    def test_styles_of_a_replaced_partial_are_inlined(self, folder: Path) -> None:
        """The workspace changes the look by one file."""
        source = (bundled("templates") / "partials" / "mail_style.html").read_text(encoding="utf-8")
        (folder / "partials" / "mail_style.html").write_text(
            source.replace("</style>", ".big { color: #abcdef }\n</style>"), encoding="utf-8"
        )
        assert re.search(r'<h3 class="big"[^>]* style="[^"]*color:#abcdef', written(digest(full_story(), templates=(folder,))).html)

    @pytest.mark.parametrize(
        ("name", "source", "said"),
        [
            ("digest.html", "<html>\n{{ nonsense }}", "digest.html:2: 'nonsense' is undefined"),
            ("digest.txt", "\n\n{{ editoin.key }}", "digest.txt:3: 'editoin' is undefined"),
            (
                "partials/mail_card.html",
                "\n{{ entry.article.nonsense }}",
                "mail_card.html:2: an article has no 'nonsense'",
            ),
            ("partials/mail_lead.html", "{{ entry.article.title }\n", "mail_lead.html:1: "),
            ("partials/mail_meta.html", "{% if %}", "mail_meta.html:1: "),
            ("partials/mail_footer.html", "\n{{ 1 / 0 }}", "mail_footer.html:2: division by zero"),
            ("partials/entry.txt", "\n\n\n{{ entry.article.title|nonsense }}", "entry.txt:4: No filter named 'nonsense'"),
            ("digest.html", "{% include 'nowhere.html' %}", "digest.html:1: 'nowhere.html' not found in search path"),
        ],
    )
    def test_a_mistake_is_named_by_template_line_and_name(self, folder: Path, name: str, source: str, said: str) -> None:
        """Nothing is left empty in silence: what is not defined is an error, and says where."""
        (folder / name).write_text(source, encoding="utf-8")
        with pytest.raises(TemplateError) as caught:
            written(digest(full_story(), article("Another"), templates=(folder,)))
        assert said in str(caught.value)

    def test_the_remedy_is_named_too(self, folder: Path) -> None:
        """What to do about an undefined name."""
        (folder / "digest.txt").write_text("{{ nonsense }}", encoding="utf-8")
        with pytest.raises(TemplateError, match="define it or test it with `is defined`"):
            written(digest(article(), templates=(folder,)))

    def test_html_is_escaped_and_text_is_not(self, folder: Path) -> None:
        """By the name of the template."""
        (folder / "digest.html").write_text("<!doctype html><p>{{ edition.lead.title }}</p>", encoding="utf-8")
        (folder / "digest.txt").write_text("{{ edition.lead.title }}", encoding="utf-8")
        rendering = written(digest(article("Salt & <b>"), templates=(folder,)))
        assert "<p>Salt &amp; &lt;b&gt;</p>" in rendering.html
        assert rendering.text == "Salt & <b>"


def test_a_digest_is_emitted_as_a_page_and_as_text() -> None:
    """Named after its edition, with the media types of both, and the page's own links relative to it."""
    edition = digest(full_story())
    html, text = emit(edition, "html"), emit(edition, "text")
    assert (html.name, html.media_type) == ("digests/weekly/2026-11-16.html", "text/html; charset=utf-8")
    assert (text.name, text.media_type) == ("digests/weekly/2026-11-16.txt", "text/plain; charset=utf-8")
    assert b'href="../../digests/weekly/index.html"' in html.body
    assert b"https://news.example.org/digests/weekly/2026-11-16.html" in text.body
