"""Find article files and read them as text. What cannot be read is a `Problem` beside the others, never a crash."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SUFFIXES = frozenset({".md", ".markdown", ".txt"})

LARGEST = 2 * 1024 * 1024
"""Bytes of one article; the longest of our corpora has 20 thousand."""


def shown(path: Path, root: Path) -> str:
    """The path as people read it: relative to the workspace where it lies inside, with forward slashes, always printable."""
    relative = Path(os.path.relpath(path, root)) if path.is_relative_to(root) else path
    text = os.fsencode(relative.as_posix()).decode("utf-8", "replace")
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def find_files(folder: Path, root: Path, apart: Collection[Path] = ()) -> Iterator[Path | Problem]:
    """Every article file below `folder`, in the order of names; what is hidden, a README and the folders in `apart` are passed over."""
    if not folder.is_dir():
        yield Problem(shown(folder, root), None, "articles.folder", "is no folder; create it, or name another in the configuration")
        return
    yield from _walk(folder, root, frozenset(), frozenset(apart))


def read_text(path: Path, root: Path) -> str | Problem:
    """The text of a file, without a byte order mark, its lines ended as Unix ends them."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        return Problem(shown(path, root), None, "file", f"cannot be read ({error.strerror}); mend its permissions or remove it")
    return decode(data, shown(path, root))


def decode(data: bytes, file: str) -> str | Problem:
    """Decode the bytes of `file`, which must be UTF-8 text."""
    if len(data) > LARGEST:
        return Problem(file, None, "file", f"is larger than {LARGEST // 2**20} MB; split it, or move it out of the articles' folder")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Problem(file, None, "file", "is UTF-16; save it as UTF-8")
    if b"\0" in data:
        return Problem(file, None, "file", "is binary, not text; move it out of the articles' folder, or give it another ending")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Problem(file, line, "file", f"is not UTF-8 (byte 0x{data[error.start]:02x}); save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _walk(folder: Path, root: Path, above: frozenset[tuple[int, int]], apart: frozenset[Path]) -> Iterator[Path | Problem]:
    """Walk `folder` depth first; `above` are the device and inode numbers of the folders it lies in."""
    try:
        status = folder.stat()
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        yield Problem(shown(folder, root), None, "folder", f"cannot be read ({error.strerror}); mend its permissions or remove it")
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        yield Problem(shown(folder, root), None, "folder", "is a symbolic link to a folder it lies in; remove the link")
        return
    for entry in entries:
        if not entry.name.startswith(".") and entry.name.lower().partition(".")[0] != "readme" and Path(entry.path) not in apart:
            try:
                yield from _look(entry, root, above | {here}, apart)
            except OSError as error:
                yield Problem(shown(Path(entry.path), root), None, "file", f"cannot be read ({error.strerror}); remove it")


def _look(entry: os.DirEntry[str], root: Path, above: frozenset[tuple[int, int]], apart: frozenset[Path]) -> Iterator[Path | Problem]:
    """What one entry of a folder comes to: a file, the files in it, or a problem."""
    path = Path(entry.path)
    is_article = path.suffix.lower() in SUFFIXES
    if entry.is_dir():
        if is_article:
            yield Problem(shown(path, root), None, "file", "is a folder named like an article; rename it")
        yield from _walk(path, root, above, apart)
    elif is_article and entry.is_file():
        yield path
    elif is_article:
        what = "leads nowhere" if entry.is_symlink() else "is no ordinary file"
        yield Problem(shown(path, root), None, "file", f"{what}; remove it")
