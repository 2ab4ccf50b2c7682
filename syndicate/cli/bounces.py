"""The command about what comes back: `bounces process`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from syndicate.cli import options, screen
from syndicate.cli.running import open_ledger

if TYPE_CHECKING:
    from syndicate.config import Settings
    from syndicate.delivery.bounces.mailboxes import Source
    from syndicate.publishing.returning import Returned

bounces = typer.Typer(help="What comes back: bounces, complaints, letters to unsubscribe.", no_args_is_help=True)


@bounces.callback()
def about() -> None:
    """Say what comes back, and act on it."""


@bounces.command()
def process(
    maildir: Annotated[Path | None, typer.Option(metavar="DIR", help="A Maildir to read, in place of the mailbox under [bounces].")] = None,
    mbox: Annotated[Path | None, typer.Option(metavar="FILE", help="An mbox file to read.")] = None,
    storage: options.Storage = None,
    config: options.Config = None,
    json: options.Json = False,
) -> None:
    """Read the mailbox of what comes back, and act on it.

    Records of each report what it is worth: an address that is gone is suppressed, a full mailbox noted, a farewell unsubscribed. What was
    read is marked as seen and nothing is deleted; nothing is sent.

        syndicate bounces process
        syndicate bounces process --maildir /var/mail/bounces
    """
    from syndicate.config import load_settings
    from syndicate.delivery.bounces.mailboxes import read_mailbox
    from syndicate.publishing.returning import take_in
    from syndicate.publishing.secrets import keys_of
    from syndicate.storage import Outbox
    from syndicate.storage.subscribers import Subscribers

    settings = load_settings(config)
    source = _source(settings, maildir, mbox)
    ledger = open_ledger(settings, storage)
    engine = ledger.engine
    found = take_in(read_mailbox(source), Subscribers(engine), Outbox(engine), keys_of(settings, ledger), now=options.clock())
    if json:
        screen.show_json([_record(each) for each in found])
        return
    counts = Counter[str]()
    for each in found:
        counts[each.done] += 1
        if each.done != "nothing":
            screen.show(f"{each.address}: {each.done}: {each.report.kind} {each.report.status} {each.report.reason}")
    screen.tell(", ".join(f"{count:,} {done}" for done, count in sorted(counts.items())) or "nothing new")


def _source(settings: Settings, maildir: Path | None, mbox: Path | None) -> Source:
    """The mailbox to read: the one on the command line, or as configured. Raises `ConfigurationError`."""
    from syndicate.delivery.bounces.mailboxes import Imap, Maildir, Mbox
    from syndicate.errors import ConfigurationError

    table = settings.bounces
    if maildir or mbox:
        return Maildir(maildir) if maildir else Mbox(Path(str(mbox)))
    if table.maildir:
        return Maildir(settings.root / table.maildir)
    if table.mbox:
        return Mbox(settings.root / table.mbox)
    if table.host:
        password = table.password.get_secret_value() if table.password else ""
        return Imap(table.host, table.username, password, table.folder, table.done, table.port)
    raise ConfigurationError(["bounces: no mailbox is configured; name a maildir, an mbox or a host under [bounces], or give --maildir"])


def _record(each: Returned) -> dict[str, str]:
    report = each.report
    return {
        "message": each.name,
        "kind": report.kind,
        "action": report.action,
        "done": each.done,
        "address": each.address,
        "status": report.status,
        "reason": report.reason,
    }
