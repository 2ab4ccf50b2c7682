"""What was probably meant: the nearest of the names that there are. Pure; the one place that compares spellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MANY = 30
"""Names that are still told one by one where none is near."""


def nearest(name: str, names: Iterable[str], *, cutoff: float = 0.6) -> str:
    """The one of `names` that is spelled most like `name`, however either is capitalized; nothing where none is near."""
    from difflib import get_close_matches

    known = {each.casefold(): each for each in names}
    close = get_close_matches(name.casefold(), known, n=1, cutoff=cutoff)
    return known[close[0]] if close else ""


def hint(name: str, names: Iterable[str], *, otherwise: str = "") -> str:
    """`did you mean weekly?`; where no name is near `otherwise`, or all that there are: `there are energy, weekly`, or `there are none`."""
    known = sorted(set(names))
    if close := nearest(name, known):
        return f"did you mean {close}?"
    if otherwise or not known:
        return otherwise or "there are none"
    shown, more = known[:MANY], len(known) - MANY
    return f"there are {', '.join(shown)}{f' and {more:,} more' if more > 0 else ''}"
