"""What the default look promises, as far as it can be told without a browser: where colours, fonts and widths come from, sizes, words."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any
from unicodedata import east_asian_width

import pytest

from syndicate.emitters.digest import render_digest
from syndicate.emitters.pages import emit_feed_page, emit_index, emit_shelf
from syndicate.emitters.theme import environment, render
from syndicate.letters import letter_of
from syndicate.model import Entry, Image, Palette, Related, Section, Theme
from tests.emitters.press import DIGEST, FEED, PICTURE, PROVIDER, SITE, digest, feed, full_story
from tests.vocabulary import article

if TYPE_CHECKING:
    from syndicate.letters import Letter

LANGUAGES = ("en", "de", "fr", "es", "ar", "ja")
LOGO = Image("https://news.example.org/media/theme/logo.png", 180, 40)
DARK_LOGO = replace(LOGO, url="https://news.example.org/media/theme/logo-dark.png")
STORIES = (
    full_story(),
    Entry(article("A film", type="video", provider=PROVIDER, images=(PICTURE,), excerpt="Forty minutes.")),
    Entry(article("Bare")),
)
SECTIONS = (Section("Power", STORIES[:2]), Section("More stories", STORIES[2:]))

PRETEND = {
    "latin": "The council asked who the algorithm answers to, and was sent a map. ",
    "one long word": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "chinese": "用潮汐表训练的小模型，胜过读遍互联网的大模型。",
    "arabic": "بحيرة سكيرو تغلق بوّاباتها، والقمر ينضمّ إلى كشوف الرواتب. ",
}
"""Texts that wrap in different ways."""


def letter(*, budget: int | None = None, **site: Any) -> Letter:
    """The letter of a few stories under headings; `site` are fields of its site."""
    return letter_of(render_digest(digest(sections=SECTIONS, **site)), budget=budget)


def pages(**site: Any) -> list[str]:
    """Every page there is, for a site with these fields."""
    own = replace(SITE, **site)
    edition = feed(*STORIES, publication=replace(FEED, site=own))
    shelf = replace(DIGEST, site=own)
    return [emit_feed_page(edition).decode(), emit_index(own, [edition], [(shelf, [])]).body.decode(), emit_shelf(shelf, []).body.decode()]


def everything(**site: Any) -> str:
    """A letter with all its pieces, one that left stories out, and every page."""
    return "\n".join([letter(**site).html, letter(budget=1, **site).html, *pages(**site)])


def spoken(name: str, **site: Any) -> Any:
    """What the file of words calls `name`, for a site with these fields."""
    own = replace(SITE, **site)
    return getattr(environment(own).get_template("partials/words.txt").make_module({"site": own}), name)


def in_turn(start: int) -> Palette:
    """A palette of colours that nobody would write into a template."""
    return Palette(**{field.name: f"#{start + number:06x}" for number, field in enumerate(fields(Palette))})


def columns(line: str) -> int:
    """How many columns a terminal gives the line: two to a Chinese, Japanese or Korean character."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)


def long_story(number: int) -> Entry:
    """A story as long as they get: a long title and address, a picture that is described, coverage beside each second one."""
    address = f"https://www.a-newspaper-of-record.example/sections/technology/2026/11/12/{'a-long-slug-' * 4}{number}"
    story = article(
        f"{number}: " + "A headline of the usual length that runs to some eighty characters"[:70],
        url=address,
        excerpt="Nine kilometres of wall, sixteen turbines and one very stubborn seal. " * 3,
        images=(replace(PICTURE, url=f"{address}.jpg", alt="A circular sea wall encloses pale green water at dusk"),),
        provider=PROVIDER,
    )
    return Entry(story, (Related("Was it worth it? An accountant walks the wall", f"{address}?b", provider=PROVIDER),) * (number % 2))


class TestTheme:
    """Colours, fonts, widths and logos are the theme's, and nobody else's."""

    def test_every_colour_comes_from_the_theme(self) -> None:
        """In letters and on pages, by day and in the dark; and each colour of the theme is seen somewhere."""
        theme = Theme(light=in_turn(0x101010), dark=in_turn(0x303030), logo=LOGO)
        found = set(
            re.findall(r"#[0-9a-f]{6}\b|#[0-9a-f]{3}\b(?![\w-])|\brgba?\([^)]*\)", re.sub(r'href="[^"]*"', "", everything(theme=theme)))
        )
        assert found == {*asdict(theme.light).values(), *asdict(theme.dark).values()}

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("colour", [field.name for field in fields(Palette)])
    def test_another_colour_changes_nothing_else(self, scheme: str, colour: str) -> None:
        """Letters and pages are the same but for its six digits."""
        theme = Theme(light=in_turn(0x101010), dark=in_turn(0x303030))
        palette: Palette = getattr(theme, scheme)
        changed: dict[str, Any] = {scheme: replace(palette, **{colour: "#8a1c4a"})}
        other = replace(theme, **changed)
        assert everything(theme=other) == everything(theme=theme).replace(getattr(palette, colour), "#8a1c4a")

    def test_other_fonts_are_used_everywhere(self) -> None:
        """Where both are given, no default is left, for Outlook neither."""
        text = everything(theme=Theme(heading_font="Literata, serif", text_font="Inter, sans-serif"))
        assert not re.search("Georgia|-apple-system|Segoe|Helvetica|Arial", text)
        assert min(text.count("Literata"), text.count("Inter")) > 10

    @pytest.mark.parametrize("width", [400, 520, 600, 700, 800])
    def test_a_letter_is_as_wide_as_the_theme_says(self, width: int) -> None:
        """Its paper for most programs, the table that Outlook alone reads, and the picture of the lead story inside it."""
        html = letter(theme=Theme(width=width)).html
        assert f'<!--[if mso]><table role="presentation" width="{width}" ' in html
        assert re.findall(r'class="paper"[^>]* style="max-width:(\d+)px', html) == [str(width)]
        assert re.findall(r"max-width: (\d+)px", html) == [str(width + 20)] * 2
        widths = [int(found) for found in re.findall(r'<(?:img|td|table)\b[^>]* width="(\d+)"', html)]
        assert max(found for found in widths if found != width) == width - 64

    def test_without_a_logo_there_is_none(self) -> None:
        """Not even an empty line for it."""
        assert not re.search(r'class="(?:brand|logo|mark|plate|night)\b', letter().html)
        assert all("<img" not in page.partition("<main")[0] for page in pages())

    @pytest.mark.parametrize("part", ["letter", "feed", "index", "shelf"])
    def test_a_logo_stands_at_the_top(self, part: str) -> None:
        """It is the size that was asked for, and says whose it is where pictures are off."""
        theme = Theme(logo=LOGO)
        shown = dict(zip(["letter", "feed", "index", "shelf"], [letter(theme=theme).html, *pages(theme=theme)], strict=True))[part]
        found = re.search(r'<img class="[^"]*" src="[^"]*theme/logo\.png"[^>]*>', shown)
        assert found
        assert found.start() < shown.index("<h1")
        assert 'alt="Tide &amp; Signal" width="180" height="40"' in found[0]

    def test_a_logo_survives_the_dark(self) -> None:
        """One for the dark takes its place; one without stands on a plate as light as the paper it was drawn for."""
        alone, both = Theme(logo=LOGO), Theme(logo=LOGO, dark_logo=DARK_LOGO)
        for one, two in [(letter(theme=alone).html, letter(theme=both).html), *zip(pages(theme=alone), pages(theme=both), strict=True)]:
            assert re.search(r'class="[^"]*\bplate"', one)
            assert re.search(r"\.plate \{[^}]*background: ?#ffffff", one)
            assert not re.search(r'class="[^"]*\bplate"', two)
            assert {name for name in ("day", "night") if re.search(rf'<img class="[^"]*\b{name}"', two)} == {"day", "night"}


class TestLetter:
    """What mail programs ask of a letter."""

    def test_no_layout_table_is_read_as_data(self) -> None:
        """Those that Outlook alone sees among them."""
        tables = re.findall(r"<table\b[^>]*>", letter(budget=1).html + letter(theme=Theme(logo=LOGO)).html)
        assert len(tables) > 10
        assert {'role="presentation"' in table for table in tables} == {True}

    def test_no_text_is_smaller_than_14_pixels(self) -> None:
        """In any style, inlined or for phones; what has no height holds no words."""
        sizes = [float(size) for size in re.findall(r"font(?:-size)?:[^;}\"]*?(\d+(?:\.\d+)?)px", letter(budget=1).html)]
        assert len(sizes) > 15
        assert min(sizes) >= 14
        empty = re.findall(r'<(\w+)[^>]*font-size:0[;"][^>]*>(?:<table[^>]*><tr><td[^>]*>)?([^<]*)<', letter().html)
        assert {text.strip() for _, text in empty} == {""}

    def test_every_style_is_worn(self) -> None:
        """A class of the two style files that no piece has would be a leftover."""
        styles = render(SITE, "partials/mail_style.html") + render(SITE, "partials/mail_style_adaptive.html")
        known = set(re.findall(r"\.([a-z]+)", re.sub(r"\{[^{}]*\}", "", styles.partition("<!--[if mso]>")[0])))
        logos = (None, LOGO), (LOGO, None), (LOGO, DARK_LOGO)
        made = [letter(budget=1).html, *(letter(theme=Theme(logo=logo, dark_logo=dark)).html for logo, dark in logos)]
        worn = {name for html in made for value in re.findall(r'class="([^"]*)"', html) for name in value.split()}
        assert len(known) > 40
        assert known <= worn

    def test_thirty_long_stories_are_not_clipped(self) -> None:
        """Gmail hides what comes after about 102 kB; a full letter has room to spare."""
        edition = digest(
            sections=[Section("One", tuple(map(long_story, range(15)))), Section("Two", tuple(map(long_story, range(15, 30))))]
        )
        made = letter_of(render_digest(edition), budget=None)
        assert len(made.stories) == 30
        assert len(made.html.encode()) < 80_000

    def test_styles_that_stay_in_the_head_are_small(self) -> None:
        """Gmail drops a style of more than 16 kB."""
        styles = re.findall(r"<style[^>]*>.*?</style>", letter().html, re.DOTALL)
        assert 0 < sum(len(style.encode()) for style in styles) < 8_000

    def test_the_sender_is_named_once(self) -> None:
        """A postal address that begins with the name says it already; one that begins with a longer name does not."""
        for address, times in [("Tide & Signal, 4 Lock Row", 1), ("4 Lock Row", 1), ("Tide & Signallers, 4 Lock Row", 2)]:
            foot = letter(address=address).html.rpartition('<p class="note"')[2]
            assert foot.count("Tide &amp; Signal") == times, address


class TestWords:
    """What the templates say of their own accord."""

    def test_every_language_has_every_word(self) -> None:
        """With the same places to fill in."""
        words = spoken("all_words")
        assert set(words) == set(LANGUAGES)
        for language, said in words.items():
            assert said.keys() == words["en"].keys(), language
            for word, text in said.items():
                assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", words["en"][word])), (language, word)

    @pytest.mark.parametrize(
        ("language", "left_out", "rest"),
        [
            ("en-GB", "2 more on the web", "More stories"),
            ("de-CH", "2 weitere im Web", "Weitere Artikel"),
            ("fr", "Encore 2 à lire en ligne", "Autres articles"),
            ("es", "2 más en la web", "Más artículos"),
            ("ar", "المزيد على الويب (2)", "مقالات أخرى"),
            ("ja", "ほか2件をウェブ版で読む", "その他の記事"),
            ("tlh", "2 more on the web", "More stories"),
        ],
    )
    def test_what_is_left_out_is_said_in_the_readers_language(self, language: str, left_out: str, rest: str) -> None:
        """How many stories are on the web alone, and the heading over those that no section took."""
        short, whole = letter(budget=1, language=language), letter(language=language)
        assert f">{left_out}</a>" in short.html
        assert left_out in short.text
        assert left_out not in whole.html + whole.text
        assert f">{rest}</h2>" in whole.html
        assert rest in whole.text

    def test_french_sets_spaces_that_do_not_break(self) -> None:
        """Inside quotation marks, before a colon and a semicolon."""
        made = letter(language="fr")
        assert not [
            text for text in spoken("words", language="fr").values() if re.search(r"(?<![\u00a0\u202f])[:;!?»]|«(?![\u00a0\u202f])", text)
        ]
        assert "Se désabonner\u00a0:" in made.text
        assert "«\u202fThe weekly\u202f»" in made.html


class TestText:
    """The text part, in a terminal."""

    @pytest.mark.parametrize("text", PRETEND.values(), ids=PRETEND.keys())
    @pytest.mark.parametrize("language", ["en-GB", "ja"])
    def test_no_line_is_longer_than_a_terminal_is_wide(self, text: str, language: str) -> None:
        """76 columns, whatever the script; addresses alone may be longer, and each has a line to itself."""
        story = article(
            text * 2, url="https://example.org/" + "a" * 90, excerpt=text * 6, provider=replace(PROVIDER, name=text), type="video"
        )
        entry = Entry(story, (Related(text * 2, "https://other.example/", provider=PROVIDER),))
        edition = digest(
            sections=[Section(text, (entry, entry))], publication=replace(DIGEST, title=text, description=text * 3), language=language
        )
        lines = letter_of(render_digest(edition), budget=None).text.split("\n")
        addresses = [line for line in lines if re.search(r"(?:https?|mailto):|__SYN_", line)]
        assert max(columns(line) for line in lines if line not in addresses) <= 76
        assert {re.fullmatch(r" *(\S+)", line) is not None for line in addresses} == {True}

    def test_rules_are_of_one_length(self) -> None:
        """Of 72 columns, all of them."""
        rules = re.findall(r"^[=-]{3,}$", letter().text, re.MULTILINE)
        assert {len(rule) for rule in rules} == {72}
        assert len(rules) >= 3

    def test_no_line_ends_in_blanks(self) -> None:
        """Quoted-printable would spell them out."""
        assert not re.search(r"[ \t]+$", letter(budget=1).text, re.MULTILINE)
