from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from syndicate.catalogue import Catalogue, read_catalogue
from syndicate.catalogue.files import LARGEST
from syndicate.catalogue.reading import read_bytes
from syndicate.errors import Problem
from syndicate.model import Article
from syndicate.windows import Window
from tests.catalogue.door import MINIMUM, assert_sound, knock, knock_with
from tests.vocabulary import article, write_article

if TYPE_CHECKING:
    from random import Random

SEEDS = Path(__file__).parents[2] / "seeds"
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates(), st.datetimes())
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3), max_leaves=8
)
KEYS = st.sampled_from(
    [
        "title",
        "excerpt",
        "publishedDateTime",
        "updatedDateTime",
        "originalUrl",
        "webUrl",
        "type",
        "quality",
        "heat",
        "published",
        "id",
        "provider",
        "topics",
        "images",
        "related",
        "category",
        "ampWebUrl",
        "secured",
        "original_url",
        "model_config",
        "extra",
    ]
)
STORY = st.dictionaries(st.sampled_from(["title", "webUrl", "publishedDateTime", "provider", "images", "quality", "excerpt"]), VALUES)


def read(root: Path, *folders: str) -> Catalogue:
    """Read the folders of a workspace."""
    return read_catalogue([root / folder for folder in folders or ("seeds",)], root=root, site_url="https://news.example.org", zone="UTC")


def test_the_sample_articles_are_without_fault() -> None:
    """What a new workspace is given to look at has no problem in it."""
    found = read(SEEDS.parent)
    assert found.problems == ()
    assert len(found.articles) == len(list(SEEDS.glob("*.md")))
    for each in found.articles:
        assert_sound(each, ())


def test_articles_come_oldest_first_from_every_folder(tmp_path: Path) -> None:
    """Whatever their files are called and wherever they lie."""
    write_article(tmp_path / "b", "1.md", title="Third", publishedDateTime="2026-11-03")
    write_article(tmp_path / "b", "2.md", title="First", publishedDateTime="2026-11-01")
    write_article(tmp_path / "a" / "deep", "3.md", title="Second", publishedDateTime="2026-11-02")
    found = read(tmp_path, "b", "a")
    assert [each.title for each in found.articles] == ["First", "Second", "Third"]
    assert [each.source for each in found.articles] == ["b/2.md", "a/deep/3.md", "b/1.md"]


def test_one_bad_file_stops_nothing(tmp_path: Path) -> None:
    """Each mistake is a problem beside the articles, in the order of files and lines; a folder that is missing is one too."""
    write_article(tmp_path / "seeds", "good.md")
    write_article(tmp_path / "seeds", "bad.md", quality="high", title="")
    (tmp_path / "seeds" / "worse.md").write_bytes(b"\xff")
    found = read(tmp_path, "seeds", "nowhere")
    assert [each.source for each in found.articles] == ["seeds/good.md"]
    assert [(problem.place, problem.field) for problem in found.problems] == [
        ("nowhere", "articles.folder"),
        ("seeds/bad.md:2", "title"),
        ("seeds/bad.md:5", "quality"),
        ("seeds/worse.md:1", "file"),
    ]


def test_progress_is_told_of_each_file(tmp_path: Path) -> None:
    """How many are read, of how many there are."""
    for name in ("a.md", "b.md"):
        write_article(tmp_path / "seeds", name)
    seen: list[tuple[int, int]] = []

    def progress(done: int, found: int) -> None:
        seen.append((done, found))

    read_catalogue([tmp_path / "seeds"], root=tmp_path, site_url="https://a.example", zone="UTC", progress=progress)
    assert seen == [(1, 2), (2, 2)]


@given(st.lists(st.integers(1, 28), max_size=8), st.randoms())
def test_a_catalogue_is_in_order_whatever_order_it_comes_in(days: list[int], random: Random) -> None:
    """The same articles and problems give the same catalogue."""
    articles = [article(f"Story {place}", at=datetime(2026, 11, day, tzinfo=UTC)) for place, day in enumerate(days)]
    problems = [Problem("a.md", None if day % 3 else day, "field", f"is {day}") for day in days]
    shuffled = random.sample(articles, len(articles)), random.sample(problems, len(problems))
    assert Catalogue.of(*shuffled) == Catalogue.of(articles, problems)
    dates = [each.published_at for each in Catalogue.of(articles).articles]
    assert dates == sorted(dates)


@given(st.lists(st.integers(1, 28), max_size=8), st.integers(1, 27), st.integers(1, 27))
def test_candidates_are_what_lies_in_the_window(days: list[int], first: int, last: int) -> None:
    """The quick search finds what looking at every article would."""
    start, end = sorted((first, last))
    window = Window(datetime(2026, 11, start, tzinfo=UTC), datetime(2026, 11, end + 1, tzinfo=UTC))
    found = Catalogue.of(article(f"Story {place}", at=datetime(2026, 11, day, tzinfo=UTC)) for place, day in enumerate(days))
    assert list(found.outlines(window)) == [each for each in found.outlines() if each.published_at in window]


@given(st.one_of(st.text(), st.builds("---\n{}\n---\n{}".format, st.text(), st.text()), st.builds((MINIMUM + "{}").format, st.text())))
def test_any_text_gives_an_article_or_problems(text: str) -> None:
    """The door never raises, and says something or gives something."""
    assert_sound(*knock(text.replace("\r", "\n")))


@given(st.one_of(st.binary(), st.builds(b"---\n%b\n---\n%b".__mod__, st.tuples(st.binary(), st.binary()))))
def test_any_bytes_give_an_article_or_problems(data: bytes) -> None:
    """The same of bytes, which may not even be text."""
    assert_sound(*knock(data))


@given(st.dictionaries(KEYS, VALUES | st.lists(STORY, max_size=2) | STORY))
def test_any_values_give_an_article_or_problems(values: dict[str, object]) -> None:
    """The same of front matter that is sound YAML and may hold anything in any field."""
    given_values = {"title": "A title", "publishedDateTime": "2026-11-12", "originalUrl": "https://example.org/a"} | values
    assert_sound(*knock(f"---\n{yaml.safe_dump(given_values, allow_unicode=True)}---\n"))


@given(st.lists(st.text(max_size=30), max_size=11))
def test_any_texts_in_the_fields_give_an_article_or_problems(lines: list[str]) -> None:
    """The same of each field by itself, where no YAML stands in the way."""
    assert_sound(*knock_with(lines))


@pytest.mark.parametrize(
    "field", ["title", "excerpt", "originalUrl", "publishedDateTime", "quality", "provider", "topics", "images", "related"]
)
@given(value=VALUES)
def test_a_wrong_value_is_told_of_its_own_field(field: str, value: object) -> None:
    """Whatever stands in one field, a problem names that field, or what is derived from it, and a line of the file."""
    base: dict[str, object] = {"title": "A title", "publishedDateTime": "2026-11-12", "originalUrl": "https://example.org/a"}
    text = f"---\n{yaml.safe_dump(base | {field: value}, allow_unicode=True)}---\n"
    found, problems = knock(text)
    assert isinstance(found, Article) or problems
    for problem in problems:
        assert problem.field.partition(".")[0] in {field, "front matter"}
        assert problem.line is not None
        assert problem.line <= text.count("\n") + 1


@pytest.mark.parametrize("size", [0, 1, 3000, LARGEST, LARGEST + 1, LARGEST + 10])
@pytest.mark.parametrize("most", [1_000_000, 10_000_000])
def test_a_file_is_read_to_its_end_however_much_a_call_gives(size: int, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one that is too large, as much as shows it."""
    (tmp_path / "a.md").write_bytes(b"ab" * (size // 2) + b"c" * (size % 2))
    read = os.read
    monkeypatch.setattr(os, "read", lambda file, count: read(file, min(count, most)))
    status, data = read_bytes(str(tmp_path / "a.md"))
    assert status.st_size == size
    assert data == (tmp_path / "a.md").read_bytes()[: LARGEST + 1]


def test_a_file_that_grows_while_it_is_read_is_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its stamp is from before, so that it will be read once more."""
    (tmp_path / "a.md").write_bytes(b"ab")
    ask = os.fstat

    def write_after(file: int) -> os.stat_result:
        status = ask(file)
        (tmp_path / "a.md").write_bytes(b"ab" * 1000)
        return status

    with monkeypatch.context() as patched:
        patched.setattr(os, "fstat", write_after)
        status, data = read_bytes(str(tmp_path / "a.md"))
    assert (status.st_size, data) == (2, b"ab" * 1000)
