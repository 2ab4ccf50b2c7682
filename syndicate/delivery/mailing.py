"""An edition as it is mailed: everything that its messages are made of, frozen when it is recorded. Pure.

Settings and templates may change between one try and the next; the message does not.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from syndicate.letters import Piece, Rendering, Story
from syndicate.model import Edition, Publication, Site, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class Mailing:
    """A rendering, the edition that it is of, without its articles, and the tree of topics at that time."""

    edition: Edition
    rendering: Rendering
    parents: Mapping[str, str]

    @classmethod
    def of(cls, edition: Edition, rendering: Rendering, parents: Mapping[str, str]) -> Mailing:
        """What is kept of `edition` for its messages; `parents` says which topic belongs under which."""
        digest, site = edition.publication, edition.publication.site
        kept = Publication("digest", digest.slug, digest.title, Site(site.title, site.url), sender=digest.sender)
        return cls(Edition(kept, edition.key, edition.start, edition.end, ()), rendering, dict(parents))

    def wanted(self, topics: Iterable[str]) -> frozenset[str]:
        """What readers want who asked for `topics`: these labels and those under them, in small letters."""
        return frozenset().union(*(Topic.of(label, self.parents).labels for label in topics))

    def pack(self) -> bytes:
        """As bytes, for a database."""
        digest = self.edition.publication
        facts = {
            "digest": [digest.slug, digest.title, digest.sender],
            "site": [digest.site.title, digest.site.url],
            "edition": [self.edition.key, self.edition.start.timestamp(), self.edition.end.timestamp()],
            "rendering": asdict(self.rendering),
            "parents": dict(self.parents),
        }
        return zlib.compress(json.dumps(facts, default=sorted, ensure_ascii=False).encode())

    @classmethod
    def unpack(cls, body: bytes) -> Mailing:
        """What `pack` put away."""
        facts = json.loads(zlib.decompress(body))
        (slug, title, sender), (key, start, end), told = facts["digest"], facts["edition"], facts["rendering"]
        digest = Publication("digest", slug, title, Site(*facts["site"]), sender=sender)
        stories = tuple(Story(**story | {"topics": frozenset(story["topics"])}) for story in told["stories"])
        html, text = (tuple(Piece(**piece) for piece in told[part]) for part in ("html", "text"))
        edition = Edition(digest, key, datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), ())
        return cls(edition, Rendering(told["subject"], stories, html, text), facts["parents"])
