"""The reference of the configuration file, as Markdown: a section for each table, a row for each key. Pure.

It is made of the schema, so that it says what the program does; `docs/reference/settings.md` is what this printed last.
"""

from __future__ import annotations

import json
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

from syndicate.config import TABLES
from syndicate.config.meanings import meanings_of
from syndicate.config.schema import schema, tables_in
from syndicate.config.tables import SelectionTable, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = """\
# Settings

Every key that `syndicate.toml` may hold, or `pyproject.toml` under `[tool.syndicate]`. Unknown keys are errors, and paths are relative to the
file. `syndicate config show` prints the settings in force and where each comes from; `syndicate config schema` tells editors what stands here.

A setting may come from the environment instead, which wins: `SYNDICATE_SITE__URL` is `url` of `[site]`. Secrets should, or from a file of their
own: `SYNDICATE_SMTP__PASSWORD_FILE`.
"""

KINDS = {"string": "text", "boolean": "true or false", "integer": "whole number", "number": "number", "object": "table"}


def reference() -> str:
    """The reference, as `syndicate config reference` prints it."""
    definitions = schema()["$defs"]
    return "\n".join([HEAD, *(line for table in _in_order() for line in _section(table, definitions))]).rstrip("\n") + "\n"


def _in_order() -> Iterator[type[Table]]:
    """Every table, each after the one that holds it, in the order of the file; what feeds, digests and sections share comes before them."""
    seen: set[type[Table]] = set()

    def walk(table: type[Table]) -> Iterator[type[Table]]:
        bases = [base for base in table.__bases__ if base is not Table and issubclass(base, Table)]
        for each in (*bases, table):
            if each not in seen:
                seen.add(each)
                yield each
        for held in tables_in(table):
            yield from walk(held) if held not in seen else ()

    for table in TABLES.values():
        yield from walk(table)


def _section(table: type[Table], definitions: dict[str, Any]) -> Iterator[str]:
    told = cleandoc(table.__doc__ or "")
    name, _, about = told.partition(": ") if told.startswith("`[") else ("A selection", "", told)
    yield from ("", f"## {name}", "", about[:1].upper() + about[1:], "")
    own = [key for key in table.model_fields if not any(key in base.model_fields for base in table.__bases__ if issubclass(base, Table))]
    shape = definitions["FeedTable" if table is SelectionTable else table.__name__]
    meanings = meanings_of(table)
    if own:
        yield from ("| key | type | default | meaning |", "|---|---|---|---|")
    for key in own:
        said = shape["properties"][key]
        default = "required" if key in shape.get("required", []) else _default(said)
        yield f"| `{key}` | {_cell(_kind(said))} | {default} | {_cell(meanings[key])} |"


def _default(said: dict[str, Any]) -> str:
    return f"`{json.dumps(said['default'], ensure_ascii=False)}`" if said.get("default") not in (None, "", [], {}) else ""


def _kind(said: dict[str, Any]) -> str:  # noqa: PLR0911  one for each kind
    """What may stand for a key, in words: `length of time`, `whole number, 1 to 65535`, `text, or a list`."""
    match said:
        case {"anyOf": [*others, {"type": "array", "items": items}]}:
            more = "".join(f"{_kind(other)}, " for other in others if other != items)
            return f"{more}{_kind(items)}, or a list"
        case {"enum": values}:
            return ", ".join(f"`{value}`" for value in values)
        case {"title": title}:
            return str(title)
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}s"
        case {"format": "password"}:
            return "text, secret"
        case {"format": "path"}:
            return "file"
        case {"type": "integer" | "number" as kind}:
            return KINDS[kind] + _bounds(said)
        case {"type": str(kind)}:
            return KINDS[kind]
        case _:
            return "table"


def _bounds(said: dict[str, Any]) -> str:
    """`, 1 to 65535`, or `, 1 or more`."""
    least, most = said.get("minimum", said.get("exclusiveMinimum")), said.get("maximum")
    over = "above " if "exclusiveMinimum" in said else ""
    if least is None:
        return ""
    return f", {over}{least:g} to {most:g}" if most is not None else f", {over}{least:g}" + ("" if over else " or more")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
