"""`[theme]`: colours, fonts, width and logo as configured."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.colours import contrast
from syndicate.config import load_settings
from syndicate.config.tables import PaletteTable, ThemeTable
from syndicate.config.themes import theme_of
from syndicate.errors import ConfigurationError
from syndicate.model import DARK, LIGHT, Theme
from tests.vocabulary import moment
from tests.workshop import render_all

if TYPE_CHECKING:
    from pathlib import Path

    from syndicate.config import Settings

DIGEST = '[[digests]]\nslug = "weekly"\ntitle = "W"\nsender = "a@example.org"\nschedule = "0 8 * * mon"\n'


def configured(folder: Path, text: str) -> Settings:
    """The settings of a workspace with this configuration and a logo."""
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "syndicate.toml").write_text(f"{text}\n", encoding="utf-8")
    return load_settings(folder / "syndicate.toml")


def published(folder: Path) -> dict[str, bytes]:
    """The logos that a render of this workspace, which has no articles, leaves in its folder of output."""
    (folder / "articles").mkdir()
    render_all(folder / "syndicate.toml", folder / "out", now=moment("2026-11-16T12:00"))
    found = (path for path in (folder / "out/media").rglob("*") if path.is_file())
    return {path.relative_to(folder / "out").as_posix(): path.read_bytes() for path in found}


def put(folder: Path, *names: str) -> None:
    """Files below `folder`, each of which says its name."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")


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


@pytest.mark.parametrize("ground", ["paper", "desk"])
@pytest.mark.parametrize("accent", [None, "#8a1c4a", "#ffd400"])
def test_a_link_can_be_read_on_another_ground(tmp_path_factory: pytest.TempPathFactory, accent: str | None, ground: str) -> None:
    """Also where nothing but the ground was changed."""
    given = {"accent": accent, "light": PaletteTable(**{ground: "#a8c8c8"}), "dark": PaletteTable(**{ground: "#3a4a4c"})}
    theme = theme_of(ThemeTable(**given), root=tmp_path_factory.getbasetemp(), site_url="https://x.example")
    assert all(contrast(scheme.link, on) >= 4.5 for scheme in (theme.light, theme.dark) for on in (scheme.paper, scheme.desk))


def test_where_no_shade_can_be_read_on_both_grounds_the_paper_wins(tmp_path: Path) -> None:
    """Most links stand on it."""
    theme = configured(tmp_path, '[theme.light]\npaper = "#ffffff"\ndesk = "#444444"').publisher.theme
    assert contrast(theme.light.link, theme.light.paper) >= 4.5


def test_a_look_in_the_default_colours_asks_nothing_of_them() -> None:
    """To start costs no look at colours where none is given."""
    code = """
import sys
from pathlib import Path
from syndicate.config.tables import ThemeTable
from syndicate.config.themes import theme_of
theme_of(ThemeTable(), ThemeTable(width=500), root=Path(), site_url="https://x.example")
print("coloraide" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


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
    assert (theme.dark_logo.url, theme.dark_logo.name) == ("https://cdn.example/l.png", "")
    assert published(tmp_path) == {"media/theme/logo.png": b"\x89PNG"}
    assert 'src="./media/theme/logo.png"' in (tmp_path / "out/index.html").read_text(encoding="utf-8")


def test_logos_of_one_name_do_not_meet(tmp_path: Path) -> None:
    """Each is published by its place in the workspace, those of digests too, although nothing runs in them."""
    names = {"light/logo.png", "dark/logo.png", "weekly/my logo.png"}
    put(tmp_path, *names)
    own = '[digests.theme]\nlogo = "weekly/../weekly/my logo.png"\nlogo_width = 99\n'
    site = '[theme]\nlogo = "light/logo.png"\ndark_logo = "./dark/logo.png"\nlogo_width = 99\n'
    configured(tmp_path, f"{site}{DIGEST}{own}")
    assert published(tmp_path) == {f"media/theme/{name}": name.encode() for name in names}
    shelf = (tmp_path / "out/digests/weekly/index.html").read_text(encoding="utf-8")
    assert 'src="../../media/theme/weekly/my%20logo.png"' in shelf


SITE_LOGO = '[theme]\nlogo = "logo.png"\ndark_logo = "night.png"\nlogo_width = 180\nlogo_height = 40\n'


@pytest.mark.parametrize(
    ("keys", "logos", "size"),
    [
        ("width = 500", ["logo.png", "night.png"], (180, 40)),
        ('logo = "own.png"\nlogo_width = 99', ["own.png"], (99, None)),
        ('logo = "own.png"\ndark_logo = "own.png"\nlogo_width = 99\nlogo_height = 30', ["own.png", "own.png"], (99, 30)),
        ('dark_logo = "own.png"', ["logo.png", "own.png"], (180, 40)),
        ("logo_width = 90", ["logo.png", "night.png"], (90, None)),
        ("logo_height = 50", ["logo.png", "night.png"], (180, 50)),
    ],
)
def test_a_digests_logo_brings_its_own_size(tmp_path: Path, keys: str, logos: list[str], size: tuple[int, int | None]) -> None:
    """And its own counterpart for the dark: the site's were made for the site's logo; the height for a width."""
    put(tmp_path, "night.png", "own.png")
    theme = configured(tmp_path, f"{SITE_LOGO}{DIGEST}[digests.theme]\n{keys}").digest("weekly").publication.site.theme
    found = [logo for logo in (theme.logo, theme.dark_logo) if logo]
    assert [logo.file for logo in found] == [tmp_path / name for name in logos]
    assert {(logo.width, logo.height) for logo in found} == {size}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('accent = "teel"', "theme.accent: must be a colour such as '#0f6a73', got 'teel'"),
        ('acent = "teal"', "theme.acent: unknown key; did you mean accent?"),
        ('[theme.dark]\npapr = "red"', "theme.dark.papr: unknown key; did you mean paper?"),
        ('heading_font = "Georgia; color: red"', "theme.heading_font: must be names of fonts such as 'Georgia, serif'"),
        ("width = 5000", "theme.width: must be less than or equal to 800, got 5000"),
        ('logo = "logo.svg"\nlogo_width = 99', "theme.logo: must be a PNG, JPEG or GIF"),
        ('logo = "//cdn.example/logo.png"\nlogo_width = 99', "theme.logo: must be a PNG, JPEG or GIF"),
        ('logo = "https:logo.png"\nlogo_width = 99', "theme.logo: must be a PNG, JPEG or GIF"),
        ('logo = "logo\\u0000.png"\nlogo_width = 99', "theme.logo: must be a PNG, JPEG or GIF"),
        ('logo = "logo.png"', "theme: a logo needs logo_width, the width in pixels at which it is shown"),
        ('dark_logo = "logo.png"\nlogo_width = 99', "theme: a dark_logo needs logo, the picture that it takes the place of in the dark"),
        ('logo = "nowhere.png"\nlogo_width = 99', "theme.logo: there is no file nowhere.png"),
        ('logo = "logo.png"\ndark_logo = "no.png"\nlogo_width = 99', "theme.dark_logo: there is no file no.png"),
    ],
)
def test_a_mistake_is_named_with_its_key(tmp_path: Path, text: str, reason: str) -> None:
    """And what would be right."""
    with pytest.raises(ConfigurationError) as caught:
        configured(tmp_path, f"[theme]\n{text}")
    assert str(caught.value).startswith(f"syndicate.toml: {reason}")


@pytest.mark.parametrize("key", ["logo", "dark_logo"])
@pytest.mark.parametrize("place", ["../outside/x.png", "{outside}/x.png", "linked.png", "folder/x.png"])
def test_a_logo_lies_inside_the_workspace(tmp_path: Path, place: str, key: str) -> None:
    """Whatever else is on the disk is not published, by whichever way it is named."""
    root, outside = tmp_path / "workspace", tmp_path / "outside"
    put(outside, "x.png")
    root.mkdir()
    (root / "linked.png").symlink_to(outside / "x.png")
    (root / "folder").symlink_to(outside)
    name = place.format(outside=outside)
    logos = {"logo": "logo.png"} | {key: name}
    text = "\n".join(f'{each} = "{file}"' for each, file in logos.items())
    with pytest.raises(ConfigurationError) as caught:
        configured(root, f"[theme]\n{text}\nlogo_width = 99")
    remedy = "lies outside this file's folder; copy it there, or give an https address"
    assert str(caught.value) == f"syndicate.toml: theme.{key}: {name} {remedy}"


@pytest.mark.parametrize(
    ("site", "own", "reasons"),
    [
        (SITE_LOGO, 'logo = "logo.png"', ["digests.weekly.theme: a logo needs logo_width"]),
        ("", 'dark_logo = "logo.png"\nlogo_width = 99', ["digests.weekly.theme: a dark_logo needs logo"]),
        (SITE_LOGO, 'dark_logo = "no.png"', ["digests.weekly.theme.dark_logo: there is no file no.png"]),
        (SITE_LOGO.replace("night", "no"), "width = 500", ["theme.dark_logo: there is no file no.png"]),
        ('[theme]\nlogo = "logo.png"\n', 'accent = "teal"', ["theme: a logo needs logo_width"]),
        ('[theme]\nlogo = "logo.png"\n', 'logo = "logo.png"\nlogo_width = 99', ["theme: a logo needs logo_width"]),
    ],
)
def test_a_digests_logo_is_judged_with_what_it_inherits(tmp_path: Path, site: str, own: str, reasons: list[str]) -> None:
    """And a mistake is told once, where it was made."""
    put(tmp_path, "night.png")
    with pytest.raises(ConfigurationError) as caught:
        configured(tmp_path, f"{site}{DIGEST}[digests.theme]\n{own}")
    found = str(caught.value).splitlines()
    assert [line.partition(", ")[0].partition(";")[0] for line in found] == [f"syndicate.toml: {reason}" for reason in reasons]


def test_a_mistake_in_a_digests_theme_is_found_there(tmp_path: Path) -> None:
    """By the digest's slug."""
    with pytest.raises(ConfigurationError, match=r"digests\.weekly\.theme\.light\.acent: unknown key; did you mean accent\?"):
        configured(tmp_path, f'{DIGEST}[digests.theme.light]\nacent = "red"')
