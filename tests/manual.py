"""The manual, tried: each page's fenced blocks are run in order, in a workspace of the page's own. Sybil finds them.

What a page says about a block, in a comment on the line before it, which readers do not see:

| comment | what it means |
|---|---|
| `<!-- not run: why -->` | it needs what no test has; its syntax is looked at, and it is listed |
| `<!-- exits 1 -->` | its last command ends with 1, and is meant to |
| `<!-- until stopped -->` | it goes on beside what follows, until the page ends |
| `<!-- in an empty folder -->`, anywhere | the page begins with nothing; else with the sample workspace, as `syndicate init` makes it |

A block with a title is a file: `toml title="syndicate.toml"` goes into the configuration there is, all others take a file's place.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import tomllib
from contextlib import closing, suppress
from dataclasses import dataclass, field
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sybil.document import Document
from sybil.parsers.markdown.lexers import RawFencedCodeBlockLexer

from syndicate.config import TABLES, load_settings
from syndicate.emitters.theme import environment
from syndicate.publishing import read_catalogue
from syndicate.publishing.workspace import make_workspace
from syndicate.storage import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sybil.example import Example
    from sybil.region import Region

    from syndicate.config import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SAMPLE = ROOT / "templates" / "syndicate.toml"
FENCES = RawFencedCodeBlockLexer(re.compile(r'(?P<language>[\w-]+)(?:[ \t]+title="(?P<title>[^"\n]+)")?[ \t]*$\n', re.MULTILINE))
REMARK = re.compile(r"<!-- (not run: [^\n]+?|exits \d+|until stopped) -->[ \t]*\n[ \t]*\Z")
EMPTY = "<!-- in an empty folder -->"
PORTS = ("1025", "8000", "8025")
"""Those that the manual names. A test takes others, for somebody may be at work on these."""

PATIENCE = 20.0
"""Seconds that a program has to begin to listen, and to end."""

SAME = ELLIPSIS | NORMALIZE_WHITESPACE
SAVE = '\n{{ set +x; pwd > "{0}/.where"; declare -px > "{0}/.variables"; }} 2>/dev/null\n'
RESTORE = 'test ! -f "{0}/.variables" || source "{0}/.variables"\ntest ! -f "{0}/.where" || cd "$(cat "{0}/.where")"\n'


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, the file that it is, the line it begins in, and what is remarked of it."""

    language: str
    text: str
    title: str
    line: int
    remark: str

    @property
    def reason(self) -> str:
        """Why it is not run; nothing where it is."""
        return self.remark.partition("not run: ")[2]

    @property
    def status(self) -> int:
        """What its last command ends with."""
        return int(self.remark.removeprefix("exits ")) if self.remark.startswith("exits ") else 0


@dataclass(slots=True)
class Desk:
    """A workspace in which a page is tried, from its first block to its last."""

    folder: Path
    home: Path
    began: list[subprocess.Popen[bytes]] = field(default_factory=list)
    ports: dict[str, str] = field(default_factory=lambda: dict(zip(PORTS, free_ports(len(PORTS)), strict=True)))
    namespace: dict[str, Any] = field(default_factory=dict)

    def try_out(self, block: Block) -> None:
        """Do what a block says. Raises `AssertionError` where something else comes of it."""
        if block.reason:
            check_syntax(block)
            return
        text = re.sub(rf"\b({'|'.join(PORTS)})\b", lambda found: self.ports[found[1]], block.text)
        if block.title:
            self._file(block.title, text)
        elif block.language in WAYS:
            WAYS[block.language](self, block, text)

    def close(self) -> None:
        """Stop what goes on. Raises `AssertionError` where something ended by itself, or does not stop."""
        for program in reversed(self.began):
            assert program.poll() is None, f"{program.args!r} ended by itself with {program.returncode}"
            os.killpg(program.pid, signal.SIGTERM)
            program.wait(PATIENCE)

    @property
    def where(self) -> Path:
        """The folder in which the last block ended."""
        noted = self.home / ".where"
        return Path(noted.read_text(encoding="utf-8").strip()) if noted.is_file() else self.folder

    def shell(self, block: Block, text: str) -> None:
        """Run commands; where a block may be stopped only, wait until it listens or two seconds have passed."""
        if block.remark == "until stopped":
            self._begin(text)
            return
        status, said = self._run(text)
        assert status == block.status, f"ended with {status}:\n{said}"

    def console(self, block: Block, text: str) -> None:
        """Run each line after `$`, and hold what comes of it against the lines that follow; `...` stands for whatever there is."""
        steps = re.findall(r"^\$ (.*(?:\\\n.*)*)\n((?:(?!\$ ).*\n?)*)", text, re.MULTILINE)
        assert steps, "has no line that begins with `$ `"
        for number, (command, expected) in enumerate(steps, 1):
            status, said = self._run(command)
            assert status == (block.status if number == len(steps) else 0), f"{command}: ended with {status}:\n{said}"
            assert OutputChecker().check_output(expected, said, SAME), f"{command}: expected\n{expected}\ngot\n{said}"

    def settings(self, _: Block, text: str) -> None:
        """Load tables of ours over the sample configuration; of others', only that they are TOML counts."""
        tables = tomllib.loads(text)
        if tables.keys() <= TABLES.keys():
            for table in (tables, *tables.get("digests", ())):
                for key in ("logo", "dark_logo"):
                    if name := table.get("theme", {}).get(key):
                        (self.folder / name).write_bytes(b"\x89PNG")
            self._tried(tables)

    def python(self, block: Block, text: str) -> None:
        """Run Python in the workspace; names go on from block to block."""
        before = Path.cwd()
        os.chdir(self.where)
        try:
            exec(compile("\n" * block.line + text, "manual", "exec"), self.namespace)  # noqa: S102  it is what the test is for
        finally:
            os.chdir(before)

    def template(self, _: Block, text: str) -> None:
        """Compile a template with the filters that there are."""
        environment(load_settings(SAMPLE).publisher).compile(text)

    def article(self, _: Block, text: str) -> None:
        """Read an article, if it is one."""
        if text.startswith("---\n"):
            file = self.folder / ".read" / "manual.md"
            for name in ("manual.md", *re.findall(r"\burl: ([\w/-]+\.(?:jpg|png))", text)):  # its pictures lie beside it
                (file.parent / name).parent.mkdir(parents=True, exist_ok=True)
                (file.parent / name).write_text(text, encoding="utf-8")
            problems = read_catalogue(self._tried({"articles": {"folder": ".read"}})).problems
            assert not problems, "\n".join(map(str, problems))

    def query(self, _: Block, text: str) -> None:
        """Do what a statement says in a ledger of its own, with all of its tables."""
        Ledger.open("sqlite:///.tried.db", self.folder).close()
        with closing(sqlite3.connect(self.folder / ".tried.db")) as connection:
            connection.executescript(text)

    def _tried(self, tables: dict[str, Any]) -> Settings:
        """The sample configuration with these tables in it. Raises `ConfigurationError`."""
        file = self.folder / ".tried.toml"
        file.write_text(written(merged(tomllib.loads(SAMPLE.read_text(encoding="utf-8")), tables)), encoding="utf-8")
        return load_settings(file)

    def _file(self, name: str, text: str) -> None:
        file = self.where / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if name == "syndicate.toml" and file.is_file():
            text = written(merged(tomllib.loads(file.read_text(encoding="utf-8")), tomllib.loads(text)))
        file.write_text(text, encoding="utf-8")
        if name == "syndicate.toml":
            load_settings(file)

    def _run(self, text: str) -> tuple[int, str]:
        script = RESTORE.format(self.home) + text.rstrip("\n") + SAVE.format(self.home)
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.folder,
            env=self._variables(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            check=False,
        )
        return ran.returncode, ran.stdout.decode(errors="replace")

    def _begin(self, text: str) -> None:
        script = RESTORE.format(self.home) + text
        self.began.append(
            subprocess.Popen(["bash", "-euo", "pipefail", "-c", script], cwd=self.folder, env=self._variables(), start_new_session=True)
        )
        for port in self.ports.values():
            if port in text:
                wait_for(port)
                return
        with suppress(subprocess.TimeoutExpired):
            self.began[-1].wait(2)

    def _variables(self) -> dict[str, str]:
        """No variable of ours, no network but the loopback, a home of its own, and the program under test first on the path."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SYNDICATE_", "PYTEST_", "COV_"))}
        nowhere = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
        own = {"HOME": str(self.home), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}", "COLUMNS": "200"}
        return kept | nowhere | own | {"no_proxy": "127.0.0.1,localhost"}


WAYS: dict[str, Callable[[Desk, Block, str], None]] = {
    "sh": Desk.shell,
    "console": Desk.console,
    "toml": Desk.settings,
    "python": Desk.python,
    "jinja": Desk.template,
    "sql": Desk.query,
    "yaml": Desk.article,
    "markdown": Desk.article,
}
"""How a block of each language is tried. What is written in others is for the eye, or a file."""


def pages() -> list[Path]:
    """Every page of the manual, the README first."""
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [block for block, _ in _examples(page)]


def try_page(page: Path, folder: Path) -> None:
    """Try every block of a page in `folder`. Sybil names the block, its page and its line where one fails."""
    desk = desk_in(folder, empty=EMPTY in page.read_text(encoding="utf-8"))
    try:
        for _, example in _examples(page, desk):
            example.evaluate()
    finally:
        desk.close()


def desk_in(folder: Path, *, empty: bool) -> Desk:
    """A desk with an empty workspace, or with the sample workspace."""
    home, place = folder / "home", folder / "paper"
    for each in (home, place):
        each.mkdir()
    if not empty:
        make_workspace(place)
    return Desk(place, home)


def check_syntax(block: Block) -> None:
    """Hold a block that is not run against its language. Raises `AssertionError`."""
    if block.language in {"sh", "console"}:
        text = "\n".join(re.findall(r"^\$ (.*)", block.text, re.MULTILINE)) if block.language == "console" else block.text
        read = subprocess.run([shutil.which("bash") or "bash", "-n", "-c", text], capture_output=True, check=False)
        assert read.returncode == 0, read.stderr.decode()
    elif block.language == "toml":
        tomllib.loads(block.text)
    elif block.language == "python":
        compile(block.text, "manual", "exec")


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """`base` with the tables of `over` in it; lists of tables are replaced."""
    both = {key: merged(base[key], over[key]) for key in base.keys() & over.keys() if isinstance(base[key], dict)}
    return base | over | both


def written(table: dict[str, Any]) -> str:
    """A table as TOML, its values inline."""
    return "".join(f"{json.dumps(key)} = {_value(value)}\n" for key, value in table.items())


def free_ports(count: int) -> list[str]:
    """Ports of the loopback that nobody listens on."""
    listening = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(each.getsockname()[1]) for each in listening]
    for each in listening:
        each.close()
    return ports


def wait_for(port: str) -> None:
    """Wait until somebody listens. Raises `AssertionError`."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", int(port)), timeout=1)):
            return
        time.sleep(0.1)
    raise AssertionError(f"nobody listens on port {port}")


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_value(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _examples(page: Path, desk: Desk | None = None) -> Iterator[tuple[Block, Example]]:
    def parser(document: Document) -> Iterable[Region]:
        for region in FENCES(document):
            block = _block(document, region)
            region.parsed = block
            region.evaluator = lambda example: desk.try_out(example.parsed) if desk else None
            yield region

    document = Document.parse(str(page), parser)
    yield from ((example.parsed, example) for example in document.examples())


def _block(document: Document, region: Region) -> Block:
    before = document.text[: region.start]
    remark = REMARK.search(before)
    lexemes = region.lexemes
    return Block(
        language=lexemes["language"],
        text=str(lexemes["source"]),
        title=lexemes["title"] or "",
        line=before.count("\n") + 1,
        remark=remark[1] if remark else "",
    )
