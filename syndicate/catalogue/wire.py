"""What a front matter may hold, field by field: how each value is read, and what is said of one that cannot be.

The names are the publishers' (camelCase, `publishedDateTime`); `articles` turns them into ours. Each field names the reader of its value;
`plainly` calls them one after the other, and pydantic, whose models `checked` makes, collects all that is wrong.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from syndicate.catalogue.values import (
    provider_of,
    read_address,
    read_domain,
    read_flag,
    read_heat,
    read_items,
    read_label,
    read_moment,
    read_moment_or_none,
    read_pixels,
    read_quality,
    read_required_text,
    read_topics,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

SYNONYMS = {
    "date": "publishedDateTime",
    "lastmod": "updatedDateTime",
    "description": "excerpt",
    "summary": "excerpt",
    "tags": "topics",
    "image": "images",
    "permalink": "originalUrl",
    "link": "originalUrl",
}
"""What Hugo, Jekyll and Eleventy call a field; read where the field itself is not given."""

Text = Annotated[str, read_label]
Number = Annotated[int | float, read_quality]
Heat = Annotated[int | float, read_heat]
Moment = Annotated[datetime, read_moment]
Address = Annotated[str, read_address]
Items = Annotated[list[Any], read_items]
Pixels = Annotated[int | None, read_pixels]


class Wire:
    """A mapping as publishers write it: keys in camelCase, unknown ones carried along in `model_extra`, as pydantic calls it."""

    model_extra: dict[str, object] | None


class ImageFields(Wire):
    """`{url, width, height, alt}`."""

    url: Text
    width: Pixels = None
    height: Pixels = None
    alt: Text = ""


class ProviderFields(Wire):
    """`{name, domain, images}`."""

    name: Text = ""
    domain: Annotated[str, read_domain] = ""
    images: Items = []  # noqa: RUF012  nobody adds to it


class StoryFields(Wire):
    """What an article and its related coverage have in common."""

    title: Annotated[str, read_required_text]
    excerpt: Text = ""
    web_url: Address = ""
    amp_web_url: Address = ""
    cdn_amp_web_url: Address = ""
    type: Text = "article"
    quality: Number = 0
    provider: Annotated[ProviderFields | None, provider_of] = None
    images: Items = []  # noqa: RUF012  nobody adds to it


class RelatedFields(StoryFields):
    """One item of `related`."""

    original_url: Address = ""
    published_date_time: Annotated[datetime | None, read_moment_or_none] = None


class ArticleFields(StoryFields):
    """The front matter of an article. `secured` is the publisher's own: it goes no further."""

    published_date_time: Moment
    updated_date_time: Annotated[datetime | None, read_moment_or_none] = None
    original_url: Address = ""
    id: Text = ""
    category: Text = ""
    heat: Heat = -1
    published: Annotated[bool, read_flag] = True
    draft: Annotated[bool, read_flag] = False
    topics: Annotated[tuple[str, ...], read_topics] = ()
    related: Items = []  # noqa: RUF012
    secured: Any = None


def written(name: str) -> str:
    """A field as publishers write it: `published_date_time` is `publishedDateTime`."""
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


@cache
def fields_of(shape: type[Wire]) -> dict[str, tuple[Any, Callable[..., object] | None]]:
    """The fields of a shape, each with its type and the reader of its value, if it has one."""
    hints = get_type_hints(shape, include_extras=True)
    hints.pop("model_extra")
    return {name: (hint, next(iter(getattr(hint, "__metadata__", ())), None)) for name, hint in hints.items()}


@cache
def checked(shape: type[Wire]) -> type[BaseModel]:
    """The pydantic model of a shape."""
    from pydantic import AliasGenerator, BeforeValidator, ConfigDict, create_model

    fields: dict[str, Any] = {}
    for name, (hint, read) in fields_of(shape).items():  # type: ignore[arg-type]  # mypy takes no class for hashable
        kind = checked(ProviderFields) | None if name == "provider" else getattr(hint, "__origin__", hint)
        fields[name] = (Annotated[kind, BeforeValidator(read)] if read else kind, getattr(shape, name, ...))
    config = ConfigDict(extra="allow", alias_generator=AliasGenerator(validation_alias=written), frozen=True)
    return create_model(shape.__name__, __config__=config, **fields)
