"""Find article files and read them as text. What cannot be read is a `Problem` beside the others, never a crash."""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from syndicate.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SUFFIXES = (".md", ".markdown", ".txt")

LARGEST = 2 * 1024 * 1024
"""Bytes of one article; the longest of our corpora has 20 thousand."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The article files of one folder, in the order of their names, and the folder as people read it."""

    folder: str
    shown: str
    files: tuple[os.DirEntry[str], ...]

    def show(self, name: str) -> str:
        """The path of a file in this folder as people read it."""
        return f"{self.shown}{name if name.isprintable() else _printable(name)}"


def shown(path: Path, root: Path) -> str:
    """The path as people read it: relative to the workspace where it lies inside, with forward slashes, always printable."""
    relative = Path(os.path.relpath(path, root)) if path.is_relative_to(root) else path
    return _printable(relative.as_posix())


def find_files(folder: Path, root: Path, apart: Collection[Path] = ()) -> Iterator[Listing | Problem]:
    """The article files below `folder`, folder by folder; what is hidden, a README and the folders in `apart` are passed over."""
    if not folder.is_dir():
        yield Problem(shown(folder, root), None, "articles.folder", "is no folder; create it, or name another in the configuration")
        return
    yield from _walk(str(folder), root, frozenset(), frozenset(map(str, apart)))


def decode(data: bytes, file: str) -> str | Problem:
    """Decode the bytes of `file`, which must be UTF-8 text: without a byte order mark, its lines ended as Unix ends them."""
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
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def unreadable(file: str, error: OSError) -> Problem:
    """What is said of a file that the system does not let us read."""
    return Problem(file, None, "file", f"cannot be read ({error.strerror}); mend its permissions or remove it")


def _printable(text: str) -> str:
    decoded = os.fsencode(text).decode("utf-8", "replace")
    return decoded if decoded.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in decoded)


def _walk(folder: str, root: Path, above: frozenset[tuple[int, int]], apart: frozenset[str]) -> Iterator[Listing | Problem]:
    """Walk `folder`, its own files first; `above` are the device and inode numbers of the folders it lies in."""
    name = shown(Path(folder), root)
    prefix = "" if name == "." else f"{name}/"
    try:
        status = os.stat(folder)  # noqa: PTH116  a path costs more than what is asked of it
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        yield Problem(name, None, "folder", f"cannot be read ({error.strerror}); mend its permissions or remove it")
        return
    here = (status.st_dev, status.st_ino)
    if here in above:
        yield Problem(name, None, "folder", "is a symbolic link to a folder it lies in; remove the link")
        return
    files: list[os.DirEntry[str]] = []
    folders: list[str] = []
    for entry in entries:
        if entry.name[0] != "." and (entry.name[0] not in "rR" or entry.name.lower().partition(".")[0] != "readme"):
            try:
                problem = _sort_out(entry, files, folders)
            except OSError as error:
                problem = f"cannot be read ({error.strerror}); remove it"
            if problem and entry.path not in apart:
                yield Problem(prefix + _printable(entry.name), None, "file", problem)
    yield Listing(folder, prefix, tuple(files))
    for path in folders:
        if path not in apart:
            yield from _walk(path, root, above | {here}, apart)


def _sort_out(entry: os.DirEntry[str], files: list[os.DirEntry[str]], folders: list[str]) -> str:
    """Put one entry of a folder with the files or the folders; what is wrong with it, if anything."""
    is_article = entry.name.lower().endswith(SUFFIXES)
    if is_article and entry.is_file():
        files.append(entry)
    elif entry.is_dir():
        folders.append(entry.path)
        return "is a folder named like an article; rename it" if is_article else ""
    elif is_article:
        what = "leads nowhere" if entry.is_symlink() else "is no ordinary file"
        return f"{what}; remove it"
    return ""
