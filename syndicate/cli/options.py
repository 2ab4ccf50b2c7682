"""The options that commands share, and how their words are read."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from syndicate.cli import completing
from syndicate.model import Order

if TYPE_CHECKING:
    from syndicate.config import Settings
    from syndicate.model import Selection
    from syndicate.windows import Window


def _finite(value: float | None) -> float | None:
    """Keep `nan` and `inf`, which are floats to Python, from being taken for a quality or a heat. Raises `typer.BadParameter`."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"must be a finite number, got {value}")
    return value


Config = Annotated[Path | None, typer.Option("--config", "-c", metavar="FILE", help="The configuration; else the nearest syndicate.toml.")]
At = Annotated[str, typer.Option("--at", metavar="T", help="As of when: 2026-11-16T08:00, now, today, yesterday, 7d.")]
Since = Annotated[str | None, typer.Option(metavar="T", help="From when on; in place of the publication's own window.")]
Until = Annotated[str | None, typer.Option(metavar="T", help="Up to when; T itself is not included.")]
Index = Annotated[bool, typer.Option("--index/--no-index", help="Read only what has changed since last time; or all of it.")]
Json = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]

Topics = Annotated[
    list[str] | None,
    typer.Option(
        "--topic",
        "-t",
        metavar="TOPIC",
        autocompletion=completing.topics,
        help="Only articles on this topic, or one under it; again for more.",
    ),
]
ExcludeTopics = Annotated[
    list[str] | None,
    typer.Option("--exclude-topic", metavar="TOPIC", autocompletion=completing.topics, help="No articles on this topic."),
]
Categories = Annotated[list[str] | None, typer.Option("--category", metavar="NAME", help="Only articles of this category.")]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type", metavar="NAME", autocompletion=completing.among("article", "video"), help="Only articles of this type: article, video."
    ),
]
Providers = Annotated[list[str] | None, typer.Option("--provider", metavar="NAME", help="Only articles from this provider.")]
ExcludeProviders = Annotated[list[str] | None, typer.Option("--exclude-provider", metavar="NAME", help="No articles from this provider.")]
MinQuality = Annotated[float | None, typer.Option(min=0, metavar="N", callback=_finite, help="The least quality.")]
MinHeat = Annotated[float | None, typer.Option(min=-1, metavar="N", callback=_finite, help="The least heat.")]
PerProvider = Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many from one provider.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="N", help="At most so many.")]
Out = Annotated[Path | None, typer.Option(metavar="DIR", help="Where to write; else out/ beside the configuration.")]
Storage = Annotated[str | None, typer.Option(metavar="URL", help="The database; in place of the configured one.")]

Publication = Annotated[
    str, typer.Argument(metavar="PUBLICATION", autocompletion=completing.publications, help="The slug of a feed or digest.")
]
Digest = Annotated[str, typer.Argument(metavar="DIGEST", autocompletion=completing.digests, help="The slug of a digest.")]
Key = Annotated[str, typer.Argument(metavar="KEY", autocompletion=completing.editions, help="An edition's key, such as weekly/2026-11-16.")]


def order(text: str) -> Order:
    """One of the orders that a selection can have. Raises `typer.BadParameter`."""
    for known in get_args(Order):
        if text == known:
            return known  # type: ignore[no-any-return]  # get_args forgets what it was given
    raise typer.BadParameter(f"must be one of {', '.join(get_args(Order))}, got {text!r}")


def clock() -> datetime:
    """The moment it is: the one place where the command line asks, once per command and for `--at` alone."""
    return datetime.now(UTC)


def local(moment: datetime | None, settings: Settings) -> str:
    """A moment as the site's people read it: `2026-11-16 08:00`; nothing where there is none."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo(settings.site.timezone)).strftime("%Y-%m-%d %H:%M") if moment else ""


def moment(text: str, settings: Settings, now: datetime, option: str = "--at") -> datetime:
    """A moment as somebody typed it after `option`, in the site's time zone; `7d` counts back from `now`. Raises `MomentError`."""
    from syndicate.errors import MomentError
    from syndicate.windows import read_moment

    try:
        return read_moment(text, zone=settings.site.timezone, now=now)
    except MomentError as error:
        raise MomentError(f"{option}: {error}") from error


def span(since: str | None, until: str | None, settings: Settings, now: datetime) -> Window | None:
    """The window that `--since` and `--until` ask for; one of them alone is completed by `now`, or 90 days before.

    `today` and `7d` count from `now`, so that with `--at` everything is as it was then.
    """
    from syndicate.config.tables import FeedTable
    from syndicate.windows import Window

    if since is None and until is None:
        return None
    end = moment(until, settings, now, "--until") if until else now
    reach = FeedTable.model_fields["window"].default
    start = moment(since, settings, now, "--since") if since else end - reach
    return Window(start, end, settings.site.timezone)


def selection_from(settings: Settings, **asked: object) -> Selection:
    """The selection that a command's options describe."""
    from syndicate.config.publications import selection_of

    return selection_of({key: value for key, value in asked.items() if value is not None}, settings.parents)
