"""`syndicate storage`: what each command says on which stream, and how it ends."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pytest

from syndicate.cli import main
from syndicate.storage import Ledger, copying, ranges
from syndicate.storage.database import open_database
from syndicate.storage.tables import metadata
from tests.storage.cargo import fill, marks_in, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SETTINGS = '[site]\ntitle = "T"\nurl = "https://t.example"\n'
HERE = "sqlite:///.syndicate/syndicate.db"


class Done(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace whose ledger has something in every table."""
    (tmp_path / "syndicate.toml").write_text(SETTINGS, encoding="utf-8")
    fill(open_database(HERE, tmp_path), seed=1)
    return tmp_path


@pytest.fixture
def run(root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """The command line in this process, in the workspace's folder."""

    def command(*words: str) -> Done:
        monkeypatch.chdir(root)
        monkeypatch.setattr("sys.argv", ["syndicate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, *capsys.readouterr())

    return command


def test_a_ledger_is_moved_and_what_is_left_to_do_is_said(root: Path, run: Callable[..., Done], postgresql_url: str) -> None:
    """A line for each table; the secret, the configuration and the old database are spoken of; no password is."""
    url = postgresql_url.replace("postgres:@", "postgres:hush@")
    done = run("storage", "copy", "--to", url)
    assert done.code == 0, done.err
    heading, *lines = [line.split() for line in done.out.splitlines()]
    assert heading == ["table", "rows", "added", "changed", "removed"]
    held = rows_of(open_database(HERE, root))
    assert {line[0]: line[1:] for line in lines} == {name: [f"{len(rows)}", f"{len(rows)}", "0", "0"] for name, rows in held.items()}
    assert "which is marked as moved" in done.err
    assert "Name it with [storage] url." in done.err
    assert f"Every machine needs the secret under which it was written: {root / '.syndicate' / 'secret'}, or mail.secret" in done.err
    assert "hush" not in done.out + done.err


def test_a_ledger_that_was_moved_is_refused_with_the_remedy(root: Path, run: Callable[..., Done], postgresql_url: str) -> None:
    """By every command that opens it, until it is reopened."""
    assert run("storage", "copy", "--to", postgresql_url).code == 0
    for words in (("status",), ("editions", "list"), ("subscribers", "list"), ("storage", "copy", "--to", "sqlite:///third.db")):
        done = run(*words)
        assert (done.code, done.out) == (1, "")
        assert "was moved to postgresql+psycopg://" in done.err
        assert "name that one with [storage] url" in done.err
    opened = run("storage", "reopen")
    assert (opened.code, "it was moved to postgresql" in opened.out) == (0, True)
    assert "Both must never be worked on" in opened.err
    assert run("editions", "list").code == 0
    again = run("storage", "reopen")
    assert (again.code, again.out) == (0, "")
    assert again.err.endswith("was not moved; nothing is changed\n")
    assert marks_in(open_database(HERE, root)) == {}


def test_the_way_back_is_the_same_command(
    root: Path, run: Callable[..., Done], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the other database configured, or named."""
    run("storage", "copy", "--to", postgresql_url)
    monkeypatch.setenv("SYNDICATE_STORAGE__URL", postgresql_url)
    assert run("storage", "copy", "--to", HERE).code == 0
    monkeypatch.delenv("SYNDICATE_STORAGE__URL")
    assert run("storage", "copy", "--from", HERE, "--to", postgresql_url).code == 0
    assert "was moved to postgresql" in run("status").err
    Ledger.open(postgresql_url, root).close()


def test_programs_get_json(run: Callable[..., Done], postgresql_url: str) -> None:
    """The same figures."""
    done = run("storage", "copy", "--to", postgresql_url, "--json")
    told = json.loads(done.out)
    assert (told["dry_run"], told["refusal"], told["source"].startswith("sqlite:////")) == (False, "", True)
    assert [each["table"] for each in told["tables"]] == [table.name for table in metadata.sorted_tables]
    assert all(each["rows"] == each["added"] > 0 == each["changed"] == each["removed"] for each in told["tables"])


def test_a_dry_run_writes_nothing(root: Path, run: Callable[..., Done], postgresql_url: str) -> None:
    """And ends with 1 where a copy would be refused, having said why."""
    done = run("storage", "copy", "--to", postgresql_url, "--dry-run")
    assert (done.code, done.err.startswith("nothing was written to postgresql")) == (0, True)
    target = open_database(postgresql_url, root)
    assert not any(rows_of(target).values())
    fill(target, seed=2)
    before = rows_of(target)
    refused = run("storage", "copy", "--to", postgresql_url, "--dry-run")
    assert refused.code == 1
    assert "it would be refused: postgresql" in refused.err
    assert rows_of(target) == before
    assert marks_in(open_database(HERE, root)) == {}


def test_half_a_copy_is_refused_until_it_is_whole(
    root: Path, run: Callable[..., Done], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command again ends it."""
    monkeypatch.setattr(ranges, "ROWS", 5)
    with monkeypatch.context() as patch:
        patch.setattr(copying, "sum_of", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert run("storage", "copy", "--to", postgresql_url).code != 0
    done = run("status", "--storage", postgresql_url)
    assert (done.code, "is an unfinished copy of sqlite:////" in done.err) == (1, True)
    assert "run `syndicate storage copy` again" in done.err
    again = run("storage", "copy", "--to", postgresql_url)
    assert again.code == 0
    assert [line.split()[2] for line in again.out.splitlines()[1:]] == ["0"] * len(metadata.tables)
    assert rows_of(open_database(postgresql_url, root)) == rows_of(open_database(HERE, root))


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--to", HERE), 2, "is the ledger that is to be copied; name another database"),
        (("--to", "nonsense"), 2, "storage.url: "),
        (
            ("--from", "sqlite:///none.db", "--to", "sqlite:///there.db"),
            1,
            "there is no such database; look at its URL",
        ),
        ((), 2, "--to"),
    ],
    ids=["onto itself", "no url", "from nowhere", "to nowhere"],
)
def test_a_slip_of_the_pen_is_told(run: Callable[..., Done], words: tuple[str, ...], code: int, told: str) -> None:
    """With what to write instead."""
    done = run("storage", "copy", *words)
    assert (done.code, done.out) == (code, "")
    assert told in done.err
