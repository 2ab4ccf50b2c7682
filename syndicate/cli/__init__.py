"""The command line: one command, one call into the shell. Only here is the clock read.

Results go to stdout, diagnostics to stderr. Exit 0: fine; 1: problems, or failures in the work; 2: usage or configuration.
"""

from __future__ import annotations

import io
import sys
import time

import typer

from syndicate.cli import (
    bounces,
    configuration,
    history,
    index,
    outbox,
    preview,
    reading,
    rendering,
    running,
    screen,
    sending,
    serving,
    storage,
    subscribers,
    volume,
    working,
    workspace,
)
from syndicate.cli.manual import Panels, furnish, laid_out
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

LOOK, WRITE, SEND, PEOPLE, CARE = "Look", "Write and serve", "Send", "People", "Look after"
"""The headings of `--help`, in the order of a newcomer's day."""

ABOUT = """Turn a folder of Markdown articles into feeds and digests.

    syndicate init paper             a workspace with sample articles
    cd paper
    syndicate check                  is everything in order?
    syndicate render                 write out/; open out/index.html
    syndicate COMMAND --help         what a command does, with examples

Results go to stdout, everything else to stderr. Exit 0: fine; 1: there were problems; 2: the command or the configuration is wrong.
"""

app = typer.Typer(
    cls=Panels,
    help=laid_out(ABOUT),
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command(rich_help_panel=LOOK)(workspace.init)
app.command(rich_help_panel=LOOK)(workspace.check)
app.command("list", rich_help_panel=LOOK)(reading.list_articles)
app.command(rich_help_panel=LOOK)(reading.explain)
app.command(rich_help_panel=LOOK)(preview.preview)
app.command(rich_help_panel=WRITE)(rendering.render)
app.command(rich_help_panel=WRITE)(serving.serve)
app.command(rich_help_panel=SEND)(sending.send)
app.command(rich_help_panel=SEND)(running.run)
app.command(rich_help_panel=SEND)(working.worker)
app.command(rich_help_panel=SEND)(history.status)
app.add_typer(subscribers.subscribers, name="subscribers", rich_help_panel=PEOPLE)
app.add_typer(bounces.bounces, name="bounces", rich_help_panel=PEOPLE)
app.add_typer(history.editions, name="editions", rich_help_panel=CARE)
app.add_typer(outbox.outbox, name="outbox", rich_help_panel=CARE)
app.add_typer(index.index, name="index", rich_help_panel=CARE)
app.add_typer(configuration.configuration, name="config", rich_help_panel=CARE)
app.add_typer(storage.storage, name="storage", rich_help_panel=CARE)
furnish(app)


@app.callback(invoke_without_command=True)
def syndicate(
    version: bool = typer.Option(False, "--version", help="Show the version and exit."),  # noqa: FBT001, FBT003  as Typer declares flags
    quiet: volume.Quiet = False,
    verbose: volume.Verbose = False,
) -> None:
    """Heed the options that stand before the command. What `--help` says is `ABOUT`."""
    volume.choose(quiet=quiet, verbose=verbose)
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
    volume.reset()
    started = time.perf_counter()
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
    finally:
        screen.detail(f"took {time.perf_counter() - started:.2f} s")
