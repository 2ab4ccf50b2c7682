"""Survey a Pelican site: `pelicanconf.py` and `publishconf.py`, which are parsed and never run. [I/O: reads files]"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syndicate.catalogue.addresses import of_pelican
from syndicate.publishing.moving.survey import Survey, folders_below, said
from syndicate.publishing.moving.values import read_assignments

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATIONS = ("pelicanconf.py", "publishconf.py")
"""The second is what is published with: what it says wins."""

URL = "{slug}.html"
"""Pelican's own `ARTICLE_URL`."""


def is_pelican(root: Path) -> bool:
    """Whether there is a Pelican site in a folder."""
    return (root / CONFIGURATIONS[0]).is_file()


def survey(root: Path) -> Survey:
    """What is found of the Pelican site in `root`."""
    values: dict[str, Any] = {}
    notes, read = [], [name for name in CONFIGURATIONS if (root / name).is_file()]
    for name in read:
        found, trouble = read_assignments(root / name)
        values |= {key: value for key, value in found.items() if value not in ("", None)}
        notes += [trouble] if trouble else []
    content = said(values, "PATH").strip("/") or ("content" if (root / "content").is_dir() else ".")
    pattern = said(values, "ARTICLE_URL") or URL
    template = of_pelican(pattern)
    if template is None:
        notes.append(f"ARTICLE_URL {pattern!r} holds what cannot be told here; write it as `address` under [articles]")
    others = sum(
        path.suffix.lower() in {".rst", ".html", ".ipynb"} for folder in folders_below(root / content) for path in folder.iterdir()
    )
    if others:
        notes.append(f"files that are not Markdown (.rst, .html, .ipynb) are left alone: {others}")
    paths = values.get("ARTICLE_PATHS")
    folders = [str(path).strip("/") for path in paths] if isinstance(paths, list | tuple) else [""]
    return Survey(
        generator="pelican",
        title=said(values, "SITENAME"),
        url=said(values, "SITEURL"),
        language=said(values, "DEFAULT_LANG") or "en",
        timezone=said(values, "TIMEZONE"),
        description=said(values, "SITESUBTITLE", "SITEDESCRIPTION"),
        author=said(values, "AUTHOR"),
        email=said(values, "EMAIL", "AUTHOR_EMAIL"),
        folders=tuple(f"{content}/{name}".rstrip("/") for name in folders if (root / content / name).is_dir()),
        base=content,
        address=(("*", "/" + (template or of_pelican(URL) or "").lstrip("/")),),
        output=said(values, "OUTPUT_PATH") or "output",
        read=tuple(read),
        notes=tuple(notes),
    )
