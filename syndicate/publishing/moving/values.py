"""Read a configuration of another generator as plain values, whatever its notation. [I/O: reads files, runs none]"""

from __future__ import annotations

import ast
import json
import tomllib
from typing import TYPE_CHECKING, Any

from syndicate.publishing.moving.survey import text_of

if TYPE_CHECKING:
    from pathlib import Path


def read_values(file: Path) -> tuple[dict[str, Any], str]:
    """The values of a YAML, TOML or JSON file, and what is wrong with it, if anything."""
    text = text_of(file)
    try:
        match file.suffix.lower():
            case ".toml":
                values: object = tomllib.loads(text)
            case ".json":
                values = json.loads(text)
            case _:
                from syndicate.catalogue.frontmatter import read_yaml

                values = read_yaml(text)
    except (ValueError, RecursionError) as error:
        return {}, f"{file.name}: cannot be read ({str(error).splitlines()[0]}); what it would have told is left open"
    return (values, "") if isinstance(values, dict) else ({}, "")


def read_assignments(file: Path) -> tuple[dict[str, Any], str]:
    """What a Python file assigns to names at its top, where that is written out; the file is not run."""
    try:
        tree = ast.parse(text_of(file))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last over many brackets, up to Python 3.11
        return {}, f"{file.name}: is not Python ({error}); what it would have told is left open"
    found: dict[str, Any] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                try:
                    found[name] = ast.literal_eval(value)
                except (ValueError, TypeError, MemoryError, RecursionError):
                    continue
    return found, ""


def lowered(values: Any) -> Any:
    """Values with all keys in small letters: Hugo does not tell them apart."""
    if isinstance(values, dict):
        return {str(key).lower(): lowered(value) for key, value in values.items()}
    return [lowered(item) for item in values] if isinstance(values, list) else values
