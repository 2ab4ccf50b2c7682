"""Send the letters that sign-ups owe: claim -> letter -> transport -> receipt -> settle. [I/O]

They go out one after the other, by the transport and within the rates that digests go out by. A letter is marked on disk before it goes
out; cut off then, it goes out once more, and no more after that. Whoever is to stop says so, and the letter in hand is finished.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING

from syndicate.delivery.envelopes import Envelope, Receipt
from syndicate.delivery.notices import build_notice
from syndicate.delivery.policy import CLOSED, again, domain_of, settle, who_closed
from syndicate.delivery.signing import sign as dkim
from syndicate.delivery.tokens import sign, suppression_key
from syndicate.delivery.transports.relays import Patience
from syndicate.emitters.notices import emit_confirmation
from syndicate.errors import UndeliverableError
from syndicate.publishing.office import rules_of, signer_of, transport_of
from syndicate.publishing.rules import Turns
from syndicate.publishing.secrets import keys_of
from syndicate.publishing.signup.offers import offers_of
from syndicate.storage import Outbox, Owed, Settled
from syndicate.storage.confirmations import MOST_IN_DOUBT, Confirmations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from syndicate.config import Settings
    from syndicate.delivery.policy import Doubt, Settlement
    from syndicate.delivery.signing import Signer
    from syndicate.delivery.tokens import Keys
    from syndicate.delivery.transports import Session, Transport
    from syndicate.publishing.rules import Rules
    from syndicate.publishing.signup.offers import Offer
    from syndicate.rates import Bucket
    from syndicate.storage import Ledger
    from syndicate.storage.signups import SignUp

REPLIES = 14
"""Most replies that are waited for with one letter: RSET, MAIL, RCPT, DATA over a connection that then turns out to be lost; over the next one
the greeting, EHLO, STARTTLS, EHLO, three of a login, MAIL, RCPT, DATA."""

SPARE = timedelta(minutes=5)
"""For what is not a server's: the database, a machine that is busy."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """What sending confirmations works with. `links`: the site at which they are confirmed; `bounces`: where they come back to.

    A letter that is still going out after a `lease` was cut off.
    """

    letters: Confirmations
    outbox: Outbox
    transport: Transport
    keys: Keys
    rules: Rules
    offers: Mapping[str, Offer]
    links: str
    lease: timedelta
    bounces: str = ""
    signer: Signer | None = None

    @classmethod
    def of(cls, settings: Settings, ledger: Ledger) -> Letterbox:
        """The letter box of a workspace. Raises `ConfigurationError`, `StorageError`."""
        return cls(
            Confirmations(ledger.engine),
            Outbox(ledger.engine),
            transport_of(settings),
            keys_of(settings, ledger),
            rules_of(settings),
            offers_of(settings),
            settings.mail.links or settings.site.url,
            lease_of(Patience(reply=settings.smtp.timeout)),
            settings.mail.bounces,
            signer_of(settings),
        )


def post_signups(
    settings: Settings, ledger: Ledger, *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False
) -> Counter[str]:
    """Send what is due, and count what came of it; nothing is opened where nothing is due."""
    now = clock()
    due = Confirmations(ledger.engine).next_due(now=now)
    if due is None or due > now:
        return Counter()
    return post(Letterbox.of(settings, ledger), clock=clock, stopping=stopping)


def post(box: Letterbox, *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> Counter[str]:
    """Send what is due, in a loop of our own: that of a server may be uvloop's, which opens connections otherwise."""
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        return runner.run(_post(box, clock, stopping))


async def _post(box: Letterbox, clock: Callable[[], datetime], stopping: Callable[[], bool]) -> Counter[str]:
    """Send what is due, one letter after the other, over one session."""
    done: Counter[str] = Counter()
    session = box.transport.session()
    try:
        while not stopping() and (owed := await asyncio.to_thread(_claim, box, clock())):
            settlement, doubtful = await _send(box, session, owed, clock)
            settled = Settled(owed.number, settlement.state, clock(), settlement.reason, settlement.next_at)
            await asyncio.to_thread(box.letters.settle, settled, doubtful=doubtful)
            done[settlement.state] += 1
    finally:
        await session.close()
    return done


def lease_of(patience: Patience) -> timedelta:
    """After how long a letter that is still going out was cut off: longer than all servers are waited for with it."""
    return timedelta(seconds=2 * patience.connect + REPLIES * patience.reply + 2 * patience.final) + SPARE


def message_of(box: Letterbox, owed: SignUp) -> Envelope:
    """The letter that a sign-up owes, ready to be sent. Raises `UndeliverableError`, `TemplateError`."""
    titles = [box.offers[slug].title for slug in owed.choices if slug in box.offers]
    offer = box.offers.get(owed.digest)
    if offer is None:
        raise UndeliverableError(f"{owed.digest}: is not configured any more")
    digest = offer.digest.publication
    link = f"{box.links}/confirm/{owed.digest}/{sign(box.keys, 'confirm', owed.digest, owed.number, until=owed.expires_at)}"
    letter = emit_confirmation(digest, offer.site, titles, link, days=(owed.expires_at - owed.asked_at).days)
    key = f"confirm/{owed.number}/{owed.asked_at.isoformat()}"
    body = build_notice(letter, sender=digest.sender, recipient=owed.address, host=digest.site.host, key=key, at=owed.asked_at)
    return Envelope(parseaddr(box.bounces or digest.sender)[1], owed.address, dkim(body, box.signer) if box.signer else body)


def _claim(box: Letterbox, now: datetime) -> SignUp | None:
    def share(buckets: Mapping[str, Bucket], owed: SignUp) -> Sequence[Bucket] | timedelta:
        mine = Owed(owed.number, 0, 0, owed.address, "", "", owed.attempts)
        found = Turns(box.rules, now).share(buckets, [mine])
        return found.waiting[mine.id] - now if found.waiting else list(found.buckets)

    return box.letters.claim(
        until=now + box.lease,
        now=now,
        key=lambda mailbox: suppression_key(box.keys, mailbox),
        names=lambda owed: tuple(box.rules.limits(domain_of(owed.address))),
        ration=share,
    )


async def _send(box: Letterbox, session: Session, owed: SignUp, clock: Callable[[], datetime]) -> tuple[Settlement, bool]:
    """Try to send a letter that was claimed, and say what becomes of it, and whether it is in doubt."""
    attempts = owed.attempts + 1
    try:
        envelope = message_of(box, owed)
    except UndeliverableError as error:
        receipt = Receipt("refused", "local", text=str(error))
    except Exception as error:  # noqa: BLE001  a template that somebody is at work on: it goes out once that is mended
        return again(f"{type(error).__name__}: {error}", attempts=attempts, now=clock(), expires_at=owed.expires_at), False
    else:
        receipt = await session.send(envelope)
    now = clock()
    if closed := who_closed(receipt):
        name = box.rules.relay if closed == "relay" else domain_of(owed.address)
        await asyncio.to_thread(box.outbox.close, name, now + CLOSED, now=now)
    doubt: Doubt = "resend" if owed.doubts + 1 < MOST_IN_DOUBT else "hold"
    return settle(receipt, attempts=attempts, now=now, expires_at=owed.expires_at, doubt=doubt), receipt.outcome == "uncertain"
