"""The command that writes documents: `render`, of what is configured or of what is asked for once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import completing, options, screen

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from syndicate.catalogue import Holdings
    from syndicate.config import Digest, Feed, Settings
    from syndicate.errors import Problem
    from syndicate.model import Kind
    from syndicate.publishing import Memory, Rendered, Written
    from syndicate.windows import Window


def render(
    publications: Annotated[
        list[str] | None,
        typer.Argument(metavar="PUBLICATION", autocompletion=completing.publications, help="Slugs of feeds and digests; else all of them."),
    ] = None,
    topic: options.Topics = None,
    min_quality: options.MinQuality = None,
    limit: options.Limit = None,
    formats: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="LIST",
            autocompletion=completing.formats,
            help="Of rss,atom,json,html,text,eml and those of installed packages.",
        ),
    ] = None,
    at: options.At = "now",
    since: options.Since = None,
    until: options.Until = None,
    out: options.Out = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 1 if any file could not be used.")] = False,
    config: options.Config = None,
    index: options.Index = True,
    json: options.Json = False,
) -> None:
    """Write feeds and digests into out/, once.

    Sends nothing and records nothing; files whose bytes would not change are left alone. A digest is written as it would be mailed, for
    the latest window that has closed. With --topic, it writes a selection that is not configured.

        syndicate render --at 2026-11-16T12:00
        syndicate render weekly --format html,text --out /tmp/look
        syndicate render --topic Solar --since 90d --format rss
    """
    from syndicate.config import load_settings
    from syndicate.publishing import Memory, publish_overview

    settings = load_settings(config)
    now = options.moment(at, settings, options.clock())
    window = options.span(since, until, settings, now)
    wanted = _formats(formats)
    if topic and publications:
        raise typer.BadParameter("name publications, or --topic for a selection without one, not both")
    if not topic and (min_quality is not None or limit is not None):
        raise typer.BadParameter("--min-quality and --limit go with --topic")
    if topic:
        taken = {item.publication.slug for item in settings.publications()} if out is None else set[str]()
        chosen = _once(settings, topic, min_quality, limit, wanted, taken)
        window = window or chosen[0][0].window(now)
    else:
        chosen = _fitted(_configured(settings, publications), wanted)
    folder = out or settings.root / "out"
    with screen.reading(settings, indexed=index) as library, Memory(folder, library.memory) as memory:
        catalogue = library.read()
        done, failures = _render(chosen, catalogue, now, window, memory)
        overview = [] if topic or wanted else publish_overview(settings, catalogue, now=now, out=folder, memory=memory)
        problems, notes = catalogue.problems, _notes(done, catalogue, now)
        screen.tell_strange_topics(settings, catalogue, topic or ())
    screen.tell_problems(problems, fatal=strict)
    _report(done, notes, overview, folder, now, problems, json=json)
    for failure in failures:
        screen.complain(failure)
    if failures or (strict and problems):
        raise typer.Exit(1)


def _render(
    chosen: Sequence[tuple[Feed | Digest, Sequence[str] | None]], catalogue: Holdings, now: datetime, window: Window | None, memory: Memory
) -> tuple[list[Rendered], list[str]]:
    """Render each publication; what was made of them, and what kept the others from it."""
    from syndicate.errors import OutputError, TemplateError
    from syndicate.publishing import render as render_one

    done, failures = [], []
    for item, formats in chosen:
        try:
            if formats is None or formats:
                done.append(render_one(item, catalogue, now=now, out=memory.out, window=window, formats=formats, memory=memory))
        except (TemplateError, OutputError) as error:  # one that fails does not stop the others
            failures.append(str(error))
    failures += [failure for each in done for failure in each.failures]
    return done, failures


def _notes(done: Sequence[Rendered], catalogue: Holdings, now: datetime) -> dict[str, str]:
    """Why those editions are empty that were composed and are, by key: to say so looks at every article, and no news wants that."""
    empty = [each for each in done if each.fresh and not each.entries]
    if not empty:
        return {}
    from syndicate.publishing.composing import why_empty

    return {each.key: why_empty(each.publication, catalogue, each.window, now) for each in empty}


def _formats(text: str | None) -> tuple[str, ...]:
    """The formats of `--format rss,atom`. Raises `UnknownFormatError`."""
    from syndicate.emitters import DIGEST_FORMATS, FEED_FORMATS
    from syndicate.errors import UnknownFormatError
    from syndicate.hints import hint

    known: Sequence[str] = (*FEED_FORMATS, *DIGEST_FORMATS)
    found = tuple(part.strip().lower() for part in (text or "").split(",") if part.strip())
    if not set(found) <= set(known):
        from syndicate.emitters.added import names

        known = (*known, *names())
    if unknown := [name for name in found if name not in known]:
        there = f"there are {', '.join(known)}"
        raise UnknownFormatError(f"--format: no format {unknown[0]!r}; {hint(unknown[0], known, otherwise=there)}")
    return found


def _configured(settings: Settings, slugs: Sequence[str] | None) -> Sequence[Feed | Digest]:
    """The publications of these slugs, or all."""
    from syndicate.errors import ConfigurationError

    found = [settings.publication(slug) for slug in slugs] if slugs else settings.publications()
    if not found:
        raise ConfigurationError(["no feeds and no digests are configured; add [[feeds]] to the configuration, or give --topic"])
    return found


def _fitted(items: Sequence[Feed | Digest], wanted: Sequence[str]) -> list[tuple[Feed | Digest, Sequence[str] | None]]:
    """Each publication with those of the `wanted` formats that it has; `None` for all of its own. Raises `typer.BadParameter`."""
    from syndicate.emitters import DIGEST_FORMATS, FEED_FORMATS

    if not wanted:
        return [(item, None) for item in items]
    own = {"feed": (*FEED_FORMATS, "html"), "digest": DIGEST_FORMATS}
    fitted = [(item, _having(item.publication.kind, own[item.publication.kind], wanted)) for item in items]
    if not any(these for _, these in fitted):
        has = "; ".join(f"{item.publication.slug} has {', '.join(own[item.publication.kind])}" for item in items)
        raise typer.BadParameter(f"--format {','.join(wanted)}: no publication here has it; {has}")
    return list(fitted)


def _once(
    settings: Settings, topics: list[str], min_quality: float | None, limit: int | None, wanted: Sequence[str], taken: Collection[str]
) -> list[tuple[Feed | Digest, Sequence[str] | None]]:
    """A feed and a digest of a selection that is not configured, each in those formats that are its own."""
    from syndicate.config.publications import once
    from syndicate.emitters import DIGEST_FORMATS, FEED_FORMATS

    feed, digest = once(settings.publisher, topics, settings.parents, taken=taken, min_quality=min_quality or 0, limit=limit)
    wanted = wanted or FEED_FORMATS
    return [(feed, _having("feed", FEED_FORMATS, wanted)), (digest, _having("digest", DIGEST_FORMATS, wanted))]


def _having(kind: Kind, own: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """Those of the `wanted` formats in which publications of this kind are written."""
    from syndicate.emitters import BUILT_IN

    if set(wanted) <= set(BUILT_IN):
        return [form for form in wanted if form in own]
    from syndicate.emitters.added import is_for

    return [form for form in wanted if form in own or (form not in BUILT_IN and is_for(form, kind))]


def _report(
    done: Sequence[Rendered],
    notes: Mapping[str, str],
    overview: Sequence[Written],
    out: Path,
    now: datetime,
    problems: Sequence[Problem],
    *,
    json: bool,
) -> None:
    """Say what was written, and why what was not."""
    if json:
        files = [item for rendered in done for item in rendered.written] + list(overview)
        screen.show_json(
            {
                "at": now.isoformat(),
                "out": str(out),
                "publications": [{"key": each.key, "entries": each.entries, "note": notes.get(each.key, "")} for each in done],
                "documents": [
                    {"name": item.name, "mediaType": item.media_type, "bytes": item.size, "changed": item.changed} for item in files
                ],
                "problems": [str(problem) for problem in problems],
            }
        )
        return
    shown = screen.table("edition", "entries", "documents", "written", right=("entries", "written"), fold=("documents",))
    for each in done:
        shown.add_row(each.key, str(each.entries), _documents(each), str(sum(item.changed for item in each.written)))
    if overview:
        shown.add_row("overview", "", ", ".join(item.name for item in overview), str(sum(item.changed for item in overview)))
    screen.show(shown)
    for key, note in notes.items():
        screen.tell(f"{key}: {note}")
    if overview:
        screen.tell(f"Open {out / 'index.html'}")


def _documents(rendered: Rendered) -> str:
    """`feeds/energy.rss .atom .json .html, 3 archives, 12 pictures`."""
    stem = f"{rendered.publication.publication.kind}s/{rendered.key}."
    own = [item.name.removeprefix(stem) for item in rendered.written if item.name.startswith(stem)]
    archived = {Path(item.name).stem for item in rendered.written if item.name.startswith(stem.removesuffix(".") + "/")}
    pictures = sum(item.media_type.startswith("image/") for item in rendered.written)
    parts = [stem.removesuffix(".") + " ".join(f".{suffix}" for suffix in own)] if own else []
    parts += [screen.count(len(archived), "archive")] if archived else []
    parts += [screen.count(pictures, "picture")] if pictures else []
    return ", ".join(parts) or "nothing"
