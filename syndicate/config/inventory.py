"""The settings in force: each key, its value, and where that comes from. Secrets are masked. Pure, but that it knows the environment."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, SecretStr

from syndicate.config import TABLES, variable_of
from syndicate.config.services import TransportTable
from syndicate.windows import write_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.config import Settings

MASK = "********"
PASSWORD = re.compile(r"(//[^:@/]*:).*(?=@)|(?<=password=)[^&]*", re.IGNORECASE)
"""In the address of a database: all that stands between the name's colon and the last `@`, and what is handed to libpq behind the `?`."""


class Setting(NamedTuple):
    """A key with its path (`digests.weekly.sender`), its value as TOML would hold it, and its source: a file, a variable, `default`."""

    key: str
    value: Any
    source: str

    @property
    def text(self) -> str:
        """The value as it is written in TOML."""
        return _toml(self.value)


def settings_in_force(settings: Settings) -> Iterator[Setting]:
    """Every setting that has a value, table by table in the order of the file."""
    for name in TABLES:
        yield from _walk(getattr(settings, name), [name], [name], settings.file, given=name in settings.model_fields_set)


def _walk(value: Any, path: list[str], names: list[str], file: str, *, given: bool) -> Iterator[Setting]:
    """What stands at `path`, called by `names`: of a list, things have the slug or title that they are known by."""
    match value:
        case TransportTable():
            for key in value.model_extra or {}:  # which of its keys are secrets is for the package to say
                yield _setting(MASK, [*path, key], [*names, key], file, given=True)
        case BaseModel():
            for key in type(value).model_fields:
                own = given and key in value.model_fields_set
                yield from _walk(getattr(value, key), [*path, key], [*names, key], file, given=own)
        case [BaseModel(), *_]:
            for place, each in enumerate(value):
                known = getattr(each, "slug", "") or getattr(each, "title", "") or str(place + 1)
                yield from _walk(each, [*path, str(place)], [*names, known], file, given=given)
        case dict() if any(isinstance(each, BaseModel) for each in value.values()):
            for key, each in value.items():
                yield from _walk(each, [*path, key], [*names, key], file, given=given)
        case None:
            return
        case _:
            yield _setting(_plain(value, path), path, names, file, given=given)


def _setting(value: Any, path: list[str], names: list[str], file: str, *, given: bool) -> Setting:
    return Setting(".".join(names), value, variable_of(path)[0] or (file if given else "default"))


def _plain(value: Any, path: list[str]) -> Any:
    """A value as TOML and JSON know it, without what nobody shall read."""
    match value:
        case SecretStr():
            return MASK
        case timedelta():
            return write_duration(value)
        case Path():
            return str(value)
        case str() if path == ["storage", "url"]:
            return PASSWORD.sub(rf"\g<1>{MASK}", value)
        case _:
            return value


def _toml(value: Any) -> str:
    match value:
        case dict():
            pairs = ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {_toml(each)}" for key, each in value.items())
            return f"{{ {pairs} }}" if pairs else "{}"
        case _:
            return json.dumps(value, ensure_ascii=False)
