from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from syndicate.config import SCHEMA, SCHEMA_LINE, load_settings
from syndicate.errors import ConfigurationError
from syndicate.publishing import read_catalogue
from syndicate.publishing.moving import GENERATORS, NOWHERE, look_around, recognise
from syndicate.publishing.moving.eleventy import of_eleventy
from syndicate.publishing.moving.values import read_assignments
from syndicate.publishing.moving.writing import topics_of
from syndicate.publishing.workspace import move_in
from tests.vocabulary import article

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings

POST = "---\ntitle: {}\ndate: 2026-11-{:02}\ntags: [Sea, {}]\n---\nText.\n"

SITES: dict[str, dict[str, str]] = {
    "jekyll": {
        "_config.yml": "title: Tides\nurl: https://tides.example.org\nbaseurl: /blog\ntimezone: Europe/London\nlang: en_GB\n"
        "permalink: pretty\nauthor: {name: Ann, email: ann@example.org}\ndescription: About <b>tides</b>.\n",
        "_layouts/x.html": "",
        "_posts/2026-11-{:02}-a.md": POST,
    },
    "hugo": {
        "hugo.toml": 'baseURL = "https://tides.example.org/blog/"\ntitle = "Tides"\nlanguageCode = "en-GB"\ntimeZone = "Europe/London"\n'
        '[permalinks]\npost = "/:year/:slug/"\n[params]\ndescription = "About tides."\n[params.author]\nname = "Ann"\nemail = "ann@example.org"\n',
        "content/post/a{:02}.md": POST,
        "content/docs/b.md": "---\ntitle: B\n---\n",
        "content/about.md": "---\ntitle: About\n---\n",
    },
    "pelican": {
        "pelicanconf.py": "import os\nSITENAME = 'Tides'\nSITEURL = ''\nPATH = 'content'\nTIMEZONE = 'Europe/London'\nDEFAULT_LANG = 'en-GB'\n"
        "ARTICLE_URL = '{date:%Y}/{slug}/'\nSITESUBTITLE = 'About tides.'\nEMAIL = 'ann@example.org'\nX = os.environ['X']\n",
        "publishconf.py": "from pelicanconf import *\nSITEURL = 'https://tides.example.org/blog'\n",
        "content/a{:02}.md": "Title: {}\nDate: 2026-11-{:02}\nTags: Sea, {}\n\nText.\n",
        "content/pages/about.md": "Title: About\n\nText.\n",
        "content/old.rst": "Old\n===\n",
    },
    "eleventy": {
        ".eleventy.js": "module.exports = (c) => {\n  // input: 'no'\n  return { dir: { input: 'src', output: '_site' } };\n};\n",
        "package.json": '{"devDependencies": {"@11ty/eleventy": "3"}}',
        "src/_data/site.json": '{"title": "Tides", "url": "https://tides.example.org/blog", "language": "en-GB", "description": "About tides.",'
        ' "author": {"name": "Ann", "email": "ann@example.org"}}',
        "src/posts/posts.11tydata.js": "module.exports = { permalink: '/p/{{ page.fileSlug }}/', tags: ['posts'] };\n",
        "src/posts/2026-11-{:02}-a.md": POST,
        "src/about.md": "---\ntitle: About\n---\n",
    },
}
"""A small site of each; a name with a number in it stands for four articles."""

ADDRESSES = {
    "jekyll": "https://tides.example.org/blog/2026/11/01/a/",
    "hugo": "https://tides.example.org/blog/2026/number-1/",
    "pelican": "https://tides.example.org/blog/2026/number-1/",
    "eleventy": "https://tides.example.org/blog/p/a/",
}


def make_site(folder: Path, generator: str, **more: str) -> Path:
    """Write the files of a site."""
    for name, text in (SITES[generator] | more).items():
        for day in range(1, 5) if "{:02}" in name else [0]:
            path = folder / name.format(day)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(f"Number {day}", day, "Power" if day > 1 else "Moon") if day else text)
    return folder


def moved(folder: Path, site: Path, generator: Any) -> Settings:
    """The settings of a workspace into which a site has moved."""
    folder.mkdir(exist_ok=True)
    move_in(folder, site, generator)
    return load_settings(folder / "syndicate.toml")


@pytest.mark.parametrize("generator", SITES)
def test_a_site_is_recognised(tmp_path: Path, generator: str) -> None:
    """By its own files; an empty folder is nobody's."""
    assert recognise(tmp_path) is None
    assert recognise(make_site(tmp_path, generator)) == generator


def test_a_site_of_jekyll_is_recognised_by_posts_wherever_they_lie(tmp_path: Path) -> None:
    """Its layouts may be a package's, and its posts may lie by section; a `_config.yml` alone is many a program's."""
    (tmp_path / "_config.yml").write_text("title: Tides\n")
    assert recognise(tmp_path) is None
    (tmp_path / "news" / "_posts").mkdir(parents=True)
    assert recognise(tmp_path) == "jekyll"


@pytest.mark.parametrize("generator", SITES)
def test_a_site_moves_in_with_all_it_says(tmp_path: Path, generator: str) -> None:
    """The configuration is written, and it is in order: the site's words, its articles, their addresses, its topics."""
    before = {path: path.read_bytes() for path in make_site(tmp_path, generator).rglob("*") if path.is_file()}
    settings = moved(tmp_path, tmp_path, generator)
    site = settings.site
    assert (site.title, site.url, site.language, site.description) == (
        "Tides",
        "https://tides.example.org/blog/syndicate",
        "en-GB",
        "About tides.",
    )
    assert site.timezone == ("UTC" if generator == "eleventy" else "Europe/London")
    assert settings.articles.url == "https://tides.example.org/blog"
    assert settings.digests[0].sender == "Tides <ann@example.org>"
    assert [feed.slug for feed in settings.feeds] == ["everything", "power"]
    catalogue = read_catalogue(settings)
    assert catalogue.problems == ()
    assert len(catalogue) == 4
    assert ADDRESSES[generator] in {each.url for each in catalogue.articles}
    own = {tmp_path / "syndicate.toml", tmp_path / SCHEMA}
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path not in own} == before
    assert SCHEMA_LINE in (tmp_path / "syndicate.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("generator", SITES)
def test_a_workspace_may_lie_beside_the_site(tmp_path: Path, generator: str) -> None:
    """What is read is the same, and the site's folder stays as it is."""
    site = make_site(tmp_path / "site", generator)
    settings = moved(tmp_path / "paper", site, generator)
    assert ADDRESSES[generator] in {each.url for each in read_catalogue(settings).articles}
    assert not (site / "syndicate.toml").exists()


@pytest.mark.parametrize("generator", GENERATORS)
def test_what_cannot_be_known_is_said(tmp_path: Path, generator: str) -> None:
    """A site of which nothing is known still has a configuration that can be read, with a remedy at each gap."""
    settings = moved(tmp_path, tmp_path, generator)
    text = (tmp_path / "syndicate.toml").read_text()
    assert settings.site.url == settings.articles.url == NOWHERE
    assert text.count("not found: ") >= 4
    assert settings.articles.folder != []


def test_topics_with_feeds_are_those_of_most_articles() -> None:
    """At least three, not all; spelled as most of them spell it."""
    topics = [("Go", "sea"), ("go", "Sea"), ("Go", "Sea"), ("rare", "Sea")]
    held = type("Held", (), {"articles": tuple(article(str(place), topics=each) for place, each in enumerate(topics))})
    assert topics_of(held) == ["Go"]  # type: ignore[arg-type]  # all that is asked for are its articles


@pytest.mark.parametrize("name", ["out/index.html", "templates/digest.html"])
def test_what_would_meet_with_ours_is_refused(tmp_path: Path, name: str) -> None:
    """A folder of output or a template of the site's own; the remedy is another folder."""
    site = make_site(tmp_path, "jekyll", **{name: "theirs"})
    with pytest.raises(ConfigurationError, match="is not ours; make the workspace in another folder: syndicate init FOLDER --site"):
        move_in(site, site, "jekyll")
    assert not (site / "syndicate.toml").exists()


def test_templates_of_the_sites_own_names_are_no_matter(tmp_path: Path) -> None:
    """None of them would be taken for ours."""
    site = make_site(tmp_path, "eleventy", **{"templates/post.njk": "theirs"})
    assert moved(site, site, "eleventy").site.title == "Tides"


# Jekyll


def test_posts_in_the_language_of_the_site_are_taken(tmp_path: Path) -> None:
    """Where each language has a folder; the others are named."""
    site = make_site(tmp_path, "jekyll", **{f"{lang}/news/_posts/2026-11-01-a.md": "---\n---\n" for lang in ("en", "de", "fr")})
    (site / "_config.yml").write_text("lang: de\n")
    arrival = look_around(site, "jekyll")
    assert arrival.survey.folders == ("_posts", "de/news/_posts")
    assert "folders of posts in other languages are left alone: 2, such as en/news/_posts" in arrival.survey.notes[0]


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ("", "/{categories}/{year}/{month}/{day}/{slug}.html"),
        ("permalink: none", "/{categories}/{slug}.html"),
        ("collections: {posts: {permalink: '/:collection/:title/'}}", "/posts/{slug}/"),
        ("defaults: [{scope: {path: '', type: posts}, values: {permalink: '/p/:title/'}}]", "/p/{slug}/"),
        ("defaults: [{scope: {path: [a]}, values: {permalink: '/p/:title/'}}, 5, {scope: 5}]", "/p/{slug}/"),
        ("defaults: 5\npermalink: none", "/{categories}/{slug}.html"),
        ("permalink: /:w_year/:title/", "/{categories}/{year}/{month}/{day}/{slug}.html"),
    ],
)
def test_permalinks_of_jekyll_stand_in_several_places(tmp_path: Path, settings: str, address: str) -> None:
    """The collection's own, a default's, the site's; of one that cannot be told there is a note."""
    make_site(tmp_path, "jekyll")
    (tmp_path / "_config.yml").write_text(settings)
    survey = look_around(tmp_path, "jekyll").survey
    assert survey.address == (("*", address),)
    assert any("w_year" in note for note in survey.notes) == ("w_year" in settings)


@pytest.mark.parametrize(
    ("files", "url"),
    [
        ({"CNAME": "tides.example.org\n"}, "https://tides.example.org"),
        ({"_config.yml": "repository: ann/ann.github.io\n"}, "https://ann.github.io"),
        ({"_config.yml": "url: http://localhost:4000\n"}, ""),
        ({"_config.yml": "url: nonsense\n"}, ""),
    ],
)
def test_the_address_of_a_jekyll_site_may_be_githubs(tmp_path: Path, files: dict[str, str], url: str) -> None:
    """Else it is left open."""
    make_site(tmp_path, "jekyll", **({"_config.yml": ""} | files))
    assert look_around(tmp_path, "jekyll").survey.url == url


def test_a_configuration_that_cannot_be_read_leaves_gaps(tmp_path: Path) -> None:
    """And says so; what could be harmful in it is not run."""
    make_site(tmp_path, "jekyll", **{"_config.yml": "title: !ruby/object:X {}\n"})
    survey = look_around(tmp_path, "jekyll").survey
    assert survey.title == ""
    assert "_config.yml: cannot be read" in survey.notes[0]


# Hugo


def test_a_hugo_site_may_be_configured_in_a_folder(tmp_path: Path) -> None:
    """One file for each table, one language among several, and addresses that end in .html for one section."""
    files = {
        "config/_default/hugo.yaml": "baseURL: https://tides.example.org\ndefaultContentLanguage: de\ndefaultContentLanguageInSubdir: true\nuglyURLs: {post: true}\n",
        "config/_default/languages.de.toml": 'title = "Gezeiten"\ncontentDir = "content/de"\nlocale = "de-DE"\n',
        "config/_default/permalinks.toml": '[page]\npost = "/:year/:slug/"\n',
        "content/de/post/a.md": POST.format("A", 1, "B"),
        "content/de/blog/b.md": POST.format("B", 1, "B"),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert recognise(tmp_path) == "hugo"
    survey = look_around(tmp_path, "hugo").survey
    assert (survey.title, survey.language, survey.base) == ("Gezeiten", "de-DE", "content/de")
    assert survey.folders == ("content/de/blog", "content/de/post")
    assert dict(survey.address) == {"*": "/de/{folders}/{slug}/", "post": "/de/{year}/{slug_or_title}.html"}
    settings = moved(tmp_path, tmp_path, "hugo")
    assert {each.url for each in read_catalogue(settings).articles} == {
        "https://tides.example.org/de/2026/a.html",
        "https://tides.example.org/de/blog/b/",
    }


def test_sections_that_a_hugo_site_calls_its_main_ones_are_taken(tmp_path: Path) -> None:
    """Whatever lies in the others."""
    site = make_site(tmp_path, "hugo", **{"content/news/a.md": POST.format("A", 1, "B")})
    assert look_around(site, "hugo").survey.folders == ("content/news", "content/post")
    (site / "hugo.toml").write_text('baseURL = "https://x.example"\n[params]\nmainSections = ["news"]\n')
    assert look_around(site, "hugo").survey.folders == ("content/news",)


# Pelican


def test_python_is_parsed_and_never_run(tmp_path: Path) -> None:
    """Only what is written out counts."""
    (tmp_path / "conf.py").write_text(
        f"import os\nos.mkdir({str(tmp_path / 'made')!r})\nA = 'a'\nB = A + 'b'\nC: list[str] = ['c']\nD, E = 1, 2\n"
    )
    assert read_assignments(tmp_path / "conf.py") == ({"A": "a", "C": ["c"]}, "")
    assert not (tmp_path / "made").exists()
    (tmp_path / "conf.py").write_text("print 'old'\n")
    assert "is not Python" in read_assignments(tmp_path / "conf.py")[1]
    (tmp_path / "conf.py").write_text("A = " + "-" * 100_000 + "1\n")
    assert read_assignments(tmp_path / "conf.py")[0] == {}


def test_files_that_are_no_markdown_are_counted(tmp_path: Path) -> None:
    """So that nobody wonders where they are."""
    survey = look_around(make_site(tmp_path, "pelican"), "pelican").survey
    assert "files that are not Markdown (.rst, .html, .ipynb) are left alone: 1" in survey.notes


# Eleventy


@pytest.mark.parametrize(
    ("permalink", "template"),
    [
        ("/blog/{{ page.fileSlug }}/index.html", "/blog/{name}/"),
        ("/blog/{{ title | slugify }}/", "/blog/{title}/"),
        ("/{{ page.date | date: '%Y/%m/%d' }}/{{ page.fileSlug }}/", "/{year}/{month}/{day}/{name}/"),
        ("blog/${ page.fileSlug }/", "/blog/{name}/"),
        ("/{{ whatever }}/", None),
        ("/{% if page %}p{% endif %}/{{ page.fileSlug }}/", None),
        ("/a}/{{ page.fileSlug }}/", None),
        ("/fixed/", None),
    ],
)
def test_permalinks_of_eleventy_are_templates(permalink: str, template: str | None) -> None:
    """Where they say what is known here."""
    assert of_eleventy(permalink) == template


@pytest.mark.parametrize(
    "script",
    [
        "export default { permalink: function({page}) {\n\t\treturn `/p/${ page.fileSlug }/`\n\t} }",
        "module.exports = { permalink: (data) => `/p/${data.page.fileSlug}/` }",
        'module.exports = { "permalink": "/p/{{ page.fileSlug }}/" }',
    ],
)
def test_a_permalink_is_found_in_a_script(tmp_path: Path, script: str) -> None:
    """Without running it."""
    site = make_site(tmp_path, "eleventy", **{"src/posts/posts.11tydata.js": script})
    assert look_around(site, "eleventy").survey.address == (("*", "/p/{name}/"),)


def test_data_in_a_script_are_read_as_far_as_they_are_written_out(tmp_path: Path) -> None:
    """Comments are none of them."""
    site = make_site(tmp_path, "eleventy")
    (site / "src/_data/site.json").unlink()
    script = '// title: "No"\nexport default {\n  title: "Tides",\n  url: process.env.URL || "https://tides.example.org",\n  author: { name: "Ann" },\n}\n'
    (site / "src/_data/metadata.js").write_text(script)
    survey = look_around(site, "eleventy").survey
    assert (survey.title, survey.author) == ("Tides", "Ann")


def test_what_is_written_can_be_read_whatever_a_site_says(tmp_path: Path) -> None:
    """Quotes, controls, and words that are no TOML."""
    title = "A \"quoted\" 'site' \\ with # and \u007f and \ud83d and é\n[site]"
    make_site(
        tmp_path,
        "eleventy",
        **{"src/_data/site.json": json.dumps({"title": title, "url": "https://x.example", "language": "??"})},
    )
    settings = moved(tmp_path, tmp_path, "eleventy")
    assert settings.site.title.startswith("A \"quoted\" 'site' \\ with # and")
    assert settings.site.language == "en"
    assert "the language that the site gives cannot be used" in (tmp_path / "syndicate.toml").read_text()
    assert tomllib.loads((tmp_path / "syndicate.toml").read_text())["articles"]["dialect"] == "eleventy"


@pytest.mark.parametrize("email", ["ann at example.org", "a<b@example.org", "ann@example", "Ann <ann@example.org>", "ann@\u00e9.org"])
def test_an_address_that_is_written_so_as_not_to_be_found_is_not_taken(tmp_path: Path, email: str) -> None:
    """What is guessed in its place is in order, and says that it is a guess."""
    told = json.dumps({"title": "Tides", "url": "https://x.example", "author": {"email": email}})
    make_site(tmp_path, "eleventy", **{"src/_data/site.json": told})
    assert moved(tmp_path, tmp_path, "eleventy").digests[0].sender == "Tides <news@x.example>"
    assert "a guess" in (tmp_path / "syndicate.toml").read_text(encoding="utf-8")


def test_folders_of_others_are_not_searched(tmp_path: Path) -> None:
    """Nor is one looked into twice, or by a link."""
    site = make_site(
        tmp_path, "jekyll", **{"vendor/bundle/x/_posts/2026-11-01-a.md": "---\n---\n", "_site/_posts/2026-11-01-a.md": "---\n---\n"}
    )
    (site / "more").symlink_to(site / "_posts")
    assert look_around(site, "jekyll").survey.folders == ("_posts",)
