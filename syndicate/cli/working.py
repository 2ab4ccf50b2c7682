"""The command of one machine of many: `worker`."""

from __future__ import annotations

from contextlib import closing

from syndicate.cli import options, running, screen


def worker(storage: options.Storage = None, config: options.Config = None) -> None:
    """Send what a shared ledger owes, until stopped.

    Sends to subscribers: whatever is due, of any digest, along with all other workers on the same PostgreSQL. Composes nothing: that is
    for `syndicate run --no-send`, on one machine or on several. Stopped, it finishes the messages in hand, and gives the rest back.

        syndicate worker
        syndicate worker --storage postgresql://news@db/news
    """
    from syndicate.config import load_settings
    from syndicate.publishing.secrets import keys_of
    from syndicate.workers import Worker

    settings = load_settings(config)
    log = screen.Log()
    with closing(running.open_ledger(settings, storage)) as ledger:
        if ledger.is_shared:
            keys_of(settings, ledger)  # another secret than the others' is to be noticed now, not when something is due
        log.line("started", storage=ledger.name)
        Worker(settings, ledger, log.event).run()
        log.line("stopped")
