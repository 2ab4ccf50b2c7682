"""Commands that look back and ahead: `status`, `editions list`, `editions show`, `editions diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import completing, options, screen
from syndicate.cli.running import open_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from syndicate.config import Settings
    from syndicate.publishing.history import Standing
    from syndicate.storage import EditionRecord

editions = typer.Typer(help="What was sent, and what the same inputs give now.", no_args_is_help=True)


def status(at: options.At = "now", storage: options.Storage = None, config: options.Config = None, json: options.Json = False) -> None:
    """Show what comes next, what was last, and what is owed.

    Reads what is recorded and sends nothing. Says of each publication why nothing was sent, where nothing was, and how many letters of an
    edition are sent, deferred, refused or uncertain.

        syndicate status
        syndicate status --at 2026-11-16T12:00 --json
    """
    from syndicate.config import load_settings
    from syndicate.publishing.history import status as look

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    standings = look(settings, ledger, now=options.moment(at, settings, options.clock()))
    if json:
        screen.show_json([_standing_record(each) for each in standings])
        return
    shown = screen.table("publication", "next", "last", "state", "why", fold=("why",))
    for each in standings:
        shown.add_row(each.slug, options.local(each.next_at, settings) or "when files change", *_last(each, settings))
    screen.show(shown)
    for each in standings:
        for post in each.mail:
            counts = ", ".join(f"{count:,} {state}" for state, count in sorted(post.counts.items()))
            screen.tell(f"{post.key}: {counts}" + (f"; stopped: {post.held}" if post.held else ""))
        for sighting in each.sightings:
            if sighting.difference:
                screen.tell(f"{sighting.key}, seen by {sighting.machine}: {sighting.difference}")
        for record in each.owed:
            screen.tell(
                f"{record.key}: recorded {options.local(record.recorded_at, settings)}, its documents are owed; `syndicate run --once` writes them"
            )


@editions.command("list")
def list_editions(
    digest: Annotated[
        str, typer.Argument(metavar="DIGEST", autocompletion=completing.digests, help="Only of this digest.", show_default=False)
    ] = "",
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 30,
    storage: options.Storage = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """List editions, newest first, with their state and why.

    Reads what is recorded and writes nothing.

        syndicate editions list
        syndicate editions list weekly --limit 5
    """
    from syndicate.config import load_settings

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    found = ledger.editions(digest, limit=limit)
    if digest and not found:
        settings.digest(digest)  # is there such a digest?
    if json:
        screen.show_json([_record(record) for record in found])
        return
    shown = screen.table("edition", "window", "state", "entries", "reason", "subject", right=("entries",), fold=("reason", "subject"))
    for record in found:
        ran = sum(item.outcome == "ran" for item in ledger.articles(record.key))
        shown.add_row(record.key, _window(record, settings), record.state, str(ran), record.reason, record.subject)
    screen.show(shown)


@editions.command()
def show(
    key: options.Key,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write the recorded documents below this folder.")] = None,
    storage: options.Storage = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Show what ran in an edition.

    Reads what is recorded. Writes nothing, unless --out names a folder: then the edition's documents, byte for byte as they were recorded.

        syndicate editions show weekly/2026-11-16
        syndicate editions show weekly/2026-11-16 --out /tmp/as-sent
    """
    from syndicate.config import load_settings
    from syndicate.publishing.output import write

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    record, documents = ledger.edition(key), ledger.documents(key)
    fates = ledger.articles(key)
    if out is not None:
        for document in documents:
            write(document, out)
            typer.echo(str(out / document.name))
        return
    if json:
        articles = [
            {"id": each.article_id, "outcome": each.outcome, "title": each.title, "url": each.url, "reason": each.reason} for each in fates
        ]
        names = [{"name": each.name, "bytes": len(each.body)} for each in documents]
        screen.show_json(_record(record) | {"articles": articles, "documents": names})
        return
    screen.show(f"{record.key}  {_window(record, settings)}  {record.state}: {record.reason}")
    shown = screen.table("", "section", "title", "reason", "file", fold=("section", "title", "reason", "file"))
    for each in fates:
        shown.add_row(each.outcome, each.section, each.title, each.reason, each.source)
    screen.show(shown)
    for document in documents:
        screen.show(f"{document.name}  {len(document.body):,} bytes")


@editions.command()
def diff(key: options.Key, storage: options.Storage = None, config: options.Config = None, json: options.Json = False) -> None:
    """Compare an edition with what the same inputs give now.

    Composes it once more and writes nothing; exit 1 if anything differs: an article, a template, a byte.

        syndicate editions diff weekly/2026-11-16
    """
    from syndicate.config import load_settings
    from syndicate.publishing.history import compare

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    record = ledger.edition(key)
    with screen.reading(settings) as library:
        difference = compare(settings, ledger, library.read(), key, now=max(options.clock(), record.recorded_at))
    if json:
        articles = [{"title": title, "change": change} for title, change in difference.articles]
        screen.show_json({"articles": articles, "templates": difference.templates, "documents": list(difference.documents)})
    else:
        for line in _differences(difference.articles, difference.documents, templates=difference.templates):
            screen.show(line)
        if not difference:
            composed = record.state not in {"skipped", "expired"}
            screen.tell(f"{key}: " + ("the same inputs give the same bytes" if composed else f"nothing was composed: {record.reason}"))
    raise typer.Exit(1 if difference else 0)


def _differences(articles: Sequence[tuple[str, str]], documents: Sequence[str], *, templates: bool) -> Iterator[str]:
    signs = {"in": "+", "out": "-", "changed": "~"}
    yield from (f"{signs[change]} {change:8} {title}" for title, change in articles)
    if templates:
        yield "~ changed  the templates"
    yield from (f"~ differs  {name}" for name in documents)


def _last(each: Standing, settings: Settings) -> tuple[str, str, str]:
    """When a publication last did something, what, and why."""
    if each.run and (each.last is None or each.run.at > each.last.recorded_at):
        return options.local(each.run.at, settings), each.run.outcome, each.run.reason
    if each.last:
        return options.local(each.last.end, settings), each.last.state, each.last.reason
    return "never", "", ""


def _window(record: EditionRecord, settings: Settings) -> str:
    from syndicate.windows import Window

    return str(Window(record.start, record.end, settings.site.timezone))


def _record(record: EditionRecord) -> dict[str, object]:
    """An edition for programs."""
    return {
        "key": record.key,
        "digest": record.digest,
        "start": record.start.isoformat(),
        "end": record.end.isoformat(),
        "state": record.state,
        "reason": record.reason,
        "subject": record.subject,
        "recorded": record.recorded_at.isoformat(),
        "settled": record.settled_at and record.settled_at.isoformat(),
    }


def _standing_record(each: Standing) -> dict[str, object]:
    """A publication's standing for programs."""
    run = {"at": each.run.at.isoformat(), "outcome": each.run.outcome, "reason": each.run.reason} if each.run else None
    return {
        "publication": each.slug,
        "kind": each.kind,
        "next": each.next_at and each.next_at.isoformat(),
        "last": each.last and _record(each.last),
        "run": run,
        "owed": [record.key for record in each.owed],
        "sightings": [
            {"edition": seen.key, "machine": seen.machine, "at": seen.at.isoformat(), "difference": seen.difference}
            for seen in each.sightings
        ],
        "mail": {post.key: {"counts": dict(post.counts), "stopped": post.held} for post in each.mail},
    }
