"""The command that works by itself: `run`."""

from __future__ import annotations

import threading
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path  # noqa: TC003  Typer reads the annotation
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import options, screen

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from syndicate.catalogue import Holdings
    from syndicate.config import Settings
    from syndicate.publishing import Library
    from syndicate.publishing.running import Desk, Event
    from syndicate.storage import Ledger


def run(
    once: Annotated[bool, typer.Option("--once", help="Do what is due and exit, for people with cron.")] = False,
    at: Annotated[str | None, typer.Option("--at", metavar="T", help="With --once: a rehearsal, as if it were T.")] = None,
    send: Annotated[bool, typer.Option("--send/--no-send", help="Whether to send too, or leave that to `syndicate worker`.")] = True,
    serve: Annotated[bool, typer.Option("--serve", help="Also answer over HTTP, as `syndicate serve` does.")] = False,
    storage: options.Storage = None,
    out: options.Out = None,
    config: options.Config = None,
    index: options.Index = True,
) -> None:
    """Render feeds and send digests on schedule, until stopped.

    Writes out/, records each edition and mails it to its subscribers; what could not be sent is tried again. With --once it does what is
    due and ends, for cron. With --once --at it rehearses: it writes and records as if it were then, and mails nobody; give it an --out and a
    --storage of its own if that shall leave no trace.

        syndicate run
        syndicate run --once
        syndicate run --once --at 2026-11-16T08:00
    """
    from syndicate.config import load_settings
    from syndicate.publishing.running import run as run_once
    from syndicate.publishing.sending import post_due

    if once and serve:
        raise typer.BadParameter("--serve goes on until it is stopped; give it without --once")
    if at is not None and not once:
        raise typer.BadParameter("--at rehearses a single moment; give --once too")
    settings = load_settings(config)
    log = screen.Log()
    with screen.reading(settings, indexed=index) as library, closing(open_ledger(settings, storage)) as ledger:
        desk = desk_of(library, ledger, out, log)
        if not once:
            _run_on(desk, log, serve=serve, send=send)
            return
        now, stopped = options.moment(at, settings, options.clock()) if at else options.clock(), False
        outcomes: list[str] = []
        with telling(desk, log) if not at else nullcontext(log.event) as tell:  # a rehearsal calls nobody
            for event in run_once(desk, now=now):
                tell(event)
                outcomes.append(event.outcome)
        if send and not at:  # a rehearsal sends nothing
            with screen.until_stopped() as stopping:
                outcomes += [told(event, log) for event in post_due(desk.settings, desk.ledger, clock=options.clock, stopping=stopping)]
                stopped = stopping()
            if stopped:
                log.line("stopped", reason="the rest is owed")
    if stopped or "failed" in outcomes:
        raise typer.Exit(1)


def _run_on(desk: Desk, log: screen.Log, *, serve: bool, send: bool = True) -> None:
    """Run until stopped, and answer over HTTP meanwhile, if that is asked for: where that ends, all of it does, with exit 1."""
    from syndicate.cli.serving import answering
    from syndicate.scheduler import Scheduler

    log.line("started", storage=desk.ledger.name)
    with (
        answering(desk.settings, desk.ledger, desk.out, log) if serve else nullcontext() as server,
        telling(desk, log) as tell,
    ):
        scheduler = Scheduler(desk, tell, sends=send)
        if server:
            threading.Thread(target=_stop_after, args=(server, scheduler.stopping), name="watch server", daemon=True).start()
        scheduler.run()
        ended = server is not None and not server.is_alive()
    log.line("stopped", **{"reason": "the server has ended"} if ended else {})
    if ended:
        raise typer.Exit(1)  # whoever restarts programs must hear of it


def _stop_after(server: threading.Thread, stopping: threading.Event) -> None:
    """Have the rest stop when the server has ended: it has said on stderr what befell it."""
    server.join()
    stopping.set()


@contextmanager
def telling(desk: Desk, log: screen.Log) -> Iterator[Callable[[Event], None]]:
    """What logs an event, and tells the hub of feeds that changed."""
    from syndicate.publishing.pinging import pinging

    def said(outcome: str, feeds: int, reason: str) -> None:
        facts = {"outcome": outcome, "feeds": feeds} | ({"reason": reason} if reason else {})
        (log.logger.warning if outcome == "failed" else log.logger.info)("hub", **facts)

    with pinging(desk.settings, desk.out, said) as hear:

        def tell(event: Event) -> None:
            log.event(event)
            hear(event)

        yield tell


def open_ledger(settings: Settings, storage: str | None = None) -> Ledger:
    """The ledger at `storage`, or the configured one; workers that share it hear of what it records. Raises `StorageError`."""
    from syndicate.storage import Ledger

    ledger = Ledger.open(storage or settings.storage.url, settings.root)
    if ledger.is_shared:
        from syndicate.workers import announce

        ledger.announce = announce
    return ledger


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

    return Desk(library.settings, ledger, read, out or library.settings.root / "out", memory=library.memory, since=options.clock())
