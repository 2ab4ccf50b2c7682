"""The command that sends an edition now: `send`."""

from __future__ import annotations

import sys
from itertools import chain
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from syndicate.cli import completing, options, screen
from syndicate.cli.running import desk_of, open_ledger, told

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.config import Digest, Settings
    from syndicate.delivery.envelopes import Receipt
    from syndicate.publishing.running import Desk
    from syndicate.publishing.sending import Draft

MANY = 50
"""People to whom a digest is not sent for the first time without asking."""


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
    if edition and edition.partition("/")[0] != digest:
        raise typer.BadParameter(f"{edition} is no edition of {digest}; name one of the two by the other", param_hint="--edition")
    settings = load_settings(config)
    item, now = settings.digest(digest), options.moment(at, settings, options.clock())
    with screen.reading(settings) as library:
        desk = desk_of(library, open_ledger(settings, storage), None, screen.log())
        if edition:
            _copy(edition, desk, str(to), dry_run=dry_run)
        draft = _drafted(item, desk, now, to, dry_run=dry_run)
        _show(draft, to)
        if not draft.edition.entries and item.when_empty == "skip":
            reason = f"nothing to send: no article fits since the last edition; `syndicate explain {digest}` says why"
            screen.tell(reason, failed=True)
            raise typer.Exit(1)
        if dry_run:
            return
        if to:
            _end(send_copy(draft.edition, draft.letter, settings, to), to, settings)
        if draft.first and draft.audience > MANY and not yes:
            _ask(draft)
        _send(item, desk, draft, now)


def _drafted(item: Digest, desk: Desk, now: datetime, to: str | None, *, dry_run: bool) -> Draft:
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
        _copy(key, desk, to, dry_run=dry_run)
    if draft is None:
        raise reason or AssertionError
    return draft


def _copy(key: str, desk: Desk, to: str, *, dry_run: bool) -> NoReturn:
    """Send a copy of an edition as it was recorded, or only say of which, and end."""
    from syndicate.publishing.sending import recorded_letter, send_copy

    edition, letter = recorded_letter(key, desk)
    screen.show(f"{edition.key}: {letter.subject}")
    if dry_run:
        raise typer.Exit
    _end(send_copy(edition, letter, desk.settings, to), to, desk.settings)


def _end(receipt: Receipt, to: str, settings: Settings) -> NoReturn:
    """Say what became of a copy, which is not tried again, and end."""
    sent, known = receipt.outcome == "sent", receipt.outcome in {"sent", "uncertain"}
    screen.tell(f"{to}: {receipt.outcome if known else 'not sent'}, {receipt.reason}", failed=not sent)
    if receipt.reason.startswith(f"{settings.smtp.host}:") and "smtp" not in settings.model_fields_set:
        screen.tell("nothing is said of a relay: write where yours is below [smtp] in the configuration", failed=True)
    raise typer.Exit(0 if sent else 1)


def _send(item: Digest, desk: Desk, draft: Draft, now: datetime) -> None:
    """Record the edition and send it, to everybody or until somebody says stop."""
    from syndicate.publishing.sending import post_due, send_now

    log = screen.log()
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


def _owed(desk: Desk) -> int:
    """How many messages wait for another try."""
    from syndicate.storage import Outbox

    tally = Outbox(desk.ledger.engine).tally()
    return sum(counts.get(state, 0) for counts in tally.values() for state in ("planned", "deferred"))


def _show(draft: Draft, to: str | None) -> None:
    """Say what would go out, and to how many; of a copy, to whom."""
    edition = draft.edition
    screen.show(f"{edition.key}: {draft.letter.subject}")
    others = f"; {draft.others:,} more get this digest, and asked for other topics" if draft.others else ""
    size = f"{screen.count(len(edition.entries), 'story', 'stories')}, {len(draft.letter.html.encode()) // 1000} kB"
    screen.show(f"{size}, a copy for {to}" if to else f"{size}, to {screen.count(draft.audience, 'person', 'people')}{others}")


def _ask(draft: Draft) -> None:
    """Make sure before the first sending to many. Raises `typer.Exit` where there is nobody to ask, or they say no."""
    digest = draft.edition.publication.slug
    question = f"{digest} was never sent before. Send it to {draft.audience:,} people now?"
    if not sys.stdin.isatty():
        screen.complain(f"{question} Say --yes, or look at a copy first: syndicate send {digest} --to you@example.org")
        raise typer.Exit(2)
    if not typer.confirm(question):
        raise typer.Exit(1)
