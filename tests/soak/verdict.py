"""What the cluster's soak has left: in the ledger, in the books of the sinks, in the folders of output; and what of it is allowed."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cached_property
from itertools import accumulate, pairwise
from statistics import median
from typing import TYPE_CHECKING, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from syndicate.emitters.leaves import unbound
from syndicate.publishing.machine import NAME
from syndicate.publishing.posting import IN_FLIGHT
from syndicate.rates import Rate
from tests.soak.scene import CONNECTIONS, HOST, SLOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from syndicate.storage import DeliveryRecord
    from tests.soak.kill_cluster import Cluster

CUT_OFF = "the sender was cut off"
NAMED = 20
"""Faults of each kind that are printed."""


class Row(NamedTuple):
    """Something that was counted, and the most it may be, if there is a most."""

    what: str
    found: float
    allowed: float | None = None

    @property
    def is_wrong(self) -> bool:
        """Whether it is too much."""
        return self.allowed is not None and self.found > self.allowed


def show(rows: Iterable[Row]) -> None:
    """Print the table."""
    print(f"{'':<60}{'found':>12}{'allowed':>12}")
    for row in rows:
        allowed = "" if row.allowed is None else f"{row.allowed:,.10g}"
        print(f"{row.what:<60}{row.found:>12,.10g}{allowed:>12}{'  WRONG' if row.is_wrong else ''}")


class Arrival(NamedTuple):
    """A message that a sink took."""

    recipient: str
    identity: str
    at: float


class Verdict:
    """What a storm has left: in the ledger, in the books of the sinks, and in the folders of output."""

    def __init__(self, cluster: Cluster, books: Sequence[Path]) -> None:
        self.cluster = cluster
        self.scale = cluster.scale
        self.wrong: list[str] = []
        self.deliveries = cluster.outbox.deliveries()
        self.editions = cluster.ledger.editions()
        self.books = [[line.split() for line in book.read_text(encoding="ascii").splitlines()] for book in books]
        self.relays = [[Arrival(line[0], line[2], float(line[3])) for line in book if line[1] == "took"] for book in self.books]
        cluster.ledger.close()

    @cached_property
    def arrived(self) -> dict[str, list[float]]:
        """When each message came, by its identity."""
        found: defaultdict[str, list[float]] = defaultdict(list)
        for relay in self.relays:
            for each in relay:
                found[each.identity].append(each.at)
        return found

    def rows(self) -> Iterator[Row]:
        """Everything that is asserted, with its figures."""
        kills, restarts = self.cluster.kills, self.cluster.server.restarts
        yield Row("kills of workers", kills["worker"])
        yield Row("kills of schedulers", kills["run"])
        yield Row("restarts of PostgreSQL", restarts.total())
        yield Row("programs that came up in between, and gave up", self.cluster.gave_up)
        yield from self._deliveries()
        yield from self._doubts()
        yield from self._rates()
        yield from self._editions()
        yield from self._fairness()
        yield from self._outputs()
        yield Row("tracebacks in the logs", sum(program.log.read_text().count("Traceback") for program in self.cluster.programs), 0)

    def _deliveries(self) -> Iterator[Row]:
        """Nobody is skipped, nobody gets a message twice, and what the ledger says is what the sinks have seen."""
        owed = Counter(each.key for each in self.deliveries)
        people = Counter(key for key, _ in {(each.key, each.subscriber_id) for each in self.deliveries})
        audience = {"large": self.scale.people, "small": self.scale.few}
        sent = [each for each in self.editions if each.state == "sent"]
        yield Row("deliveries", len(self.deliveries))
        states = Counter(each.state for each in self.deliveries)
        for state, count in sorted(states.items()):
            yield Row(f"  {state}", count)
        yield self._count(
            "editions that are not owed to everybody once",
            [each.key for each in sent if {owed[each.key], people[each.key]} != {audience[each.digest]}],
        )
        yield self._count(
            "without an end", [_named(each) for each in self.deliveries if each.state not in {"sent", "refused", "uncertain"}]
        )
        arrived = {each.id: self.arrived.get(_identity(each), []) for each in self.deliveries}
        yield self._count(
            "sent, and the sink took nothing", [_named(e) for e in self.deliveries if e.state == "sent" and not arrived[e.id]]
        )
        yield self._count("refused, and the sink took it", [_named(e) for e in self.deliveries if e.state == "refused" and arrived[e.id]])
        yield self._count("taken twice", [_named(each) for each in self.deliveries if len(arrived[each.id]) > 1])
        strange = set(self.arrived) - {_identity(each) for each in self.deliveries}
        yield self._count("taken, and nobody's", sorted(strange))

    def _doubts(self) -> Iterator[Row]:
        """In doubt is what a killed worker had in its hands, and what a sink was silent on; each is named."""
        doubtful = [each for each in self.deliveries if each.state == "uncertain"]
        cut_off = [each for each in doubtful if each.reason.startswith(CUT_OFF)]
        silent = sum(line[1] != "took" for book in self.books for line in book)
        yield Row("in doubt: cut off by a kill", len(cut_off), self.cluster.kills["worker"] * CONNECTIONS * IN_FLIGHT)
        yield Row("in doubt: the sink was silent", len(doubtful) - len(cut_off), silent)
        yield self._count("in doubt, without address or reason", [_named(e) for e in doubtful if not (e.address and e.reason)])

    def _rates(self) -> Iterator[Row]:
        """In no span of time did a relay, or a domain, get more than its rate and a bucket; one more, for what was let go and is sent later."""
        slow = [each.at for relay in self.relays for each in relay if each.recipient.endswith(f"@{SLOW}")]
        limits = [(f"relay {number}", self.scale.rate, [each.at for each in relay]) for number, relay in enumerate(self.relays)]
        for name, rate, times in (*limits, (SLOW, self.scale.slow_rate, slow)):
            burst = Rate(rate).burst
            yield Row(f"{name}: taken", len(times))
            yield Row(f"{name}: buckets over its rate, at worst", round(_excess(times, rate) / burst, 2), 2)

    def _editions(self) -> Iterator[Row]:
        """Each window was composed once, whoever was alive, and none was left out."""
        for slug in ("large", "small"):
            mine = sorted((each for each in self.editions if each.digest == slug), key=lambda each: each.start)
            yield Row(f"editions of {slug}", sum(each.state == "sent" for each in mine), 1 if slug == "large" else None)
            gaps = [
                f"{later.key}: begins at {later.start}, after {before.end}" for before, later in pairwise(mine) if before.end != later.start
            ]
            yield self._count(f"windows of {slug} that do not join", gaps)
        yield self._count("editions not put out", [each.key for each in self.editions if each.state not in {"sent", "skipped"}])
        yield Row("editions composed by a stranger", sum(each.machine != NAME for each in self.editions))

    def _fairness(self) -> Iterator[Row]:
        """A small digest that comes while the large one goes out does not wait for its end: only for what dead workers hold."""
        times: defaultdict[str, list[float]] = defaultdict(list)
        for each in self.deliveries:
            times[each.key] += self.arrived.get(_identity(each), [])
        large = [each for each in self.editions if each.digest == "large" and times[each.key]]
        begin, end = large[0].recorded_at.timestamp(), max(times[large[0].key])
        beside = [each for each in self.editions if times[each.key] and each.digest == "small" and each.recorded_at.timestamp() < end]
        waits = [max(times[each.key]) - each.recorded_at.timestamp() for each in beside]
        yield Row("seconds of the large digest", round(end - begin))
        yield Row("small digests beside it", len(beside))
        yield Row("  seconds of the middle one", round(median(waits), 1))
        yield Row("  seconds of the slowest", round(max(waits), 1), (end - begin) / 4 + 2 * self.scale.lease)

    def _outputs(self) -> Iterator[Row]:
        """Every scheduler's folder has the documents of every edition, as they were recorded, and so they are the same in each."""
        outs = [program.out for program in self.cluster.schedulers]
        faults = []
        for edition in self.editions:
            for document in self.cluster.ledger.documents(edition.key):
                bodies = {(out / document.name).read_bytes() if (out / document.name).exists() else b"" for out in outs}
                if len(bodies) > 1 or _plain(document.name, bodies.pop()) != _plain(document.name, document.body):
                    faults.append(document.name)
        self.cluster.ledger.close()
        yield self._count("documents that are not the same everywhere", faults)

    def _count(self, what: str, faults: Sequence[str]) -> Row:
        """A row for faults of which there must be none; the first of them are named."""
        self.wrong += [f"{what}: {fault}" for fault in faults[:NAMED]]
        return Row(what, len(faults), 0)


def _identity(delivery: DeliveryRecord) -> str:
    """The Message-ID of a delivery (see `syndicate.delivery.message`)."""
    return f"{uuid5(NAMESPACE_URL, f'{HOST}/{delivery.key}/{delivery.address}').hex}@{HOST}"


def _named(delivery: DeliveryRecord) -> str:
    return f"{delivery.key} to {delivery.address} is {delivery.state}: {delivery.reason}"


def _excess(times: Sequence[float], rate: float) -> float:
    """By how much the messages of any span of time were more than its rate, at the most."""
    ahead = [place - rate * at for place, at in enumerate(sorted(times))]
    return max((1 + now - least for now, least in zip(ahead, accumulate(ahead, min), strict=True)), default=0)


def _plain(name: str, body: bytes) -> bytes:
    """A document without what its neighbours make of it."""
    return unbound(body) if name.endswith(".html") else body
