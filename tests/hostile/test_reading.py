"""What becomes of each hostile file at the door."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from slugify import slugify

from syndicate.catalogue import read_catalogue
from tests.catalogue.door import assert_sound
from tests.hostile.files import GOOD, HOSTILE, LOOP, ODDITIES, plant

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.catalogue import Catalogue


def read(root: Path) -> Catalogue:
    """Read the folder `seeds` of a workspace."""
    return read_catalogue([root / "seeds"], root=root, site_url="https://news.example.org", zone="Europe/London")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_named_or_made_harmless(name: str, tmp_path: Path) -> None:
    """Each file gives exactly the problems that the table says, and an article or none."""
    plant(tmp_path, name)
    found = read(tmp_path)
    file = f"seeds/{slugify(name)}.md"
    expected = [f"{file}{':' if problem[0].isdigit() else ': '}{problem}" for problem in HOSTILE[name].problems]
    said = [str(problem) for problem in found.problems if str(problem) != LOOP]
    assert len(said) == len(expected), said
    assert all(text.startswith(start) for text, start in zip(said, expected, strict=True)), said
    assert [article.source for article in found.articles] == ([file] if HOSTILE[name].kept else [])
    for article in found.articles or (None,):
        assert_sound(article, found.problems)


@pytest.mark.parametrize("name", ODDITIES)
def test_an_odd_thing_in_the_folder_stops_nothing(name: str, tmp_path: Path) -> None:
    """What is no readable file is named, a file of any name is read, and the good article beside it is read as ever."""
    called, make, expected = ODDITIES[name]
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    make(seeds / called)
    (seeds / "good.md").write_bytes(GOOD)
    found = read(tmp_path)
    assert tuple(map(str, found.problems)) == expected
    assert "seeds/good.md" in [article.source for article in found.articles]
    for article in found.articles:
        assert_sound(article, ())
        article.source.encode()


def test_all_hostile_files_together_leave_the_good_one_standing(tmp_path: Path) -> None:
    """A folder of nothing but trouble gives every article that can be had, and a problem for each mistake."""
    seeds = plant(tmp_path)
    (seeds / "good.md").write_bytes(GOOD)
    found = read(tmp_path)
    assert len(found.articles) == 1 + sum(case.kept for case in HOSTILE.values())
    assert len(found.problems) == 1 + sum(len(case.problems) for case in HOSTILE.values())
    assert "The good article" in [article.title for article in found.articles]
