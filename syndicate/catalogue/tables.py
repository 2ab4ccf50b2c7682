"""The tables of the index, and how the record of a file is put into them and taken out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from syndicate.catalogue.records import OUTLINE, token_of
from syndicate.model import folded

if TYPE_CHECKING:
    import sqlite3

    from syndicate.catalogue.records import Record, Stamp

SCHEMA = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE files (
    directory, name, number INTEGER, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER, young INTEGER, digest BLOB,
    PRIMARY KEY (directory, name)
) WITHOUT ROWID;
CREATE TABLE articles (number INTEGER PRIMARY KEY, {OUTLINE}, token INTEGER);
CREATE TABLE bodies (number INTEGER PRIMARY KEY, folder, path, article BLOB, markdown TEXT, coverage TEXT);
CREATE TABLE topics (label TEXT, dated INTEGER, number INTEGER, token INTEGER);
CREATE TABLE problems (number INTEGER, file TEXT, line INTEGER, field TEXT, message TEXT);
CREATE TABLE pictures (number INTEGER, path, size INTEGER, mtime INTEGER, ctime INTEGER, inode INTEGER)
"""
"""Paths have no type: one that is not UTF-8 is kept as bytes."""

LOOKUPS = (
    "CREATE INDEX IF NOT EXISTS articles_dated ON articles (dated, token)",
    "CREATE INDEX IF NOT EXISTS articles_source ON articles (source)",
    "CREATE INDEX IF NOT EXISTS topics_asked ON topics (label, dated, number, token)",
    "CREATE INDEX IF NOT EXISTS problems_of ON problems (number)",
    "CREATE INDEX IF NOT EXISTS pictures_of ON pictures (number)",
    "CREATE INDEX IF NOT EXISTS pictures_by_path ON pictures (path, size, mtime, ctime, inode)",
)
"""Made once the first articles are in: to keep them up row by row would cost as much as all the rest."""

COLUMNS = OUTLINE.count(",") + 1
DATED, TOPICS = (OUTLINE.split(", ").index(name) for name in ("dated", "topics"))

INSERT = f"INSERT INTO articles VALUES (?{', ?' * COLUMNS}, ?)"  # noqa: S608  question marks

OF_A_FILE = ("articles", "bodies", "problems", "pictures")


def put(database: sqlite3.Connection, record: Record, number: int, *, young: bool) -> None:
    """Put in the record of a file that is not there yet."""
    stamp = record.stamp or (0, 0, 0, 0)
    database.execute(
        "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (stored(record.directory), stored(record.name), number, *stamp, young, record.digest),
    )
    if record.columns:
        token = token_of(record.columns, record.body, record.markdown, record.coverage)
        database.execute(INSERT, (number, *record.columns, token))
        path = f"{record.directory}{os.sep}{record.name}"
        database.execute(
            "INSERT INTO bodies VALUES (?, ?, ?, ?, ?, ?)",
            (number, stored(record.folder), stored(path), record.body, record.markdown, record.coverage),
        )
        labels = {folded(label) for label in record.columns[TOPICS].split("\n")} - {""}
        database.executemany("INSERT INTO topics VALUES (?, ?, ?, ?)", [(label, record.columns[DATED], number, token) for label in labels])
    for problem in record.problems:
        row = (number, problem.file, problem.line, problem.field, problem.message)
        database.execute("INSERT INTO problems VALUES (?, ?, ?, ?, ?)", row)
    for path, seen in record.pictures:
        database.execute("INSERT INTO pictures VALUES (?, ?, ?, ?, ?, ?)", (number, stored(path), *(seen or (None,) * 4)))


def touch(database: sqlite3.Connection, record: Record, stamp: Stamp, *, young: bool) -> None:
    """Note that a file has another stamp, and the bytes it had."""
    database.execute(
        "UPDATE files SET size = ?, mtime = ?, ctime = ?, inode = ?, young = ? WHERE directory = ? AND name = ?",
        (*stamp, young, stored(record.directory), stored(record.name)),
    )


def take(database: sqlite3.Connection, directory: Any, name: Any, number: int) -> None:
    """Take out all that is known of a file."""
    database.execute("DELETE FROM files WHERE directory = ? AND name = ?", (directory, name))
    for dated, topics in database.execute("SELECT dated, topics FROM articles WHERE number = ?", (number,)).fetchall():
        labels = {folded(label) for label in topics.split("\n")}
        database.executemany(
            "DELETE FROM topics WHERE label = ? AND dated = ? AND number = ?", [(label, dated, number) for label in labels]
        )
    for table in OF_A_FILE:
        database.execute(f"DELETE FROM {table} WHERE number = ?", (number,))  # noqa: S608  names of ours


def stored(path: str) -> str | bytes:
    """A path as it is kept: SQLite takes no text that is not Unicode, and file systems do."""
    if path.isascii():
        return path
    data = os.fsencode(path)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data
