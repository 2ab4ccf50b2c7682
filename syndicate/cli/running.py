"""The command that works by itself: `run`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path  # noqa: TC003  Typer reads the annotation
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import options, screen

if TYPE_CHECKING:
    from collections.abc import Collection

    from syndicate.catalogue import Holdings
    from syndicate.config import Settings
    from syndicate.publishing import Library
    from syndicate.publishing.running import Desk, Event
    from syndicate.storage import Ledger

Storage = Annotated[str | None, typer.Option(metavar="URL", help="The ledger; in place of the configured one.")]


def run(
    once: Annotated[bool, typer.Option("--once", help="Do what is due and exit, for people with cron.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="With --once: a rehearsal, as if it were T.")] = None,
    storage: Storage = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; out/ beside the configuration, if not given.")] = None,
    config: options.Config = None,
    index: options.Index = True,
) -> None:
    """Render feeds and send digests on schedule, until stopped."""
    from syndicate.config import load_settings
    from syndicate.publishing.running import run as run_once
    from syndicate.publishing.sending import post_due

    if at is not None and not once:
        raise typer.BadParameter("--at rehearses a single moment; give --once too")
    settings = load_settings(config)
    log = screen.Log()
    with screen.reading(settings, indexed=index) as library, closing(open_ledger(settings, storage)) as ledger:
        desk = desk_of(library, ledger, out, log)
        if not once:
            from syndicate.scheduler import Scheduler

            log.line("started", storage=ledger.name)
            Scheduler(desk, log.event).run()
            log.line("stopped")
            return
        now, stopped = options.moment(at, settings, options.clock()) if at else options.clock(), False
        outcomes = [told(event, log) for event in run_once(desk, now=now)]
        if not at:  # a rehearsal sends nothing
            with screen.until_stopped() as stopping:
                outcomes += [told(event, log) for event in post_due(desk, clock=options.clock, stopping=stopping)]
                stopped = stopping()
            if stopped:
                log.line("stopped", reason="the rest is owed")
    if stopped or "failed" in outcomes:
        raise typer.Exit(1)


def open_ledger(settings: Settings, storage: str | None = None) -> Ledger:
    """The ledger at `storage`, or the configured one. Raises `StorageError`."""
    from syndicate.storage import Ledger

    return Ledger.open(storage or settings.storage.url, settings.root)


def told(event: Event, log: screen.Log) -> str:
    """Log an event; its outcome."""
    log.event(event)
    return event.outcome


def desk_of(library: Library, ledger: Ledger, out: Path | None, log: screen.Log) -> Desk:
    """What the run works with."""
    from syndicate.publishing.running import Desk

    def read(among: Collection[Path] | None = None) -> Holdings:
        catalogue = library.read(among)
        log.problems(catalogue.problems)
        return catalogue

    return Desk(library.settings, ledger, read, out or library.settings.root / "out", memory=library.memory)
