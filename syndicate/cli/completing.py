"""What a shell offers for a value when somebody presses Tab. It reads the configuration and what is recorded, and writes nothing.

Where anything is amiss nothing is offered: a shell is no place for an error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import typer  # noqa: TC002  Typer reads the annotations

from syndicate.model import Order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from syndicate.config import Settings
    from syndicate.config.tables import DigestTable, FeedTable

Offered = list[str | tuple[str, str]]
"""Values, alone or with a word about each, which zsh and fish show beside it."""


def publications(ctx: typer.Context, incomplete: str) -> Offered:
    """The slugs of feeds and digests, with their titles."""
    return _offered(ctx, incomplete, lambda settings: _told(settings.feeds) + _told(settings.digests))


def digests(ctx: typer.Context, incomplete: str) -> Offered:
    """The slugs of digests, with their titles."""
    return _offered(ctx, incomplete, lambda settings: _told(settings.digests))


def topics(ctx: typer.Context, incomplete: str) -> Offered:
    """The topics that the configuration names."""
    from syndicate.config.topics import topics_named

    return _offered(ctx, incomplete, topics_named)


def editions(ctx: typer.Context, incomplete: str) -> Offered:
    """The keys of editions that are recorded, newest first."""
    from syndicate.storage.peeking import edition_keys

    return _offered(ctx, incomplete, lambda settings: edition_keys(ctx.params.get("storage") or settings.storage.url, settings.root))


def formats(incomplete: str) -> Offered:
    """The formats, behind those that stand before the last comma."""
    from syndicate.emitters import DIGEST_FORMATS, FEED_FORMATS
    from syndicate.emitters.added import names

    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    known = (*FEED_FORMATS, *DIGEST_FORMATS, *names())
    return [f"{before}{comma}{name}" for name in known if name.startswith(last) and name not in given]


def tables(incomplete: str) -> Offered:
    """The tables of the configuration."""
    from syndicate.config import TABLES

    return [name for name in TABLES if name.startswith(incomplete)]


def deliveries(incomplete: str) -> Offered:
    """The states that a delivery can be in."""
    from syndicate.delivery.policy import State

    return among(*get_args(State))(incomplete)


def orders(incomplete: str) -> Offered:
    """The orders that a selection can have."""
    return among(*get_args(Order))(incomplete)


def among(*values: str) -> Callable[[str], Offered]:
    """What offers these values."""

    def offer(incomplete: str) -> Offered:
        return [value for value in values if value.startswith(incomplete)]

    return offer


def _told(tables: Iterable[FeedTable | DigestTable]) -> list[tuple[str, str]]:
    return [(each.slug, each.title) for each in tables]


def _offered(ctx: typer.Context, incomplete: str, found: Callable[[Settings], Iterable[Any]]) -> Offered:
    """What is found in the configuration and goes on from what was typed."""
    from syndicate.config import load_settings
    from syndicate.errors import SyndicateError

    try:
        return list(_fitting(found(load_settings(ctx.params.get("config"))), incomplete))
    except (SyndicateError, OSError):
        return []


def _fitting(found: Iterable[str | tuple[str, str]], incomplete: str) -> Iterator[str | tuple[str, str]]:
    yield from (each for each in found if (each if isinstance(each, str) else each[0]).startswith(incomplete))
