"""What holds for all tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Generator

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
