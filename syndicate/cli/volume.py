"""How much the command line says beside its results: `--quiet`, `--verbose`, before the command or after it.

Results go to stdout whatever the volume. On stderr, quiet leaves what failed; loud adds what was done, file by file, and how long it took.
`heeding` gives a command the two options, so that none has to declare them.
"""

from __future__ import annotations

import functools
import inspect
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

Volume = Literal["quiet", "normal", "loud"]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what failed.", show_default=False)]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Also say what was done, and how long it took.", show_default=False)]

_chosen: list[Volume] = ["normal"]  # of this process; `reset` for each command line


def volume() -> Volume:
    """How much is said now."""
    return _chosen[0]


def reset() -> None:
    """Forget what an earlier command line in this process asked for."""
    _choose("normal")


def choose(*, quiet: bool, verbose: bool) -> None:
    """Set the volume where an option says so; else it stays. Raises `typer.BadParameter` where both do."""
    if (quiet and verbose) or (quiet and volume() == "loud") or (verbose and volume() == "quiet"):
        raise typer.BadParameter("--quiet and --verbose ask for opposite things; give one of them")
    if quiet or verbose:
        _choose("quiet" if quiet else "loud")


def heeding(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with the options `--quiet` and `--verbose`, heeded before it runs."""

    @functools.wraps(command)
    def heard(*arguments: Any, quiet: bool = False, verbose: bool = False, **options: Any) -> Any:
        choose(quiet=quiet, verbose=verbose)
        return command(*arguments, **options)

    own = inspect.signature(command, eval_str=True)
    words = {"quiet": Quiet, "verbose": Verbose}
    more = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind) for name, kind in words.items()]
    heard.__signature__ = own.replace(parameters=[*own.parameters.values(), *more])  # type: ignore[attr-defined]  # what Typer reads
    heard.__annotations__ = {**command.__annotations__, **words}
    return heard


def _choose(wanted: Volume) -> None:
    _chosen[0] = wanted
    if wanted == "loud":
        _overhear()


@functools.cache
def _overhear() -> None:
    """Have what the shell logs (documents written or left alone) come out on stderr, while the volume is loud."""
    import logging

    class Teller(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if volume() == "loud":
                typer.echo(self.format(record), err=True)

    logger = logging.getLogger("syndicate")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Teller())
