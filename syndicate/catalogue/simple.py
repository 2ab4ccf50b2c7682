"""Read simple YAML by yaml-rs, where that gives what our own loader gives. Pure.

yaml-rs takes a tenth of libyaml's time, but follows another schema (`072`, `1e3` and `12:30:45` become numbers and times), and it is
young. So it is handed a text only if every line of it has one of a few forms that no two parsers read differently. Everything else, and
whatever yaml-rs does not like, is left to libyaml; so are all mistakes, whose words and lines are libyaml's.

1. A line is blank, a comment, `key: value`, `key:`, `- key: value`, `- key:` or `- value`, whole by itself.
2. A value is a text in quotes, a plain text that opens as no number, date or indicator of YAML does, a number or date as it would be
   written back, `true`, `false`, `null`, or a list or mapping in brackets, at most three deep.
3. So there are no values over several lines, no anchors, aliases, tags, directives or second documents. What is indented by at most
   ten columns and bracketed three deep keeps the bound on depth, what has at most `LONGEST` characters the bound on values, and a key
   given twice yaml-rs refuses.

Built as it is, yaml-rs ends the process where it meets a fault of its own: one more reason to hand it nothing out of the ordinary.

It is loaded and asked in the main thread alone. Its allocator (mimalloc 3.3) takes the thread that loads it for one that never ends, and
may not be ready in a thread that has only begun (microsoft/mimalloc#1287, #1356): loaded in a thread that ended, it killed 212 processes of
216. Elsewhere, as in the studio, whose pages are made in threads, libyaml reads everything.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

quick: Callable[[str], object] | None = None
"""yaml-rs's reader, where there is one: not where there is no wheel for the platform, nor where this module is first imported in a thread."""

if current_thread() is main_thread():
    with suppress(ImportError):
        from yaml_rs import loads as quick

LONGEST = 20_000
"""Characters: each value has at least one, so these are no more values than the bounds allow."""

UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")
"""Controls, tabs and lines' ends, and what ends a line in YAML 1.1 alone (NEL, LS, PS)."""

ESCAPE = re.compile(r'\\["\\nrt]')

OTHERWISE = "(?:[tT](?i:rue)|[fF](?i:alse)|[nN](?i:ull))"
"""Words that are no text in YAML 1.2; in small letters they are allowed where a value may stand."""

OPENER = "(?:[A-Za-z(/]|[^\x00-\xa0])"
"""What a plain text may open with."""

KEY = rf"(?!{OTHERWISE}:)[A-Za-z][A-Za-z0-9_-]{{0,63}}+"
DEEPEST = 3
"""Brackets within brackets."""

QUOTED = r"""(?:""|'(?:[^'"]++|'')*+')"""
NUMBER = r"(?:0|-?[1-9][0-9]{0,14}+|-?(?:0|[1-9][0-9]{0,8}+)\.(?:[0-9]{0,2}[1-9]|0))"
DAY = r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
MOMENT = rf"{DAY}(?:[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|[-+](?:0[1-9]|1[0-3]):[0-5][0-9])?)?"
FIGURE = rf"(?:{MOMENT}|{NUMBER}|true|false|null)"

# A plain text holds no ' #', which would open a comment, and no ': ', which would make a key of it.
PLAIN = rf'(?!{OTHERWISE} *+$){OPENER}[^ ":]*+(?:(?: ++(?=[^#])|:(?=[^ "]))[^ ":]*+)*+'
VALUE = rf"(?:{QUOTED} *+|{FIGURE} *+$|{PLAIN})"

LINE = re.compile(rf" {{0,10}}+(?:(?:- )?+{KEY}:(?: *+$| ++(?=[^ ]))|- (?=[^ ])|#[^\"]*+$|$)(?:{VALUE})?+")

FLOW_PLAIN = rf"""(?!{OTHERWISE} *+[,\]}}]){OPENER}[^":#,?\[\]{{}}]*+"""
ATOM = rf"(?:{QUOTED}|{FIGURE}(?= *+[,\]}}])|{FLOW_PLAIN}) *+(?=[,\]}}])"
MORE = r", *+(?=[^\]}])"

INNERMOST = re.compile(rf"\[ *+(?:{ATOM}(?:{MORE}|(?=\])))*+\]|\{{ *+(?:{KEY}: ++{ATOM}(?:{MORE}|(?=\}})))*+\}}")
"""A list or mapping in brackets that holds none."""

BRACKETED = re.compile(rf" {{0,10}}+(?:(?:- )?+{KEY}: ++|- )(?=[\[{{])")


def read_simple(text: str) -> dict[str, object] | None:
    """The fields of a simple YAML text, or `None` where it is not simple, or not right, and libyaml must have its say."""
    if quick is None or current_thread() is not main_thread() or not _is_simple(text):
        return None
    try:
        values = quick(text)
    except ValueError:
        return None
    return values if isinstance(values, dict) else None


def _is_simple(text: str) -> bool:
    """Look at what stands between double quotes as a whole, and at the rest line by line."""
    flat = text.replace("\n", " ")
    if len(text) > LONGEST or not (flat.isprintable() or not UNFIT.search(flat)):
        return False
    plain = ESCAPE.sub("..", text) if "\\" in text else text
    parts = plain.split('"')
    if "\\" in plain or not len(parts) % 2 or "\n" in "".join(parts[1::2]):
        return False
    return all(map(_is_simple_line, '""'.join(parts[::2]).split("\n")))


@lru_cache(maxsize=1024)  # without what stands in quotes, most lines of one article are lines of the next
def _is_simple_line(line: str) -> bool:
    return LINE.fullmatch(line) is not None or (("[" in line or "{" in line) and _is_simple_flow(line))


def _is_simple_flow(line: str) -> bool:
    """Whether a line holds a simple value in brackets: put into quotes from the innermost on, it becomes a single one."""
    head = BRACKETED.match(line)
    value = line[head.end() :] if head else ""
    for _ in range(DEEPEST):
        value = INNERMOST.sub('""', value)
    return value.rstrip(" ") == '""'
