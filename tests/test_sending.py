"""The commands that send: `send`, `outbox`, `run` and `status` with mail, through the real command line and a folder or a relay."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from email import message_from_bytes, policy
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from syndicate.delivery.envelopes import Receipt
from syndicate.storage import Outbox
from tests.publishing.press import Press
from tests.soak.sink import Sink, Temper
from tests.terminal import run

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

    from syndicate.storage import Ledger

MAIL = '[mail]\nfolder = "outbox"\nsecret = "a-secret-that-is-long-enough"\n'


@pytest.fixture
def press(tmp_path: Path) -> Press:
    """A press with three subscribers and two stories, which mails into a folder."""
    found = Press(tmp_path).configure(MAIL)
    found.add("Tides", "2026-11-05")
    found.add("Robots", "2026-11-06")
    for name in ("ann", "bob", "cleo"):
        assert _syndicate(found, "subscribers", "add", f"{name}@example.org").returncode == 0
    return found


def _syndicate(press: Press, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "syndicate", *words, "--config", str(press.root / "syndicate.toml")]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def messages(press: Press) -> dict[str, EmailMessage]:
    """What lies in the folder, by recipient."""
    found = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in (press.root / "outbox").glob("*.eml"))
    return {str(message["To"]): message for message in found}


def tally(ledger: Ledger) -> dict[str, dict[str, int]]:
    """Deliveries by edition and state."""
    return Outbox(ledger.engine).tally()


def test_send_sends_an_edition_now(press: Press) -> None:
    """To everybody, once; recorded, and shown by status."""
    done = _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["weekly/2026-11-07T1200: Robots", "2 stories, 12 kB, to 3 people"] or "to 3 people" in done.stdout
    assert 'event=mailed publication=mail reason="3 sent"' in done.stderr
    assert sorted(messages(press)) == ["ann@example.org", "bob@example.org", "cleo@example.org"]
    status = json.loads(_syndicate(press, "status", "--json").stdout)
    assert status[0]["mail"] == {"weekly/2026-11-07T1200": {"counts": {"sent": 3}, "stopped": ""}}


def test_a_second_send_has_nothing_new(press: Press) -> None:
    """What ran has run; a later edition takes what came since."""
    _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z")
    again = _syndicate(press, "send", "weekly", "--at", "2026-11-07T13:00Z")
    assert again.returncode == 1
    press.add("News", "2026-11-07T12:30:00Z")
    assert "News" in _syndicate(press, "send", "weekly", "--at", "2026-11-07T14:00Z").stdout
    assert [sum(counts.values()) for counts in tally(press.ledger).values()] == [3, 3]


def test_a_dry_run_changes_nothing(press: Press) -> None:
    """It says what would go out, to how many."""
    done = _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z", "--dry-run")
    assert "to 3 people" in done.stdout
    assert press.ledger.editions() == ()
    assert messages(press) == {}


def test_a_test_copy_goes_to_one_address_and_is_not_recorded(press: Press) -> None:
    """It need not be a subscriber's."""
    done = _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z", "--to", "me@example.org")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].endswith("kB, a copy for me@example.org")
    assert list(messages(press)) == ["me@example.org"]
    assert press.ledger.editions() == ()


def test_a_copy_that_no_relay_takes_says_where_the_relay_is_named(tmp_path: Path) -> None:
    """Where the configuration names none, one on this machine is tried; a copy is not owed to anybody, so it is not sent, and that is all."""
    found = Press(tmp_path).configure('[mail]\nsecret = "a-secret-that-is-long-enough"\n')
    found.add("Tides", "2026-11-05")
    with patch(
        "syndicate.publishing.sending.send_copy", return_value=Receipt("deferred", "connect", text="localhost:25: cannot be reached")
    ):
        done = run("send", "weekly", "--at", "2026-11-07T12:00Z", "--to", "me@example.org", "--config", tmp_path / "syndicate.toml")
    assert done.code == 1
    assert done.err.splitlines() == [
        "me@example.org: not sent, localhost:25: cannot be reached",
        "nothing is said of a relay: write where yours is below [smtp] in the configuration",
    ]


def test_who_watches_is_told_in_sentences(press: Press) -> None:
    """A log's lines, which are for whatever collects them, would run into the progress bar."""
    press.add("Wind", "2026-11-06", quality="high")
    with patch("syndicate.cli.screen.watched", return_value=True):
        done = run("send", "weekly", "--at", "2026-11-07T12:00Z", "--config", press.root / "syndicate.toml")
    assert done.code == 0
    told = [line for line in done.err.splitlines() if "Sending" not in line]
    assert [line.strip() for line in told if line.strip()] == [
        "1 problem; `syndicate check` shows it",
        "weekly/2026-11-07T1200: sent by hand",
        "mail: 3 sent",
    ]


def test_a_copy_can_be_had_after_an_edition_was_sent(press: Press) -> None:
    """At the same moment and later: of the last edition, as it was recorded, where nothing is new; and of any by its key."""
    sent = ("send", "weekly", "--at", "2026-11-07T12:00Z")
    assert _syndicate(press, *sent).returncode == 0
    for at in ("2026-11-07T12:00Z", "2026-11-07T13:00Z"):
        copy = _syndicate(press, "send", "weekly", "--at", at, "--to", "me@example.org")
        assert (copy.returncode, copy.stdout) == (0, "weekly/2026-11-07T1200: Robots\n")
        assert "nothing is new since weekly/2026-11-07T1200, so this is a copy of that\n" in copy.stderr
    own, theirs = messages(press)["me@example.org"], messages(press)["ann@example.org"]
    assert own["Subject"] == theirs["Subject"]
    assert "Tides" in str(own)
    press.add("News", "2026-11-07T12:30:00Z")
    assert "News" in _syndicate(press, "send", "weekly", "--at", "2026-11-07T14:00Z", "--to", "me@example.org").stdout
    old = _syndicate(press, "send", "weekly", "--edition", "weekly/2026-11-07T1200", "--to", "you@example.org", "--at", "2026-11-07T14:00Z")
    assert (old.returncode, old.stdout) == (0, "weekly/2026-11-07T1200: Robots\n")
    assert [record.key for record in press.ledger.editions()] == ["weekly/2026-11-07T1200"]
    assert _syndicate(press, *sent).returncode == 2
    wrong = _syndicate(press, "send", "weekly", "--edition", "weekly/2026-11-07", "--to", "you@example.org")
    assert (wrong.returncode, wrong.stderr) == (2, "syndicate: no edition 'weekly/2026-11-07'; did you mean weekly/2026-11-07T1200?\n")
    assert "say to whom with --to" in _syndicate(press, "send", "weekly", "--edition", "weekly/2026-11-07T1200").stderr


def test_a_dry_run_sends_no_copy_either(press: Press) -> None:
    """Neither of the last edition, where nothing is new, nor of one that is named; and an edition of another digest is a slip."""
    assert _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z").returncode == 0
    named = ("--edition", "weekly/2026-11-07T1200")
    for more in ((), named):
        dry = _syndicate(press, "send", "weekly", "--at", "2026-11-07T13:00Z", "--to", "me@example.org", "--dry-run", *more)
        assert (dry.returncode, dry.stdout) == (0, "weekly/2026-11-07T1200: Robots\n")
    assert "me@example.org" not in messages(press)
    other = _syndicate(press, "send", "weekly", "--edition", "daily/2026-11-07", "--to", "me@example.org")
    assert (other.returncode, "daily/2026-11-07 is no edition of weekly" in other.stderr) == (2, True)


def test_who_gets_no_story_is_not_counted(press: Press) -> None:
    """They asked for other topics; how many they are is said beside it, and so it comes."""
    assert _syndicate(press, "subscribers", "add", "dora@example.org", "--topic", "Gardens").returncode == 0
    done = _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z")
    assert done.stdout.endswith("to 3 people; 1 more get this digest, and asked for other topics\n")
    assert tally(press.ledger) == {"weekly/2026-11-07T1200": {"sent": 3, "nothing": 1}}


def test_a_first_sending_to_many_asks(press: Press) -> None:
    """Where nobody can be asked, it says how to go on; with --yes it goes."""
    (press.root / "people.csv").write_text("email\n" + "".join(f"p{number}@example.org\n" for number in range(60)))
    assert _syndicate(press, "subscribers", "import", str(press.root / "people.csv")).returncode == 0
    done = _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z")
    assert done.returncode == 2
    assert "Send it to 63 people now?" in done.stderr
    assert messages(press) == {}
    assert _syndicate(press, "send", "weekly", "--at", "2026-11-07T12:00Z", "--yes").returncode == 0
    assert len(messages(press)) == 63


def test_a_rehearsal_sends_nothing(press: Press) -> None:
    """`run --once --at` records and renders; what is owed goes out with the next run."""
    assert _syndicate(press, "run", "--once", "--at", "2026-11-09T08:00Z").returncode == 0
    assert messages(press) == {}
    assert tally(press.ledger) == {"weekly/2026-11-09": {"planned": 3}}


def test_the_outbox_can_be_listed_cancelled_and_tried_again(press: Press) -> None:
    """Deliveries by person, state and reason."""
    _syndicate(press, "run", "--once", "--at", "2026-11-09T08:00Z")
    rows = json.loads(_syndicate(press, "outbox", "list", "--json").stdout)
    assert [(row["address"], row["state"]) for row in rows] == [(f"{name}@example.org", "planned") for name in ("ann", "bob", "cleo")]
    cancelled = _syndicate(press, "outbox", "cancel", "weekly/2026-11-09")
    assert cancelled.stderr == "weekly/2026-11-09: 3 deliveries cancelled\n"
    assert "cancelled by hand" in _syndicate(press, "outbox", "list").stdout
    again = _syndicate(press, "outbox", "retry", "weekly/2026-11-09", "--state", "cancelled")
    assert again.stderr == "weekly/2026-11-09: 3 deliveries owed again; `syndicate run` sends what is owed\n"
    assert _syndicate(press, "outbox", "retry", "weekly/2026-11-09", "--state", "sent").returncode == 2
    assert _syndicate(press, "outbox", "cancel", "weekly/2026-01-01").returncode == 2


def test_an_article_without_subscribers_costs_no_mail(tmp_path: Path) -> None:
    """Nobody is asked for a relay, and no secret is made, where there is nobody to write to."""
    alone = Press(tmp_path).configure()
    alone.add("Tides", "2026-11-05")
    done = _syndicate(alone, "run", "--once")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / ".syndicate" / "secret").exists()


@pytest.mark.usefixtures("storage_url")
def test_run_sends_by_itself(press: Press) -> None:
    """What is owed goes out while the program runs."""
    _syndicate(press, "run", "--once", "--at", "2026-11-09T08:00Z")
    text = (press.root / "syndicate.toml").read_text().replace("[mail]", '[mail]\nexpires = "9000d"')
    (press.root / "syndicate.toml").write_text(text)
    _syndicate(press, "outbox", "retry", "weekly/2026-11-09", "--state", "deferred")
    with press.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mailings SET expires_at = '2100-01-01 00:00:00.000000'")
    command = [sys.executable, "-m", "syndicate", "run", "--config", str(press.root / "syndicate.toml")]
    program = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 90
        while len(messages(press)) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        program.send_signal(signal.SIGTERM)
        assert program.wait(30) == 0
    assert len(messages(press)) == 3
    assert tally(press.ledger)["weekly/2026-11-09"] == {"sent": 3}


def test_who_says_stop_gets_an_orderly_end(press: Press) -> None:
    """The messages in hand are finished, the rest is owed, nothing is in doubt."""
    sink = Sink(press.root / "book", Temper(0, 0, 0, 0, seconds=1), 1)
    try:
        relay = f'[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\nconnections = 2\n[mail]\n'
        settings = press.root / "syndicate.toml"
        settings.write_text(settings.read_text().replace("[mail]\n", relay).replace('folder = "outbox"\n', ""))
        (press.root / "people.csv").write_text("email\n" + "".join(f"p{number}@example.org\n" for number in range(60)))
        assert _syndicate(press, "subscribers", "import", str(press.root / "people.csv")).returncode == 0
        command = [sys.executable, "-m", "syndicate", "send", "weekly", "--at", "2026-11-07T12:00Z", "--yes", "--config", str(settings)]
        program = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        deadline = time.monotonic() + 60
        while not (press.root / "book").exists() or not (press.root / "book").read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        program.send_signal(signal.SIGTERM)
        said = program.communicate(timeout=60)[1]
    finally:
        sink.stop()
    assert program.returncode == 1
    assert "stopped; the rest is owed" in said
    counts = tally(press.ledger)["weekly/2026-11-07T1200"]
    assert set(counts) <= {"sent", "planned", "deferred"}
    assert counts["sent"] == len((press.root / "book").read_text().splitlines())


def test_a_secret_that_is_lost_or_another_is_refused(press: Press) -> None:
    """Under it, suppressed people would come back."""
    settings = press.root / "syndicate.toml"
    assert _syndicate(press, "subscribers", "erase", "ann@example.org").returncode == 0
    text = settings.read_text()
    settings.write_text(text.replace("a-secret-that-is-long-enough", "another-secret-that-is-long"))
    done = _syndicate(press, "subscribers", "add", "ann@example.org")
    assert done.returncode == 2
    assert "mail.secret: is not the secret under which" in done.stderr
    settings.write_text(text.replace("a-secret-that-is-long-enough", "a-secret-that-is-long-enough another-secret-that-is-long"))
    assert "suppressed" in _syndicate(press, "subscribers", "add", "ann@example.org").stdout
    settings.write_text(text.replace('secret = "a-secret-that-is-long-enough"\n', ""))
    assert "is missing" in _syndicate(press, "subscribers", "add", "dora@example.org").stderr
