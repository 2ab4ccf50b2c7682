"""The JSON Schema of the configuration file (draft 2020-12), for editors: what may stand in it, and what it means. [I/O: `write_schema`]

An editor with Taplo (Even Better TOML, Helix, Neovim, Zed) follows the first line of `syndicate.toml` to the schema. That line names a file
below the workspace rather than an address: it works offline, it asks nobody's server which file is being edited, and it is the schema of
the program that is installed here, not of the newest one. `syndicate init` writes it, `syndicate config schema --write` renews it.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from syndicate.config import PYPROJECT, SCHEMA, SCHEMA_LINE, TABLES, Settings
from syndicate.config.meanings import meanings_of
from syndicate.config.tables import Table
from syndicate.errors import ConfigurationError, OutputError
from syndicate.windows import write_duration

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic.json_schema import JsonSchemaValue


def schema() -> dict[str, Any]:
    """The schema of `syndicate.toml`, as a value."""
    made = Settings.model_json_schema(schema_generator=_Generator)
    for kind in all_tables(Settings):
        _explain(made["$defs"][kind.__name__], kind)
    known = {name: made["properties"][name] for name in TABLES}
    for name, table in known.items():
        table["description"] = made["$defs"][TABLES[name].__name__]["description"]
    head = {"$schema": GenerateJsonSchema.schema_dialect, "title": "syndicate.toml", "description": "A workspace of syndicate."}
    return {**head, "type": "object", "properties": known, "additionalProperties": False, "$defs": made["$defs"]}


def schema_text() -> str:
    """The schema as it is printed and written."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def write_schema(root: Path) -> Path:
    """Write the schema into the workspace `root`, for `SCHEMA_LINE` to lead to; where it lies. Raises `OutputError`."""
    file, text = root / SCHEMA, schema_text()
    try:
        if not file.is_file() or file.read_bytes() != text.encode():
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # the database will lie there too
            file.write_bytes(text.encode())
    except OSError as error:
        raise OutputError(f"{file}: cannot be written ({error.strerror}); mend its permissions, or free space") from error
    return file


def lacks_line(file: Path) -> bool:
    """Whether a configuration should lead editors to the schema, and does not; a `pyproject.toml` holds more than the schema knows.

    Raises `ConfigurationError` where it cannot be read.
    """
    try:
        return file.name != PYPROJECT and SCHEMA_LINE.encode() not in file.read_bytes()
    except OSError as error:
        raise ConfigurationError([f"{file}: cannot be read ({error.strerror})"]) from error


class _Generator(GenerateJsonSchema):
    """TOML has no null, our lengths of time are not those of ISO 8601, and a key is called by its name, not by a title made of it."""

    def nullable_schema(self, schema: Any) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        default = schema.get("default")
        inner = self.generate_inner(schema["schema"])
        if default is None or isinstance(default, BaseModel) or "default_factory" in schema:
            return inner
        return {**inner, "default": write_duration(default) if isinstance(default, timedelta) else default}

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002
        return False


def _explain(table: dict[str, Any], kind: type[BaseModel]) -> None:
    """Put the meanings beside the keys of a table's schema."""
    table.pop("title", None)
    for key, meaning in meanings_of(kind).items():
        table["properties"][key]["description"] = meaning


def tables_in(kind: type[BaseModel]) -> list[type[Table]]:
    """The tables that `kind` holds directly, alone or in lists, each once, in the order of its keys."""
    return list(dict.fromkeys(table for field in kind.model_fields.values() for table in _tables(field.annotation)))


def all_tables(kind: type[BaseModel]) -> set[type[Table]]:
    """The tables that `kind` holds, and those that they hold."""
    held = tables_in(kind)
    return {*held, *(table for each in held for table in all_tables(each))}


def _tables(annotation: Any) -> list[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        return [annotation]
    return [table for part in get_args(annotation) for table in _tables(part)]
