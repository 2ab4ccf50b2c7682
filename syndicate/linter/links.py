"""Where a letter leads: by addresses that work in a mail, the same ones in both parts, and to the ways out of it. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from syndicate.letters import PREFERENCES, UNSUBSCRIBE
from syndicate.linter.findings import LETTER, TEXT, Finding, at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.letters import Letter
    from syndicate.linter.looks import Dressed
    from syndicate.linter.page import Element

TOKENS = (UNSUBSCRIBE, PREFERENCES)
TOKEN = re.compile(r"__SYN_\w+?__")
ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"]+", re.IGNORECASE)
FRONT_PAGE = re.compile(r"https?://[^/?#]*/?", re.IGNORECASE)
"""Where a logo leads: a door that whoever reads the text finds without it."""

TRAILING = ".,;:!?)]}'»”’"
"""What may follow an address in a sentence and is no part of it."""

BRACKETS = {")": "(", "]": "[", "}": "{"}

START = re.compile(r"https?:|mailto:|//", re.IGNORECASE)
"""Where an address begins, in an attribute, in a style, in a text."""

WISHES = (("unsubscribe", UNSUBSCRIBE, "leave"), ("preferences", PREFERENCES, "change what they get"))
"""The rule, its token, and what readers could not do without such a link."""


def check_links(dressed: Dressed, letter: Letter) -> Iterator[Finding]:
    """Addresses that lead nowhere from a mail, or are open to be read and changed on the way."""
    for element in dressed.page.elements:
        if "href" in element.attributes and element.tag in {"a", "area"}:
            yield from _address(element, "href", frozenset({"http", "https", "mailto"}))
        if "src" in element.attributes and element.tag in {"img", "source", "video", "audio"}:
            yield from _address(element, "src", frozenset({"http", "https", "data"}))
    html = "".join(text for _, text in dressed.page.runs)
    for place, text in ((LETTER, f"{letter.subject}\n{letter.preheader}\n{html}"), (TEXT, letter.text)):
        for token in sorted(set(TOKEN.findall(text)) - set(TOKENS)):
            yield Finding("token", place, f"holds {token}, which nothing fills in", "take it out of the template")


def check_secrets(dressed: Dressed, letter: Letter) -> Iterator[Finding]:
    """Addresses whose host, or whoever the mail goes to, would learn by which link somebody leaves."""
    what, remedy = "gives a reader's private link to others", "link to it by itself, or not at all"
    for element in dressed.page.elements:
        for name, value in element.attributes.items():
            for token in _inside(value):
                yield at(element, "link-private", f"has {token} inside {name}, which {what}", remedy)
    for token in sorted(set(_inside(letter.text))):
        yield Finding("link-private", TEXT, f"has {token} inside another address, which {what}", remedy)


def check_parts(dressed: Dressed, letter: Letter) -> Iterator[Finding]:
    """The text part and the HTML carry the same links, so that whoever reads the one has what the other has."""
    linked = [element for element in dressed.page.tags("a", "area") if _is_web(element.get("href"))]
    stories = [element for element in linked if not FRONT_PAGE.fullmatch(element.get("href"))]
    written = {found: _whole(found) for found in ADDRESS.findall(letter.text) if _is_web(found)}
    for element in stories:
        if element.get("href") not in {*written, *written.values()}:
            yield Finding("text-links", TEXT, f"lacks the link {element.get('href')}", "write it into digest.txt as well")
    known = {element.get("href") for element in linked}
    html = "".join(text for _, text in dressed.page.runs)
    for found, address in sorted(written.items()):
        if not {found, address} & known and address not in html:
            yield Finding("html-links", LETTER, f"lacks the link {address}, which the text part has", "write it into digest.html as well")


def check_exits(dressed: Dressed, letter: Letter, address: str) -> Iterator[Finding]:
    """Links for leaving and for changing one's mind, to be seen in both parts, and where the sender can be found."""
    looks = dressed.looks["light"]
    seen = [element.get("href") for element in dressed.page.tags("a") if looks[element.number].shown]
    for rule, token, wish in WISHES:
        if not any(token in href or rule in href.lower() for href in seen):
            yield Finding(rule, LETTER, f"shows no link by which readers could {wish}", f"link to links.{rule} in digest.html")
        if token not in letter.text and not any(rule in written.lower() for written in ADDRESS.findall(letter.text)):
            yield Finding(rule, TEXT, f"has no link by which readers could {wish}", f"write links.{rule} into digest.txt")
    if not address.strip():
        yield Finding("address", LETTER, "has no postal address, which many laws ask for", "set site.address in the settings")
        return
    html = "".join(text for owner, text in dressed.page.runs if looks[owner.number].shown)
    for place, text, template in ((LETTER, html, "digest.html"), (TEXT, letter.text, "digest.txt")):
        if _closed(address) not in _closed(text):
            yield Finding("address", place, "does not show the postal address", f"write site.address into {template}")


def _address(element: Element, name: str, schemes: frozenset[str]) -> Iterator[Finding]:
    address = element.get(name)
    if address in TOKENS and name == "href":
        return
    try:
        parts = urlsplit(address)
    except ValueError:
        yield at(element, "link-scheme", f"has {name}={address!r}, which is no address", "mend it")
        return
    if not parts.scheme or (parts.scheme in {"http", "https"} and not parts.netloc):
        what = f"has {name}={address!r}, which leads nowhere from a mail"
        yield at(element, "link-relative", what, "write the whole address, from https:// on")
    elif parts.scheme not in schemes:
        remedy = "use https:, or mailto:" if name == "href" else "publish it, and give its address"
        yield at(element, "link-scheme", f"has an address that begins with {parts.scheme}:", remedy)
    elif parts.scheme == "http":
        yield at(element, "link-http", f"has {name}={address!r}, which others on the way can read and change", "write https://")


def _inside(text: str) -> Iterator[str]:
    """The links of a reader's own that are part of another address."""
    for word in text.split():
        if start := START.search(word):
            yield from (token for token in TOKENS if token in word[start.end() :])


def _is_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))


def _whole(address: str) -> str:
    """An address out of a text, without what its sentence goes on with; a bracket that it opens itself is its own."""
    while address.endswith(tuple(TRAILING)):
        last = address[-1]
        if last in BRACKETS and address.count(last) <= address.count(BRACKETS[last]):
            break
        address = address[:-1]
    return address


def _closed(text: str) -> str:
    """A text without any white space: lines break differently in each part."""
    return "".join(text.split())
