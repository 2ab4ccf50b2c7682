"""The mail linter: what is wrong with a finished letter, where, in which mail programs, and what to do about it.

Pure but for the snapshot of caniemail's data that comes with it: no clock, no network. Templates and settings are not seen; what is judged
is the HTML and the text that a reader gets.

1. `size`: the letter within its budget, its styles within Gmail's.
2. `structure`: language, headings, tables, pictures and links, for those who hear it; nothing that mail programs take out.
3. `contrast`: text that can be read, by day and in the dark.
4. `links`: addresses that work, and keep private links private, the same in both parts; the ways out, and where the sender is.
5. `support`: what the declared mail programs do not know, and is missed there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from syndicate.linter.caniemail import CLIENTS, read_snapshot
from syndicate.linter.contrast import check_contrast, check_lines
from syndicate.linter.contrast import check_size as check_text_size
from syndicate.linter.findings import Finding, folded
from syndicate.linter.links import check_exits, check_links, check_parts, check_secrets
from syndicate.linter.looks import dress
from syndicate.linter.page import read_page
from syndicate.linter.size import check_sheets, check_size
from syndicate.linter.structure import check_structure
from syndicate.linter.support import check_support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.letters import Letter

__all__ = ["CLIENTS", "Finding", "lint"]


def lint(letter: Letter, *, clients: Sequence[str] = CLIENTS, address: str = "") -> tuple[Finding, ...]:
    """What is wrong with a letter, in order of place; `address` is the postal address that it has to show.

    `clients` are the mail programs that matter, as `gmail` or `gmail.ios`. Raises `ConfigurationError` for one that nobody knows.
    """
    snapshot = read_snapshot()
    chosen = snapshot.chosen(clients)
    gmail = snapshot.named([client for client in chosen if client.startswith("gmail.")], chosen)
    dressed = dress(read_page(letter.html))
    findings = [
        *check_size(dressed, letter, gmail),
        *check_sheets(dressed, gmail),
        *check_structure(dressed),
        *check_contrast(dressed),
        *check_text_size(dressed),
        *check_lines(dressed),
        *check_links(dressed, letter),
        *check_secrets(dressed, letter),
        *check_parts(dressed, letter),
        *check_exits(dressed, letter, address),
        *check_support(dressed, chosen),
    ]
    return folded(findings)
