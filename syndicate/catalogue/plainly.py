"""Read a mapping by the readers of its model alone, where each of its values can be used. Pure.

pydantic spends more on a front matter than the readers of its values do. What it adds is what is said of values that cannot be used, so a
mapping that holds one is left to it as a whole. The readers are the model's own: they are named in `wire`, and nowhere else.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, TypeVar, cast

from syndicate.catalogue.markup import is_plain_url, secure_url
from syndicate.catalogue.values import MOST_PIXELS, Bearings, Context, provider_of
from syndicate.catalogue.wire import ProviderFields, Wire, fields_of, written
from syndicate.model import Image

if TYPE_CHECKING:
    from collections.abc import Callable

Model = TypeVar("Model", bound=Wire)

NAMED = {"name", "domain"}
NOWHERE = Context(Bearings("UTC", str))
"""A provider refers to nothing beside it."""


class Plain:
    """What has the attributes of a model, and takes a tenth of the time to build."""

    def __init__(self, attributes: dict[str, object]) -> None:
        self.__dict__ = attributes


def read_plainly(model: type[Model], values: object, context: Context) -> Model | None:
    """What `model` makes of `values`, attribute by attribute, or `None` where pydantic must have its say."""
    if type(values) is not dict:
        return None
    readers, defaults, required = _table(model)  # type: ignore[arg-type]  # mypy takes no class for hashable
    if not required <= values.keys():
        return None
    found: dict[str, object] = {**defaults, "model_extra": (extra := {})}
    try:
        for key, value in values.items():
            if key in readers:
                name, read, asks = readers[key]
                found[name] = read(value, context) if asks else read(value)
            else:
                extra[key] = value
    except ValueError:
        return None
    return cast("Model", Plain(found))


def plain_image(value: object) -> Image | None:
    """The picture of a mapping that holds an address, whole pixels and nothing to clean; `None` for any other."""
    if type(value) is not dict or "alt" in value:
        return None
    url, width, height = value.get("url"), value.get("width"), value.get("height")
    if type(width) is type(height) is int and type(url) is str and is_plain_url(url):
        return Image(secure_url(url), width, height) if 0 < width <= MOST_PIXELS >= height > 0 else None
    return None


@cache
def _table(model: type[Wire]) -> tuple[dict[str, tuple[str, Callable[..., object], bool]], dict[str, object], frozenset[str]]:
    """The readers of a model by the keys of its fields, with the names of its attributes; the defaults; the keys it cannot do without."""
    fields = fields_of(model)  # type: ignore[arg-type]  # mypy takes no class for hashable
    readers = {written(name): (name, *_reader(name, read)) for name, (_, read) in fields.items()}
    defaults = {name: getattr(model, name) for name in fields if hasattr(model, name)}
    return readers, defaults, frozenset(written(name) for name in fields if name not in defaults)


def _reader(name: str, read: Callable[..., object] | None) -> tuple[Callable[..., object], bool]:
    """What reads a value, and whether it asks for its context. A provider is a mapping itself."""
    if name == "provider":
        return _read_provider, False
    return (read, read.__code__.co_argcount > 1) if read else (lambda value: value, False)


def _read_provider(value: object) -> ProviderFields | None:
    """Who published an article, if it is said. Raises `ValueError` where pydantic must have its say."""
    fields = provider_of(value)
    if fields is None:
        return None
    if type(fields) is dict and fields.keys() == NAMED and type(fields["name"]) is type(fields["domain"]) is str:
        found = _named(fields["name"], fields["domain"])
    else:
        found = read_plainly(ProviderFields, fields, NOWHERE)
    if found is None:
        raise ValueError(value)
    return found


@lru_cache(maxsize=1024)  # a few publishers write most of the articles
def _named(name: str, domain: str) -> ProviderFields | None:
    return read_plainly(ProviderFields, {"name": name, "domain": domain}, NOWHERE)
