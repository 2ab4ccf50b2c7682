"""Certificates for servers of tests, and whom to trust."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime


@cache
def authority() -> trustme.CA:
    """Who signs them."""
    return trustme.CA()


def trusted() -> AbstractContextManager[str]:
    """A file with the certificate of the authority, while it is needed."""
    return authority().cert_pem.tempfile()


def certified(host: str = "127.0.0.1", *, by: trustme.CA | None = None, until: datetime | None = None) -> ssl.SSLContext:
    """What a server needs that calls itself `host`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    (by or authority()).issue_cert(host, not_after=until).configure_cert(context)
    return context
