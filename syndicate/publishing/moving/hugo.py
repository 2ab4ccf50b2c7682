"""Survey a Hugo site: `hugo.toml` or its elder names, `config/_default/`, and the sections of `content/`. [I/O: reads files]"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from syndicate.catalogue.addresses import of_colons
from syndicate.publishing.moving.survey import Survey, articles_in, mapping, said, text_of
from syndicate.publishing.moving.values import lowered, read_values

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("hugo", "config")
ENDINGS = (".toml", ".yaml", ".yml", ".json")


def is_hugo(root: Path) -> bool:
    """Whether there is a Hugo site in a folder."""
    if any((root / f"hugo{ending}").is_file() for ending in ENDINGS) or any(_files(root / "config" / "_default")):
        return True
    return any("baseurl" in text_of(root / f"config{ending}").lower() for ending in ENDINGS)


def survey(root: Path) -> Survey:
    """What is found of the Hugo site in `root`."""
    values, read, notes = _configuration(root)
    default = said(values, "defaultcontentlanguage") or "en"
    own = mapping(mapping(values, "languages"), default)
    content = said(own, "contentdir") or said(values, "contentdir") or _mounted(values) or "content"
    folders = _sections(root / content, _main_sections(values))
    prefix = f"/{default}" if values.get("defaultcontentlanguageinsubdir") is True else ""
    address, unclear = _addresses(values, prefix)
    notes += [f"the permalink {pattern!r} holds what cannot be told here; write it as `address` under [articles]" for pattern in unclear]
    return Survey(
        generator="hugo",
        title=said(own, "title", "params.title") or said(values, "title"),
        url=said(own, "baseurl") or said(values, "baseurl"),
        language=said(own, "locale", "languagecode") or said(values, "locale", "languagecode") or default,
        timezone=said(own, "timezone") or said(values, "timezone") or "UTC",
        description=said(own, "params.description", "description") or said(values, "params.description", "description", "params.subtitle"),
        author=said(values, "params.author.name", "params.author", "author.name", "author"),
        email=said(values, "params.author.email", "params.email", "author.email"),
        folders=tuple(f"{content}/{name}".rstrip("/") for name in folders),
        base=content,
        address=address,
        output=said(values, "publishdir") or "public",
        read=tuple(read),
        notes=tuple(notes),
    )


def _configuration(root: Path) -> tuple[dict[str, Any], list[str], list[str]]:
    """All values, the files they are from, and what is wrong with those."""
    files = [file for name in NAMES for ending in ENDINGS if (file := root / f"{name}{ending}").is_file()]
    values: dict[str, Any] = {}
    read, notes = [], []
    for file in [*files, *_files(root / "config" / "_default"), *_files(root / "config" / "production")]:
        found, trouble = read_values(file)
        found = lowered(found)
        part, _, more = file.stem.lower().partition(".")
        if part not in NAMES:
            found = {part: {more: found} if more else found}
        values = _merged(values, found)
        notes += [trouble] if trouble else []
        if not more and part in {*NAMES, "languages", "permalinks", "params"}:
            read.append(file.relative_to(root).as_posix())
    return values, read, notes


def _files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in ENDINGS) if folder.is_dir() else []


def _merged(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    merged = dict(values)
    for key, value in more.items():
        known = merged.get(key)
        merged[key] = _merged(known, value) if isinstance(known, dict) and isinstance(value, dict) else value
    return merged


def _mounted(values: dict[str, Any]) -> str:
    """The folder that a module mounts as `content`, where one alone is."""
    mounts = mapping(values, "module").get("mounts")
    found = [said(mount, "source") for mount in mounts if said(mount, "target") == "content"] if isinstance(mounts, list) else []
    return found[0] if len(found) == 1 else ""


def _main_sections(values: dict[str, Any]) -> list[str]:
    named = mapping(values, "params").get("mainsections", values.get("mainsections"))
    return [str(name) for name in named] if isinstance(named, list) else []


def _sections(content: Path, main: list[str]) -> list[str]:
    """The sections that hold articles: those that the site calls its main ones, else those whose files are dated for the most part."""
    if not content.is_dir():
        return []
    if chosen := [name for name in main if (content / name).is_dir()]:
        return chosen
    found = []
    for folder in sorted(path for path in content.iterdir() if path.is_dir() and not path.name.startswith(".")):
        count, dated = articles_in(folder)
        if dated and 2 * dated >= count:
            found.append((dated, folder.name))
    most = max((dated for dated, _ in found), default=0)
    # A page of two that has a date by the way is no section of articles beside one of a hundred.
    chosen = [name for dated, name in found if 10 * dated >= most]
    count, dated = articles_in(content, deep=False)
    return [""] if dated > most else chosen


def _addresses(values: dict[str, Any], prefix: str) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Templates by section, and the patterns that are none (https://gohugo.io/configuration/permalinks/)."""
    table = mapping(values, "permalinks")
    ugly = values.get("uglyurls")
    patterns = {**{key: value for key, value in table.items() if isinstance(value, str)}, **mapping(table, "page")}
    templates, unclear = {"*": _ending(f"{prefix}/{{folders}}/{{slug}}/", ugly=ugly is True)}, []
    for section, pattern in patterns.items():
        template = of_colons(str(pattern), "hugo")
        if template is None:
            unclear.append(str(pattern))
        else:
            path = "/" + template.strip("/") + "/"
            is_ugly = ugly is True or mapping(values, "uglyurls").get(section) is True
            templates["*" if section == "/" else section] = _ending(prefix + path, ugly=is_ugly)
    for section, is_so in mapping(values, "uglyurls").items():
        templates.setdefault(section, _ending(templates["*"], ugly=is_so is True))
    return tuple(sorted(templates.items())), unclear


def _ending(template: str, *, ugly: bool) -> str:
    return f"{template.rstrip('/')}.html" if ugly else template
