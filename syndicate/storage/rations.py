"""How much may go out now: what whoever claims deliveries is asked, and what is claimed. Plain values; nothing is executed here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence  # noqa: TC003  a named tuple's fields are looked up
from datetime import datetime  # noqa: TC003  the same
from typing import TYPE_CHECKING, NamedTuple, Protocol

from syndicate.rates import Bucket  # noqa: TC001  the same
from syndicate.storage.records import Owed  # noqa: TC001  the same

if TYPE_CHECKING:
    from collections.abc import Collection


class Share(NamedTuple):
    """Which deliveries may go out now, when the turn of the others comes, and what that leaves in the buckets."""

    going: Sequence[Owed]
    waiting: Mapping[int, datetime]
    buckets: Iterable[Bucket]


class Claim(NamedTuple):
    """Deliveries that were leased, how many of the due were settled instead, how many must wait, and what was seen of buckets.

    These are what all draw from, before that was drawn, and what is to be left alone: of the other domains there may be very many.
    """

    owed: tuple[Owed, ...]
    settled: int = 0
    waiting: int = 0
    buckets: Mapping[str, Bucket] = {}


class Ration(Protocol):
    """How much may go out now: asked while nobody else can draw from the buckets that it names."""

    def whole(self) -> Collection[str]:
        """The buckets from which every delivery draws."""

    def most(self, known: Mapping[str, Bucket], limit: int) -> int:
        """How many deliveries, of `limit`, these buckets let go."""

    def parts(self, owed: Sequence[Owed]) -> Collection[str]:
        """The buckets from which some of these draw."""

    def share(self, known: Mapping[str, Bucket], owed: Sequence[Owed]) -> Share:
        """Which may go out now, and when the turn of the others comes."""


class Freely:
    """No rates: all may go out."""

    def whole(self) -> Collection[str]:
        """None."""
        return ()

    def most(self, known: Mapping[str, Bucket], limit: int) -> int:  # noqa: ARG002  as `Ration` asks
        """All."""
        return limit

    def parts(self, owed: Sequence[Owed]) -> Collection[str]:  # noqa: ARG002  as `Ration` asks
        """None."""
        return ()

    def share(self, known: Mapping[str, Bucket], owed: Sequence[Owed]) -> Share:  # noqa: ARG002  as `Ration` asks
        """All."""
        return Share(owed, {}, ())


FREELY = Freely()
