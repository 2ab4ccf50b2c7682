"""What holds for all tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import DATABASES, SQLITE, hung_up, started

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.databases import Server

# A machine at work on something else must not fail a law: how long an example takes says nothing about what holds.
settings.register_profile("syndicate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("syndicate")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where every part is at hand, a test that skips itself has failed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("SYNDICATE_NO_SKIPS"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and SYNDICATE_NO_SKIPS is set: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL, started when the first test asks for it."""
    with started() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: Server) -> Iterator[str]:
    """An empty ledger in PostgreSQL."""
    url = postgresql.create()
    with hung_up():
        yield url
    postgresql.drop(url)


@pytest.fixture(params=DATABASES)
def storage_url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty ledger in each database that there is: once in a file of the workspace, once in PostgreSQL.

    It is the configured one as well, for whoever reads the settings of a workspace and for programs that are started.
    """
    if request.param == "sqlite":
        return SQLITE
    url: str = request.getfixturevalue("postgresql_url")
    monkeypatch.setenv("SYNDICATE_STORAGE__URL", url)
    return url
