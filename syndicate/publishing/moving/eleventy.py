"""Survey an Eleventy site: what its configuration and its data say in so many words; no JavaScript is run. [I/O: reads files]"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from syndicate.catalogue.addresses import is_template
from syndicate.publishing.moving.survey import Survey, articles_in, folders_below, said, text_of

if TYPE_CHECKING:
    from pathlib import Path

CONFIGURATIONS = (".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs", "eleventy.config.ts")
DATA = ("metadata", "site", "meta", "siteConfig", "settings", "siteData")
HABITUAL = ("posts", "_posts", "blog", "articles", "notes", "news", "writing", "journal", "post")
"""Names of folders that hold articles on most sites; of equals the first is taken."""

TEXT = r"""["'`]([^"'`\n]*)["'`]"""
PERMALINK = re.compile(
    rf"""["']?permalink["']?\s*:\s*(?:(?:async\s+)?(?:function\b\s*\w*\s*\([^)]*\)\s*|\([^)]*\)\s*=>\s*|\w+\s*=>\s*)\{{?\s*(?:return\s*)?)?{TEXT}"""
)
FILLED = re.compile(r"\$?\{\{?\s*([^{}|]*?)\s*(?:\|\s*([^{}]*?)\s*)?\}?\}")


def is_eleventy(root: Path) -> bool:
    """Whether there is an Eleventy site in a folder."""
    return any((root / name).is_file() for name in CONFIGURATIONS) or '"@11ty/eleventy"' in text_of(root / "package.json")


def survey(root: Path) -> Survey:
    """What is found of the Eleventy site in `root`."""
    name = next((name for name in CONFIGURATIONS if (root / name).is_file()), "")
    script = _without_comments(text_of(root / name)) if name else ""
    source = (_first(script, rf"\binput\s*:\s*{TEXT}") or ".").removeprefix("./").strip("/") or "."
    output = (_first(script, rf"\boutput\s*:\s*{TEXT}") or "_site").removeprefix("./").strip("/")
    data, file = _data(root, source)
    package = _object(text_of(root / "package.json"))
    folders = _folders(root, source, output)
    permalink = next(filter(None, (_permalink(root / folder) for folder in folders)), "")
    template = of_eleventy(permalink) if permalink else "/{path}/"
    told = f"the permalink {permalink!r} holds what cannot be told here; write it as `address` under [articles]"
    return Survey(
        generator="eleventy",
        title=said(data, "title", "name", "siteName", "site.title"),
        url=said(data, "url", "siteUrl", "baseUrl", "domain", "site.url") or said(package, "homepage").partition("#")[0],
        language=said(data, "language", "lang", "locale"),
        timezone="UTC",  # in which Eleventy reads dates without an offset
        description=said(data, "description", "feed.subtitle") or said(package, "description"),
        author=said(data, "author.name", "author", "authorName") or said(package, "author.name", "author"),
        email=said(data, "author.email", "authorEmail", "email") or said(package, "author.email"),
        folders=tuple(folders),
        base=source,
        address=(("*", template or "/{path}/"),),
        output=output,
        read=tuple(filter(None, (name, file, "package.json" if package else ""))),
        ignore=".eleventyignore: a line `out/`",
        notes=(told,) if template is None else (),
    )


def of_eleventy(permalink: str) -> str | None:
    """A permalink with Liquid, Nunjucks or a template literal as a template of ours; `None` where it holds what has no counterpart."""
    known = {"page.fileSlug": "{name}", "fileSlug": "{name}", "slug": "{slug}", "title": "{title}", "page.filePathStem": "{path}"}

    def told(found: re.Match[str]) -> str:
        what = found[1].removeprefix("data.").strip()
        if what in {"page.date", "date"} and (codes := re.findall(r"%([Ymd])|\b(yyyy|MM|dd)\b", found[2] or "")):
            words = [
                {"Y": "{year}", "yyyy": "{year}", "m": "{month}", "MM": "{month}", "d": "{day}", "dd": "{day}"}[a or b] for a, b in codes
            ]
            return "/".join(words)
        return known.get(what, "{?}")

    template = "/" + FILLED.sub(told, permalink).removesuffix("index.html").lstrip("/")
    return template if "{" in template and is_template(template) else None


def _folders(root: Path, source: str, output: str) -> list[str]:
    """The folders that hold articles: where most files are dated; where several do, those called as articles mostly are."""
    found: dict[str, int] = {}
    for folder in folders_below(root / source, hidden=(output,)):
        name = folder.relative_to(root).as_posix()
        if any(name == above or name.startswith(f"{above}/") for above in found) or folder == root / source:
            continue
        if folder.name.startswith("_") and folder.name not in HABITUAL:
            continue
        count, dated = articles_in(folder)
        if dated and 2 * dated >= count:
            found[name] = dated
    habitual = [name for name in found if name.rpartition("/")[2] in HABITUAL]
    chosen = habitual or [name for name in found if 10 * found[name] >= max(found.values())]
    if not chosen:
        count, dated = articles_in(root / source, deep=False)
        return [source] if dated and source != "." else []
    return chosen


def _permalink(folder: Path) -> str:
    """The permalink that the data of a folder give to all that lies in it."""
    for ending in (".11tydata.json", ".json", ".11tydata.js", ".11tydata.mjs", ".11tydata.cjs"):
        text = text_of(folder / f"{folder.name}{ending}")
        if text and (found := PERMALINK.search(text)):
            return found[1]
    return ""


def _data(root: Path, source: str) -> tuple[dict[str, Any], str]:
    """What the site says of itself in its data, and where."""
    for folder in dict.fromkeys((root / source / "_data", root / "_data", root / "src" / "_data", root / source / "data")):
        for name in DATA:
            for ending in (".json", ".js", ".mjs", ".cjs"):
                file = folder / f"{name}{ending}"
                text = text_of(file)
                if text:
                    found = _object(text) if ending == ".json" else _literals(text)
                    return found, file.relative_to(root).as_posix()
    return {}, ""


def _literals(script: str) -> dict[str, Any]:
    """What a script gives to names as texts, such as `title: "A site"`; of `author: {name: ...}` its parts."""
    text = _without_comments(script)
    parts = re.search(r"""["']?author["']?\s*:\s*\{([^{}]*)\}""", text)
    rest = text.replace(parts[0], "") if parts else text
    found: dict[str, Any] = {}
    for key, *values in re.findall(r"""["']?\b(\w+)["']?\s*:\s*(?:"([^"\n]*)"|'([^'\n]*)'|`([^`$]*)`)""", rest):
        found.setdefault(key, next(filter(None, values), ""))
    return found | ({"author": _literals(parts[1])} if parts else {})


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _first(text: str, pattern: str) -> str:
    found = re.search(pattern, text)
    return found[1] if found else ""


def _without_comments(script: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", "", script, flags=re.DOTALL)
