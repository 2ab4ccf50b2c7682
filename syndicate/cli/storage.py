"""Commands about where the ledger lies: `storage copy`, `storage reopen`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import options, screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syndicate.config import Settings
    from syndicate.storage.copying import Copied

storage = typer.Typer(help="Where the ledger lies, and its move elsewhere.", no_args_is_help=True)


@storage.command()
def copy(
    to: Annotated[str, typer.Option(metavar="URL", help="An empty database, or one that was moved, or half a copy.")],
    from_: Annotated[str | None, typer.Option("--from", metavar="URL", help="The ledger; the configured one, if not given.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing but empty tables.")] = False,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Move the ledger to another database.

    Writes to both: the other one comes to hold the same, row by row, and the old one says that it was moved, and is refused from then on.
    Stop `syndicate run`, `serve` and `worker` before. If it was cut off, run it again: it goes on where it was.

        syndicate storage copy --to sqlite:///.syndicate/moved.db --dry-run
    """
    from syndicate.config import load_settings
    from syndicate.storage.copying import copy as copy_ledger
    from syndicate.storage.copying import open_source
    from syndicate.storage.database import open_database

    settings = load_settings(config)
    source, target = open_source(from_ or settings.storage.url, settings.root), open_database(to, settings.root)
    with screen.moving("Comparing rows" if dry_run else "Copying rows") as progress:
        copied = copy_ledger(source, target, now=options.clock(), progress=progress, rehearsal=dry_run)
    for engine in (source, target):
        engine.dispose()
    if json:
        screen.show_json(asdict(copied) | {"dry_run": dry_run})
    else:
        _show(copied)
    for line in _remarks(copied, settings, dry_run=dry_run):
        screen.tell(line)
    raise typer.Exit(1 if copied.refusal else 0)


@storage.command()
def reopen(storage: options.Storage = None, config: options.Config = None) -> None:
    """Go on with a ledger that was moved.

    Takes its mark away, and changes nothing else. What was done in the one that it was moved to is not known here: never go on with both.

        syndicate storage reopen
    """
    from syndicate.config import load_settings
    from syndicate.storage.copying import open_source
    from syndicate.storage.moves import name_of
    from syndicate.storage.moves import reopen as take_mark_away

    settings = load_settings(config)
    engine = open_source(storage or settings.storage.url, settings.root)
    moved = take_mark_away(engine)
    engine.dispose()
    if moved is None:
        screen.tell(f"{name_of(engine)}: was not moved; nothing is changed")
        return
    typer.echo(f"{name_of(engine)}: can be worked on again; it was moved to {moved}")
    screen.tell(
        "What was done there since is not known here. Both must never be worked on: people would get everything twice. Delete the other."
    )


def _show(copied: Copied) -> None:
    shown = screen.table("table", "rows", "added", "changed", "removed", right=("rows", "added", "changed", "removed"))
    for each in copied.tables:
        shown.add_row(each.table, *(f"{number:,}" for number in (each.rows, each.added, each.changed, each.removed)))
    screen.show(shown)


def _remarks(copied: Copied, settings: Settings, *, dry_run: bool) -> Iterator[str]:
    """What is left to do."""
    from syndicate.publishing.secrets import FILE

    if dry_run:
        yield f"nothing was written to {copied.target}"
        if copied.refusal:
            yield f"it would be refused: {copied.refusal}"
        return
    yield f"{copied.target}: holds the same as {copied.source}, which is marked as moved"
    yield f"Name it with [storage] url. {copied.source} still holds everybody's addresses: delete it, and copies of it, when you are sure."
    secret = "mail.secret" if settings.mail.secret else f"{settings.root / FILE}, or mail.secret with what stands in it"
    yield f"Every machine needs the secret under which it was written: {secret}. Without it no link holds, and nobody suppressed is known."
