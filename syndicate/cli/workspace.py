"""Commands about the workspace itself: `init`, `check`."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from syndicate.cli import completing, options, screen

if TYPE_CHECKING:
    from datetime import datetime

    from syndicate.catalogue import Holdings
    from syndicate.config import Settings
    from syndicate.errors import Problem
    from syndicate.publishing.advising import Advice
    from syndicate.publishing.moving import Arrival
    from syndicate.publishing.proofing import Proof


Generator = Literal["jekyll", "hugo", "pelican", "eleventy"]


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make a workspace of.")] = Path(),
    with_templates: Annotated[bool, typer.Option("--with-templates", help="Copy the default templates too, to be edited.")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="Make it without sample articles.")] = False,
    generator: Annotated[
        Generator | None,
        typer.Option(
            "--from",
            metavar="NAME",
            help="What builds the site: jekyll, hugo, pelican or eleventy; else what is recognised.",
        ),
    ] = None,
    site: Annotated[
        Path | None,
        typer.Option(
            "--site", metavar="DIR", help="The folder of that site, if the workspace is to lie in another.", exists=True, file_okay=False
        ),
    ] = None,
) -> None:
    """Make a workspace, or move in with a site that is there.

    Writes syndicate.toml, templates/, seeds/ with sample articles, and out/. In the folder of a site that Jekyll, Hugo, Pelican or Eleventy
    builds, it writes syndicate.toml, which reads the site's articles where they are, and the schema of it for editors.

        syndicate init paper
        syndicate init paper --empty
    """
    from syndicate.publishing.moving import recognise
    from syndicate.publishing.workspace import make_workspace, move_in

    if empty and (generator or site):
        raise typer.BadParameter(
            "--empty makes a workspace without articles, --from and --site one for those of a site; take one of them away"
        )
    place = site or folder
    found = None if empty else generator or recognise(place)
    step = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))} && "
    if found:
        _show_arrival(folder, move_in(folder, place, found), step)
        return
    if site:
        raise typer.BadParameter(
            f"{site} is no site of Jekyll, Hugo, Pelican or Eleventy that could be recognised; say whose it is with --from"
        )
    unknown = not empty and folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())
    for name in make_workspace(folder, with_templates=with_templates, empty=empty):
        typer.echo(f"made {folder / name}")
    if unknown:
        screen.tell(
            f"Note: no site was recognised in {folder.resolve().name}/, so seeds/ has sample articles. If it is one, remove what was made, "
            "and say whose it is with --from"
        )
    screen.tell(
        f"Next: {step}syndicate render" if not empty else f"Next: put articles into {folder / 'articles'}, then {step}syndicate check"
    )


def _show_arrival(folder: Path, arrival: Arrival, step: str) -> None:
    """What was recognised of a site, what was read, and what to try next."""
    survey, catalogue = arrival.survey, arrival.catalogue
    typer.echo(f"made {folder / 'syndicate.toml'}")
    where = ", ".join(f"{name}/" for name in survey.folders) or "no folder of articles"
    screen.tell(f"Recognised a site of {survey.generator.capitalize()}: {where}")
    drafts = sum(not article.published for article in catalogue.articles)
    hidden = f" ({screen.count(drafts, 'draft')})" if drafts else ""
    screen.tell(f"Read {screen.count(len(catalogue), 'article')}{hidden}: {screen.count(len(catalogue.problems), 'problem')}")
    for note in survey.notes:
        screen.tell(f"Note: {note}")
    if not survey.url:
        screen.tell("Note: the site's address was not found; write it as `url` under [articles], for every identity is made of it")
    if survey.ignore and folder.resolve() == arrival.site.resolve():
        screen.tell(f"So that {survey.generator.capitalize()} leaves out/ alone: {survey.ignore}")
    screen.tell("Beside it lies .syndicate/, with a schema for editors; out/ will be made there too. Keep both out of Git.")
    screen.tell("Nothing else was written or changed.")
    screen.tell(f"Next: {step}syndicate check\n      {step}syndicate render")


def check(
    digest: Annotated[
        str | None,
        typer.Argument(
            metavar="DIGEST", autocompletion=completing.digests, help="With --mail: the digest to look at; all, if none is given."
        ),
    ] = None,
    mail: Annotated[bool, typer.Option("--mail", help="Look the digests' letters over too, as mail programs will.")] = False,
    dns: Annotated[
        bool, typer.Option("--dns", help="With --mail: look up what DNS says of the senders; else nothing is looked up.")
    ] = False,
    at: options.At = "now",
    config: options.Config = None,
    index: options.Index = True,
    json: options.Json = False,
) -> None:
    """Read everything and report every problem.

    Reads articles, templates and settings, and writes nothing; exit 1 if there is a problem. With --mail it also looks the letters over, as
    mail programs will, and how they are sent; nothing is looked up in DNS unless --dns is given.

        syndicate check
        syndicate check --mail weekly --at 2026-11-16T12:00
    """
    from syndicate.config import load_settings
    from syndicate.publishing.extending import look_over
    from syndicate.publishing.workspace import template_problems, topic_notes

    if (digest or dns or at != "now") and not mail:
        raise typer.BadParameter("a digest, --dns and --at go with --mail")
    settings = load_settings(config)
    now = options.moment(at, settings, options.clock())
    added = look_over(settings)
    for note in added.notes:
        screen.tell(note)
    with screen.reading(settings, indexed=index) as library:
        catalogue = library.read()
        articles, problems = len(catalogue), [*added.problems, *catalogue.problems, *template_problems(settings, catalogue)]
        for note in topic_notes(settings, catalogue):
            screen.tell(note)
        proofs, failures = _proofs(settings, catalogue, digest, now) if mail else ({}, {})
    advice = _advice(settings, digest, dns=dns) if mail and settings.digests else None
    if json:
        found = [{"file": each.file, "line": each.line, "field": each.field, "message": each.message} for each in problems]
        failed = [{"digest": slug, "error": reason} for slug, reason in failures.items()]
        letters = {"mail": [*(_told(slug, each) for slug, each in proofs.items()), *failed]} if mail else {}
        sending = {"sending": _advised(advice)} if advice else {}
        screen.show_json({"articles": articles, "problems": found, **letters, **sending})
    else:
        _show(settings, articles, problems, proofs, failures)
        if advice:
            _show_advice(advice)
    faults = [*(each.faults for each in proofs.values()), advice.faults if advice else ()]
    raise typer.Exit(1 if problems or failures or any(faults) else 0)


def _proofs(settings: Settings, catalogue: Holdings, slug: str | None, now: datetime) -> tuple[dict[str, Proof], dict[str, str]]:
    """The letters of one digest or of all, looked over, by slug; and why those could not be rendered that are not among them."""
    from syndicate.config import Digest
    from syndicate.errors import TemplateError
    from syndicate.publishing.proofing import proof

    chosen = [settings.digest(slug)] if slug else [item for item in settings.publications() if isinstance(item, Digest)]
    proofs, failures = {}, {}
    for item in chosen:
        try:
            proofs[item.publication.slug] = proof(item, catalogue, now=now, clients=settings.mail.clients)
        except TemplateError as error:  # one that fails does not stop the others
            failures[item.publication.slug] = str(error)
    return proofs, failures


def _advice(settings: Settings, slug: str | None, *, dns: bool) -> Advice:
    """How one digest or all of them are sent, looked over."""
    from syndicate.publishing.advising import advise
    from syndicate.publishing.resolving import asking

    return advise(settings, [slug] if slug else [table.slug for table in settings.digests], ask=asking() if dns else None)


def _show(settings: Settings, articles: int, problems: list[Problem], proofs: dict[str, Proof], failures: dict[str, str]) -> None:
    for problem in problems:
        typer.echo(str(problem))
    for slug, found in proofs.items():
        for finding in found.findings:
            typer.echo(f"{slug}: {finding}")
    for slug, reason in failures.items():
        typer.echo(f"{slug}: {reason}")
    counted = (screen.count(articles, "article"), screen.count(len(settings.feeds), "feed"), screen.count(len(settings.digests), "digest"))
    screen.tell(f"{', '.join(counted)}: {screen.count(len(problems), 'problem')}")
    for slug, found in proofs.items():
        held = f"{screen.count(len(found.letter.stories), 'article')}{', the newest, for none fits its window' if found.sampled else ''}"
        screen.tell(f"{slug}: a letter of {held}: {screen.count(len(found.findings), 'finding')}")


def _told(slug: str, found: Proof) -> dict[str, object]:
    """A letter that was looked over, for programs."""
    letter = {"edition": found.edition.key, "sampled": found.sampled, "bytes": len(found.letter.html.encode())}
    return {"digest": slug, **letter, "findings": [asdict(finding) for finding in found.findings]}


def _show_advice(advice: Advice) -> None:
    """The concerns, a line each; where somebody can be mailed, or DNS was asked, the records as lines of a zone file."""
    for concern in advice.concerns:
        typer.echo(f"sending: {concern}")
    if advice.in_use or advice.asked:
        typer.echo(
            f"; What DNS should say of the senders; it was {'asked, and what differs stands above' if advice.asked else 'not asked: --dns asks it'}."
        )
        for record in advice.records:
            typer.echo(f"; {record.why}\n{record.line}")
    notes = len(advice.concerns) - len(advice.faults)
    screen.tell(f"sending: {screen.count(len(advice.faults), 'fault')}, {screen.count(notes, 'note')}")


def _advised(advice: Advice) -> dict[str, object]:
    """How digests are sent, for programs."""
    records = [{**asdict(record), "line": record.line} for record in advice.records]
    concerns = [asdict(concern) for concern in advice.concerns]
    return {"in_use": advice.in_use, "dns_asked": advice.asked, "concerns": concerns, "records": records}
