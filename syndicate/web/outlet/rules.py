"""What holds for a site's documents: when they are rendered, what has moved, where they are published. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.web.outlet.ages import Timetable
from syndicate.web.outlet.moves import Moves
from syndicate.web.outlet.names import path_of

if TYPE_CHECKING:
    from syndicate.config import Settings
    from syndicate.model import Site
    from syndicate.web.outlet.copies import Content


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a workspace, from which the application and the configurations of other servers are made."""

    site: Site
    timetable: Timetable
    moves: Moves

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        """The rules that the settings give."""
        return cls(settings.publisher, Timetable.of(settings), Moves.of(settings))

    @property
    def prefix(self) -> str:
        """The path below which the folder of output is published: mostly none."""
        return urlsplit(self.site.url).path

    def link(self, content: Content) -> bytes:
        """The `Link` of a feed: where it lies, and the hub that tells of its news (WebSub, section 4)."""
        if not content.kind.linked:
            return b""
        return self.links(f"{self.site.url}{path_of(content.name)}", live=content.kind.noun == "feed").encode()

    def links(self, address: str, *, live: bool) -> str:
        """The value of a `Link` for a feed at an address; only live ones have a hub."""
        hub = f', <{self.site.hub}>; rel="hub"' if self.site.hub and live else ""
        return f'<{address}>; rel="self"{hub}'
