"""A small workspace with a studio over it, and the words to look at it and to change it."""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from syndicate.config import load_settings
from syndicate.web.preview import studio
from tests.vocabulary import moment, write_article

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from httpx2 import Response

    from syndicate.web.watching import Bell

CONFIGURATION = """
[site]
title = "Tide & Signal"
url = "https://news.example.org"
timezone = "Europe/London"
address = "4 Lock Row, Halden Quay"
[articles]
folder = "seeds"
[topics]
"Tidal Power" = { parent = "Energy" }
[[digests]]
slug = "weekly"
title = "The weekly"
sender = "Tide & Signal <weekly@news.example.org>"
schedule = "0 8 * * mon"
[[digests]]
slug = "daily"
title = "The daily"
sender = "daily@news.example.org"
schedule = "0 6 * * *"
topics = ["Energy"]
"""
NOW = moment("2026-11-16T09:00")
PIXEL = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


@dataclass
class Atelier:
    """A workspace, and a browser without a screen that looks at its studio."""

    root: Path
    client: TestClient

    def get(self, path: str = "/", **query: Any) -> Response:
        """What the studio answers."""
        return self.client.get(path, params=query)

    def page(self, **query: Any) -> str:
        """What can be read on the page, without its tags; it is there whatever is wrong."""
        answer = self.get("/", **query)
        assert answer.status_code == 200
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())

    def write(self, name: str, text: str) -> None:
        """Put a file into the workspace, and tell the studio as the watch would."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.client.app.state.desk.changed({file})  # type: ignore[attr-defined]  # the application is a Starlette

    def add(self, name: str, **fields: Any) -> None:
        """Put an article into the workspace, and tell the studio."""
        file = write_article(self.root / "seeds", f"{name}.md", **{"title": name, **fields})
        self.write(f"seeds/{file.name}", file.read_text(encoding="utf-8"))


def make_workspace(root: Path) -> Path:
    """A workspace of three articles, one with a picture; two of them run on 16 November, one a week before."""
    (root / "syndicate.toml").write_text(CONFIGURATION, encoding="utf-8")
    seeds = root / "seeds"
    picture = [{"url": "images/lagoon.png", "width": 1, "height": 1, "alt": "A lagoon at dusk"}]
    write_article(
        seeds, "lagoon.md", title="The lagoon", heat=9, topics=["Tidal Power"], images=picture, excerpt="Nine kilometres of sea wall."
    )
    write_article(seeds, "robots.md", title="The robots", publishedDateTime="2026-11-14T09:30:00Z", topics=["AI"])
    write_article(seeds, "wires.md", title="The wires", publishedDateTime="2026-11-05T09:30:00Z", topics=["Energy"])
    (seeds / "images").mkdir()
    (seeds / "images" / "lagoon.png").write_bytes(PIXEL)
    return root


def atelier(root: Path, *, bell: Bell | None = None, now: Callable[[], Any] = lambda: NOW) -> Atelier:
    """The studio of a workspace, as of `now`."""
    app = studio(lambda: load_settings(root / "syndicate.toml"), now=now, bell=bell)
    return Atelier(root, TestClient(app, base_url="http://127.0.0.1:8025"))
