"""Commands about what is owed to whom: `outbox list`, `outbox retry`, `outbox cancel`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from syndicate.cli import completing, options, screen
from syndicate.cli.running import open_ledger

States = Annotated[
    list[str] | None,
    typer.Option(
        "--state",
        metavar="STATE",
        autocompletion=completing.deliveries,
        help="Only in this state: deferred, uncertain, refused ...",
    ),
]

outbox = typer.Typer(help="What is owed to whom, and what became of it.", no_args_is_help=True)


@outbox.command("list")
def list_outbox(
    edition: Annotated[
        str, typer.Argument(metavar="KEY", autocompletion=completing.editions, help="Only of this edition.", show_default=False)
    ] = "",
    state: States = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 50,
    storage: options.Storage = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """List deliveries: to whom, in which state, and why.

    Reads what is recorded and sends nothing.

        syndicate outbox list
        syndicate outbox list weekly/2026-11-16 --state deferred --state uncertain
    """
    from syndicate.config import load_settings
    from syndicate.storage import Outbox

    settings = load_settings(config)
    found = Outbox(open_ledger(settings, storage).engine)
    rows = found.deliveries(edition, states=state or (), limit=limit)
    if json:
        screen.show_json(
            [{name: getattr(value, "isoformat", lambda value=value: value)() for name, value in asdict(row).items()} for row in rows]
        )
        return
    shown = screen.table("edition", "to", "state", "tries", "next", "reason", right=("tries",), fold=("reason",))
    for row in rows:
        due = options.local(row.next_at, settings) if row.state in {"planned", "deferred"} else ""
        shown.add_row(row.key, row.address or "erased", row.state, str(row.attempts), due, row.reason)
    screen.show(shown)
    for key, reason in found.held().items():
        screen.tell(f"{key} is stopped: {reason}")


@outbox.command()
def retry(
    edition: options.Key,
    state: States = None,
    storage: options.Storage = None,
    config: options.Config = None,
) -> None:
    """Go on with an edition that was stopped, or try again.

    Records that the deliveries in the states named are owed again, and sends nothing by itself: `syndicate run` does. What is uncertain
    may have arrived, so who names that state may send a letter twice.

        syndicate outbox retry weekly/2026-11-16 --state refused
    """
    from syndicate.config import load_settings
    from syndicate.storage import Outbox

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    ledger.edition(edition)
    now = options.clock()
    count = Outbox(ledger.engine).retry(edition, states=_known(state or []), now=now, expires_at=now + settings.mail.expires)
    again = (
        f"{screen.count(count, 'delivery', 'deliveries')} owed again" if state else "goes on, if it was stopped; name a --state to owe more"
    )
    screen.tell(f"{edition}: {again}; `syndicate run` sends what is owed")


@outbox.command()
def cancel(edition: options.Key, storage: options.Storage = None, config: options.Config = None) -> None:
    """Send nothing more of an edition.

    Records that what is still owed of it is cancelled; what has gone out is out.

        syndicate outbox cancel weekly/2026-11-16
    """
    from syndicate.config import load_settings
    from syndicate.storage import Outbox

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    ledger.edition(edition)
    count = Outbox(ledger.engine).cancel(edition, now=options.clock(), reason="cancelled by hand")
    screen.tell(f"{edition}: {screen.count(count, 'delivery', 'deliveries')} cancelled")


def _known(states: list[str]) -> list[str]:
    """States that can be tried again. Raises `typer.BadParameter`."""
    again = ("uncertain", "refused", "expired", "cancelled", "deferred")
    if strange := [state for state in states if state not in again]:
        raise typer.BadParameter(f"must be one of {', '.join(again)}, got {strange[0]!r}")
    return states
