"""Tables of other programs: any encoding and separator, no formulas, and no file that stops the program."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syndicate.errors import OutputError, Problem, StorageError
from syndicate.publishing.subscribing.sheets import Row, guarded, opened, replaced, unguarded, write_sheet

if TYPE_CHECKING:
    from pathlib import Path

TABLE = "email,name\nann@example.org,Zoë\n"


def read(path: Path, content: bytes) -> tuple[tuple[str, ...], list[Row | Problem]]:
    """The header and the rows of a file with this content."""
    path.write_bytes(content)
    with opened(path) as sheet:
        return sheet.header, list(sheet.rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_table_is_read_in_the_encoding_it_is_in(tmp_path: Path, encoding: str) -> None:
    """As spreadsheets save it, with a byte order mark or without."""
    assert read(tmp_path / "t.csv", TABLE.encode(encoding)) == (("email", "name"), [Row(2, ["ann@example.org", "Zoë"])])


def test_a_letter_far_down_the_file_counts(tmp_path: Path) -> None:
    """It is told by the whole file, not by its beginning."""
    text = "email,name\n" + "ann@example.org,Ann\n" * 200_000 + "zoe@example.org,Zoë\n"
    with opened(_write(tmp_path / "t.csv", text.encode("cp1252"))) as sheet:
        assert sheet.encoding == "cp1252"
    with opened(_write(tmp_path / "t.csv", text.encode())) as sheet:
        assert sheet.encoding == "utf-8-sig"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_is_the_one_that_parts_the_header(tmp_path: Path, delimiter: str, end: str) -> None:
    """Also where a cell holds another."""
    text = f'email{delimiter}"name, or; what"{end}ann@example.org{delimiter}"Doe, Ann; MD"{end}'
    assert read(tmp_path / "t.csv", text.encode()) == (("email", "name, or; what"), [Row(2, ["ann@example.org", "Doe, Ann; MD"])])


def test_a_row_is_known_by_the_line_it_begins_on(tmp_path: Path) -> None:
    """Where cells run over several lines, and empty lines stand between."""
    assert read(tmp_path / "t.csv", b'email,note\na,"one\ntwo"\n\n , \nb,three\n')[1] == [Row(2, ["a", "one\ntwo"]), Row(6, ["b", "three"])]


def test_a_quote_that_is_not_closed_is_named_with_all_that_it_swallowed(tmp_path: Path) -> None:
    """Nobody is lost in it unsaid."""
    _, rows = read(tmp_path / "t.csv", b'email,name\na,Ann\nb,"Bob\nc,Cid\nd,"Dot"\ne,Eve\n')
    assert rows[0] == Row(2, ["a", "Ann"])
    assert str(rows[1]).startswith("t.csv:3: all up to line 5 cannot be read as CSV")
    assert rows[2] == Row(6, ["e", "Eve"])


def test_a_cell_without_end_is_named(tmp_path: Path) -> None:
    """What comes after it is read."""
    _, rows = read(tmp_path / "t.csv", b"email\n" + b"x" * 200_000 + b"\nann@example.org\n")
    assert str(rows[0]).startswith("t.csv:2: this line cannot be read as CSV (field larger than field limit")
    assert rows[1] == Row(3, ["ann@example.org"])


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    """It has not even columns."""
    header, rows = read(tmp_path / "t.csv", b"")
    assert (header, [str(row) for row in rows]) == ((), ["t.csv:1: there is nothing in it; its first line names the columns"])


@pytest.mark.parametrize("cell", ["=1+1", "+49 30 1", "-1", "@SUM(A1)", "\tx", "\rx", "=", "'=x", "''-x"])
def test_a_formula_is_written_as_text(cell: str) -> None:
    """An apostrophe says so to a spreadsheet."""
    assert guarded(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Ann", "o'neill", "'tis", "'", "a=b", "ann@example.org"])
def test_what_is_no_formula_is_left_alone(cell: str) -> None:
    """Apostrophes of its own included."""
    assert (guarded(cell), unguarded(cell)) == (cell, cell)


@given(st.text() | st.text("'=+-@\t\r\n a"))
def test_a_guard_comes_off_as_it_went_on(cell: str) -> None:
    """It and nothing else, for every text there is."""
    assert unguarded(guarded(cell)) == cell
    assert not guarded(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12) | st.text("'=+-@\t\r\n,;\"a ")


@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=5))
def test_a_sheet_comes_back_as_it_was_written(rows: list[list[str]]) -> None:
    """Whatever stands in its cells, and however a reader of CSV ends its lines."""
    file = io.BytesIO()
    write_sheet(file, rows)
    read_back = csv.reader(io.StringIO(file.getvalue().decode(), newline=""), strict=True)
    assert [[unguarded(cell) for cell in row] for row in read_back] == rows


@given(st.binary(max_size=300) | st.text(',;\t"\n\ra=\x00ä', max_size=60).map(str.encode))
def test_no_file_stops_the_program(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """Whatever bytes it holds: rows, or problems with lines."""
    _, rows = read(tmp_path_factory.getbasetemp() / "hostile.csv", content)
    assert all((row.line or 0) > 0 for row in rows)


def test_a_file_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    """Cut off before that, the old one stands, and nothing beside it; it is its owner's alone."""
    path = _write(tmp_path / "out.csv", b"old")
    with suppress(KeyboardInterrupt), replaced(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (b"old", [path])
    with replaced(path) as file:
        file.write(b"new")
    assert (path.read_bytes(), list(tmp_path.iterdir()), path.stat().st_mode & 0o777) == (b"new", [path], 0o600)


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With a remedy."""
    with (
        pytest.raises(OutputError, match=r"nowhere/out\.csv: cannot be written \(No such file"),
        replaced(tmp_path / "nowhere" / "out.csv"),
    ):
        pass


def test_what_fails_in_the_writing_keeps_its_own_words(tmp_path: Path) -> None:
    """A database that cannot be read is not taken for a file that cannot be written."""
    with pytest.raises(StorageError, match="damaged"), replaced(tmp_path / "out.csv"):
        raise StorageError("the database is damaged")


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
