from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue.articles import finish, read_article
from syndicate.catalogue.conventions import DIALECTS, Conventions
from syndicate.catalogue.desk import Desk
from syndicate.catalogue.fields import Fields
from syndicate.catalogue.index import Index
from syndicate.catalogue.names import CATEGORIES, NAMES
from syndicate.catalogue.reading import read_file
from tests.catalogue.door import assert_sound

if TYPE_CHECKING:
    from syndicate.catalogue.conventions import Dialect
    from syndicate.model import Article

SITE = "https://blog.example.org"
LINES = "Title: Tides\nDate: 2026-11-12 09:30\n"
FENCED = "---\ntitle: Tides\ndate: 2026-11-12T09:30:00Z\n"


@dataclass
class Folder:
    """A folder of articles that another generator would read."""

    root: Path
    conventions: Conventions
    zone: str = "UTC"

    def read(self, name: str, text: str) -> tuple[Article | None, list[str]]:
        """What a file of this name and text comes to."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        desk = Desk(self.root, self.root, "https://news.example.org", self.zone, self.conventions)
        article, problems = read_file(str(path), name, desk)
        return article, [str(problem) for problem in problems]

    def good(self, name: str, text: str) -> Article:
        """The article of a file in which nothing is wrong."""
        article, problems = self.read(name, text)
        assert problems == []
        assert article is not None
        return article


@pytest.fixture
def jekyll(tmp_path: Path) -> Folder:
    """A Jekyll site with its own style of addresses."""
    return Folder(tmp_path, Conventions("jekyll", address=(("*", "/{categories}/{year}/{month}/{day}/{slug}/"),), url=SITE))


@pytest.fixture
def hugo(tmp_path: Path) -> Folder:
    """A Hugo site in which one section has addresses of its own."""
    address = (("*", "/{folders}/{slug}/"), ("news", "/{year}/{slug_or_title}/"))
    return Folder(tmp_path, Conventions("hugo", address=address, url=SITE, language="en"))


@pytest.fixture
def pelican(tmp_path: Path) -> Folder:
    """A Pelican site below a path."""
    return Folder(tmp_path, Conventions("pelican", address=(("*", "/{slug_or_title}.html"),), url=f"{SITE}/blog"), "Europe/Rome")


@pytest.fixture
def eleventy(tmp_path: Path) -> Folder:
    """An Eleventy site."""
    return Folder(tmp_path, Conventions("eleventy", address=(("*", "/{path}/"),), url=SITE))


# Jekyll


def test_a_post_of_jekyll_has_its_date_and_slug_in_its_name(jekyll: Folder) -> None:
    """And its title, where it gives none; an empty front matter is enough."""
    article = jekyll.good("_posts/2026-11-12-tides-and-power.md", "---\n---\nText.")
    assert (article.title, article.url) == ("Tides And Power", f"{SITE}/2026/11/12/tides-and-power/")
    assert f"{article.published_at:%Y-%m-%d %H:%M}" == "2026-11-12 00:00"


def test_a_date_in_the_front_matter_of_jekyll_wins(jekyll: Folder) -> None:
    """The address follows it, in the site's zone."""
    jekyll.zone = "America/Los_Angeles"
    article = jekyll.good("_posts/2026-11-12-tides.md", "---\ntitle: Tides\ndate: 2026-11-12 02:00:00 +0100\n---\n")
    assert f"{article.published_at:%Y-%m-%d %H:%M}" == "2026-11-12 01:00"
    assert article.url == f"{SITE}/2026/11/11/tides/"


@pytest.mark.parametrize("address", ["http://[a", "//[a"])
def test_an_address_that_is_none_is_told_and_stops_nothing(jekyll: Folder, address: str) -> None:
    """`urllib` raises over a bracket that is never closed."""
    wrong = f"_posts/2026-11-12-a.md:3: permalink: must be an http or https address, got '{address}'"
    assert jekyll.read("_posts/2026-11-12-a.md", f"---\ntitle: A\npermalink: '{address}'\n---\n") == (None, [wrong])
    assert jekyll.good("_posts/2026-11-12-b.md", f"---\ntitle: B\nimage: '{address}'\n---\n").images == ()


def test_a_permalink_with_a_lone_brace_is_no_template(jekyll: Folder) -> None:
    """The site's own template is taken in its place."""
    made = jekyll.good("_posts/2026-11-12-a.md", "---\ntitle: A\npermalink: '/a}/:title/'\n---\n")
    assert made.url == f"{SITE}/2026/11/12/a/"


def test_tags_and_categories_of_jekyll_are_topics(jekyll: Folder) -> None:
    """Told apart by blanks, in texts; the first category is the article's, and folders above `_posts` stand in addresses alone."""
    article = jekyll.good("en/_posts/2026-11-12-tides.md", "---\ntags: sea Moon\ncategories: [Energy, Sea]\n---\n")
    assert article.topics == ("sea", "Moon", "Energy")
    assert article.category == "Energy"
    assert article.url == f"{SITE}/en/energy/sea/2026/11/12/tides/"


@pytest.mark.parametrize("name, fields", [("_drafts/tides.md", "date: 2026-11-12"), ("_posts/2026-11-12-t.md", "published: false")])  # noqa: PT006
def test_drafts_of_jekyll_are_never_published(jekyll: Folder, name: str, fields: str) -> None:
    """By their folder, or by their word."""
    assert not jekyll.good(name, f"---\n{fields}\n---\n").published


@pytest.mark.parametrize("name", ["_posts/notes.md", "_posts/2026-11-12-data.txt"])
def test_what_jekyll_does_not_take_for_a_post_is_passed_over(jekyll: Folder, name: str) -> None:
    """A name without a date, a text that is no Markdown: without a word."""
    assert jekyll.read(name, FENCED + "---\n") == (None, [])


def test_a_file_without_front_matter_is_passed_over(jekyll: Folder) -> None:
    """Jekyll copies it as it is."""
    assert jekyll.read("_posts/2026-11-12-tides.md", "Text.") == (None, [])


@pytest.mark.parametrize(
    ("permalink", "address"),
    [
        ("/about/tides/", "/about/tides/"),
        ("/:year/:title.html", "/2026/tides.html"),
        ("pretty", "/2026/11/12/tides/"),
        ("none", "/tides.html"),
        ("/{{ page.x }}/", "/2026/11/12/tides/"),
        ("https://elsewhere.example.org/a", "https://elsewhere.example.org/a"),
    ],
)
def test_a_permalink_is_the_address(jekyll: Folder, permalink: str, address: str) -> None:
    """As it stands, or filled in; one that only a template could tell is made as all others are."""
    article = jekyll.good("_posts/2026-11-12-tides.md", f'---\npermalink: "{permalink}"\n---\n')
    assert article.url == (address if "://" in address else SITE + address)


# Hugo


def test_a_page_of_hugo_may_be_toml(hugo: Folder) -> None:
    """With its taxonomies, its date as written, and a slug that is its title."""
    text = '+++\nTitle = "On Tides"\ndate = 2026-01-01T00:30:00+09:00\ntags = ["Go", "go"]\ncategories = ["Sea"]\n+++\nText.'
    article = hugo.good("news/2026-tides.md", text)
    assert (article.title, article.topics, article.category) == ("On Tides", ("Go", "Sea"), "Sea")
    assert article.url == f"{SITE}/2026/on-tides/"
    assert f"{article.published_at:%Y-%m-%d}" == "2025-12-31"


def test_a_bundle_of_hugo_is_one_article(hugo: Folder) -> None:
    """Its folder is its name, and pictures beside it are below its address."""
    article = hugo.good(
        "post/Tidal Power/index.md", f"{FENCED}cover: {{image: cover.png, alt: A wall}}\n---\n![Sea](sea.png) ![Site](/img/site.png)"
    )
    assert article.url == f"{SITE}/post/tidal-power/"
    assert [(image.url, image.alt) for image in article.images] == [(f"{SITE}/post/tidal-power/cover.png", "A wall")]
    assert f'src="{SITE}/post/tidal-power/sea.png"' in article.body
    assert f'src="{SITE}/img/site.png"' in article.body


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("post/_index.md", "date: 2026-11-12"),
        ("about.md", "weight: 3"),
        ("post/tides.fr.md", "date: 2026-11-12"),
        ("post/a.md", "date: 2026-11-12\nbuild: {render: never}"),
    ],
)
def test_what_is_no_article_of_hugos_is_passed_over(hugo: Folder, name: str, fields: str) -> None:
    """Sections, pages without a date, other languages, what is not rendered."""
    assert hugo.read(name, f"---\ntitle: A\n{fields}\n---\n") == (None, [])


@pytest.mark.parametrize("name", ["node.js", "asp.net", "v1.0.rc"])
def test_not_all_that_stands_behind_a_dot_is_a_language(hugo: Folder, name: str) -> None:
    """An article on `node.js` is one in the language of the site."""
    assert hugo.good(f"post/{name}.md", f"{FENCED}---\n").url == f"{SITE}/post/{name}/"


@pytest.mark.parametrize("fields", ["draft: true", "build: {list: never}", "_build: {list: false}"])
def test_drafts_of_hugo_are_never_published(hugo: Folder, fields: str) -> None:
    """Nor what is in no list."""
    assert not hugo.good("post/a.md", f"{FENCED}{fields}\n---\n").published


def test_dates_of_hugo_have_several_names(hugo: Folder) -> None:
    """It is published when `publishDate` says so, and its address follows `date`."""
    article = hugo.good("news/a.md", "---\ntitle: A\ndate: 2025-11-12\npublishDate: 2026-11-12\nlastmod: 2026-11-13\n---\n")
    assert (article.published_at.year, article.updated_at.day, article.url) == (2026, 13, f"{SITE}/2025/a/")


# Pelican


def test_an_article_of_pelican_begins_with_lines(pelican: Folder) -> None:
    """Its category is the folder it lies in, where it names none."""
    text = f"{LINES}Modified: 2026-11-13\nTags: sea, power\nSummary: In short: tides.\nSlug: the-tides\n\nText ![x]({{static}}/img/x.png) [y]({{filename}}/y.md)."
    article = pelican.good("energy/tides.md", text)
    assert (article.title, article.topics, article.category) == ("Tides", ("sea", "power"), "energy")
    assert (article.excerpt, article.updated_at.day) == ("In short: tides.", 12)
    assert f"{article.published_at:%H:%M}" == "08:30"
    assert article.url == f"{SITE}/blog/the-tides.html"
    assert f'src="{SITE}/blog/img/x.png"' in article.body
    assert "<a>y</a>" in article.body


@pytest.mark.parametrize("status", ["draft", "hidden", "Draft", "skip"])
def test_drafts_of_pelican_are_never_published(pelican: Folder, status: str) -> None:
    """Nor what is hidden."""
    assert not pelican.good("a.md", f"{LINES}Status: {status}\n\nText").published


def test_pages_of_pelican_are_no_articles(pelican: Folder) -> None:
    """They lie in their folder; an article without a date is a mistake there, too."""
    assert pelican.read("pages/about.md", "Title: About\n\nText") == (None, [])
    assert pelican.read("a.md", "Title: A\n\nText") == (None, ["a.md:1: publishedDateTime: is missing; add it"])


# Eleventy


def test_a_page_of_eleventy_is_where_its_path_says(eleventy: Folder) -> None:
    """Without the date in its name, which is its date."""
    article = eleventy.good("blog/2026-11-12-tides.md", "---\ntitle: Tides\ntags: [posts, Sea]\nlayout: x.njk\n---\n")
    assert (article.url, article.topics, article.published_at.day) == (f"{SITE}/blog/tides/", ("Sea",), 12)
    assert eleventy.good("blog/waves/waves.md", FENCED + "---\n").url == f"{SITE}/blog/waves/"


@pytest.mark.parametrize("fields", ["permalink: false", "eleventyExcludeFromCollections: true", "draft: true"])
def test_what_eleventy_keeps_to_itself_is_never_published(eleventy: Folder, fields: str) -> None:
    """Not written, in no collection, or a draft."""
    assert not eleventy.good("a.md", f"{FENCED}{fields}\n---\n").published


def test_a_date_that_only_files_know_is_none(eleventy: Folder) -> None:
    """It would be another on each machine."""
    article, problems = eleventy.read("a.md", "---\ntitle: A\ndate: Last Modified\n---\n")
    assert article is None
    assert problems == ["a.md:3: date: must be a date such as 2026-11-16T08:00:00Z, got 'Last Modified'"]


# All of them


@pytest.mark.parametrize(
    ("field", "url"),
    [
        ("image: /img/a.png", "/img/a.png"),
        ("image: img/a.png", "/img/a.png"),
        ("cover: https://cdn.example.org/a.png", "https://cdn.example.org/a.png"),
        ("featured_image: /a.png", "/a.png"),
        ("thumbnail: /a.png", "/a.png"),
        ("image: {path: /a.png, alt: x}", "/a.png"),
        ("images: [/a.png]", "/a.png"),
        ("header: {teaser: /a.png}", "/a.png"),
    ],
)
def test_a_picture_is_an_address_on_the_site(jekyll: Folder, field: str, url: str) -> None:
    """Whatever its field is called; none is looked for beside the article."""
    article = jekyll.good("_posts/2026-11-12-a.md", f"---\n{field}\n---\n")
    assert [image.url for image in article.images] == [url if "://" in url else SITE + url]
    assert article.images[0].file is None


@pytest.mark.parametrize("field", ["image: ''", "image: '{{ site.logo }}'", "images: []", "cover: {alt: x}", "image: false"])
def test_a_picture_that_is_none_is_no_mistake(jekyll: Folder, field: str) -> None:
    """Themes leave such fields behind."""
    assert jekyll.good("_posts/2026-11-12-a.md", f"---\n{field}\n---\n").images == ()


@pytest.mark.parametrize(
    "field", ["id: 7", "type: post", "related: true", "provider: x", "author: Ann", "aliases: [/b/]", "layout: post", "series: 3"]
)
def test_fields_that_mean_something_else_there_are_no_mistake(hugo: Folder, field: str) -> None:
    """They are left alone."""
    article = hugo.good("post/a.md", f"{FENCED}{field}\n---\n")
    assert (article.type, article.related, article.provider) == ("article", (), None)


def test_fields_of_ours_are_read_there_too(hugo: Folder) -> None:
    """So that a site that has moved in can rate its articles."""
    article = hugo.good("post/a.md", f"{FENCED}quality: 70\nheat: 9\noriginalUrl: https://example.org/a\n---\n")
    assert (article.quality, article.heat, article.url) == (70, 9, "https://example.org/a")


def test_a_mistake_is_told_by_the_name_in_the_file(hugo: Folder) -> None:
    """With its line, whatever the notation."""
    _, problems = hugo.read("post/a.md", '+++\ntitle = "A"\n\nDate = "soon"\n+++\n')
    assert problems == ["post/a.md:4: Date: must be a date such as 2026-11-16T08:00:00Z, got 'soon'"]


# By hand


def test_fields_may_have_other_names(tmp_path: Path) -> None:
    """One name or several, also inside a mapping; what is mapped wins over the field itself, and topics are put together."""
    fields = (("images", ("cover.image",)), ("published", ("visible",)), ("quality", ("rating",)), ("topics", ("tags", "series")))
    folder = Folder(tmp_path, Conventions(fields=fields))
    matter = "quality: 3\nrating: 70\ntags: [Sea]\nseries: Power\nvisible: false\ncover: {image: 'https://example.org/a.png'}\nlink: https://example.org/a"
    article = folder.good("a.md", f"{FENCED}{matter}\n---\n")
    assert (article.quality, article.topics, article.published) == (70, ("Sea", "Power"), False)
    assert article.images[0].url == "https://example.org/a.png"
    _, problems = folder.read("b.md", f"{FENCED}{matter.replace('70', 'high')}\n---\n")
    assert problems == ["b.md:5: rating: must be a number, got 'high'"]


def test_an_address_is_made_where_a_file_names_none(tmp_path: Path) -> None:
    """Of the site's address; the identity follows from it."""
    folder = Folder(tmp_path, Conventions(address=(("*", "/{year}/{slug}/"),)))
    made = folder.good("sea/Tides.md", FENCED + "---\n")
    assert made.url == "https://news.example.org/2026/tides/"
    assert made.id == folder.good("b.md", f"{FENCED}link: https://news.example.org/2026/tides/\n---\n").id
    assert folder.good("c.md", f"{FENCED}slug: Waves\n---\n").url == "https://news.example.org/2026/waves/"


UNTIDY = st.sampled_from(["http://[a", "//[a", "/:title}/", "/{slug", "{{ x", "{% if", "|static|[", "x:[y", "a:b"])
SCALARS = UNTIDY | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates() | st.datetimes()
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["url", "image", "path", "list", "name", "title"]), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = sorted(
    {*NAMES["hugo"], *(name for names in NAMES["hugo"].values() for name in names), *CATEGORIES, "status", "build", "id", "type", "related"}
)
FILES = ["a/node.js.md", "_posts/2026-11-12-a.md", "_drafts/a.md", "post/index.md", "a/a.md", "9999-99-99-x.md", "a.fr.md"]


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6), st.sampled_from(DIALECTS), st.sampled_from(FILES), st.text(max_size=80))
def test_whatever_a_file_says_it_is_sound_or_passed_over(said: dict[str, object], dialect: Dialect, name: str, body: str) -> None:
    """Nothing raises, and what comes out is clean, whoever wrote it."""
    root = Path("/nowhere")
    fields = (("images", ("cover.image",)), ("topics", ("tags", "build")))
    conventions = Conventions(dialect, fields, (("*", "/{year}/{categories}/{path}/{title}/"),), SITE)
    desk = Desk(root, root, SITE, "UTC", conventions)
    found = read_article(root / name, name, Fields({"title": "A", **said}, body, "---\n---\n"), desk)
    if found.article or found.problems or dialect == "plain":
        assert_sound(found.article and finish(found.article, found.markdown, root / name, desk), found.problems)


# The index


def test_the_index_reads_anew_when_conventions_change(tmp_path: Path) -> None:
    """They are part of what it was made for; what was read by others is not trusted."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.md").write_text(f"{FENCED}rating: 70\n---\n")

    def qualities(conventions: Conventions) -> list[tuple[str, float]]:
        with Index(tmp_path / "index.db", [tmp_path / "seeds"], root=tmp_path, site_url=SITE, zone="UTC", conventions=conventions) as index:
            index.refresh()
            return [(outline.url, index.whole(outline).quality) for outline in index.outlines()]

    address = (("*", "/{slug}/"),)
    assert qualities(Conventions()) == []
    assert qualities(Conventions(address=address)) == [(f"{SITE}/a/", 0)]
    assert qualities(Conventions(address=address, fields=(("quality", ("rating",)),))) == [(f"{SITE}/a/", 70)]
    assert qualities(Conventions("hugo", address=(("*", "/p/{slug}/"),))) == [(f"{SITE}/p/a/", 0)]


def test_a_foreign_body_is_rendered_when_it_is_asked_for(tmp_path: Path) -> None:
    """Pictures in it are looked for nowhere, so nothing has to be rendered first."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.md").write_text(f"{FENCED}---\n![x](x.png) {{{{< tag >}}}}\n")
    conventions = Conventions("hugo", address=(("*", "/{slug}/"),), url=SITE)
    with Index(tmp_path / "index.db", [tmp_path / "seeds"], root=tmp_path, site_url=SITE, zone="UTC", conventions=conventions) as index:
        index.refresh()
        [outline] = index.outlines()
        assert index.whole(outline).body == f'<p><img src="{SITE}/a/x.png" alt="x"></p>'
