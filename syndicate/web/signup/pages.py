"""The pages of subscribing: a template filled in, with the headers that keep it between us and whoever it is for.

Every page may load its own style, which is named by its hash, one script of ours and the site's logo, and nothing else. None is kept by a
cache, looked for by a search engine, or told to a page that it links to.
"""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse

from syndicate.emitters.theme import render
from syndicate.emitters.translations import words_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from syndicate.model import Site

STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)

NOBODY = "'none'"

PRIVATE = {
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # addresses hold tokens
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def page(
    site: Site, name: str, *, status: int = 200, frames: Collection[str] = (), headers: Mapping[str, str] | None = None, **context: Any
) -> HTMLResponse:
    """The page `signup/<name>.html`, which the sites `frames` may show in a frame. Raises `TemplateError`."""
    words = words_of(site)
    known: dict[str, Any] = {"home": f"{site.url}/index.html", "script": "", "_": words.gettext, "ngettext": words.ngettext}
    html = render(site, f"signup/{name}.html", **known | context)
    return HTMLResponse(html, status, {**PRIVATE, **(headers or {}), "Content-Security-Policy": policy_of(html, site, frames)})


def policy_of(html: str, site: Site, frames: Collection[str] = ()) -> str:
    """What a page may load, and who may show it (Content-Security-Policy)."""
    styles = (f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" for style in STYLE.findall(html))
    logos = (logo.url for logo in (site.theme.logo, site.theme.dark_logo) if logo)
    pictures = dict.fromkeys(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, logos))
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src {' '.join(dict.fromkeys(styles))}",
            "script-src 'self'",
            f"img-src {' '.join(pictures) or NOBODY}",
            "form-action 'self'",
            "base-uri 'none'",
            f"frame-ancestors {' '.join(frames) or NOBODY}",
        )
    )


def masked(address: str) -> str:
    """An address as its owner knows it again, and nobody else: `a•••@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
