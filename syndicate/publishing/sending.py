"""Send a digest now, or what is owed of any: the shell around editions on demand, test copies and the post office. [I/O]"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from email.utils import parseaddr
from secrets import token_hex
from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Envelope
from syndicate.delivery.mailing import Mailing
from syndicate.delivery.message import form_of
from syndicate.errors import MomentError, UnknownEditionError
from syndicate.letters import concerns, letter_of
from syndicate.model import Subscriber
from syndicate.publishing.deciding import compose_due
from syndicate.publishing.due import Due
from syndicate.publishing.office import open_office, transport_of
from syndicate.publishing.posting import post
from syndicate.publishing.running import Event, run_window, send_owed
from syndicate.publishing.signup.posting import post_signups
from syndicate.storage import Outbox
from syndicate.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime, timedelta

    from syndicate.config import Digest, Settings
    from syndicate.delivery.envelopes import Receipt
    from syndicate.letters import Letter
    from syndicate.model import Edition
    from syndicate.publishing.running import Desk
    from syndicate.storage import Ledger

BY_HAND = "sent by hand"


@dataclass(frozen=True, slots=True)
class Draft:
    """What `send` would send: the edition, the letter for everybody, how many would get one, whether the digest was ever mailed.

    `others` get the digest, and none of these stories is on their topics.
    """

    edition: Edition
    letter: Letter
    audience: int
    others: int
    first: bool


def draft_of(digest: Digest, desk: Desk, *, now: datetime) -> Draft:
    """The edition that `send` would make now: of everything since the last one. Writes nothing. Raises `MomentError`."""
    from syndicate.emitters.digest import render_digest

    slug, outbox = digest.publication.slug, Outbox(desk.ledger.engine)
    window = window_now(digest, desk, now=now)
    edition = compose_due(digest, desk.catalogue(), window, desk.ledger, now=now).edition
    rendering = render_digest(edition)
    mailing, wishes = Mailing.of(edition, rendering, desk.settings.parents), outbox.audience(slug)
    audience = sum(count for topics, count in wishes.items() if concerns(rendering, mailing.wanted(topics)))
    return Draft(edition, letter_of(rendering), audience, sum(wishes.values()) - audience, not outbox.was_mailed(slug))


def window_now(digest: Digest, desk: Desk, *, now: datetime) -> Window:
    """From the end of the last edition, or the last scheduled time but one, up to `now`. Raises `MomentError`."""
    bounds = desk.ledger.bounds(digest.publication.slug)
    start = bounds[1].end if bounds else digest.window(now).start
    if now <= start:
        raise MomentError(f"--at: {digest.publication.slug} has an edition up to {start:%Y-%m-%d %H:%M} UTC already; name a later moment")
    return Window(start, now, digest.cadence.zone)


def send_now(digest: Digest, desk: Desk, *, now: datetime, today: datetime) -> Iterator[Event]:
    """Make an edition of everything since the last one up to `now`, record it, and write its documents; its messages are owed then."""
    slug = digest.publication.slug
    yield from send_owed(slug, desk, now=now)
    event = run_window(digest, Due(window_now(digest, desk, now=now), "run", BY_HAND), desk, now, today=today)
    if event:
        yield event
    yield from send_owed(slug, desk, now=now)


def newest_key(slug: str, desk: Desk, *, now: datetime) -> str:
    """The key of the newest edition up to `now` of which there is a letter; nothing where there is none."""
    outbox = Outbox(desk.ledger.engine)
    found = (record.key for record in desk.ledger.editions(slug) if record.end <= now and record.state in {"recorded", "sent"})
    return next((key for key in found if outbox.mailing_of(key)), "")


def recorded_letter(key: str, desk: Desk) -> tuple[Edition, Letter]:
    """The letter for everybody of an edition as it was recorded. Raises `UnknownEditionError`."""
    record, found = desk.ledger.edition(key), Outbox(desk.ledger.engine).mailing_of(key)
    if found is None:
        raise UnknownEditionError(
            f"{key}: has no letter, for it is {record.state}: {record.reason}; `syndicate editions list` shows the others"
        )
    mailing = Mailing.unpack(found.body)
    return mailing.edition, letter_of(mailing.rendering)


def send_copy(edition: Edition, letter: Letter, settings: Settings, address: str) -> Receipt:
    """Send a letter to one address, as it would look to them, and record nothing."""
    digest = edition.publication
    mailbox = parseaddr(digest.sender)[1]
    reader = Subscriber(address, "", digest.mailto("unsubscribe"), digest.mailto("preferences"))
    # A number of its own: who gets the edition as well would be shown one of two messages that have the same.
    form = replace(form_of(letter, edition), key=f"{edition.key}/copy/{token_hex(8)}")
    envelope = Envelope(mailbox, address, form.message(reader))

    async def send() -> Receipt:
        session = transport_of(settings).session()
        try:
            return await session.send(envelope)
        finally:
            await session.close()

    return asyncio.run(send())


def post_due(
    settings: Settings,
    ledger: Ledger,
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    progress: Callable[[int], None] = lambda done: None,  # noqa: ARG005
    most: int | None = None,
) -> Iterator[Event]:
    """Send what is owed, or `most` deliveries of it, and say what came of it; nothing is said where nothing was due.

    The time is the ledger's, where machines share one: leases and rates hold by one clock.
    """
    clock = _shifted(clock, ledger.skew())
    yield from _confirmations(settings, ledger, clock=clock, stopping=stopping)
    outbox = Outbox(ledger.engine)
    now = clock()
    outbox.expire(now=now)
    due = outbox.next_due(now=now)
    if (due is None or due > now) and not outbox.leases():
        return
    office = open_office(settings, ledger, clock=clock, stopping=stopping)
    done = post(replace(office, progress=progress, most=most))
    counts = {state: count for state, count in sorted(done.states.items()) if count}
    if counts:
        reason = ", ".join(f"{count:,} {state}" for state, count in counts.items())
        yield Event("mail", "mailed", reason)
    for edition, reason in done.stopped.items():
        yield Event("mail", "failed", f"{office.outbox.key_of(edition)} is stopped: {reason}")


def _shifted(clock: Callable[[], datetime], by: timedelta) -> Callable[[], datetime]:
    return lambda: clock() + by


def _confirmations(settings: Settings, ledger: Ledger, *, clock: Callable[[], datetime], stopping: Callable[[], bool]) -> Iterator[Event]:
    """Send the letters that ask people to confirm, and say what came of it. They come first, for somebody waits for each."""
    done = post_signups(settings, ledger, clock=clock, stopping=stopping)
    if done:
        yield Event("signups", "mailed", ", ".join(f"{count:,} {state}" for state, count in sorted(done.items())))
