"""Words the linter's tests speak in: a letter without a fault, and letters that have one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from syndicate.letters import PREFERENCES, UNSUBSCRIBE, Letter
from syndicate.linter import CLIENTS, lint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.linter import Finding

ADDRESS = "4 Lock Row, Halden Quay"

HTML = f"""\
<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>The weekly</title>
<style>
@media (prefers-color-scheme: dark) {{
.desk {{ background-color: #101010 !important; color: #f0f0f0 !important }}
.link {{ color: #9fd0ff !important }}
}}
</style>
</head>
<body class="desk" style="background-color: #ffffff; color: #202020">
<div class="desk" role="article" lang="en" dir="ltr" style="background-color: #ffffff; color: #202020">
<table role="presentation" width="600"><tr><td class="cell">
<h1>The weekly</h1>
<h2>Energy</h2>
<h3><a class="link" href="https://example.org/lagoon" style="color: #0a4a8a">The lagoon</a></h3>
<img class="photo" src="https://example.org/lagoon.jpg" alt="A lagoon" width="160">
<p class="text">Nine kilometres of wall and one seal.</p>
<p class="foot"><a class="link" href="{PREFERENCES}" style="color: #0a4a8a">Preferences</a>
<a class="link" href="{UNSUBSCRIBE}" style="color: #0a4a8a">Unsubscribe</a></p>
<p class="foot">4 Lock Row,<br>Halden Quay</p>
</td></tr></table>
</div>
</body>
</html>
"""

TEXT = f"""\
The weekly

The lagoon
https://example.org/lagoon

Preferences: {PREFERENCES}
Unsubscribe: {UNSUBSCRIBE}

4 Lock Row, Halden
Quay
"""

GOOD = Letter("The lagoon", "Nine kilometres of wall and one seal.", HTML, TEXT, (0,))
"""A letter that nothing is wrong with."""


def broken(old: str, new: str, *, part: str = "html") -> Letter:
    """The good letter with one thing in it changed, wherever it stands."""
    whole = HTML if part == "html" else TEXT
    assert old in whole, f"{old!r} is not in the letter, so that nothing is broken"
    return replace(GOOD, html=HTML.replace(old, new)) if part == "html" else replace(GOOD, text=TEXT.replace(old, new))


def found(letter: Letter, *, clients: Sequence[str] = CLIENTS, address: str = ADDRESS) -> tuple[Finding, ...]:
    """What is wrong with a letter."""
    return lint(letter, clients=clients, address=address)


def rules(letter: Letter, *, clients: Sequence[str] = CLIENTS, address: str = ADDRESS) -> list[str]:
    """The rules by which something is wrong, in order of place."""
    return [finding.rule for finding in found(letter, clients=clients, address=address)]
