"""What the manual says, the program does: every fenced block is tried, every command that is named exists."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
import typer

from syndicate.cli import app
from tests.manual import DOCS, EMPTY, ROOT, WAYS, Block, blocks_of, desk_in, pages, try_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="not in a checkout")

NAMES = [page.relative_to(ROOT).as_posix() for page in pages()]
SHOWN = {"html", "js", "yaml", "xml", "ini", "nginx", "caddy", "crontab", "text", "dns", "csv", "json", "css", "po"}
"""Languages of blocks that are for the eye."""

NOT_RUN = re.compile(r"(needs|is run by|is checked by|reaches) ")
"""A reason says what is needed, or who runs it instead."""


@pytest.mark.parametrize("page", pages(), ids=NAMES)
def test_every_block_of_a_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    """Commands are run in order, in a workspace of the page's own; settings are loaded, templates compiled, articles read."""
    try_page(page, tmp_path)


@pytest.mark.parametrize("page", pages(), ids=NAMES)
def test_a_block_that_is_not_run_says_why(page: Path) -> None:
    """And none is of a language that nobody has thought of."""
    for block in blocks_of(page):
        assert block.language in WAYS.keys() | SHOWN or block.title, f"{page.name}:{block.line}"
        assert not block.reason or NOT_RUN.match(block.reason), f"{page.name}:{block.line}: {block.reason}"


def test_most_blocks_are_run(record_property: Callable[[str, object], None]) -> None:
    """What is not is counted, and listed with its reason in the report of `pytest --junit-xml`."""
    blocks = [(page, block) for page in pages() for block in blocks_of(page) if block.language in WAYS]
    left = [(page, block) for page, block in blocks if block.reason]
    record_property("not run", [f"{page.relative_to(ROOT)}:{block.line}: {block.reason}" for page, block in left])
    assert len(left) < len(blocks) / 4


@pytest.mark.parametrize("page", pages(), ids=NAMES)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    """With the options that it is given; also in prose, and where a page lists commands without running them."""
    tree = typer.main.get_command(app)
    for words in commands_in(page.read_text(encoding="utf-8")):
        misuse = unknown(tree, words)
        assert not misuse, f"{page.name}: `syndicate {' '.join(words)}`: {misuse}"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=NAMES[1:])
def test_a_page_has_one_title_and_begins_with_what_it_is_for(page: Path) -> None:
    """One `#`, and then a sentence."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\A---\n.*?\n---\n|<!--.*?-->\n?", "", text, flags=re.DOTALL)
    text = re.sub(r"^<.*>\n", "", text, flags=re.MULTILINE).lstrip()
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    title, _, rest = text.partition("\n")
    assert title.startswith("# ")
    assert re.match(r"[^\s#|`!-]", rest.lstrip()) or rest.lstrip().startswith(("`", "![")), f"{page.name}: says nothing before it goes on"


@pytest.mark.parametrize("page", pages(), ids=NAMES)
def test_a_link_to_a_file_leads_to_one(page: Path) -> None:
    """Those to headings are checked by the strict build of the site (`.ci/docs`), which does not know the README."""
    text = re.sub(r"^```.*?^```$|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    names = {link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:", link)} - {""}
    assert {name for name in names if not (page.parent / name).exists()} == set()


def test_every_page_is_in_the_navigation() -> None:
    """And nothing is in it that is not there."""
    nav = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]["nav"]
    listed = re.findall(r"'([\w/-]+\.md)'", repr(nav))
    assert sorted(listed) == [page.relative_to(DOCS).as_posix() for page in sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize(
    ("language", "text", "remark", "said"),
    [
        ("sh", "false\n", "", "ended with 1"),
        ("sh", "true\n", "exits 1", "ended with 0"),
        ("console", "$ echo one\ntwo\n", "", "expected"),
        ("console", "no command\n", "", "no line"),
        ("toml", '[site]\ntitel = "x"\n', "", "did you mean title"),
        ("yaml", "---\ntitle: x\n---\n", "", "publishedDateTime"),
        ("jinja", "{{ 1|nothing }}\n", "", "nothing"),
        ("python", "assert 1 == 2, 'wrong'\n", "", "wrong"),
        ("sh", "if then\n", "not run: needs nothing", "syntax error"),
    ],
)
def test_a_block_that_is_wrong_is_found(tmp_path: Path, language: str, text: str, remark: str, said: str) -> None:
    """Else all of this would say nothing."""
    desk = desk_in(tmp_path, empty=True)
    with pytest.raises(Exception, match=said):
        desk.try_out(Block(language, text, "", 1, remark))


def test_a_page_goes_on_where_its_last_block_ended(tmp_path: Path) -> None:
    """In the same folder, with the same variables, beside what goes on."""
    page = tmp_path / "page.md"
    page.write_text(
        f"# A page\n\n{EMPTY}\n\n```sh\nmkdir deep\ncd deep\nexport WORD=yes\n```\n\n<!-- until stopped -->\n```sh\npython -m http.server 8000\n```\n\n"
        '```sh title="said.sh"\nprintf $WORD\n```\n\n```console\n$ pwd\n/.../deep\n$ bash said.sh\nyes\n$ curl --silent --head http://127.0.0.1:8000/said.sh\nHTTP/1.0 200 OK\n...\n```\n'
    )
    (tmp_path / "run").mkdir()
    try_page(page, tmp_path / "run")


def commands_in(text: str) -> Iterator[list[str]]:
    """The commands of ours in a page, as words: in blocks, in indented lines, and in prose between backquotes.

    Two spaces end a command in an indented line, for there its meaning stands beside it.
    """
    fenced = re.findall(r"^```(?:sh|console)\b.*?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    lines = [line for block in fenced for line in block.replace("\\\n", " ").splitlines()]
    for line in lines:
        for found in re.findall(r"(?:^|bin/|[;&|(] ?)syndicate ([a-z][^|;&>#)]*)", line.removeprefix("$ ")):
            yield words_of(found)
    rest = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (words_of(found) for found in re.findall(r"^ {4,}syndicate ([a-z].*?)(?:  |$)", rest, re.MULTILINE))
    yield from (words_of(found) for found in re.findall(r"`syndicate ([a-z][^`\n]*)`", rest))


def words_of(text: str) -> list[str]:
    """The words of a command without the brackets round what may be left out."""
    return shlex.split(re.sub(r"[\[\]]|\.\.\.", " ", text).replace("\\|", " "))


def unknown(command: Any, words: list[str]) -> str:
    """The first of `words` that is no command or option where it stands; nothing where all are."""
    for word in words:
        name = word.partition("=")[0].rstrip(",")
        below = getattr(command, "commands", None)
        if name.startswith("-"):
            known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
            if name not in known:
                return f"there is no option {name}"
        elif below is not None:
            if name not in below:
                return f"there is no command {name}"
            command = below[name]
    return ""
