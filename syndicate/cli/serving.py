"""The command that answers: `serve`."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path  # noqa: TC003  Typer reads the annotation
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import completing, options, running, screen

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Thread

    from syndicate.config import Settings
    from syndicate.storage import Ledger
    from syndicate.web.site import Routes

Host = Annotated[str | None, typer.Option(metavar="ADDRESS", help="Where to listen; else as configured, 127.0.0.1.", show_default=False)]
Port = Annotated[int | None, typer.Option(min=0, max=65535, metavar="N", help="Else as configured, 8000.", show_default=False)]
LOOK = 0.5
"""Seconds between two looks whether somebody has said stop."""


def serve(
    host: Host = None,
    port: Port = None,
    print_config: Annotated[
        str | None,
        typer.Option(
            metavar="nginx|caddy", autocompletion=completing.among("nginx", "caddy"), help="Print these rules for another server, and exit."
        ),
    ] = None,
    storage: options.Storage = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="What to serve; else out/ beside the configuration.")] = None,
    config: options.Config = None,
) -> None:
    """Serve out/ and the pages to subscribe on, until stopped.

    Answers over HTTP on this machine alone, unless --host says otherwise; it is meant to stand behind a proxy. Renders nothing: that is
    for `syndicate render`, or for `syndicate run --serve`, which does both.

        syndicate serve
        syndicate serve --print-config nginx
    """
    from syndicate.config import load_settings

    settings = load_settings(config)
    folder = out or settings.root / "out"
    if print_config is not None:
        typer.echo(_printed(print_config, settings, folder, host, port), nl=False)
        return
    log = screen.Log()
    with (
        closing(running.open_ledger(settings, storage)) as ledger,
        screen.until_stopped() as stopped,
        answering(settings, ledger, folder, log, host=host, port=port) as thread,
    ):
        while thread.is_alive() and not stopped():
            thread.join(LOOK)
        if not stopped():
            raise typer.Exit(1)  # it has said on stderr what befell it


@contextmanager
def answering(
    settings: Settings, ledger: Ledger, out: Path, log: screen.Log, *, host: str | None = None, port: int | None = None
) -> Iterator[Thread]:
    """Serve `out` in a thread of its own while the block runs; raises `typer.BadParameter` where the port is taken."""
    from syndicate.web.serving import listen_at, serving, url_of
    from syndicate.web.site import site

    place, number = host or settings.serve.host, settings.serve.port if port is None else port
    try:
        listening = listen_at(place, number)
    except OSError as error:
        reason = f"{place}:{number}: cannot be listened on ({error.strerror}); choose another"
        raise typer.BadParameter(reason, param_hint="--port") from error
    with _pages(settings, ledger, log) as routes:
        app = site(settings, ledger, out, clock=options.clock, routes=routes)
        with serving(app, listening) as thread:
            log.line("serving", address=url_of(listening))
            yield thread
    log.line("served")


@contextmanager
def _pages(settings: Settings, ledger: Ledger, log: screen.Log) -> Iterator[Routes]:
    """The pages on which people subscribe and leave, where there is a digest; in the end, a confirmation that is going out is waited for."""
    if not settings.digests:
        yield ()
        return
    from syndicate.web.signup import Doors

    def tell(trouble: str) -> None:
        log.logger.error("signup", reason=trouble)

    with closing(Doors.of(settings, ledger, now=options.clock, tell=tell)) as doors:
        yield doors.routes


def _printed(program: str, settings: Settings, out: Path, host: str | None, port: int | None) -> str:
    """The configuration of another server. Raises `typer.BadParameter` for one that is not known."""
    from syndicate.web.outlet.hosts import PROGRAMS, backend, listens
    from syndicate.web.outlet.rules import Rules

    if program not in PROGRAMS:
        raise typer.BadParameter(f"must be one of {', '.join(PROGRAMS)}, got {program!r}", param_hint="--print-config")
    rules, table = Rules.of(settings), settings.serve
    behind = backend(table.host, table.port) if settings.digests else ""
    return PROGRAMS[program](rules, out, listen=listens(program, rules, host, port), behind=behind)
