"""Commands that send: `send`, `outbox list`, `outbox retry`, `outbox cancel`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from syndicate.cli import completing, options, screen
from syndicate.cli.running import desk_of, open_ledger, told

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.config import Digest
    from syndicate.delivery.envelopes import Receipt
    from syndicate.publishing.running import Desk
    from syndicate.publishing.sending import Draft

MANY = 50
"""People to whom a digest is not sent for the first time without asking."""

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


def send(
    digest: options.Digest,
    to: Annotated[str | None, typer.Option("--to", metavar="ADDRESS", help="Only a test copy, to this address; records nothing.")] = None,
    edition: Annotated[
        str,
        typer.Option(
            "--edition",
            metavar="KEY",
            autocompletion=completing.editions,
            help="With --to: a copy of this edition, as it was recorded.",
            show_default=False,
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent to how many, and send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the first sending to many people.")] = False,
    at: options.At = "now",
    storage: options.Storage = None,
    config: options.Config = None,
) -> None:
    """Send an edition now, of everything since the last one.

    Records the edition and mails it to everybody who gets the digest; before the first one to many people it asks. With --to it sends one
    copy and records nothing: of what would be sent now, of the last edition where nothing is new, or of the one that --edition names.

        syndicate send weekly --dry-run --at 2026-11-16T12:00
        syndicate send weekly --to you@example.org --at 2026-11-16T12:00
        syndicate send weekly --to you@example.org --edition weekly/2026-11-16
    """
    from syndicate.config import load_settings
    from syndicate.publishing.sending import send_copy

    if edition and not to:
        raise typer.BadParameter("--edition sends a copy of an edition that is recorded; say to whom with --to", param_hint="--edition")
    settings = load_settings(config)
    item, now = settings.digest(digest), options.moment(at, settings, options.clock())
    with screen.reading(settings) as library:
        desk = desk_of(library, open_ledger(settings, storage), None, screen.Log())
        if edition:
            _copy(edition, desk, str(to))
        draft = _drafted(item, desk, now, to)
        _show(draft)
        if not draft.edition.entries and item.when_empty == "skip":
            reason = f"nothing to send: no article fits since the last edition; `syndicate explain {digest}` says why"
            screen.tell(reason, failed=True)
            raise typer.Exit(1)
        if dry_run:
            return
        if to:
            _end(send_copy(draft.edition, draft.letter, settings, to), to)
        if draft.first and draft.audience > MANY and not yes:
            _ask(draft)
        _send(item, desk, draft, now)


def _drafted(item: Digest, desk: Desk, now: datetime, to: str | None) -> Draft:
    """What would be sent now; where nothing is new and only a copy is wanted, `to` gets one of the last edition, and that is all."""
    from syndicate.errors import MomentError
    from syndicate.publishing.sending import draft_of, newest_key

    draft, reason = None, None
    try:
        draft = draft_of(item, desk, now=now)
    except MomentError as error:  # there is an edition up to that moment already
        reason = error
    news = draft is not None and (draft.edition.entries or item.when_empty == "send")
    if to and not news and (key := newest_key(item.publication.slug, desk, now=now)):
        screen.tell(f"nothing is new since {key}, so this is a copy of that")
        _copy(key, desk, to)
    if draft is None:
        raise reason or AssertionError
    return draft


def _copy(key: str, desk: Desk, to: str) -> NoReturn:
    """Send a copy of an edition as it was recorded, and end."""
    from syndicate.publishing.sending import recorded_letter, send_copy

    edition, letter = recorded_letter(key, desk)
    screen.show(f"{edition.key}: {letter.subject}")
    _end(send_copy(edition, letter, desk.settings, to), to)


def _end(receipt: Receipt, to: str) -> NoReturn:
    """Say what became of a copy, and end."""
    screen.tell(f"{to}: {receipt.outcome}, {receipt.reason}", failed=receipt.outcome != "sent")
    raise typer.Exit(0 if receipt.outcome == "sent" else 1)


def _send(item: Digest, desk: Desk, draft: Draft, now: datetime) -> None:
    """Record the edition and send it, to everybody or until somebody says stop."""
    from syndicate.publishing.sending import post_due, send_now

    log = screen.Log()
    with screen.sending(draft.audience + draft.others) as progress, screen.until_stopped() as stopping:
        mail = post_due(desk.settings, desk.ledger, clock=options.clock, stopping=stopping, progress=progress)
        outcomes = [told(event, log) for event in chain(send_now(item, desk, now=now, today=options.clock()), mail)]
        stopped = stopping()
    if stopped:
        screen.tell("stopped; the rest is owed, and `syndicate run` sends it", failed=True)
    elif owed := _owed(desk):
        screen.tell(
            f"{screen.count(owed, 'message is', 'messages are')} still owed; `syndicate outbox list` says why, and `syndicate run` tries again"
        )
    if stopped or "failed" in outcomes:
        raise typer.Exit(1)


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
    others = f"; {draft.others:,} more get this digest, and asked for other topics" if draft.others else ""
    size = f"{screen.count(len(edition.entries), 'story', 'stories')}, {len(draft.letter.html.encode()) // 1000} kB"
    screen.show(f"{size}, to {screen.count(draft.audience, 'person', 'people')}{others}")


def _ask(draft: Draft) -> None:
    """Make sure before the first sending to many. Raises `typer.Exit` where there is nobody to ask, or they say no."""
    digest = draft.edition.publication.slug
    question = f"{digest} was never sent before. Send it to {draft.audience:,} people now?"
    if not sys.stdin.isatty():
        screen.complain(f"{question} Say --yes, or look at a copy first: syndicate send {digest} --to you@example.org")
        raise typer.Exit(2)
    if not typer.confirm(question):
        raise typer.Exit(1)
