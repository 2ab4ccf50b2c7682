"""Send what the outbox owes: claim -> message -> transport -> receipt -> settle. [I/O]

Several sessions send at once. A delivery is marked on disk before its message goes out, and settled as soon as the server has answered;
the marks and settlements of all sessions are written together, one transaction after the other, while the next messages are under way.
Cut off anywhere, the next sender finds each delivery in a state that says what is certain of it (see `syndicate.storage.outbox`).
A database that is being restarted is waited for: what the server has answered is known here, and is written down as soon as it can be.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from syndicate.delivery.envelopes import Envelope, Receipt
from syndicate.delivery.policy import CLOSED, domain_of, settle, stop_reason, who_closed
from syndicate.delivery.tokens import suppression_key
from syndicate.errors import StorageError, UndeliverableError
from syndicate.publishing.addressing import Addressing
from syndicate.publishing.patience import patiently
from syndicate.publishing.rules import Rules, Turns
from syndicate.publishing.scribe import Scribe
from syndicate.rates import BURST, Bucket
from syndicate.storage import Settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from syndicate.delivery.signing import Signer
    from syndicate.delivery.tokens import Keys
    from syndicate.delivery.transports import Session, Transport
    from syndicate.storage import Outbox, Owed

IN_FLIGHT = 2
"""Messages of a session that are marked at a time: the one that goes out, and the one announced behind it. So many are in doubt after a crash."""

CHUNK = 400
"""Deliveries that are claimed at once."""

LEASE = timedelta(minutes=5)
"""How long a claim holds that nobody renews."""

FRESH = timedelta(seconds=BURST)
"""How long what was drawn from a rate may be kept: a server that hangs must not be sent, when it is back, all that was drawn meanwhile."""

PATIENCE = timedelta(minutes=1)
"""How long a sender waits for a rate to let it go on before it leaves the rest for another time."""


@dataclass(frozen=True, slots=True)
class Office:
    """What sending works with. `clock` tells the time, `stopping` whether to leave off after the messages in hand.

    `most` is how many deliveries to claim in all, for who is called for a part of them; without it, everything that is due.
    """

    outbox: Outbox
    transport: Transport
    keys: Keys
    rules: Rules
    lease: str
    clock: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    bounces: str = ""
    links: str = ""
    signer: Signer | None = None
    progress: Callable[[int], None] = lambda done: None  # noqa: ARG005
    most: int | None = None


@dataclass(slots=True)
class Posted:
    """What a sender did: how many deliveries came to be in which state, and which editions it stopped."""

    states: Counter[str] = field(default_factory=Counter)
    stopped: dict[int, str] = field(default_factory=dict)


def post(office: Office, *, patience: timedelta = PATIENCE) -> Posted:
    """Send everything that is due, until nothing is, or what is must wait for longer than `patience`."""
    try:
        with office.outbox.at_work() as outbox:
            return asyncio.run(_work(replace(office, outbox=outbox), patience))
    except* StorageError as errors:
        raise next(_leaves(errors)) from None


async def _work(office: Office, patience: timedelta) -> Posted:
    return await _Shift(office, patience).work()


def _leaves(group: BaseExceptionGroup[StorageError]) -> Iterator[StorageError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


class Outgoing(NamedTuple):
    """A message in the hand of a session, and its mark."""

    owed: Owed
    envelope: Envelope
    marked: asyncio.Future[frozenset[int]]
    since: datetime


class _Shift:
    """One run of a sender: a feeder that claims, sessions that send, a scribe that writes down."""

    def __init__(self, office: Office, patience: timedelta) -> None:
        self.office = office
        self.patience = patience
        self.done = Posted()
        self.scribe = Scribe(office.outbox, office.lease, office.clock)
        self.addressing = Addressing(office.outbox, office.keys, office.bounces, office.links, office.signer)
        self.buckets: dict[str, Bucket] = {}
        self.lines: dict[tuple[int, str], datetime] = {}
        self.mine: dict[int, datetime] = {}  # since when
        self.claimed = 0
        self.interrupted = False
        self.notes: set[asyncio.Task[None]] = set()
        self.stopped: set[int] = set()
        self.queue: deque[Owed] = deque()
        self.more = asyncio.Condition()
        self.exhausted = False
        self.tried: Counter[int] = Counter()
        self.refused: Counter[int] = Counter()

    async def work(self) -> Posted:
        """Send until nothing is left to do; whatever goes wrong, what was answered is written down and the rest is given back."""
        async with asyncio.TaskGroup() as group:
            helpers = [group.create_task(self.scribe.run()), group.create_task(self._renew())]
            try:
                async with asyncio.TaskGroup() as senders:
                    senders.create_task(self._feed())
                    for _ in range(self.office.rules.connections):
                        senders.create_task(self._send())
            finally:
                try:
                    await self.scribe.flush()
                    await asyncio.gather(*self.notes)
                finally:
                    for helper in helpers:
                        helper.cancel()
                    with suppress(StorageError):
                        await self._release(self.queue)
        return self.done

    async def _renew(self) -> None:
        """Keep our claims for as long as any session lives, and let what has grown stale expire."""
        outbox = self.office.outbox
        while True:
            await asyncio.sleep((LEASE / 3).total_seconds())
            now = self.office.clock()
            await patiently(partial(outbox.renew, lease=self.office.lease, until=now + LEASE))
            await patiently(partial(outbox.expire, now=now))

    async def _feed(self) -> None:
        """Claim what is due whenever the queue runs low."""
        try:
            while not self.office.stopping() and self._room():
                now = self.office.clock()
                if len(self.queue) > CHUNK // 2:
                    await asyncio.sleep(0.005)
                elif not await self._claim(now) and not await self._pause(now):
                    break
        finally:
            async with self.more:
                self.exhausted = True
                self.more.notify_all()

    def _room(self) -> int:
        """How many more may be claimed."""
        return CHUNK if self.office.most is None else min(CHUNK, self.office.most - self.claimed)

    async def _claim(self, now: datetime) -> bool:
        """Take another chunk; false where nothing was due, or nothing may go out now."""
        office = self.office
        claim = await patiently(
            partial(
                office.outbox.claim,
                lease=office.lease,
                until=now + LEASE,
                now=now,
                limit=self._room(),
                suppressed=lambda address: suppression_key(office.keys, address),
                ration=Turns(office.rules, now, self.lines),
            ),
            interrupted=self._interrupted,
        )
        self.buckets |= claim.buckets
        self.claimed += len(claim.owed) + claim.settled
        self.mine |= dict.fromkeys((each.id for each in claim.owed), now)
        await self._disown(now)
        self.done.states["suppressed"] += claim.settled
        office.progress(claim.settled)
        for edition in {each.edition_id for each in claim.owed} & self.stopped:  # somebody has looked at it, and goes on
            self.stopped.discard(edition)
            self.tried[edition] = self.refused[edition] = 0
        async with self.more:
            self.queue.extend(claim.owed)
            self.more.notify_all()
        return bool(claim.owed or claim.settled or claim.waiting)

    def _interrupted(self) -> None:
        self.interrupted = True

    async def _disown(self, now: datetime) -> None:
        """Give back what the database may have leased to us without our hearing of it, if it was cut off meanwhile."""
        if self.interrupted:
            await patiently(partial(self.office.outbox.disown, lease=self.office.lease, but=frozenset(self.mine), now=now))
            self.interrupted = False

    async def _pause(self, now: datetime) -> bool:
        """Wait for what is due soon, or for the sessions to be done; false where there is nothing to wait for."""
        if self.queue or self.mine or self.scribe.busy:  # what is given back in the end is due again
            await asyncio.sleep(0.005)
            return True
        due = await patiently(partial(self.office.outbox.next_due, now=now))
        if due is None:
            return False
        wait = max(due - now, self.office.rules.wait(self.buckets, now))
        if wait > self.patience:
            return False
        await asyncio.sleep(min(max(wait.total_seconds(), 0.001), 1))
        return True

    async def _send(self) -> None:
        """Drive one session. While one message goes out the next one is made, marked and announced, so that nobody waits for the disk."""
        session = self.office.transport.session()
        hand: list[Outgoing] = []
        try:
            while hand or await self._fill(hand, wait=True):
                await self._fill(hand, wait=False)
                first, following = hand[0], hand[1].envelope if len(hand) > 1 else None
                mine = first.owed.id in await first.marked
                hand.pop(0)
                if not mine:  # its edition was stopped, its reader has left, or its lease ran out; what is another's by now is let be
                    await self._release([first.owed])
                elif self._stops(first):
                    self._give_back(first.owed)
                else:
                    await self._send_one(session, first.owed, first.envelope, following)
        finally:
            for each in hand:
                each.marked.cancel()
                self._give_back(each.owed)
            await session.close()

    async def _fill(self, hand: list[Outgoing], *, wait: bool) -> bool:
        """Take up to `IN_FLIGHT` messages in hand, of what there is or, to `wait`, of what comes; false where nothing is in hand."""
        while True:
            if wait:
                async with self.more:
                    await self.more.wait_for(lambda: self.queue or self.exhausted)
            if late := self._take(hand):
                await self._release(late)
            if hand or not wait or self.exhausted or self.office.stopping():
                return bool(hand)

    def _take(self, hand: list[Outgoing]) -> list[Owed]:
        """Take messages in hand, as many as fit; those that have been in the queue for too long, to be given back."""
        late: list[Owed] = []
        while self.queue and len(hand) < IN_FLIGHT and not self.office.stopping():
            owed, now = self.queue.popleft(), self.office.clock()
            if self._is_late(owed, now):
                late.append(owed)
            elif envelope := self._addressed(owed):
                hand.append(Outgoing(owed, envelope, asyncio.ensure_future(self.scribe.begin([owed.id])), now))
        return late

    def _is_late(self, owed: Owed, now: datetime) -> bool:
        """Whether a delivery was drawn from a rate so long ago that it must be drawn again."""
        return now - self.mine.get(owed.id, now) > FRESH and bool(self.office.rules.limits(domain_of(owed.address)))

    async def _send_one(self, session: Session, owed: Owed, envelope: Envelope, following: Envelope | None) -> None:
        """Send a message that is marked, with the next one announced. Broken off, it is in doubt."""
        try:
            receipt = await session.send(envelope, following=following)
        except BaseException:
            self._settle(owed, Receipt("uncertain", "body", text="sending was broken off"))
            raise
        self._settle(owed, receipt)

    async def _release(self, owed: Iterable[Owed]) -> None:
        now = self.office.clock()
        waiting = {each.id: now + self._closed(each, now) for each in owed}
        await patiently(partial(self.office.outbox.release, lease=self.office.lease, waiting=waiting))
        for number in waiting:
            self.mine.pop(number, None)

    def _closed(self, owed: Owed, now: datetime) -> timedelta:
        """How long whoever takes this message is still to be left alone."""
        return self.office.rules.closed_for(self.buckets, domain_of(owed.address), now)

    def _stops(self, message: Outgoing) -> bool:
        """Whether a message must not go out now: also where it was marked so long ago that another may have taken it back."""
        now, owed = self.office.clock(), message.owed
        asked_to_stop = self.office.stopping() or owed.edition_id in self.stopped
        return bool(asked_to_stop or self._closed(owed, now) or self._is_late(owed, now) or now - message.since > LEASE / 2)

    def _give_back(self, owed: Owed) -> None:
        """Owe it again, for it was marked, and not sent; not before a server that is to be left alone may be asked again."""
        now = self.office.clock()
        self.mine.pop(owed.id, None)
        self.scribe.settle(Settled(owed.id, "deferred", now, "given back unsent", now + self._closed(owed, now), unsent=True))

    def _addressed(self, owed: Owed) -> Envelope | None:
        """The message of a delivery. Nobody is sent a letter without stories, or one that cannot be addressed: that is settled."""
        try:
            envelope = self.addressing.envelope(owed)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001  a message that cannot be made must not keep the others; many of them are the canary's
            said = str(error) if isinstance(error, UndeliverableError) else f"{type(error).__name__}: {error}"
            self._settle(owed, Receipt("refused", "local", text=said))
            return None
        if envelope is None:
            self._write(Settled(owed.id, "nothing", self.office.clock(), "no story on their topics"))
        return envelope

    def _settle(self, owed: Owed, receipt: Receipt) -> None:
        """Write down what the server said, leave it alone for a while where it asks for that, stop an edition that is refused."""
        office, now = self.office, self.office.clock()
        expires_at = self.addressing.expires_at(owed.edition_id)
        settlement = settle(receipt, attempts=owed.attempts, now=now, expires_at=expires_at, doubt=office.rules.doubt)
        self._write(Settled(owed.id, settlement.state, now, settlement.reason, settlement.next_at))
        match who_closed(receipt):
            case "relay":
                self._close(office.rules.relay, now)
            case "domain":
                self._close(domain_of(owed.address), now)
        self.tried[owed.edition_id] += 1
        self.refused[owed.edition_id] += settlement.state == "refused"
        reason = stop_reason(
            refused=self.refused[owed.edition_id],
            tried=self.tried[owed.edition_id],
            share=office.rules.canary,
            after=office.rules.canary_after,
        )
        if reason and owed.edition_id not in self.stopped:
            self.stopped.add(owed.edition_id)
            self.done.stopped[owed.edition_id] = reason
            self._note(partial(office.outbox.hold, owed.edition_id, reason))

    def _note(self, work: Callable[[], None]) -> None:
        """Have something written down that concerns others, without keeping the session waiting."""
        note = asyncio.ensure_future(patiently(work))
        self.notes.add(note)

    def _write(self, settled: Settled) -> None:
        self.mine.pop(settled.id, None)
        self.scribe.settle(settled)
        self.done.states[settled.state] += 1
        self.office.progress(1)

    def _close(self, name: str, now: datetime) -> None:
        """Leave the relay, or a domain, alone for a while; that is written down, for other senders and the next."""
        self.buckets[name] = Bucket(name, 0.0, now, now + CLOSED)
        self._note(partial(self.office.outbox.close, name, now + CLOSED, now=now))
