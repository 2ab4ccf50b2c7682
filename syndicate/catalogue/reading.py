"""Read one file: from its bytes to the article in it. [I/O: reads files]"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.catalogue.files import LARGEST, decode, unreadable
from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syndicate.catalogue.articles import Desk, Found
    from syndicate.model import Article


def read_file(path: str, file: str, desk: Desk) -> tuple[Article | None, Sequence[Problem]]:
    """Read the file at `path`, shown as `file`: the article in it, if it can be used, and everything that is wrong with it."""
    from syndicate.catalogue.articles import finish

    try:
        data = read_bytes(path)
    except OSError as error:
        return None, (unreadable(file, error),)
    found = look_into(data, path, file, desk)
    article = finish(found.article, found.markdown, Path(path), desk) if found.article else None
    return article, found.problems


def look_into(data: bytes, path: str, file: str, desk: Desk) -> Found:
    """What the bytes of a file come to; its body may still have to be rendered."""
    from syndicate.catalogue.articles import Found, read_article
    from syndicate.catalogue.frontmatter import read_fields

    text = decode(data, file)
    if isinstance(text, Problem):
        return Found(None, (text,))
    fields = read_fields(text, file)
    return Found(None, (fields,)) if isinstance(fields, Problem) else read_article(Path(path), file, fields, desk)


def read_bytes(path: str) -> bytes:
    """The bytes of a file, or of one that is too large as many as show it. Raises `OSError`."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123  called for each of a hundred thousand files
        return file.read(LARGEST + 1)
