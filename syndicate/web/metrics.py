"""Figures for Prometheus: `/metrics`. Nothing else in the package knows prometheus-client. [I/O: reads the ledger]

Every label has few values: states are fixed, slugs those that are configured, statuses ours. No figure is about anybody.

Who may read them is configured, and it is nobody in silence. That a request comes from this machine says little: behind a proxy on the
same machine every one does, and the number of subscribers is nobody else's business.
"""

from __future__ import annotations

import time
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from syndicate.errors import StorageError
from syndicate.web.health import HEADERS, Kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from prometheus_client.metrics_core import Metric
    from starlette.requests import Request

    from syndicate.storage.census import Census, Gauge, Health

KEPT = 5.0
"""Seconds for which the figures of the ledger hold: they are counted anew each time, and Prometheus asks four times a minute."""

Hits = dict[tuple[str, str, str, int], int]


class Figures:
    """What there is to count, collected when somebody asks. `hits`: answers by kind, slug, format and status."""

    def __init__(
        self,
        gauge: Gauge,
        hits: Mapping[tuple[str, str, str, int], int],
        slugs: Sequence[str],
        tick: Callable[[], float] = time.monotonic,
    ) -> None:
        self.gauge = gauge
        self.hits = hits
        self.slugs = slugs
        self._counted = Kept(self._count, KEPT, tick)

    def collect(self) -> Iterator[Metric]:
        """Every figure; those of the ledger only where it answers, which `syndicate_ledger_up` says."""
        yield from self._of_hits()
        up = GaugeMetricFamily("syndicate_ledger_up", "Whether the ledger answers.")
        counted = self._counted()
        if counted:
            yield from self._of_ledger(*counted)
        up.add_metric([], 1 if counted else 0)
        yield up

    def _count(self) -> tuple[Census, Health] | None:
        """All of it or nothing: half would look like a loss."""
        try:
            return self.gauge.census(), self.gauge.health()
        except StorageError:
            return None

    def _of_hits(self) -> Iterator[Metric]:
        feeds = CounterMetricFamily(
            "syndicate_feed_requests", "Answers about feeds and their archives.", labels=["slug", "format", "status"]
        )
        others = CounterMetricFamily("syndicate_requests", "Answers, by the kind of document.", labels=["kind", "status"])
        of_feeds: Hits = {}
        of_kinds: dict[tuple[str, int], int] = {}
        for (kind, slug, form, status), count in list(self.hits.items()):
            of_kinds[kind or "none", status] = of_kinds.get((kind or "none", status), 0) + count
            if form:
                of_feeds["", slug, form, status] = of_feeds.get(("", slug, form, status), 0) + count
        for (_, slug, form, status), count in sorted(of_feeds.items()):
            feeds.add_metric([slug, form, str(status)], count)
        for (kind, status), count in sorted(of_kinds.items()):
            others.add_metric([kind, str(status)], count)
        yield from (feeds, others)

    def _of_ledger(self, census: Census, health: Health) -> Sequence[Metric]:
        last = GaugeMetricFamily("syndicate_last_run_timestamp_seconds", "When something was last done for a publication.", labels=["slug"])
        for slug in self.slugs:
            if at := health.last.get(slug):
                last.add_metric([slug], at.timestamp())
        return (
            _by_state("syndicate_editions", "Editions of digests, by state.", census.editions),
            _by_state("syndicate_outbox_messages", "Messages in the outbox, by state.", census.deliveries),
            _by_state("syndicate_subscribers", "Subscribers, by state.", census.subscribers),
            _by_state("syndicate_signups", "Sign-ups on the web, by what became of the letter that asks to confirm.", census.signups),
            last,
        )


def metrics_route(figures: Figures, readers: Iterable[str]) -> Route:
    """`/metrics`, for clients in the networks of `readers`; for others there is no such thing."""
    registry = CollectorRegistry()
    registry.register(figures)
    networks = [ip_network(reader) for reader in readers]

    def metrics(request: Request) -> Response:
        if not _is_in(request.client.host if request.client else "", networks):
            return PlainTextResponse("There is nothing here.\n", 404, HEADERS)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST, headers=HEADERS)

    return Route("/metrics", metrics)


def _by_state(name: str, meaning: str, counts: Mapping[str, int]) -> Metric:
    metric = GaugeMetricFamily(name, meaning, labels=["state"])
    for state, count in counts.items():
        metric.add_metric([state], count)
    return metric


def _is_in(host: str, networks: Sequence[object]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)  # type: ignore[operator]  # they are networks
