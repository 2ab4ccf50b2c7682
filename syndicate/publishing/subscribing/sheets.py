"""Tables as other programs write them: CSV of any encoding and separator, row by row, so that its length costs no memory. [I/O]

A cell that a spreadsheet would take for a formula is written with an apostrophe before it (OWASP, "CSV Injection"), and that apostrophe,
and no other, is taken off when it is read.
"""

from __future__ import annotations

import codecs
import csv
import re
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, NamedTuple, cast

from syndicate.errors import OutputError, Problem, SyndicateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
"""What begins a formula, after whatever apostrophes: so that a guarded cell is told from one that had its apostrophe by itself."""

DELIMITERS = ",;\t"
BLOCK = 1 << 20


class Row(NamedTuple):
    """The cells of a record, without guards, and the line on which it begins."""

    line: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that is being read. `read_bytes` tells how far, out of `size`."""

    name: str
    encoding: str
    size: int
    header: tuple[str, ...]
    rows: Iterator[Row | Problem]
    read_bytes: Callable[[], int]


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """A cell as it was before it was guarded."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


@contextmanager
def opened(path: Path) -> Iterator[Sheet]:
    """The table in a file, whose first record names its columns. Raises `OSError`."""
    encoding = encoding_of(path)
    with path.open("rb") as raw, TextIOWrapper(raw, encoding, errors="replace", newline="") as text:
        first = text.readline()
        reader = csv.reader(chain([first], text), delimiter=delimiter_of(first), strict=True)
        records = _records(reader, path.name)
        header = next(records, Problem(path.name, 1, "", "there is nothing in it; its first line names the columns"))
        size = path.stat().st_size
        if isinstance(header, Row):
            yield Sheet(path.name, encoding, size, tuple(header.cells), records, raw.tell)
        else:
            yield Sheet(path.name, encoding, size, (), iter([header]), raw.tell)


def encoding_of(path: Path) -> str:
    """How a file is encoded: UTF-16 if it says so, UTF-8 if all of it is, else as Windows does in the west."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
            return "utf-16"
        file.seek(0)
        try:
            for block in _blocks(file):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def delimiter_of(header: str) -> str:
    """What parts the names of columns: whatever makes the most of them, not counting halves of a quoted one."""
    return max(DELIMITERS, key=lambda mark: sum('"' not in cell for cell in next(csv.reader([header], delimiter=mark), [])))


def write_sheet(file: BinaryIO, rows: Iterable[Sequence[str]]) -> None:
    """Write rows as CSV (RFC 4180), in UTF-8 and guarded."""
    text = codecs.getwriter("utf-8")(file)
    csv.writer(text).writerows([guarded(cell) for cell in row] for row in rows)


@contextmanager
def replaced(path: Path) -> Iterator[BinaryIO]:
    """A file for its owner alone, which takes the place of `path` once it is whole. Raises `OutputError`."""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False) as fresh:  # mode 0600
            try:
                yield cast("BinaryIO", fresh)
                fresh.close()
                Path(fresh.name).replace(path)
            except BaseException:
                Path(fresh.name).unlink()
                raise
    except SyndicateError:  # of what is written, such as a database's: some of them are an OSError too
        raise
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror}); mend its permissions, or free space") from error


def _records(reader: Iterator[list[str]], name: str) -> Iterator[Row | Problem]:
    """The records that are not empty; a `Problem` for each that cannot be read."""
    line = 0
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]  # csv hides the type of its readers
        try:
            cells = [unguarded(cell).strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            last = reader.line_num  # type: ignore[attr-defined]
            span = "this line cannot" if last == line else f"all up to line {last} cannot"
            yield Problem(name, line, "", f"{span} be read as CSV ({error}); close its quotes, and double those inside them")
        else:
            if any(cells):
                yield Row(line, cells)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block
