"""Write the pages of the reference that the program prints: `python -m tests.commands`. A test holds them and the program together.

`settings.md` is what `syndicate config reference` prints; `commands.md` is the help of every command, in the order of `syndicate --help`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from syndicate.cli import app
from syndicate.config.reference import reference as settings

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
HEAD = """\
# Commands

What `syndicate COMMAND --help` says, of every command, in the order of a newcomer's day. Results go to stdout, everything else to stderr.
Exit 0 is fine, 1 says that there were problems, 2 that the command or the configuration is wrong.

A moment (`T`) is ISO 8601 (`2026-11-16T08:00`, in the site's time zone where it names no other), `now`, `today`, `yesterday`, or a time ago
(`7d`). With `--at`, everything is as it was then.

These options are not repeated below. `--quiet` and `--verbose` may stand before the command or after it; `NO_COLOR` in the environment takes
the colours away.
"""
TYPE = re.compile(r"^([A-Z]+)(?: <.*>)?$")
"""What Typer puts behind the name of an argument."""

EVERYWHERE = ("config", "quiet", "verbose", "help")
"""Options that are told once, for all commands."""

AFTERWORD = """
`syndicate --install-completion` teaches bash, zsh and fish to complete commands, options, and values: publications, topics, formats, and
the keys of editions. `syndicate --show-completion` prints what it would install.
"""


def commands() -> Iterator[tuple[str, str, Any]]:
    """Every command: its heading in `--help`, its words, and the command itself."""

    def walk(group: Any, words: str, heading: str) -> Iterator[tuple[str, str, Any]]:
        for name, command in group.commands.items():
            panel = heading or command.rich_help_panel
            if hasattr(command, "commands"):
                yield from walk(command, f"{words} {name}", panel)
            else:
                yield panel, f"{words} {name}", command

    yield from walk(get_command(app), "syndicate", "")


def reference() -> str:
    """The reference of the commands, as Markdown."""
    first = next(command for _, words, command in commands() if words == "syndicate list")
    lines = [HEAD, *_table(first, [first.params[-1].name, *EVERYWHERE], only=True), AFTERWORD]
    shown = ""
    for heading, words, command in commands():
        if heading != shown:
            lines.append(f"## {heading}\n")
            shown = heading
        lines += [f"### `{words}`\n", *_prose(command), *_table(command, EVERYWHERE), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _prose(command: Any) -> Iterator[str]:
    for part in command.help.replace("\b\n", "").split("\n\n"):
        yield part if part.startswith("    ") else " ".join(part.split())
        yield ""


def _table(command: Any, names: Any, *, only: bool = False) -> Iterator[str]:
    """The rows of a command's parameters: without those in `names`, or these `only`."""
    context = command.make_context("", [], resilient_parsing=True)
    records = [each.get_help_record(context) for each in command.get_params(context) if (each.name in names) is only]
    rows = [(_cell(TYPE.sub(r"\1", called)), _cell(meaning)) for called, meaning in filter(None, records)]
    if rows:
        yield from ("| | |", "|---|---|")
        yield from (f"| `{called}` | {meaning} |" for called, meaning in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    for name, text in {"settings.md": settings(), "commands.md": reference()}.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
