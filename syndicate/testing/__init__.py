"""For whoever writes a format or a transport of their own: what holds for all of them, as tests, and values to try them on.

    from syndicate.testing import EmitterContract, TransportContract

    class TestGemini(EmitterContract):
        emitter = syndicate_example.gemini.EMITTER

The contracts are classes of tests for pytest (`pip install 'syndicate[testing]'`), and those that this project holds its own formats and
transports to. The values need nothing: articles, editions, letters, and a transport that keeps what it is given. What stands here is loaded
when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.delivery.transports.memory import MemoryTransport
    from syndicate.testing.emitters import EmitterContract, Item
    from syndicate.testing.letters import BUSY, GONE, LETTER, LOST, numbered
    from syndicate.testing.samples import DIGEST, FEED, SITE, UNTIDY_TITLES, article, digest, feed, full_story, moment
    from syndicate.testing.transports import Post, TransportContract

__all__ = [
    "BUSY",
    "DIGEST",
    "FEED",
    "GONE",
    "LETTER",
    "LOST",
    "SITE",
    "UNTIDY_TITLES",
    "EmitterContract",
    "Item",
    "MemoryTransport",
    "Post",
    "TransportContract",
    "article",
    "digest",
    "feed",
    "full_story",
    "moment",
    "numbered",
]

HOMES = {
    "syndicate.delivery.transports.memory": ("MemoryTransport",),
    "syndicate.testing.emitters": ("EmitterContract", "Item"),
    "syndicate.testing.letters": ("BUSY", "GONE", "LETTER", "LOST", "numbered"),
    "syndicate.testing.samples": ("DIGEST", "FEED", "SITE", "UNTIDY_TITLES", "article", "digest", "feed", "full_story", "moment"),
    "syndicate.testing.transports": ("Post", "TransportContract"),
}
CONTRACTS = ("syndicate.testing.emitters", "syndicate.testing.transports")


def __getattr__(name: str) -> object:
    """Load the module that holds `name` (PEP 562)."""
    for home, names in HOMES.items():
        if name in names:
            if home in CONTRACTS:
                _explain_assertions()
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'syndicate.testing' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


def _explain_assertions() -> None:
    """Have pytest say what an assertion of a contract has found, as it does for those in test files."""
    import sys

    import pytest

    missing = [home for home in CONTRACTS if home not in sys.modules]
    if missing:
        pytest.register_assert_rewrite(*missing)
