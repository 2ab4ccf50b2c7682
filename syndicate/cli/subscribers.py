"""Commands about the list: `subscribers add`, `import`, `export`, `remove`, `erase`, `list`, `show`."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, get_args

import typer

from syndicate.cli import completing, options, people, screen
from syndicate.cli.running import open_ledger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.config import Settings
    from syndicate.publishing.subscribing import Address as Who
    from syndicate.storage import Ledger
    from syndicate.storage.people import Standing
    from syndicate.storage.subscribers import Subscribers

STATES = ("active", "pending", "unsubscribed", "suppressed")
KNOWN = "active, pending, unsubscribed or suppressed"

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, such as ann@example.org.")]
Digests = Annotated[
    list[str] | None,
    typer.Option("--digest", "-d", metavar="SLUG", autocompletion=completing.digests, help="A digest; again for more."),
]
State = Annotated[str | None, typer.Option(metavar="STATE", autocompletion=completing.among(*STATES), help=f"Only who is {KNOWN}.")]

subscribers = typer.Typer(help="The people who get digests.", no_args_is_help=True)


@subscribers.command()
def add(
    address: Address,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What to call them.", show_default=False)] = "",
    digest: Digests = None,
    topic: Annotated[
        list[str] | None,
        typer.Option(
            "--topic", "-t", metavar="TOPIC", autocompletion=completing.topics, help="Only stories on this topic; else everything."
        ),
    ] = None,
    pending: Annotated[bool, typer.Option("--pending", help="They have still to confirm.")] = False,
    consent: Annotated[
        str, typer.Option(metavar="TEXT", help="How they asked for it: who has left comes back by this alone.", show_default=False)
    ] = "",
    storage: options.Storage = None,
    config: options.Config = None,
) -> None:
    """Put somebody on the list, or give them another digest.

    Records it and sends no letter: whoever you add this way has asked you for it. Who had left comes back only with --consent, the words in
    which they asked.

        syndicate subscribers add ann@example.org
        syndicate subscribers add bob@example.org --digest weekly --topic Energy
    """
    from syndicate.config.topics import topics_unknown
    from syndicate.publishing.secrets import keys_of
    from syndicate.publishing.subscribing import add as put

    desk = _open(config, storage)
    chosen, who = _chosen(desk.settings, digest), _read(address)
    if not chosen:
        raise typer.BadParameter(f"there are several digests; choose from {', '.join(_slugs(desk.settings))}", param_hint="--digest")
    keys, now = keys_of(desk.settings, desk.ledger), options.clock()
    outcome = put(desk.store, keys, who, chosen, now=now, name=name, topics=topic or (), pending=pending, consent=consent)
    typer.echo(f"{who.mailbox}: {outcome}")
    for line in topics_unknown(desk.settings, topic or ()):
        screen.tell(line)
    if outcome in {"left", "suppressed"}:
        way = "if they asked to come back, say how with --consent" if outcome == "left" else "nothing is ever sent to this address again"
        screen.tell(f"{who.mailbox}: was not added; {way}", failed=True)
        raise typer.Exit(1)


@subscribers.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True, help="A CSV file whose first line names columns.")
    ],
    digest: Digests = None,
    state: Annotated[
        str, typer.Option(metavar="STATE", autocompletion=completing.among(*STATES), help=f"Take nobody for less than {KNOWN}.")
    ] = "active",
    consent: Annotated[str, typer.Option(metavar="TEXT", help="How they asked for it, where a row does not say.", show_default=False)] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would come of it, and write nothing.")] = False,
    storage: options.Storage = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Take people in from a CSV file.

    Records them and sends no letter. The first line names columns (email, name, digests, topics, state ...), as other programs export
    them; who left or bounced there is not mailed here. If it was cut off, run it again. Exit 1 if a row could not be used.

        syndicate subscribers import people.csv --dry-run
        syndicate subscribers import people.csv --digest weekly
    """
    from syndicate.config.topics import topics_unknown
    from syndicate.publishing.secrets import keys_of
    from syndicate.publishing.subscribing import Terms, import_file

    desk = _open(config, storage)
    terms = Terms(_slugs(desk.settings), _chosen(desk.settings, digest), _standing(state), wording=consent)
    keys, now = keys_of(desk.settings, desk.ledger), options.clock()
    tell, strange = partial(screen.tell, failed=True), partial(topics_unknown, desk.settings)  # whatever is told was not taken as it stands
    with screen.moving("Importing people") as progress:
        tally = import_file(desk.store, file, terms, keys, now=now, tell=tell, progress=progress, rehearsal=dry_run, strange=strange)
    if json:
        screen.show_json(tally)
    else:
        typer.echo(f"{file.name}: {people.counted(tally)}{'; nothing was written' if dry_run else ''}")
    raise typer.Exit(1 if tally["bad"] else 0)


@subscribers.command("export")
def export(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", dir_okay=False, help="Where to write; to stdout, if not given.")] = None,
    storage: options.Storage = None,
    config: options.Config = None,
) -> None:
    """Write everybody as CSV, as `import` reads it.

    Reads the list and changes nothing.

        syndicate subscribers export people.csv
    """
    from syndicate.publishing.subscribing import export_file

    desk = _open(config, storage)
    with screen.moving("Exporting people", hidden=file is None and sys.stdout.isatty()) as progress:
        export_file(desk.store, file or typer.get_binary_stream("stdout"), progress)


@subscribers.command()
def remove(address: Address, digest: Digests = None, storage: options.Storage = None, config: options.Config = None) -> None:
    """End what somebody gets, or one digest of it.

    Records that they left, so that no import brings them back; what is known of them stays. `syndicate subscribers erase` forgets them.

        syndicate subscribers remove bob@example.org --digest weekly
        syndicate subscribers remove ann@example.org
    """
    from syndicate.publishing.secrets import keys_of
    from syndicate.publishing.subscribing import remove as take_off

    desk = _open(config, storage)
    chosen = _chosen(desk.settings, digest) if digest else ()
    person = take_off(desk.store, keys_of(desk.settings, desk.ledger), _read(address), chosen, now=options.clock())
    if person is None:
        screen.tell(f"{address}: is not on the list; `syndicate subscribers list` shows who is", failed=True)
        raise typer.Exit(1)
    typer.echo(f"{person.mailbox}: {person.state}{''.join(f', still gets {each.digest}' for each in person.open)}")


@subscribers.command()
def erase(
    address: Address,
    suppress: Annotated[bool, typer.Option(help="Keep a fingerprint of the address, so that no import brings it back.")] = True,
    storage: options.Storage = None,
    config: options.Config = None,
) -> None:
    """Forget somebody, and keep no more than a fingerprint.

    Deletes their row, their digests and their topics for good. The fingerprint keeps an import from bringing the address back; with
    --no-suppress not even that is kept.

        syndicate subscribers erase ann@example.org
    """
    from syndicate.publishing.secrets import keys_of
    from syndicate.publishing.subscribing import erase as forget

    desk = _open(config, storage)
    who = _read(address)
    found = forget(desk.store, keys_of(desk.settings, desk.ledger), who, suppress=suppress, now=options.clock())
    typer.echo(f"{who.mailbox}: {'erased' if found else 'was not on the list'}{'; cannot be added again' if suppress else ''}")
    raise typer.Exit(0 if found or suppress else 1)


@subscribers.command("list")
def list_people(
    digest: Annotated[
        str,
        typer.Option(
            "--digest", "-d", metavar="SLUG", autocompletion=completing.digests, help="Only who gets this digest.", show_default=False
        ),
    ] = "",
    state: State = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most so many.")] = 30,
    storage: options.Storage = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """List people, those first who came last.

    Reads the list and changes nothing.

        syndicate subscribers list
        syndicate subscribers list --digest weekly --state active --limit 100
    """
    desk = _open(config, storage)
    if digest:
        desk.settings.digest(digest)
    wanted = _standing(state) if state else None
    found = desk.store.people(digest, state=wanted, limit=limit)
    if json:
        from syndicate.publishing.subscribing.records import person_record

        screen.show_json([person_record(person) for person in found])
        return
    shown = screen.table("address", "name", "state", "gets", "topics", fold=("gets", "topics"))
    for person in found:
        topics = sorted({topic for each in person.open for topic in each.topics})
        shown.add_row(person.address, person.name, person.state, ", ".join(each.digest for each in person.open), ", ".join(topics))
    screen.show(shown)
    screen.tell(f"{len(found):,} of {desk.store.count(digest, state=wanted):,}")


@subscribers.command()
def show(address: Address, storage: options.Storage = None, config: options.Config = None, json: options.Json = False) -> None:
    """Show all that is held about somebody.

    Reads the list and changes nothing: it is what to answer when they ask.

        syndicate subscribers show ann@example.org --json
    """
    from syndicate.publishing.secrets import keys_of
    from syndicate.publishing.subscribing import hold

    desk = _open(config, storage)
    who = _read(address)
    held = hold(desk.store, keys_of(desk.settings, desk.ledger), who)
    if json:
        from syndicate.publishing.subscribing.records import holding_record

        screen.show_json(holding_record(held))
    else:
        for line in people.lines(held):
            screen.show(line)
    if not held:
        screen.tell(f"{who.mailbox}: nothing is held about this address", failed=True)
    raise typer.Exit(0 if held else 1)


class _Desk(NamedTuple):
    settings: Settings
    ledger: Ledger
    store: Subscribers


def _open(config: Path | None, storage: str | None) -> _Desk:
    """What the commands work with. Raises `StorageError`."""
    from syndicate.config import load_settings
    from syndicate.storage.subscribers import Subscribers

    settings = load_settings(config)
    ledger = open_ledger(settings, storage)
    return _Desk(settings, ledger, Subscribers(ledger.engine))


def _slugs(settings: Settings) -> tuple[str, ...]:
    return tuple(table.slug for table in settings.digests)


def _chosen(settings: Settings, digests: Sequence[str] | None) -> tuple[str, ...]:
    from syndicate.publishing.subscribing import chosen_digests

    return chosen_digests(settings, digests or ())


def _read(address: str) -> Who:
    """An address as somebody typed it. Raises `typer.BadParameter`."""
    from syndicate.errors import UndeliverableError
    from syndicate.publishing.subscribing import read_address

    try:
        return read_address(address)
    except UndeliverableError as error:
        raise typer.BadParameter(str(error), param_hint="ADDRESS") from error


def _standing(text: str) -> Standing:
    """One of the states that people are in. Raises `typer.BadParameter`."""
    from syndicate.storage.people import Standing

    for known in get_args(Standing):
        if text == known:
            return known  # type: ignore[no-any-return]  # get_args forgets what it was given
    raise typer.BadParameter(f"must be one of {', '.join(get_args(Standing))}, got {text!r}", param_hint="--state")
