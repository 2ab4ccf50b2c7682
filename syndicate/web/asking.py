"""What somebody wants to look at: read from a query once, and written back into links. Pure.

Every state of the studio is a link, so that a browser's history, a bookmark and a colleague all find the same page.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable

View = Literal["letter", "text", "source", "message"]
Width = Literal["both", "desktop", "phone"]
Scheme = Literal["light", "dark"]
Images = Literal["on", "off"]

CHOICES: dict[str, tuple[str, ...]] = {
    "view": get_args(View),
    "width": get_args(Width),
    "scheme": get_args(Scheme),
    "images": get_args(Images),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which letter of which digest, as of when and for whom, and how it is shown. No `digest`: the first one; no `topics`: everything."""

    digest: str = ""
    at: str = "now"
    topics: tuple[str, ...] = ()
    view: View = "letter"
    width: Width = "both"
    scheme: Scheme = "light"
    images: Images = "on"

    def link(self, path: str = "/", **changes: Any) -> str:
        """The address that asks for the same with these changes: `/letter?digest=weekly&scheme=dark`."""
        query = replace(self, **changes).query
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def query(self) -> list[tuple[str, str]]:
        """What is asked, as pairs; what goes without saying is not said."""
        asked = ((field.name, getattr(self, field.name)) for field in fields(self) if getattr(self, field.name) != field.default)
        return [(name, value) for name, given in asked for value in ((given,) if isinstance(given, str) else given)]


def read_asked(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Read a query. What is not said, or is none of the choices there are, has its default; what is said twice counts once, the last.

    Topics may be there many times, one label each.
    """
    said = [(name, value.strip()) for name, value in pairs if value.strip()]
    single: dict[str, Any] = {
        name: value for name, value in said if name in {"digest", "at", *CHOICES} and value in CHOICES.get(name, (value,))
    }
    topics = dict.fromkeys(value for name, value in said if name == "topics")
    return replace(Asked(**single), topics=tuple(topics))
