"""`[articles]`: how files are written, what their fields are called, where their articles stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from syndicate.catalogue.conventions import PLAIN, Conventions
from syndicate.config import Settings, load_settings
from syndicate.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


def settings(folder: Path, text: str) -> Settings:
    """The settings of a configuration with this `[articles]`."""
    (folder / "syndicate.toml").write_text(f"[articles]\n{text}\n")
    return load_settings(folder / "syndicate.toml")


def test_silence_means_our_own_conventions(tmp_path: Path) -> None:
    """So that nothing is translated, and nothing costs more."""
    assert settings(tmp_path, 'folder = "seeds"').conventions == PLAIN
    assert PLAIN.is_plain


def test_conventions_are_as_the_table_says(tmp_path: Path) -> None:
    """One name or several, one template or one for each section; paths are told from the configuration."""
    given = 'dialect = "hugo"\nurl = "https://a.example/"\nbase = "content"\naddress = "/{slug}/"\n[articles.fields]\nquality = "rating"\ntopics = ["tags", "x.y"]'
    assert settings(tmp_path, given).conventions == Conventions(
        "hugo",
        fields=(("quality", ("rating",)), ("topics", ("tags", "x.y"))),
        address=(("*", "/{slug}/"),),
        url="https://a.example",
        base=str(tmp_path / "content"),
        language="en",
    )
    table = settings(tmp_path, '[articles.address]\nnews = "/n/{slug}/"\n"*" = "/{path}/"').conventions
    assert (table.template("news"), table.template("essays")) == ("/n/{slug}/", "/{path}/")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('dialect = "hogo"', "articles.dialect: must be 'plain', 'jekyll', 'hugo', 'pelican' or 'eleventy', got 'hogo'"),
        ('address = "/{yaer}/"', "articles.address.*: has {yaer}; there are {year}"),
        ('fields = { qualty = "rating" }', "is no field of an article; did you mean quality?"),
        ('url = "blog"', "articles.url: must be an address such as"),
    ],
)
def test_a_mistake_names_its_key(tmp_path: Path, text: str, told: str) -> None:
    """With what there is."""
    with pytest.raises(ConfigurationError) as refused:
        settings(tmp_path, text)
    assert told in str(refused.value)
