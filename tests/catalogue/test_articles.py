from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue.articles import LONGEST_EXCERPT, LONGEST_TITLE, identity
from syndicate.model import Provider, Related
from tests.catalogue.door import MINIMUM, fields, good, knock

if TYPE_CHECKING:
    from pathlib import Path

EXPLICIT = "2f6d2f0e-7a3b-4c1d-9e8f-0123456789ab"


def test_a_front_matter_as_publishers_write_it_is_an_article() -> None:
    """Every field that the format has finds its place."""
    article = good(
        """category: news
title: "WHO Offers Recommendations"
excerpt: "New advice."
publishedDateTime: 2023-11-08T18:24:00Z
updatedDateTime: 2023-11-09T00:00:00Z
originalUrl: "https://www.medscape.com/viewarticle/998216"
webUrl: "https://www.medscape.com/viewarticle/998216?web=1"
ampWebUrl: "https://www.medscape.com/amp/998216"
cdnAmpWebUrl: "https://www-medscape-com.cdn.ampproject.org/c/s/998216"
type: video
quality: 54
heat: 94.5
published: false
provider: {name: Medscape, domain: medscape.com, images: [{url: "https://img.medscape.com/logo.png"}]}
topics: [AI in Healthcare, AI]
images: [{url: "http://img.medscape.com/a.jpg", width: 800, height: 450, alt: A ward, isCached: true}]
related:
  - {title: Another, webUrl: "https://inc42.com/a", publishedDateTime: 2023-11-10, provider: inc42, quality: 5, type: video, excerpt: More}
secured: "opaque"
region: [EU]""",
        "Some *text*.",
    )
    assert article.source == "seeds/a.md"
    assert (article.category, article.type, article.title, article.excerpt) == (
        "news",
        "video",
        "WHO Offers Recommendations",
        "New advice.",
    )
    assert article.url == "https://www.medscape.com/viewarticle/998216"
    assert article.canonical_url == "medscape.com/viewarticle/998216"
    assert article.web_url.endswith("?web=1")
    assert article.amp_url.endswith("/amp/998216")
    assert article.cdn_amp_url.endswith("/c/s/998216")
    assert article.published_at == datetime(2023, 11, 8, 18, 24, tzinfo=UTC)
    assert article.updated_at == datetime(2023, 11, 9, tzinfo=UTC)
    assert (article.quality, article.heat, article.published) == (54, 94.5, False)
    assert article.topics == ("AI in Healthcare", "AI")
    assert article.provider is not None
    assert (article.provider.name, article.provider.domain) == ("Medscape", "medscape.com")
    assert [image.url for image in article.provider.images] == ["https://img.medscape.com/logo.png"]
    assert [(image.url, image.width, image.height, image.alt) for image in article.images] == [
        ("https://img.medscape.com/a.jpg", 800, 450, "A ward")
    ]
    day = datetime(2023, 11, 10, tzinfo=UTC)
    assert article.related == (Related("Another", "https://inc42.com/a", day, "More", "video", Provider("inc42"), 5),)
    assert article.body == "<p>Some <em>text</em>.</p>"
    assert article.extra == {"region": ["EU"]}


def test_silence_has_its_defaults() -> None:
    """A title, a date and an address are enough."""
    article = good()
    assert (article.type, article.quality, article.heat, article.published) == ("article", 0, -1, True)
    assert (article.excerpt, article.category, article.body, article.topics, article.images, article.related) == ("", "", "", (), (), ())
    assert article.provider is None
    assert article.updated_at == article.published_at


@pytest.mark.parametrize(
    ("front_matter", "field", "value"),
    [
        ("title: 1984", "title", "1984"),
        ("title: 2026-11-16", "title", "2026-11-16"),
        ("title: 7.5", "title", "7.5"),
        ("title: 007", "title", "007"),
        ("title: no", "title", "no"),
        ("title: ' a\t b '", "title", "a b"),
        ("excerpt: |\n  a\n  b\n", "excerpt", "a b"),
        ("excerpt:", "excerpt", ""),
        ("type:", "type", "article"),
        ("quality: '54'", "quality", 54),
        ("quality: 54.0", "quality", 54),
        ("quality: 54.5", "quality", 54.5),
        ("quality: 1e2", "quality", 100),
        ("heat: 0", "heat", 0),
        ("heat: -1", "heat", -1),
        ("heat: -0.5", "heat", -0.5),
        ("published: yes", "published", True),
        ("published: No", "published", False),
        ("published: 'off'", "published", False),
        ("published: 0", "published", False),
        ("published: FALSE", "published", False),
        ("topics: AI", "topics", ("AI",)),
        ("topics: 'AI, Energy ,, AI'", "topics", ("AI", "Energy")),
        ("topics: [AI, '', ~, 'R&amp;D', 2026]", "topics", ("AI", "R&D", "2026")),
        ("topics:", "topics", ()),
        ("images:", "images", ()),
        ("related: []", "related", ()),
        ("provider:", "provider", None),
        ("provider: {}", "provider", None),
        ("provider: Medscape", "provider", Provider("Medscape")),
        ("provider: {domain: medscape.com}", "provider", Provider("medscape.com", "medscape.com")),
        ("provider: {name: A, domain: 'https://www.example.org/b'}", "provider", Provider("A", "example.org")),
        ("provider: {name: A, domain: WWW.Example.ORG}", "provider", Provider("A", "example.org")),
        ("provider: {name: A, domain: bücher.example}", "provider", Provider("A", "xn--bcher-kva.example")),
        ("originalUrl: /posts/a", "url", "https://news.example.org/posts/a"),
        ("originalUrl:\nwebUrl: https://example.org/w", "url", "https://example.org/w"),
        ("publishedDateTime: 2026-07-16", "published_at", datetime(2026, 7, 15, 23, tzinfo=UTC)),
        ("updatedDateTime: 2001-01-01", "updated_at", datetime(2026, 11, 12, 9, 30, tzinfo=UTC)),
        ("secured: [a]", "extra", {}),
        ("Title: a\nquality_: 1", "extra", {"Title": "a", "quality_": 1}),
    ],
)
def test_a_field_is_read_as_it_is_meant(front_matter: str, field: str, value: object) -> None:
    """The many ways in which publishers write one thing."""
    assert getattr(good(front_matter), field) == value


@pytest.mark.parametrize(
    ("front_matter", "said"),
    [
        ("title: [a]", "seeds/a.md:2: title: must be text, got ['a']; put it in double quotes"),
        ("title: ''", "seeds/a.md:2: title: is empty; give the article a title"),
        ("type: a\nquality: high", "seeds/a.md:3: quality: must be a number, got 'high'"),
        ("heat: -2", "seeds/a.md:2: heat: must be 0 or more, or -1 for none, got -2"),
        ("published: maybe", "seeds/a.md:2: published: must be true or false, got 'maybe'"),
        ("publishedDateTime: 1899-12-31", "seeds/a.md:2: publishedDateTime: must be a date between 1900 and 2999, got 1899-12-31"),
        ("updatedDateTime: soon", "seeds/a.md:2: updatedDateTime: must be a date such as 2026-11-16T08:00:00Z, got 'soon'"),
        ("webUrl: 'ftp://example.org'", "seeds/a.md:2: webUrl: must be an http or https address, got 'ftp://example.org'"),
        ("originalUrl: 5", "seeds/a.md:2: originalUrl: must be an http or https address, got 5"),
        ("provider: [a]", "seeds/a.md:2: provider: must be fields such as 'name: ...', got ['a']"),
        ("provider:\n  name: {a: b}", "seeds/a.md:3: provider.name: must be text, got {'a': 'b'}; put it in double quotes"),
        ("provider:\n  domain: a b", "seeds/a.md:3: provider.domain: must be a host name such as example.org, got 'a b'"),
    ],
)
def test_a_mistake_is_named_with_its_line_its_field_and_the_remedy(front_matter: str, said: str) -> None:
    """An article that lacks what it needs is left out, and its one mistake is told."""
    article, problems = fields(front_matter)
    assert article is None
    assert [problem[: len(said)] for problem in problems] == [said]


def test_every_mistake_is_told_at_once() -> None:
    """Nobody has to mend a file five times."""
    _, problems = fields("title: ''\nquality: high\nheat: x\npublished: y\nprovider: 5")
    assert [problem.split(": ")[1] for problem in problems] == ["title", "quality", "provider", "heat", "published"]


@pytest.mark.parametrize(
    ("front_matter", "said"),
    [
        (
            "images:\n  - url: 'javascript:a'",
            "seeds/a.md:3: images.0.url: must be an http or https address, got 'javascript:a'; the picture",
        ),
        ("images:\n  - https://example.org/a.jpg\n  - width: 5", "seeds/a.md:4: images.1.url: is missing; add it; the picture is left out"),
        ("images:\n  - url: https://example.org/a.jpg\n    width: wide", "seeds/a.md:4: images.0.width: must be a number, got 'wide'; the"),
        (
            "images:\n  - url: https://example.org/a.jpg\n    height: 0",
            "seeds/a.md:4: images.0.height: must be a number of pixels, got 0; the",
        ),
        ("related:\n  - 5", "seeds/a.md:3: related.0: must be fields such as 'name: ...', got 5; this related story is left out"),
        (
            "related:\n  - webUrl: https://example.org/a",
            "seeds/a.md:3: related.0.title: is missing; add it; this related story is left out",
        ),
        ("related:\n  - title: a", "seeds/a.md:3: related.0: has no webUrl; add it; this related story is left out"),
        (
            "related:\n  - title: a\n    quality: b",
            "seeds/a.md:4: related.0.quality: must be a number, got 'b'; this related story is left out",
        ),
    ],
)
def test_one_wrong_picture_or_related_story_is_left_out_alone(front_matter: str, said: str) -> None:
    """What an article can do without does not cost it its place."""
    article, problems = fields(front_matter)
    assert article is not None
    assert article.related == ()
    assert [problem[: len(said)] for problem in problems] == [said]


@pytest.mark.parametrize(("field", "longest"), [("title", LONGEST_TITLE), ("excerpt", LONGEST_EXCERPT)])
def test_what_is_too_long_is_cut_and_told(field: str, longest: int) -> None:
    """At its longest a text is left alone; one letter more, and it ends in an ellipsis."""
    assert len(getattr(good(f"{field}: {'a' * longest}"), field)) == longest
    article, [problem] = fields(f"{field}: {'a' * (longest + 1)}")
    assert getattr(article, field) == "a" * (longest - 1) + "…"
    assert problem == f"seeds/a.md:2: {field}: has {longest + 1:,} characters and is cut; keep it to {longest}"


@pytest.mark.parametrize(
    ("written", "url", "name"),
    [
        ("http://example.org/a.jpg", "https://example.org/a.jpg", None),
        ("//example.org/a.jpg", "https://example.org/a.jpg", None),
        ("a.png", "https://news.example.org/media/seeds/sub/a.png", "sub/a.png"),
        ("./a.png", "https://news.example.org/media/seeds/sub/a.png", "sub/a.png"),
        ("../b c.JPG", "https://news.example.org/media/seeds/b%20c.JPG", "b c.JPG"),
        ("/b c.JPG", "https://news.example.org/media/seeds/b%20c.JPG", "b c.JPG"),
    ],
)
def test_a_picture_lies_elsewhere_or_beside_the_article(written: str, url: str, name: str | None, tmp_path: Path) -> None:
    """An address is taken over https; a path is a file, from the article's folder or, after a `/`, from the articles' folder."""
    seeds = tmp_path / "seeds"
    (seeds / "sub").mkdir(parents=True)
    (seeds / "sub" / "a.png").write_bytes(b"12345")
    (seeds / "b c.JPG").write_bytes(b"123")
    article, problems = knock(f"---\n{MINIMUM}images: ['{written}']\n---\n", seeds, "sub/b.md")
    assert not problems
    assert article is not None
    assert article.image is not None
    assert article.image.url == url
    assert article.image.file == (seeds / name if name else None)
    assert article.image.length == ((seeds / name).stat().st_size if name else None)


def test_a_body_brings_its_pictures_along(tmp_path: Path) -> None:
    """A picture beside the article is an attachment; anything else that is relative is so to the article's own page."""
    (tmp_path / "a.png").write_bytes(b"1")
    (tmp_path / "my café.png").write_bytes(b"1")
    body = "![a](a.png) ![b](<my café.png>) [c](/posts/c) [d](#top) ![e](http://example.org/e.png)"
    article = good("originalUrl: https://blog.example/2026/a", body, tmp_path)
    assert [image.file for image in article.attachments] == [tmp_path / "a.png", tmp_path / "my café.png"]
    assert article.attachments[1].name.endswith("/my café.png")
    assert article.attachments[1].url.endswith("/my%20caf%C3%A9.png")
    assert f'src="https://news.example.org/media/{tmp_path.name}/a.png"' in article.body
    assert 'href="https://blog.example/posts/c"' in article.body
    assert 'href="https://blog.example/2026/a#top"' in article.body
    assert 'src="https://example.org/e.png"' in article.body


def test_a_picture_that_is_missing_from_a_body_is_named(tmp_path: Path) -> None:
    """As one that is missing from the front matter is."""
    article, problems = fields("", "![b](missing.png)", tmp_path)
    assert article
    assert [str(problem) for problem in problems] == [
        "seeds/a.md: body: names no file; add the picture there, or give an https address, got 'missing.png'"
    ]


@pytest.mark.parametrize(
    ("front_matter", "expected"),
    [
        ("draft: true", {"published": False}),
        ("tags: [One, Two]", {"topics": ("One", "Two")}),
        ("description: Short.", {"excerpt": "Short."}),
        ("description: Short.\nexcerpt: Shorter.", {"excerpt": "Shorter."}),
    ],
)
def test_what_site_generators_call_a_field_is_read_too(front_matter: str, expected: dict[str, object]) -> None:
    """Where the field itself is not given; a draft is never taken for anything else."""
    article = good(front_matter)
    assert {name: getattr(article, name) for name in expected} == expected


def test_an_article_without_an_excerpt_has_its_first_words() -> None:
    """A digest would show a bare headline."""
    assert (
        good(body="# Bread\n\n![x](https://example.org/x.png)\n\nAt last it *rose* & cooled.\n\nMore.").excerpt
        == "At last it rose & cooled."
    )


def test_many_mistakes_in_one_file_are_counted() -> None:
    """Twenty are named."""
    _, problems = fields("images: [" + "1, " * 500 + "1]")
    assert (len(problems), str(problems[-1])) == (21, "seeds/a.md: and 481 more")


@pytest.mark.parametrize("explicit", [EXPLICIT, EXPLICIT.upper(), f"urn:uuid:{EXPLICIT}", f"{{{EXPLICIT}}}"])
def test_an_id_that_is_a_uuid_is_kept(explicit: str) -> None:
    """However it is written, it is the same."""
    assert good(f"id: '{explicit}'").id == f"urn:uuid:{EXPLICIT}"


def test_an_id_of_another_kind_is_made_a_uuid() -> None:
    """Any text will do as an `id`; it takes the place of the address."""
    one, other = good("id: story-5\noriginalUrl: https://example.org/1"), good("id: story-5\noriginalUrl: https://example.org/2")
    assert one.id == other.id == identity("story-5", "")
    assert one.id != good("id: story-6").id
    assert UUID(one.id).version == 5


@given(
    title=st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=20),
    days=st.integers(0, 3000),
    name=st.from_regex(r"[a-z]{1,8}\.md", fullmatch=True),
    scheme=st.sampled_from(["http", "https"]),
    www=st.sampled_from(["", "www."]),
    tail=st.sampled_from(["", "/", "?utm_source=x", "/?fbclid=1#top"]),
)
def test_an_article_is_the_same_by_any_other_name(title: str, days: int, name: str, scheme: str, www: str, tail: str) -> None:
    """The id survives a new title, date and file name, another scheme, `www.`, a trailing slash and tracking."""
    day = (datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=days)).date()
    text = f"---\ntitle: 'a {title}'\npublishedDateTime: {day}\noriginalUrl: {scheme}://{www}example.org/a{tail}\n---\n"
    article, problems = knock(text, name=name)
    assert not problems
    assert article is not None
    assert article.id == identity("", "example.org/a") == good().id


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_id_is_the_uuid_of_an_address(text: str) -> None:
    """Version 5, as the standard library makes it."""
    assert identity("", text) == uuid5(NAMESPACE_URL, text).urn
