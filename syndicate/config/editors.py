"""How the values of the configuration are told to editors: pieces of JSON Schema, to stand beside a rule in `syndicate.config.fields`.

A pattern may take more than the rule does and never less: what an editor marks must be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import WithJsonSchema


def told(title: str, *examples: str, **more: str) -> WithJsonSchema:
    """Text: what such a value is called, examples of it, and a pattern where one says it."""
    return WithJsonSchema({"type": "string", "title": title, **({"examples": list(examples)} if examples else {}), **more})


@dataclass(frozen=True, slots=True)
class Formats:
    """A format: one of our `own`, or one that a package adds which is installed where the schema is made."""

    own: tuple[str, ...]

    def __get_pydantic_json_schema__(self, _: object, __: object) -> dict[str, Any]:
        from syndicate.emitters.added import names

        return {"type": "string", "title": "format", "enum": [*self.own, *names()]}
