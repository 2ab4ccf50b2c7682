"""Help as a newcomer reads it: short enough, in order, with examples that work."""

from __future__ import annotations

import re
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from syndicate.cli.manual import examples_of
from syndicate.publishing.workspace import make_workspace
from tests.commands import FOLDER, commands, reference
from tests.terminal import run

if TYPE_CHECKING:
    from pathlib import Path

WORDS = {words: command for _, words, command in commands()}
ALL = [*WORDS, "syndicate", *{words.rpartition(" ")[0] for words in WORDS if words.count(" ") > 1}]
GOES_ON = {"syndicate run", "syndicate serve", "syndicate preview", "syndicate worker"}
"""What is run until it is stopped: tests of their own see to that."""
OTHERS = {"syndicate init", "syndicate bounces"}
"""What wants more than the sample workspace has: an empty folder, a mailbox."""


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample workspace, whose mail goes to a folder, with an edition that was sent and a list of people to import."""
    folder = tmp_path_factory.mktemp("workspace") / "paper"
    make_workspace(folder)
    file = folder / "syndicate.toml"
    file.write_text(file.read_text(encoding="utf-8") + '\n[mail]\nfolder = "letters"\n', encoding="utf-8")
    (folder / "people.csv").write_text("email\ndora@example.org\n")
    for command in (
        ["subscribers", "add", "bob@example.org"],
        ["run", "--once", "--at", "2026-11-09T08:00"],
        ["run", "--once", "--at", "2026-11-16T08:00"],
    ):
        assert run(*command, "--config", file).code == 0
    return folder


@pytest.mark.parametrize("words", ALL)
def test_help_fits_a_terminal_of_80_columns(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And no summary in a list of commands is cut off."""
    monkeypatch.setenv("COLUMNS", "80")
    ended = run(*words.split()[1:], "--help")
    assert ended.code == 0
    assert not [line for line in ended.out.splitlines() if len(line) > 80]
    assert not [line for line in ended.out.splitlines() if re.match(r"  [a-z]+ .*\.\.\.$", line)]


def test_commands_stand_in_the_order_of_a_newcomers_day() -> None:
    """Look, write, send, people, look after; each command once."""
    headings = re.findall(r"^([A-Z][a-z ]+):$", run("--help").out, re.MULTILINE)
    assert headings == ["Options", "Look", "Write and serve", "Send", "People", "Look after"]


@pytest.mark.parametrize("words", WORDS)
def test_a_command_says_what_it_does_and_shows_an_example(words: str) -> None:
    """A sentence for the list of commands, one or two more, and a line to copy."""
    text = str(WORDS[words].help)
    assert text.count("\n\n") >= 2
    assert examples_of(text)
    assert all(example.startswith(words) for example in examples_of(text))


@pytest.mark.parametrize("words", [words for words in WORDS if not any(words.startswith(other) for other in OTHERS)])
def test_an_example_works_in_the_sample_workspace(words: str, paper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it stands there, with exit 0, but for what goes on until it is stopped."""
    monkeypatch.chdir(shutil.copytree(paper, tmp_path / "paper"))  # one example may take away what another one needs
    run("subscribers", "add", "ann@example.org", "--consent", "please")
    for example in examples_of(str(WORDS[words].help)):
        arguments = shlex.split(example.replace("/tmp/", f"{tmp_path}/"))[1:]  # noqa: S108  replaced
        if "--dry-run" in arguments and words == "syndicate send":  # here, the edition it would show is recorded already
            arguments += ["--storage", f"sqlite:///{tmp_path}/new.db"]
        if not (words in GOES_ON and not {"--once", "--print-config"} & set(arguments)):
            ended = run(*arguments)
            assert ended.code == 0, (example, ended)


def test_the_reference_of_the_commands_is_what_they_say() -> None:
    """`python -m tests.commands` writes it anew."""
    assert (FOLDER / "commands.md").read_text(encoding="utf-8") == reference()


def test_every_option_says_what_it_does() -> None:
    """And what it takes, in a word."""
    for words, command in WORDS.items():
        context = command.make_context("", [], resilient_parsing=True)
        for parameter in command.params:
            record = parameter.get_help_record(context)
            assert record, (words, parameter.name)
            assert record[1], (words, parameter.name)
