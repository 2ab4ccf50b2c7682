"""Read one file: from its bytes to the article in it. [I/O: reads files]"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from syndicate.catalogue.files import LARGEST, decode, unreadable
from syndicate.errors import Problem

BINARY: int = getattr(os, "O_BINARY", 0)
"""Windows ends lines in its own way where it is not told."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.catalogue.articles import Found
    from syndicate.catalogue.desk import Desk
    from syndicate.model import Article


def read_file(path: str, file: str, desk: Desk) -> tuple[Article | None, Sequence[Problem]]:
    """Read the file at `path`, shown as `file`: the article in it, if it can be used, and everything that is wrong with it."""
    from syndicate.catalogue.articles import finish

    try:
        _, data = read_bytes(path)
    except OSError as error:
        return None, (unreadable(file, error),)
    found = look_into(data, path, file, desk)
    article = finish(found.article, found.markdown, path, desk, coverage=found.coverage) if found.article else None
    return article, found.problems


def look_into(data: bytes, path: str, file: str, desk: Desk) -> Found:
    """What the bytes of a file come to; its body may still have to be rendered, its coverage to be read."""
    from syndicate.catalogue.articles import Found, read_article
    from syndicate.catalogue.fields import read_fields
    from syndicate.catalogue.notations import may_be_article

    if desk.conventions.is_foreign and not may_be_article(data, path, desk.conventions.dialect):
        return Found(None)
    text = decode(data, file)
    if isinstance(text, Problem):
        return Found(None, (text,))
    fields = read_fields(text, file, desk.conventions.dialect)
    return Found(None, (fields,)) if isinstance(fields, Problem) else read_article(path, file, fields, desk)


def read_bytes(path: str) -> tuple[os.stat_result, bytes]:
    """What the system says of a file before it is read, and its bytes, or of one that is too large as many as show it. Raises `OSError`."""
    file = os.open(path, os.O_RDONLY | BINARY)  # called for each of a hundred thousand files: no object of Python's
    try:
        status = os.fstat(file)
        data = more = os.read(file, min(status.st_size, LARGEST) + 1)
        # A call that gives less than it was asked for, and not less than there was, has met the end.
        while more and len(data) <= LARGEST and len(data) != status.st_size:
            data += (more := os.read(file, LARGEST + 1 - len(data)))
        return status, data
    finally:
        os.close(file)
