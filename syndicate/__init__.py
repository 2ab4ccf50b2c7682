"""Turn a folder of Markdown articles into feeds for every reader and digests for every inbox.

    settings = syndicate.load_settings("syndicate.toml")
    catalogue = syndicate.read_catalogue(settings)
    weekly = settings.digest("weekly")
    window = weekly.cadence.window(now)
    edition = syndicate.compose(weekly, catalogue, window, now=now)
    document = syndicate.emit(edition, "atom")

What stands here is loaded when it is first asked for, so that `import syndicate` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syndicate.catalogue import Catalogue
    from syndicate.config import Digest, Feed, Settings, load_settings
    from syndicate.delivery.envelopes import Envelope, Receipt
    from syndicate.delivery.transports import Session, Transport
    from syndicate.delivery.transports.objections import objection_to
    from syndicate.emitters import Emitter, emit
    from syndicate.errors import Problem, SyndicateError
    from syndicate.model import Article, Document, Edition, Entry, Selection, Verdict
    from syndicate.publishing import compose, explain, read_catalogue, render
    from syndicate.windows import Cadence, Window

__all__ = [
    "Article",
    "Cadence",
    "Catalogue",
    "Digest",
    "Document",
    "Edition",
    "Emitter",
    "Entry",
    "Envelope",
    "Feed",
    "Problem",
    "Receipt",
    "Selection",
    "Session",
    "Settings",
    "SyndicateError",
    "Transport",
    "Verdict",
    "Window",
    "compose",
    "emit",
    "explain",
    "load_settings",
    "objection_to",
    "read_catalogue",
    "render",
]

__version__ = "0.1.0"

HOMES = {
    "catalogue": ("Catalogue",),
    "config": ("Digest", "Feed", "Settings", "load_settings"),
    "delivery.envelopes": ("Envelope", "Receipt"),
    "delivery.transports": ("Session", "Transport"),
    "delivery.transports.objections": ("objection_to",),
    "emitters": ("Emitter", "emit"),
    "errors": ("Problem", "SyndicateError"),
    "model": ("Article", "Document", "Edition", "Entry", "Selection", "Verdict"),
    "publishing": ("compose", "explain", "read_catalogue", "render"),
    "windows": ("Cadence", "Window"),
}


def __getattr__(name: str) -> object:
    """Load the module that holds `name` (PEP 562)."""
    for home, names in HOMES.items():
        if name in names:
            return getattr(import_module(f"syndicate.{home}"), name)
    raise AttributeError(f"module 'syndicate' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
