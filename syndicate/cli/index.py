"""Commands about the index: `index status`, `index rebuild`, `index verify`."""

from __future__ import annotations

from dataclasses import asdict

import typer

from syndicate.cli import options, screen

index = typer.Typer(help="What is remembered of the articles, so that reading is quick.", no_args_is_help=True)


@index.command()
def status(config: options.Config = None, json: options.Json = False) -> None:
    """Say what the index holds, and what has changed since.

    Looks at the files and reads none of them; writes nothing.

        syndicate index status
    """
    from syndicate.config import load_settings
    from syndicate.publishing.reading import open_index

    with open_index(load_settings(config)) as opened:
        found = opened.status()
    if json:
        screen.show_json({"file": str(opened.file), **asdict(found)})
        return
    shown = screen.table("", "", fold=("",))
    shown.show_header = False
    shown.add_row("index", f"{opened.file}, {found.size / 1e6:,.1f} MB")
    if found.ours:
        shown.add_row("holds", f"{screen.count(found.articles, 'article')}, {screen.count(found.problems, 'problem')}")
        changed = screen.count(found.changed, "file is new or has changed", "files are new or have changed")
        shown.add_row("since", f"{changed}, {screen.count(found.gone, 'file is gone', 'files are gone')}")
        if found.unsure:
            shown.add_row("", f"{screen.count(found.unsure, 'file')} to be looked at once more: they had just changed when they were read")
    else:
        shown.add_row("holds", "nothing for this program and this configuration: the next command reads every article")
    screen.show(shown)


@index.command()
def rebuild(config: options.Config = None) -> None:
    """Throw the index away and read every article.

    Writes a new one. It is a cache: nothing is lost with it but time.

        syndicate index rebuild
    """
    from syndicate.config import load_settings
    from syndicate.publishing.reading import rebuild as rebuild_index

    settings = load_settings(config)
    with screen.progressing() as progress:
        count = rebuild_index(settings, progress)
    screen.tell(f"{screen.count(count, 'file')} read")


@index.command()
def verify(config: options.Config = None) -> None:
    """Read every article and compare it with the index.

    Exit 1 if they differ, with a line for each file.

        syndicate index verify
    """
    from syndicate.config import load_settings
    from syndicate.publishing.reading import verify as verify_index

    settings = load_settings(config)
    with screen.progressing() as progress:
        wrong = verify_index(settings, progress)
    for line in wrong:
        typer.echo(line)
    screen.tell(
        f"{screen.count(len(wrong), 'difference')}; `syndicate index rebuild` mends them" if wrong else "the index is as it should be"
    )
    raise typer.Exit(1 if wrong else 0)
