"""Make an article's address where its file names none: a template, filled in with its date, its place and its name. Pure.

`/{year}/{month}/{day}/{slug}/` is a template. So that addresses lead to the pages that are there, words become parts of a path as the
generator of those pages makes them, which each does in its own way.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from syndicate.catalogue.conventions import Dialect

PLACEHOLDERS = {
    "year": "2026",
    "month": "01",
    "day": "05",
    "hour": "08",
    "minute": "30",
    "second": "00",
    "short_year": "26",
    "month_number": "1, without a leading zero",
    "day_number": "5",
    "day_of_year": "005",
    "month_name": "January",
    "month_short": "Jan",
    "slug": "the article's own `slug`, else the file's name",
    "slug_or_title": "the article's own `slug`, else its title",
    "title": "its title",
    "name": "the file's name: without its ending, and without a date where the generator takes it off",
    "path": "the folders and the name",
    "folders": "the folders that the file lies in",
    "section": "the first of them",
    "category": "the first category",
    "categories": "all of them, one below the other",
}
"""What may stand in a template, with what comes of it."""

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

JEKYLL_STYLES = {
    "date": "/:categories/:year/:month/:day/:title.html",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html",
    "none": "/:categories/:title.html",
}
"""Jekyll's permalink styles (https://jekyllrb.com/docs/permalinks/#built-in-formats), but for the one by weeks."""

SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""How an address begins that is whole (RFC 3986, section 3.1). `urlsplit` would raise over `http://[`."""

ON_THE_WEB = re.compile(r"(?:https?:)?//", re.IGNORECASE)

COLON = re.compile(r":([a-z_]+)(?:\[([^]]*)\])?")
"""A placeholder of Jekyll's or Hugo's."""

COLON_NAMES = {
    "jekyll": {
        "i_month": "month_number",
        "i_day": "day_number",
        "y_day": "day_of_year",
        "short_month": "month_short",
        "long_month": "month_name",
        "title": "slug",
        "slug": "slug",
        "basename": "name",
        "name": "name",
        "slugified_categories": "categories",
    },
    "hugo": {
        "monthname": "month_name",
        "yearday": "day_of_year",
        "sections": "folders",
        "slug": "slug_or_title",
        "slugorfilename": "slug",
        "slugorcontentbasename": "slug",
        "filename": "name",
        "contentbasename": "name",
    },
}
"""Their placeholders that are called otherwise here."""

STRFTIME = {
    "Y": "{year}",
    "y": "{short_year}",
    "m": "{month}",
    "d": "{day}",
    "H": "{hour}",
    "M": "{minute}",
    "S": "{second}",
    "B": "{month_name}",
    "b": "{month_short}",
    "j": "{day_of_year}",
}


def check_template(template: str) -> None:
    """Raises `ValueError` where a template holds what cannot be filled in."""
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise ValueError(f"is no template ({error}), got {template!r}") from None
    for _, name, form, conversion in parts:
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            raise ValueError(f"has {{{name}}}; there are {', '.join(f'{{{known}}}' for known in PLACEHOLDERS)}")
    if not template.strip("/"):
        raise ValueError("must name a page, such as '/{year}/{month}/{slug}/'")


def is_template(text: str) -> bool:
    """Whether all that a text holds can be filled in."""
    try:
        check_template(text)
    except ValueError:
        return False
    return True


def fill(template: str, facts: Mapping[str, str]) -> str:
    """The path that a template comes to. What is empty leaves no gap between two slashes."""
    return re.sub(r"/{2,}", "/", "/" + template.format_map(facts))


def facts_of(moment: datetime) -> dict[str, str]:
    """What a template may say of a date."""
    return {
        "year": f"{moment:%Y}",
        "short_year": f"{moment:%y}",
        "month": f"{moment:%m}",
        "month_number": str(moment.month),
        "month_name": MONTHS[moment.month - 1],
        "month_short": MONTHS[moment.month - 1][:3],
        "day": f"{moment:%d}",
        "day_number": str(moment.day),
        "day_of_year": f"{moment:%j}",
        "hour": f"{moment:%H}",
        "minute": f"{moment:%M}",
        "second": f"{moment:%S}",
    }


def slugged(text: str, dialect: Dialect) -> str:
    """Words as part of a path, as a generator makes it of a title or of a file's name."""
    match dialect:
        case "jekyll":  # Utils.slugify(mode: "pretty", cased: true)
            return re.sub(r"[^\w.~!$&'()+,;=@]+|_(?=$)", "-", text).strip("-")
        case "hugo":  # helpers.URLize
            return re.sub(r"-{2,}", "-", re.sub(r"\s+", "-", re.sub(r"[^\w\s./+~@-]", "", text.strip()))).strip("-").lower()
        case "pelican":  # utils.slugify with the default SLUG_REGEX_SUBSTITUTIONS
            plain = normalize("NFKD", text).encode("ascii", "ignore").decode()
            return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip()).lower()
        case _:
            return re.sub(r"[^\w.]+", "-", text.replace("'", "").replace("’", "")).strip("-.").lower()


def below(url: str, path: str) -> str:
    """A path of the site at `url`, which may itself lie below one."""
    return f"{url.rstrip('/')}/{path.lstrip('/')}"


def of_colons(pattern: str, dialect: Dialect) -> str | None:
    """A permalink of Jekyll's or Hugo's as a template; `None` where it holds what has no counterpart."""
    pattern = JEKYLL_STYLES.get(pattern, pattern) if dialect == "jekyll" else pattern
    if not {"{", "}"}.isdisjoint(pattern) or not pattern.strip("/") or pattern == "weekdate":
        return None
    names = COLON_NAMES.get(dialect, {})
    pattern = pattern.replace(":output_ext", ".html")
    # Hugo takes part of a list by :sections[1:]; what is asked for as a whole is all that is known here.
    unknown = [found[0] for found in COLON.finditer(pattern) if names.get(found[1], found[1]) not in PLACEHOLDERS or found[2]]
    return None if unknown else COLON.sub(lambda found: f"{{{names.get(found[1], found[1])}}}", pattern)


def of_pelican(pattern: str) -> str | None:
    """Pelican's `ARTICLE_URL` as a template; `None` where it holds what has no counterpart."""
    dated = re.sub(
        r"\{date:([^}]*)\}", lambda found: re.sub(r"%-?([A-Za-z])", lambda code: STRFTIME.get(code[1], "{?}"), found[1]), pattern
    )
    template = dated.replace("{slug}", "{slug_or_title}")
    return template if is_template(template) else None
