"""How help is laid out: commands in groups, in the order of a newcomer's day, and examples line by line.

It is plain text, 80 columns wide. Rich would draw boxes around it, for three times the time that `--help` takes.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from typer.core import TyperGroup

from syndicate.cli.volume import heeding

if TYPE_CHECKING:
    from collections.abc import Iterator

    import typer


class Panels(TyperGroup):
    """A group of commands that shows each under the heading that it was given."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  the signature is Typer's
        """Write the commands, a list for each heading."""
        panels: dict[str, list[tuple[str, str]]] = {}
        room = formatter.width - 6 - max(len(name) for name in self.commands)
        for name, command in self.commands.items():
            if not command.hidden:
                heading = getattr(command, "rich_help_panel", None) or "Commands"
                panels.setdefault(str(heading), []).append((name.ljust(max(map(len, self.commands))), command.get_short_help_str(room)))
        for heading, rows in panels.items():
            with formatter.section(heading):
                formatter.write_dl(rows)


def furnish(app: typer.Typer) -> None:
    """Give every command of `app` and of its groups the options that all have, and its help the form in which it is shown."""
    for group in _groups(app):
        for info in group.registered_commands:
            assert info.callback is not None  # noqa: S101  each was registered with its function
            info.help = laid_out(info.help or info.callback.__doc__ or "")
            info.callback = heeding(info.callback)


def laid_out(text: str) -> str:
    """A docstring as help: paragraphs that are indented, the examples, keep their lines."""
    paragraphs = inspect.cleandoc(text).split("\n\n")
    return "\n\n".join(f"\b\n{part}" if part.startswith("    ") else part for part in paragraphs)


def examples_of(text: str) -> list[str]:
    """The command lines that a help text shows."""
    lines = (line.strip() for line in inspect.cleandoc(text).replace("\b\n", "").splitlines() if line.startswith("    "))
    return [line for line in lines if line.startswith("syndicate ")]


def _groups(app: typer.Typer) -> Iterator[typer.Typer]:
    yield app
    for info in app.registered_groups:
        if info.typer_instance:
            yield from _groups(info.typer_instance)
