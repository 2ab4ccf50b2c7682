"""Commands that send: `send`, `outbox list`, `outbox retry`, `outbox cancel`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import options, screen
from syndicate.cli.running import Storage, desk_of, open_ledger, told

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.config import Digest
    from syndicate.publishing.running import Desk
    from syndicate.publishing.sending import Draft

MANY = 50
"""People to whom a digest is not sent for the first time without asking."""

Key = Annotated[str, typer.Argument(help="An edition's key, such as weekly/2026-11-16.")]
States = Annotated[list[str] | None, typer.Option("--state", help="Only in this state: deferred, uncertain, refused ...")]

outbox = typer.Typer(help="What is owed to whom, and what became of it.", no_args_is_help=True)


def send(
    digest: Annotated[str, typer.Argument(help="The slug of a digest.")],
    to: Annotated[str | None, typer.Option("--to", metavar="ADDRESS", help="Only a test copy, to this address; records nothing.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent to how many, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the first sending to many people.")] = False,
    at: options.At = "now",
    storage: Storage = None,
    config: options.Config = None,
) -> None:
    """Send an edition now, of everything since the last one."""
    from syndicate.config import load_settings
    from syndicate.publishing.sending import draft_of, send_copy

    settings = load_settings(config)
    item, now = settings.digest(digest), options.moment(at, settings, options.clock())
    with screen.reading(settings) as library:
        desk = desk_of(library, open_ledger(settings, storage), None, screen.Log())
        draft = draft_of(item, desk, now=now)
        _show(draft)
        if not draft.edition.entries and item.when_empty == "skip":
            screen.tell(f"nothing to send: no article fits since the last edition; `syndicate explain {digest}` says why")
            raise typer.Exit(1)
        if dry_run:
            return
        if to:
            receipt = send_copy(draft, settings, to)
            screen.tell(f"{to}: {receipt.outcome}, {receipt.reason}")
            raise typer.Exit(0 if receipt.outcome == "sent" else 1)
        if draft.first and draft.audience > MANY and not yes:
            _ask(draft)
        _send(item, desk, draft, now)


def _send(item: Digest, desk: Desk, draft: Draft, now: datetime) -> None:
    """Record the edition and send it, to everybody or until somebody says stop."""
    from syndicate.publishing.sending import post_due, send_now

    log = screen.Log()
    with screen.sending(draft.audience) as progress, screen.until_stopped() as stopping:
        mail = post_due(desk.settings, desk.ledger, clock=options.clock, stopping=stopping, progress=progress)
        outcomes = [told(event, log) for event in chain(send_now(item, desk, now=now, today=options.clock()), mail)]
        stopped = stopping()
    if stopped:
        screen.tell("stopped; the rest is owed, and `syndicate run` sends it")
    elif owed := _owed(desk):
        screen.tell(
            f"{screen.count(owed, 'message is', 'messages are')} still owed; `syndicate outbox list` says why, and `syndicate run` tries again"
        )
    if stopped or "failed" in outcomes:
        raise typer.Exit(1)


@outbox.command("list")
def list_outbox(
    edition: Annotated[str, typer.Argument(help="Only of this edition.")] = "",
    state: States = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    storage: Storage = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """List deliveries: to whom, in which state, and why."""
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
    edition: Key,
    state: States = None,
    storage: Storage = None,
    config: options.Config = None,
) -> None:
    """Go on with an edition that was stopped, and owe deliveries again that are in the states named."""
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
def cancel(edition: Key, storage: Storage = None, config: options.Config = None) -> None:
    """Send nothing more of an edition."""
    from syndicate.config import load_settings
    from syndicate.storage import Outbox

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    ledger.edition(edition)
    count = Outbox(ledger.engine).cancel(edition, now=options.clock(), reason="cancelled by hand")
    screen.tell(f"{edition}: {screen.count(count, 'delivery', 'deliveries')} cancelled")


def _owed(desk: Desk) -> int:
    """How many messages wait for another try."""
    from syndicate.storage import Outbox

    tally = Outbox(desk.ledger.engine).tally()
    return sum(counts.get(state, 0) for counts in tally.values() for state in ("planned", "deferred"))


def _known(states: list[str]) -> list[str]:
    """States that can be tried again. Raises `typer.BadParameter`."""
    again = ("uncertain", "refused", "expired", "cancelled", "deferred")
    if strange := [state for state in states if state not in again]:
        raise typer.BadParameter(f"must be one of {', '.join(again)}, got {strange[0]!r}")
    return states


def _show(draft: Draft) -> None:
    edition = draft.edition
    screen.show(f"{edition.key}: {draft.letter.subject}")
    screen.show(
        f"{screen.count(len(edition.entries), 'story', 'stories')}, {len(draft.letter.html.encode()) // 1000} kB, to {draft.audience:,} people"
    )


def _ask(draft: Draft) -> None:
    """Make sure before the first sending to many. Raises `typer.Exit` where there is nobody to ask, or they say no."""
    digest = draft.edition.publication.slug
    question = f"{digest} was never sent before. Send it to {draft.audience:,} people now?"
    if not sys.stdin.isatty():
        screen.tell(f"syndicate: {question} Say --yes, or look at a copy first: syndicate send {digest} --to you@example.org")
        raise typer.Exit(2)
    if not typer.confirm(question):
        raise typer.Exit(1)
