"""Compress documents. Nothing else in the package knows Brotli."""

from __future__ import annotations

import zlib

import brotli

LEAST = 600
"""Bytes below which a document fits into one packet as it is."""

GZIP_LEVEL, BROTLI_LEVEL = 9, 9
"""Nearly as small as it gets. Brotli's last two steps save a few hundredths more and take ten to fifty times as long."""

GZIP = 16 + zlib.MAX_WBITS
"""Of zlib's formats the one with a header that holds neither a name nor a time (RFC 1952): the same bytes each time."""


def packed(body: bytes) -> dict[bytes, bytes]:
    """`body` in the codings that make it smaller, by their names."""
    if len(body) < LEAST:
        return {}
    made = {b"br": brotli.compress(body, quality=BROTLI_LEVEL), b"gzip": _gzip(body)}
    return {coding: small for coding, small in made.items() if len(small) < len(body)}


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP)
    return packer.compress(body) + packer.flush()
