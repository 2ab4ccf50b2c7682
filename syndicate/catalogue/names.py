"""Find the fields of an article under the names that others give them. Pure.

A field is looked for in this order:

1. by the names that `[articles.fields]` gives it;
2. by its own name;
3. by the names that its dialect has for it.

The first that is given counts. Topics alone are put together, from all names of one step that are given, or of both of the last two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from syndicate.catalogue.conventions import Conventions, Dialect

PICTURES = ("image", "cover", "cover.image", "featured_image", "featuredImage", "featureimage", "feature_image", "thumbnail")

ALIKE: dict[str, tuple[str, ...]] = {
    "title": (),
    "slug": (),
    "draft": (),
    "published": (),
    "publishedDateTime": ("date",),
    "updatedDateTime": ("lastmod", "last_modified_at", "modified", "updated"),
    "excerpt": ("description", "summary"),
    "topics": ("tags", "tag", "categories", "category"),
    "images": PICTURES,
    "originalUrl": ("permalink",),
}
"""What they all call a field."""

NAMES: dict[Dialect, dict[str, tuple[str, ...]]] = {
    "plain": {},
    "jekyll": {**ALIKE, "images": (*PICTURES, "header.image", "header.teaser", "header.overlay_image")},
    "hugo": {
        **ALIKE,
        "publishedDateTime": ("publishdate", "date", "pubdate"),
        "images": (*PICTURES, "params.cover", "params.image", "params.featured_image"),
        "originalUrl": ("url",),
    },
    "pelican": {**ALIKE, "originalUrl": ("url",)},
    "eleventy": ALIKE,
}

GATHERED = {"topics"}
"""Fields whose values are put together."""

CATEGORIES = ("category", "categories")
"""Names that stand for topics and for themselves: what is found there stays there."""

MARKERS = {"post", "posts", "blog", "all", "nav", "article", "articles", "page", "pages", "blog-post", "blogpost"}
"""Tags that say into which collection of Eleventy's a file belongs, and nothing of what it is about."""


def renamed(given: Mapping[str, object], conventions: Conventions) -> tuple[dict[str, object], dict[str, str]]:
    """The values by our names, and the name that each of those had in the file."""
    values = {key: value for key, value in given.items() if not (conventions.is_foreign and _misleads(key, value))}
    spelled = _spellings(values, conventions)
    own, others = dict(conventions.fields), NAMES[conventions.dialect]
    found, names = {}, {}
    for ours in {**own, **others}:
        hits = _hits(values, spelled, ours, own.get(ours, ())) or _hits(values, spelled, ours, (ours, *others.get(ours, ())))
        if hits:
            found[ours] = _together([value for _, value in hits], conventions) if ours in GATHERED else hits[0][1]
            names[ours] = hits[0][0]
    taken = {name for name in names.values() if name not in CATEGORIES}
    rest = {key: value for key, value in values.items() if key not in taken}
    return rest | found, {ours: theirs for ours, theirs in names.items() if theirs != ours}


def is_given(value: object) -> bool:
    """Whether a value says anything."""
    return value is not None and value not in ([], {}) and str(value).strip() != ""


def address_in(value: object) -> str | None:
    """The address of a picture, however it is given: alone, first of a list, or in a mapping; `None` where only a template could tell."""
    if isinstance(value, list):
        return next(filter(None, map(address_in, value)), None)
    if isinstance(value, dict):
        keys = ("url", "path", "src", "image", "feature", "teaser", "filename")
        return next((found for key in keys if (found := address_in(value.get(key)))), None)
    return value.strip() if isinstance(value, str) and value.strip() and "{{" not in value and "{%" not in value else None


def _spellings(values: Mapping[str, object], conventions: Conventions) -> dict[str, str]:
    """The keys of a file by the names that they may be asked for. Hugo and Pelican do not tell `Date` from `date`."""
    return {key.lower(): key for key in reversed(list(values))} if conventions.is_foreign else {}


def _hits(values: Mapping[str, object], spelled: Mapping[str, str], ours: str, names: Sequence[str]) -> list[tuple[str, object]]:
    """What is given under any of `names`, which may lead into a mapping (`cover.image`): the keys of the file, and the values."""
    hits: list[tuple[str, object]] = []
    for name in names:
        first, *deeper = name.split(".")
        key = first if first in values else spelled.get(first.lower(), first)
        value: Any = values.get(key)
        for step in deeper:
            value = value.get(step) if isinstance(value, dict) else None
        if _fits(ours, value):
            hits.append((key, value))
    return hits


def _fits(ours: str, value: object) -> bool:
    """Whether a value says what it is looked for; `permalink: false` is no address."""
    match ours:
        case "images":
            return address_in(value) is not None
        case "originalUrl" | "excerpt":
            return is_given(value) and not isinstance(value, bool | dict)
        case _:
            return is_given(value)


def _together(found: Sequence[object], conventions: Conventions) -> list[object]:
    """Labels from several fields, each once, but for those that are none."""
    labels: dict[str, object] = {}
    for value in found:
        items = value if isinstance(value, list) else [value]
        if isinstance(value, str) and conventions.dialect == "jekyll" and "," not in value:
            items = value.split()  # https://jekyllrb.com/docs/posts/#tags
        for label in items:
            if isinstance(label, str | int | float) and not isinstance(label, bool):
                labels.setdefault(str(label).strip().casefold(), label)  # `Go` and `go` are one topic
    marks = MARKERS if conventions.dialect == "eleventy" else set()
    return [label for key, label in labels.items() if key not in marks]


def _misleads(key: str, value: object) -> bool:
    """Whether a field that has one of our names means something else there, as its form tells."""
    match key:
        case "related":
            return not (isinstance(value, list) and all(isinstance(item, dict) for item in value))
        case "type":
            return str(value) not in {"article", "video", "audio", "podcast"}
        case "provider":
            return not isinstance(value, dict)
        case "id":
            return not (isinstance(value, str) and value.startswith("urn:uuid:"))
        case "published":
            return not isinstance(value, bool | str | int)  # a date, on older sites
        case _:
            return False
