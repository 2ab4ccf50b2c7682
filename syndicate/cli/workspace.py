"""Commands about the workspace itself: `init`, `check`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from syndicate.cli import options, screen


def init(
    folder: Annotated[Path, typer.Argument(help="The folder to make a workspace of.")] = Path(),
    with_templates: Annotated[bool, typer.Option("--with-templates", help="Copy the default templates too, to be edited.")] = False,
) -> None:
    """Make a new workspace: syndicate.toml, templates/, seeds/ and out/."""
    from syndicate.publishing.workspace import make_workspace

    for name in make_workspace(folder, with_templates=with_templates):
        typer.echo(f"made {folder / name}")
    step = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    screen.tell(f"Next: {step}syndicate render")


def check(config: options.Config = None, json: options.Json = False) -> None:
    """Read everything and report every problem; exit 1 if there is one."""
    from syndicate.config import load_settings
    from syndicate.publishing.workspace import template_problems, topic_notes

    settings = load_settings(config)
    catalogue = screen.read(settings)
    problems = [*catalogue.problems, *template_problems(settings, catalogue)]
    for note in topic_notes(settings, catalogue):
        screen.tell(note)
    if json:
        found = [{"file": each.file, "line": each.line, "field": each.field, "message": each.message} for each in problems]
        screen.show_json({"articles": len(catalogue.articles), "problems": found})
    else:
        for problem in problems:
            typer.echo(str(problem))
        articles, feeds, digests = (len(each) for each in (catalogue.articles, settings.feeds, settings.digests))
        counted = ", ".join((screen.count(articles, "article"), screen.count(feeds, "feed"), screen.count(digests, "digest")))
        screen.tell(f"{counted}: {screen.count(len(problems), 'problem')}")
    raise typer.Exit(1 if problems else 0)
