"""Clean what people and machines have written: text, addresses, Markdown. Pure.

Text comes out as plain text without control characters, addresses as absolute http(s) URLs in ASCII, Markdown as HTML that
holds no script, no form and no address but http, https and mailto.
"""

from __future__ import annotations

import html
import re
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING
from unicodedata import is_normalized
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it import MarkdownIt

UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
"""What XML 1.0 forbids or no reader can show; NEL (U+0085) is left to count as white space."""

BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that reorder the text around them, and so can make one address or name look like another (UTR 36)."""

SUSPECT = re.compile("[^\x00-\x7f](?:(?=[^\x00-\x7f])|(?<=[\x80-\x9fÂÃŒœ]))")
"""Without which ftfy finds no wrong decoding: all that it looks for takes two characters beyond ASCII side by side, or one of these."""

ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-f]+|\w+);", re.IGNORECASE)

STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")

TRACKING = re.compile(
    r"utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|yclid|_hs(?:enc|mi)|ocid|cmpid|ref_src|wt\.mc_id", re.IGNORECASE
)
"""Query parameters that tell where a click came from, never what is shown."""

PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")
SUMMARY = 240

PLAIN_URL = re.compile(
    r"https?://(?:[a-z0-9][a-z0-9-]{0,62}+(?<!-)\.)++[a-z]{2,63}+/(?:[A-Za-z0-9._~/,:+=@-]++|%[0-9A-Fa-f]{2})*+"
    r"(?:\?(?:[A-Za-z0-9._~/,:+=@&-]++|%[0-9A-Fa-f]{2})++)?+"
)
"""An address that cleaning leaves as it is: no port, no name, no fragment, nothing to encode."""

PORTS = {"http": 80, "https": 443}
LONGEST_URL = 4096


def clean_text(text: str) -> str:
    """Give `text` as one line a person can read: wrong decoding repaired, entities resolved, controls gone, spaces folded."""
    if not text.isascii() or "&" in text:
        text = resolve_entities(mend(text))
    if text.isprintable() and "  " not in text:
        return text.strip()  # the one white space that Python calls printable is the blank
    return " ".join(strip_controls(text).split())


def mend(text: str) -> str:
    """Repair text that was decoded wrongly on its way here (`systemsâ€™` is `systems’`)."""
    if text.isascii() or not _may_need_mending(text):
        return text
    import ftfy

    return ftfy.fix_text(text, _mending())


def resolve_entities(text: str) -> str:
    """Resolve character references that end in a semicolon; `&copy=` in an address is none."""
    return ENTITY.sub(lambda found: html.unescape(found[0]), text) if "&" in text else text


def strip_controls(text: str) -> str:
    """Drop the characters that no format can carry, and those that reorder their neighbours."""
    return BIDI_CONTROLS.sub("", UNPRINTABLE.sub("", text))


def clean_url(url: str, base: str = "") -> str:
    """Give `url` as an absolute http(s) URL in ASCII; a relative one is taken from `base`. Raises `ValueError`."""
    text = resolve_entities(url)
    if is_plain_url(text):
        return text
    return _clean_with_care(text, base)


def is_plain_url(text: str) -> bool:
    """Whether `text` is an address that cleaning leaves as it is."""
    return len(text) <= LONGEST_URL and PLAIN_URL.fullmatch(text) is not None


def _clean_with_care(text: str, base: str) -> str:
    """Take an address apart, and put it together from parts that are each in order."""
    from w3lib.url import safe_url_string

    text = STRAY_PERCENT.sub("%25", strip_controls(text).strip().replace("\\", "/"))
    try:
        if base and text and not urlsplit(text).scheme:
            text = urljoin(f"{base}/", text)
        parts = urlsplit(safe_url_string(text)) if text else urlsplit("")
        port = parts.port
    except ValueError:
        raise ValueError("must be an http or https address") from None
    if parts.scheme not in PORTS or not parts.hostname or len(text) > LONGEST_URL:
        raise ValueError("must be an http or https address")
    if not re.fullmatch(r"[a-z0-9.:_-]+", parts.hostname) or parts.hostname.strip(".-_") == "":
        raise ValueError("must be an address with a valid host name")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    authority = host if port in {None, PORTS[parts.scheme]} else f"{host}:{port}"
    return urlunsplit((parts.scheme, authority, parts.path or "/", parts.query, quote(parts.fragment, safe="!$&'()*+,;=:@/?%")))


def secure_url(url: str) -> str:
    """The same address over https, which any page may show; one with a port of its own is left alone."""
    return f"https://{url.removeprefix('http://')}" if url.startswith("http://") and urlsplit(url).port is None else url


def canonical_url(url: str) -> str:
    """What two addresses of the same page have in common: no scheme, no `www.`, no tracking, no trailing slash, sorted query."""
    if "?" not in url and is_plain_url(url):
        return url.partition("://")[2].removeprefix("www.").rstrip("/")
    return _canonical_with_care(url)


def _canonical_with_care(url: str) -> str:
    parts = urlsplit(url)
    kept = sorted(pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not TRACKING.fullmatch(pair[0]))
    query = f"?{urlencode(kept)}" if kept else ""
    return parts.netloc.removeprefix("www.") + parts.path.rstrip("/") + query


def render_markdown(text: str, resolve: Callable[[str], str | None]) -> str:
    """Render Markdown (CommonMark, tables, strikethrough) as safe HTML; `resolve` makes a relative address absolute, or drops it."""
    import nh3

    if not text.strip():
        return ""
    clean = nh3.clean(
        _markdown().render(strip_controls(mend(text))),
        tags=nh3.ALLOWED_TAGS - {"map", "area", "bdo"},
        url_schemes={"http", "https", "mailto"},
        url_relative=resolve,
        attribute_filter=lambda tag, name, value: secure_url(value) if (tag, name) == ("img", "src") else value,
        link_rel=None,
    )
    return strip_controls(clean).strip()  # once more: nh3 resolves what raw HTML says as &#14;


def first_words(body: str) -> str:
    """The first paragraph of a body as text, cut to about `SUMMARY` characters: what stands for an article that has no excerpt."""
    texts = (" ".join(html.unescape(TAG.sub("", found[1])).split()) for found in PARAGRAPH.finditer(body))
    text = next(filter(None, texts), "")
    return textwrap.shorten(text, SUMMARY, placeholder=" …") if len(text) > SUMMARY else text


def _may_need_mending(text: str) -> bool:
    """Whether ftfy might change `text`. Asking it costs ten times as much: of its fixes, these three are left for what can be printed."""
    if not text.isprintable() or not is_normalized("NFC", text):
        return True
    if not SUSPECT.search(text):
        return False
    from ftfy.badness import is_bad

    return is_bad(text)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    """The Markdown parser. Raw HTML passes through it, since nh3 stands behind."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # A link that markdown-it refuses is left in the text as it was typed; let through, nh3 takes the bad address out of it.
    markdown.validateLink = lambda url: True  # type: ignore[method-assign]  # noqa: ARG005
    return markdown


@lru_cache(maxsize=1)
def _mending() -> ftfy.TextFixerConfig:  # type: ignore[name-defined]  # noqa: F821
    """Repair decoding, and leave alone what a typographer chose: quotes, ligatures, widths."""
    import ftfy

    return ftfy.TextFixerConfig(
        unescape_html=False, uncurl_quotes=False, fix_latin_ligatures=False, fix_character_width=False, remove_control_chars=False
    )
