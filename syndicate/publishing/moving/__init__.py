"""Move in from another generator: recognise its site, read what it says of itself, write a configuration for it. [I/O: reads files]

Nothing of the site is run, and nothing but the configuration is written.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from syndicate.catalogue.conventions import Conventions
from syndicate.config.conventions import site_mistakes
from syndicate.publishing.moving import eleventy, hugo, jekyll, pelican

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syndicate.catalogue import Catalogue
    from syndicate.catalogue.conventions import Dialect
    from syndicate.publishing.moving.survey import Survey

GENERATORS: dict[Dialect, tuple[Callable[[Path], bool], Callable[[Path], Survey]]] = {
    "eleventy": (eleventy.is_eleventy, eleventy.survey),
    "pelican": (pelican.is_pelican, pelican.survey),
    "hugo": (hugo.is_hugo, hugo.survey),
    "jekyll": (jekyll.is_jekyll, jekyll.survey),
}
"""How each is recognised and surveyed; those whose files mean no other come first."""

HABITUAL: dict[Dialect, str] = {"jekyll": "_posts", "hugo": "content/posts", "pelican": "content", "eleventy": "posts"}
"""Where most sites keep their articles, for those on which none are found."""

NOWHERE = "https://www.example.org"
"""What stands for a site whose address is not to be found."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A site that moves in: what was found of it, and its articles as they will be read."""

    survey: Survey
    site: Path
    catalogue: Catalogue


def recognise(site: Path) -> Dialect | None:
    """Whose site lies in a folder, if it is one that is known."""
    return next((name for name, (is_there, _) in GENERATORS.items() if is_there(site)), None)


def look_around(site: Path, generator: Dialect, *, shown: str = "") -> Arrival:
    """Survey the site of a generator and read its articles. `shown`: the way to the site from the workspace, where it is not the same."""
    from syndicate.catalogue import read_catalogue

    survey = _in_order(GENERATORS[generator][1](site))
    there = tuple(folder for folder in survey.folders if (site / folder).is_dir())
    missing = () if there else (f"no folder of articles was found; name yours under [articles] in place of {HABITUAL[generator]}",)
    survey = replace(survey, folders=there or (HABITUAL[generator],), notes=(*survey.notes, *missing))
    conventions = Conventions(
        dialect=generator, address=survey.address, url=survey.url or NOWHERE, base=str(site / survey.base), language=survey.language
    )
    catalogue = read_catalogue(
        [site / folder for folder in there],
        root=site,
        site_url=survey.url or NOWHERE,
        zone=survey.timezone or "UTC",
        conventions=conventions,
    )
    if shown:
        survey = replace(survey, folders=tuple(f"{shown}/{folder}" for folder in survey.folders), base=f"{shown}/{survey.base}".rstrip("/"))
    elif survey.base == ".":
        survey = replace(survey, base="")
    return Arrival(survey, site, catalogue)


def _in_order(survey: Survey) -> Survey:
    """The survey without values that the configuration would refuse; what was wrong with them is noted."""
    wrong = site_mistakes({"url": survey.url, "language": survey.language, "timezone": survey.timezone})
    notes = tuple(f"the {key} that the site gives cannot be used: it {cause}" for key, cause in wrong.items())
    url = "" if "url" in wrong else survey.url.rstrip("/")
    return replace(
        survey,
        url=url,
        language="" if "language" in wrong else survey.language,
        timezone="" if "timezone" in wrong else survey.timezone,
        notes=(*survey.notes, *notes),
    )
