"""`[theme]`: colours, fonts, width and logo as configured."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.colours import contrast
from syndicate.config import load_settings
from syndicate.config.tables import ThemeTable
from syndicate.config.themes import theme_of
from syndicate.errors import ConfigurationError
from syndicate.model import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings

DIGEST = '[[digests]]\nslug = "weekly"\ntitle = "W"\nsender = "a@example.org"\nschedule = "0 8 * * mon"\n'


def configured(folder: Path, text: str) -> Settings:
    """The settings of a workspace with this configuration and a logo."""
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "syndicate.toml").write_text(f"{text}\n", encoding="utf-8")
    return load_settings(folder / "syndicate.toml")


def test_a_silent_theme_is_the_default(tmp_path: Path) -> None:
    """No key is needed."""
    assert configured(tmp_path, "").publisher.theme == Theme()


@given(st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))
def test_any_accent_can_be_read(tmp_path_factory: pytest.TempPathFactory, accent: str) -> None:
    """Bars are drawn in the accent itself, and text in a shade of it that stands out, in light and in dark; the rest stays."""
    theme = theme_of(ThemeTable(accent=accent), root=tmp_path_factory.getbasetemp(), site_url="https://x.example")
    assert theme.light.accent == accent
    assert all(contrast(scheme.link, ground) >= 4.5 for scheme in (theme.light, theme.dark) for ground in (scheme.paper, scheme.desk))
    changed = {name for name, colour in asdict(theme.light).items() if colour != getattr(LIGHT, name)}
    assert changed <= {"accent", "link"}


def test_a_single_colour_may_be_given_for_one_scheme(tmp_path: Path) -> None:
    """It is taken as it is."""
    theme = configured(tmp_path, '[theme]\naccent = "#8a1c4a"\n[theme.dark]\nlink = "pink"\npaper = "#101010"').publisher.theme
    assert (theme.dark.link, theme.dark.paper, theme.dark.ink) == ("#ffc0cb", "#101010", DARK.ink)
    assert (theme.light.accent, theme.light.link) == ("#8a1c4a", "#8a1c4a")


def test_a_digest_may_look_like_itself(tmp_path: Path) -> None:
    """Its own keys win, and those it is silent about are the site's; the pages stay in the site's look."""
    text = '[theme]\naccent = "#8a1c4a"\nwidth = 520\n[theme.dark]\nlink = "pink"\n'
    settings = configured(tmp_path, f'{text}{DIGEST}[digests.theme]\naccent = "#004488"\n')
    own = settings.digest("weekly").publication.site.theme
    assert (own.light.accent, own.width) == ("#004488", 520)
    assert own.dark.link != "#ffc0cb"
    assert settings.publisher.theme.light.accent == "#8a1c4a"


def test_a_logo_in_the_workspace_is_published(tmp_path: Path) -> None:
    """At an address below the site's, with the size at which it is shown; one from elsewhere is left where it is."""
    text = '[site]\nurl = "https://news.example.org"\n[theme]\nlogo = "logo.png"\ndark_logo = "https://cdn.example/l.png"\nlogo_width = 140'
    theme = configured(tmp_path, text).publisher.theme
    assert theme.logo is not None
    assert theme.dark_logo is not None
    assert (theme.logo.url, theme.logo.width, theme.logo.height) == ("https://news.example.org/media/theme/logo.png", 140, None)
    assert theme.logo.file == tmp_path / "logo.png"
    assert (theme.dark_logo.url, theme.dark_logo.name) == ("https://cdn.example/l.png", "")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('accent = "teel"', "theme.accent: must be a colour such as '#0f6a73', got 'teel'"),
        ('acent = "teal"', "theme.acent: unknown key; did you mean accent?"),
        ('[theme.dark]\npapr = "red"', "theme.dark.papr: unknown key; did you mean paper?"),
        ('heading_font = "Georgia; color: red"', "theme.heading_font: must be names of fonts such as 'Georgia, serif'"),
        ("width = 5000", "theme.width: must be less than or equal to 800, got 5000"),
        ('logo = "logo.svg"\nlogo_width = 99', "theme.logo: must be a PNG, JPEG or GIF"),
        ('logo = "logo.png"', "theme: a logo needs logo and logo_width"),
        ('logo = "nowhere.png"\nlogo_width = 99', "theme.logo: there is no file nowhere.png"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, text: str, reason: str) -> None:
    """And what would be right."""
    with pytest.raises(ConfigurationError) as caught:
        configured(tmp_path, f"[theme]\n{text}")
    assert str(caught.value).startswith(f"syndicate.toml: {reason}")


def test_a_mistake_in_a_digests_theme_is_found_there(tmp_path: Path) -> None:
    """By the digest's slug."""
    with pytest.raises(ConfigurationError, match=r"digests\.weekly\.theme\.light\.acent: unknown key; did you mean accent\?"):
        configured(tmp_path, f'{DIGEST}[digests.theme.light]\nacent = "red"')
