from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syndicate.catalogue import fields, read_catalogue
from syndicate.catalogue.articles import Found, finish, read_article
from syndicate.catalogue.coverage import set_aside
from syndicate.catalogue.desk import Desk
from syndicate.catalogue.fields import Fields, read_fields
from syndicate.catalogue.index import Index
from syndicate.windows import Window
from tests.catalogue.door import MINIMUM, NOWHERE, SITE, knock

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from syndicate.errors import Problem
    from syndicate.model import Article

pytest.importorskip("yaml_rs", reason="there is no yaml-rs here: libyaml reads everything, and at once")

COVERAGE = """related:
  - title: "AI in healthcare: Duke’s “pledge” & Co. – 'signed'"
    excerpt: "Duke Health is among a leading group…"
    publishedDateTime: 2023-12-15T11:37:00Z
    webUrl: "https://wraltechwire.com/2023/12/15/ai-in-healthcare/"
    ampWebUrl: "https://wraltechwire.com/2023/12/15/ai-in-healthcare/?amp=1&b=%20"
    cdnAmpWebUrl: "https://wraltechwire-com.cdn.ampproject.org/c/s/wraltechwire.com/?amp=1"
    type: article
    provider:
      name: WRAL TechWire
      domain: wraltechwire.com
      images:
        - url: "https://wraltechwire.com/logo.png"
          width: 50
          height: 50
    quality: 91
    images:
      - url: "http://wraltechwire.com/robot.jpg"
        width: 1262
        height: 710
        isCached: true
  - originalUrl: https://www.example.org/a
    title: Plain words, and no more
    provider: 'Harbour Post'
    images: []
    excerpt:
"""
SECURED = 'secured: "SJq3ZYz/woJz; JjaI+=="\n'
TEXT = f"---\n{MINIMUM}{COVERAGE}\n{SECURED}quality: 7\n---\nA *body*.\n"


def found(text: str) -> Found:
    """What a file with this text comes to, before anybody asks for all of it."""
    read = read_fields(text, "seeds/a.md")
    return read_article(NOWHERE / "a.md", "seeds/a.md", read, DESK) if isinstance(read, Fields) else Found(None, (read,))


DESK = Desk(NOWHERE.parent, NOWHERE, SITE, "Europe/London")


def at_once(text: str) -> tuple[Article | None, Sequence[Problem]]:
    """The article and the problems where nothing waits, and libyaml reads all of it."""
    with mock.patch.object(fields, "_read_simply", return_value=None):
        return knock(text)


def assert_same(text: str) -> None:
    """Read late or at once, an article is the same, and so are the problems; what waits is without any."""
    late = knock(text)
    assert repr(late) == repr(at_once(text))
    one = found(text)
    if one.coverage and one.article:
        assert one.article.related == ()
        assert not [problem for problem in one.problems if problem.field.startswith("related")]


def test_the_coverage_of_publishers_waits() -> None:
    """Its lines are kept as they stand in the file, and the article is whole once it is asked for."""
    one = found(TEXT)
    assert one.coverage == COVERAGE
    assert one.article is not None
    assert one.article.related == ()
    article = finish(one.article, one.markdown, NOWHERE / "a.md", DESK, coverage=one.coverage)
    assert [story.title for story in article.related] == ["AI in healthcare: Duke’s “pledge” & Co. – 'signed'", "Plain words, and no more"]
    assert (article.body, article.quality) == ("<p>A <em>body</em>.</p>", 7)
    assert_same(TEXT)


def test_coverage_alone_waits_for_an_article_without_body() -> None:
    """Whatever else there is to do."""
    one = found(TEXT.replace("A *body*.", ""))
    assert one.article is not None
    assert len(finish(one.article, "", NOWHERE / "a.md", DESK, coverage=one.coverage).related) == 2


@pytest.mark.parametrize(
    "lines",
    [
        "related:\n- title: A\n  webUrl: https://example.org/a\n",
        "related:\n    - webUrl: https://example.org/a\n      title: 'A'\n      images:\n      - url: https://example.org/a.png\n",
        "related:\n  - title: \"A\"\n    originalUrl: 'https://example.org/'\n".replace("'", '"'),
        'related:\n  - title: "漢字"\n    webUrl: https://example.org/a\n    publishedDateTime: "2024-12-31T23:59:59+13:00"\n',
    ],
)
def test_other_ways_to_write_it_wait_as_well(lines: str) -> None:
    """Other steps, other quotes, other orders."""
    text = TEXT.replace(COVERAGE, lines)
    assert found(text).coverage == lines
    assert_same(text)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("    title: Plain", "    title: A\n    title: Plain"),
        ("    title: Plain words, and no more\n", ""),
        ("    title: Plain words, and no more\n", "    title:\n"),
        ("    title: Plain words, and no more\n", "    title: null\n"),
        ("    title: Plain words, and no more\n", '    title: "&nbsp;"\n'),
        ("    title: Plain words, and no more\n", '    title: "â€‹"\n'),
        ("    title: Plain words, and no more\n", '    title: "\\u0041"\n'),
        ("    title: Plain words, and no more\n", '    title: "A \u200b"\n'),
        ("    title: Plain words, and no more\n", "    title: A: b\n"),
        ("    title: Plain words, and no more\n", "    title: |\n      A\n"),
        ("    title: Plain words, and no more\n", "    title: &a A\n"),
        ("    title: Plain words, and no more\n", "    title: 1984\n"),
        ("    title: Plain words, and no more\n", "    title: true\n"),
        ("https://www.example.org/a\n", "https://www.example.org/a b\n"),
        ("https://www.example.org/a\n", "/a\n"),
        ("https://www.example.org/a\n", "https://example.org/" + "a" * 4096 + "\n"),
        ("2023-12-15", "2023-02-29"),
        ("2023-12-15T11:37:00Z", "soon"),
        ("2023-12-15T11:37:00Z", '"2023-12-15T11:37:00Z'),
        ("width: 1262", "width: 0"),
        ("width: 1262", "width: 100001"),
        ("http://wraltechwire.com/robot.jpg", "robot.jpg"),
        ("domain: wraltechwire.com", "domain: wral techwire"),
        ("domain: wraltechwire.com", "host: wraltechwire.com"),
        ("quality: 91", "quality: -1"),
        ("quality: 91", "quality: high"),
        ("quality: 91", "quality: 91 # a comment"),
        ("quality: 91", "quality: 91\n\n"),
        ("quality: 91", "  quality: 91"),
        ("quality: 91", "heat: 91"),
        ("related:\n", "related: \n"),
        ("related:\n", 'related: "no"\nrelated:\n'),
        ("related:\n", '"related": no\nrelated:\n'),
        ("quality: 7\n", "quality: 7\nrelated: []\n"),
        ("quality: 7\n", 'quality: 7\n"related": []\n'),
        ("quality: 7\n", "quality: 7\n? related\n: []\n"),
        ("\nsecured", "  - title: &a A\n\nsecured"),
        ("\nsecured", "  key: a\nsecured"),
        ("\nsecured", "more\nsecured"),
        (MINIMUM, "  " + MINIMUM.replace("\n", "\n  ").rstrip(" ")),
        (MINIMUM, MINIMUM + 'excerpt: "over\n'),
        (MINIMUM, MINIMUM + "excerpt: |\n"),
        (MINIMUM, MINIMUM + "excerpt: [a,\n"),
        (MINIMUM, MINIMUM + "- a\n"),
    ],
)
def test_what_is_in_doubt_is_read_at_once(written: str, instead: str) -> None:
    """And what is said of it is said of the right line."""
    text = TEXT.replace(written, instead)
    assert text != TEXT
    assert found(text).coverage == ""
    assert_same(text)


@pytest.mark.parametrize(
    "instead",
    [
        'secured: "a"\nsecured: "b"',
        '"secured": a\nsecured: "b"',
        'secured: "a\nb"',
        'secured: "a\\"b"',
        'secured: "a" b',
        'secured: "é"',
        "secured: *a",
    ],
)
def test_a_token_is_passed_over_only_where_it_is_one(instead: str) -> None:
    """What YAML refuses in it is refused."""
    assert_same(TEXT.replace(SECURED.strip(), instead))


@pytest.mark.parametrize("wrong", ["quality: high", "publishedDateTime: soon", "images: [a.png]"])
def test_a_problem_behind_the_coverage_names_its_own_line(wrong: str) -> None:
    """Though the coverage is not read."""
    text = TEXT.replace("quality: 7", "heat: 7\n" + wrong)
    text = text.replace("publishedDateTime: 2026-11-12T09:30:00Z\n", "") if wrong.startswith("published") else text
    assert_same(text)
    assert_same(f"\n\n{text}")
    assert [problem.line for problem in found(f"\n\n{text}").problems] == [text[: text.index(wrong)].count("\n") + 3]


TITLES = [
    "A title",
    '"A title: & more"',
    "'It is'",
    '"“Quoted”"',
    '"&amp;"',
    '"systemsâ€™"',
    '""',
    "null",
    "a # b",
    "[a]",
    "54",
    '"a\\tb"',
    "true",
]
ADDRESSES = [
    '"https://example.org/a"',
    "http://a.example.org/?b=c%20d&e",
    "/a",
    '"ftp://a.org/"',
    "https://example.org",
    '""',
    "",
    "a b",
    "https://EXAMPLE.org/",
]
MOMENTS = [
    "2026-11-16T08:00:00Z",
    "2024-02-29T08:00:00Z",
    "2026-02-29T08:00:00Z",
    '"2026-12-31T23:59:59-11:30"',
    "2026-11-31T00:00:00Z",
    "soon",
    "",
    "1899-01-01T00:00:00Z",
]
FIELDS = {
    "title": TITLES,
    "webUrl": ADDRESSES,
    "originalUrl": ADDRESSES,
    "ampWebUrl": ADDRESSES,
    "excerpt": TITLES,
    "type": ["article", "video", "null", "true", "", "54"],
    "publishedDateTime": MOMENTS,
    "quality": ["54", "0", "-1", "007", "1e3", "7.5", "", "9" * 10, "'54'"],
    "provider": [
        "A",
        "{}",
        "\n      name: A",
        "\n      name: A\n      domain: a.org",
        "\n      domain: a b",
        "\n      name: B\n      name: C",
        "[a]",
        "",
    ],
    "images": [
        "[]",
        "",
        "\n      - url: https://a.org/a.jpg\n        width: 5\n        height: 4",
        "\n    - url: https://a.org/a.jpg\n    - url: https://a.org/b.jpg\n      isCached: false",
        "\n      - url: a.jpg",
        "\n      - width: 5",
        "\n      - url: https://a.org/a.jpg\n        width: 0",
        "\n      - url: https://a.org/a.jpg\n      width: 5",
    ],
    "secret": ["a", "*b", "&b c"],
}
LIKELY = [("title", TITLES[0]), ("webUrl", ADDRESSES[0])]
PAIRS = st.sampled_from(sorted(FIELDS)).flatmap(
    lambda key: st.tuples(st.just(key), st.one_of(st.just(FIELDS[key][0]), st.sampled_from(FIELDS[key]), st.text(max_size=4)))
)
ITEMS = st.tuples(
    st.sampled_from([[], LIKELY[:1], LIKELY, LIKELY, LIKELY]), st.lists(PAIRS, max_size=5, unique_by=lambda pair: pair[0])
).map(lambda item: [*{**dict(item[0]), **dict(item[1])}.items()])


def lines_of(items: list[list[tuple[str, str]]]) -> str:
    """Items of coverage, as they stand in a file."""
    return "".join(
        f"{'  - ' if place == 0 else '    '}{key}:{value if value.startswith(chr(10)) or not value else ' ' + value}\n"
        for item in items
        for place, (key, value) in enumerate(item)
    )


@settings(max_examples=600, deadline=None)
@given(
    st.lists(ITEMS.flatmap(st.permutations), min_size=1, max_size=3),
    st.sampled_from(["", "\n", "quality: 5\n", "related: []\n", "  - a\n"]),
)
def test_any_coverage_is_the_same_late_or_at_once(items: list[list[tuple[str, str]]], after: str) -> None:
    """Of whatever fields, in whatever order, with whatever behind it."""
    assert_same(f"---\n{MINIMUM}related:\n{lines_of(items)}{after}---\n")


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_slip_in_real_coverage_changes_nothing_unseen(data: st.DataObject) -> None:
    """A character lost, added or put in the place of another, or a line lost, doubled or indented by more."""
    text = TEXT
    for _ in range(data.draw(st.integers(1, 3))):
        if data.draw(st.booleans()):
            place = data.draw(st.integers(4, len(text) - 20))
            slip = data.draw(st.sampled_from([*"\n :-#\"'[]{},&*!|>%@`~_0\\\té\u2028\u200b", "  ", "- ", ": ", "&#32;", "â€™", ""]))
            text = text[:place] + slip + text[place + data.draw(st.integers(0, 2)) :]
        else:
            lines = text.split("\n")
            number = data.draw(st.integers(1, len(lines) - 5))
            lines[number : number + 1] = data.draw(
                st.sampled_from([[], [lines[number]] * 2, [f"  {lines[number]}"], [lines[number][2:]], [lines[number - 1]]])
            )
            text = "\n".join(lines)
    assert_same(text)


def test_what_is_not_set_aside_is_left_as_it_is() -> None:
    """A front matter without coverage, or with none that may wait."""
    for source in ("\ntitle: A\n", "\nrelated:\n", "\nrelated: []\n", "\nrelated:\n  - a\n", "\nrelated:\n-", ""):
        assert set_aside(source) == (source, "")


def test_coverage_waits_in_an_index_and_counts_as_part_of_its_article(tmp_path: Path) -> None:
    """It is there when the article is asked for whole, and another word in it is another article to its editions."""
    window = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    file = tmp_path / "seeds" / "a.md"
    file.parent.mkdir()
    tallies = []
    with Index(tmp_path / "index.db", [file.parent], root=tmp_path, site_url=SITE, zone="UTC") as index:
        for text in (TEXT, TEXT.replace("Duke Health is", "Duke Health was")):
            file.write_text(text, encoding="utf-8")
            index.refresh()
            (outline,) = index.outlines()
            (article,) = read_catalogue([file.parent], root=tmp_path, site_url=SITE, zone="UTC").articles
            assert index.whole(outline) == article
            assert len(article.related) == 2
            tallies.append(index.tally(window))
    assert tallies[0] != tallies[1]
