"""How the articles of a workspace are written, as `[articles]` says it: the rules of its values, and the `Conventions` that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from syndicate.catalogue.addresses import check_template
from syndicate.catalogue.conventions import PLAIN, Conventions
from syndicate.hints import hint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from syndicate.config.tables import ArticlesTable

MORE = ("slug",)
"""Fields that no article keeps, and that its address is made of."""


def conventions_of(table: ArticlesTable, *, root: Path, language: str) -> Conventions:
    """The conventions of a workspace below `root`."""
    if not table.model_fields_set & {"dialect", "fields", "address", "url", "base"}:
        return PLAIN
    return Conventions(
        dialect=table.dialect,
        fields=tuple(sorted((ours, tuple(theirs)) for ours, theirs in table.fields.items())),
        address=tuple(sorted(table.address.items())),
        url=table.url.rstrip("/"),
        base=str(root / table.base) if table.base else "",
        language=language,
    )


def site_mistakes(values: Mapping[str, str]) -> dict[str, str]:
    """What `[site]` would say against these values, by their keys; nothing against those that are empty."""
    from pydantic import ValidationError

    from syndicate.config.tables import SiteTable

    try:
        SiteTable.model_validate({key: value for key, value in values.items() if value})
    except ValidationError as error:
        return {str(item["loc"][0]): str(item.get("ctx", {}).get("error", item["msg"])) for item in error.errors()}
    return {}


def _by_section(value: object) -> object:
    """Templates by section, where one alone is for all."""
    return {"*": value} if isinstance(value, str) else value


def _template(text: str) -> str:
    check_template(text)
    return text


def _field(name: str) -> str:
    from syndicate.catalogue.wire import ArticleFields, fields_of, written

    known = [*map(written, fields_of(ArticleFields)), *MORE]
    if name not in known:
        raise ValueError(f"is no field of an article; {hint(name, known)}")
    return name


FieldName = Annotated[str, AfterValidator(_field)]
"""One of our names for what an article holds."""

Templates = Annotated[
    dict[str, Annotated[str, AfterValidator(_template)]],
    BeforeValidator(_by_section),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
            "title": "template of addresses",
            "examples": ["/{year}/{month}/{day}/{slug}/", "/{path}/"],
        }
    ),
]
"""A template of addresses, or one for each section, `*` for all others."""
