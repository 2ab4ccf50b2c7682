"""Survey a Jekyll site: `_config.yml`, and the folders `_posts`. [I/O: reads files]"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from syndicate.catalogue.addresses import JEKYLL_STYLES, of_colons
from syndicate.publishing.moving.survey import Survey, folders_below, said, text_of

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATIONS = ("_config.yml", "_config.yaml", "_config.toml")


def is_jekyll(root: Path) -> bool:
    """Whether there is a Jekyll site in a folder."""
    if not any((root / name).is_file() for name in CONFIGURATIONS):
        return (root / "_posts").is_dir() and not (root / "package.json").is_file()
    if any((root / name).is_dir() for name in ("_posts", "_layouts", "_includes")) or "jekyll" in text_of(root / "Gemfile"):
        return True
    return any(path.name == "_posts" for path in folders_below(root))  # as news/_posts, with a theme that is a package


def survey(root: Path) -> Survey:
    """What is found of the Jekyll site in `root`."""
    from syndicate.publishing.moving.values import read_values

    name = next((name for name in CONFIGURATIONS if (root / name).is_file()), "")
    values, trouble = read_values(root / name) if name else ({}, "")
    notes = [trouble] if trouble else []
    language = said(values, "lang", "locale", "language").replace("_", "-")
    folders, left = _posts(root, said(values, "source", "collections_dir"), language)
    if left:
        notes.append(
            f"folders of posts in other languages are left alone: {len(left)}, such as {left[0]}; add those you want under [articles]"
        )
    pattern = _permalink(values)
    template = of_colons(pattern, "jekyll")
    if template is None:
        notes.append(f"the permalink {pattern!r} holds what cannot be told here; write it as `address` under [articles]")
        template = of_colons("date", "jekyll") or ""
    return Survey(
        generator="jekyll",
        title=said(values, "title", "name"),
        url=_url(root, values),
        language=language,
        timezone=said(values, "timezone"),
        description=said(values, "description", "tagline"),
        author=said(values, "author.name", "author"),
        email=said(values, "author.email", "email"),
        folders=tuple(folders),
        address=(("*", template),),
        output=said(values, "destination") or "_site",
        read=(name,) if name else (),
        ignore="_config.yml: `exclude: [out, syndicate.toml]`, beside what you exclude already",
        notes=tuple(notes),
    )


def _posts(root: Path, source: str, language: str) -> tuple[list[str], list[str]]:
    """The folders of posts, and those that are left since they are in another language than the site's."""
    found = [path.relative_to(root).as_posix() for path in folders_below(root / source) if path.name == "_posts"]
    tongues = [name for name in found if re.match(r"[a-z]{2}(?:[-_][a-zA-Z]{2})?/", name)]
    if len({name.partition("/")[0] for name in tongues}) <= 1:
        return found, []
    own = (language or "en").lower()
    kept = [name for name in found if name not in tongues or name.partition("/")[0].lower() in {own, own.partition("-")[0]}]
    return (kept, [name for name in found if name not in kept]) if kept else (found, [])


def _permalink(values: dict[str, Any]) -> str:
    """The pattern of posts' addresses: the collection's own, or a default's, or the site's."""
    collections = values.get("collections")
    own = said(collections, "posts.permalink")
    defaults = values.get("defaults")
    for default in defaults if isinstance(defaults, list) else []:
        if not own and said(default, "scope.type") in {"", "posts"} and said(default, "scope.path") in {"", "_posts"}:
            own = said(default, "values.permalink")
    pattern = own or said(values, "permalink") or "date"
    return JEKYLL_STYLES.get(pattern, pattern).replace(":collection", "posts")


def _url(root: Path, values: dict[str, Any]) -> str:
    """Where the site is: as it says, or as GitHub Pages would have it."""
    url = said(values, "url")
    if not url or "localhost" in url:
        domain = text_of(root / "CNAME").strip()
        owner, _, name = said(values, "repository").partition("/")
        url = f"https://{domain}" if domain else f"https://{owner}.github.io" if owner and name else ""
    return url.rstrip("/") + "/" + said(values, "baseurl").strip("/") if url else ""
