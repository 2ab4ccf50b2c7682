"""Everything that `syndicate serve` answers: the folder of output, how the work stands, and the routes of whoever else has some."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from syndicate.storage.census import Gauge
from syndicate.web.health import Pulse, health_route
from syndicate.web.outlet.counter import Outlet
from syndicate.web.outlet.rules import Rules
from syndicate.web.serving import behind_proxies

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from starlette.routing import Mount, Route

    from syndicate.config import Settings
    from syndicate.storage import Ledger

Routes = Sequence["Route | Mount"]
"""Pages that are no documents."""

MIB = 1024 * 1024


def site(settings: Settings, ledger: Ledger, out: Path, *, clock: Callable[[], datetime], routes: Routes = ()) -> Outlet:
    """The application of a workspace. `routes` come first, for all that their paths begin with: `/subscribe` also has `/subscribe/...`."""
    table, rules, gauge = settings.serve, Rules.of(settings), Gauge(ledger.engine)
    outlet = Outlet(out, rules, clock=clock, memory=table.memory * MIB)
    slugs = list(rules.timetable.cadences)
    operations = [health_route(Pulse(gauge, out, slugs))]
    if table.metrics:
        from syndicate.web.metrics import Figures, metrics_route

        operations.append(metrics_route(Figures(gauge, outlet.hits, slugs), table.metrics))
    every = [*routes, *operations]
    pages = Starlette(routes=every)
    pages.router.redirect_slashes = False  # it would lead to wherever the request's Host says
    app = behind_proxies(pages, table.trusted_proxies)
    outlet.routed = {route.path.split("/")[1]: app for route in every}
    return outlet
