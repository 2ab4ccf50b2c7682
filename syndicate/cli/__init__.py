"""The command line: one command, one call into the shell. Only here is the clock read.

Results go to stdout, diagnostics to stderr. Exit 0: fine; 1: problems, or failures in the work; 2: usage or configuration.
"""

from __future__ import annotations

import io
import sys

import typer

from syndicate.cli import (
    bounces,
    history,
    index,
    preview,
    reading,
    rendering,
    running,
    sending,
    serving,
    storage,
    subscribers,
    working,
    workspace,
)
from syndicate.errors import (
    CacheError,
    ConfigurationError,
    MomentError,
    ScheduleError,
    SyndicateError,
    UnknownEditionError,
    UnknownFormatError,
    UnknownPublicationError,
)

MISUSE = (ConfigurationError, MomentError, ScheduleError, UnknownEditionError, UnknownFormatError, UnknownPublicationError)

app = typer.Typer(
    help="Turn a folder of Markdown articles into feeds for every reader and digests for every inbox.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(workspace.init)
app.command()(workspace.check)
app.command("list")(reading.list_articles)
app.command()(reading.explain)
app.command()(rendering.render)
app.command()(running.run)
app.command()(working.worker)
app.command()(serving.serve)
app.command()(preview.preview)
app.command()(sending.send)
app.command()(history.status)
app.add_typer(index.index, name="index")
app.add_typer(history.editions, name="editions")
app.add_typer(sending.outbox, name="outbox")
app.add_typer(bounces.bounces, name="bounces")
app.add_typer(subscribers.subscribers, name="subscribers")
app.add_typer(storage.storage, name="storage")


@app.callback(invoke_without_command=True)
def syndicate(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:  # noqa: FBT001, FBT003  as Typer declares flags
    """Turn a folder of Markdown articles into feeds for every reader and digests for every inbox."""
    if version:
        from syndicate import __version__

        typer.echo(f"syndicate {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line, and say what went wrong without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        # A title may hold what a terminal or PYTHONIOENCODING=cp1252 cannot show: better a question mark than no answer. The encoding
        # stays what whoever reads along expects; JSON, which must lose nothing, escapes instead (screen.show_json).
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        try:
            app()
        except CacheError as error:
            if not error.damaged:
                raise
            app()  # what was damaged is gone, and is made anew
    except SyndicateError as error:
        for line in str(error).splitlines():
            print(f"syndicate: {line}", file=sys.stderr)  # noqa: T201  the last thing a failed command does
        sys.exit(2 if isinstance(error, MISUSE) else 1)
