"""The folder of output: written atomically, and only where bytes change, so that modification times mean something. [I/O]"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from syndicate.errors import OutputError
from syndicate.model import Document

if TYPE_CHECKING:
    from collections.abc import Collection

    from syndicate.model import Image

LOG = logging.getLogger(__name__)
"""Where `--verbose` hears what was done."""

SUFFIXES = frozenset({".rss", ".atom", ".json"})
ARCHIVE = re.compile(r"\d{4}-\d\d\.(?:rss|atom|json)")
HOST = re.sub(r"\W", "-", platform.node())
LEFTOVER = re.compile(rf"\..+\.(\d+)@{HOST}\.\w+\.tmp")
READABLE = 0o644


@dataclass(frozen=True, slots=True)
class Written:
    """A document in the folder of output, and whether its bytes are new."""

    name: str
    media_type: str
    size: int
    changed: bool


def write(document: Document, out: Path) -> Written:
    """Put `document` where its name says, below `out`. Raises `OutputError`.

    Whoever reads the file meanwhile sees the old bytes or the new ones, never half of them.
    """
    target = _target(document.name, out)
    changed = True
    try:
        if target.is_file() and target.stat().st_size == len(document.body) and target.read_bytes() == document.body:
            changed = False
        else:
            _replace(target, document.body)
    except OSError as error:
        raise OutputError(f"{target}: cannot be written ({error.strerror}); mend its permissions, free space, or choose --out") from error
    LOG.debug("%s %s", "wrote" if changed else "left alone", target)
    return Written(document.name, document.media_type, len(document.body), changed)


def copy_picture(picture: Image, name: str, out: Path) -> Written:
    """Put a picture that lies beside the articles where `name` says. Raises `OutputError`."""
    from syndicate.emitters.content import media_type

    try:
        body = picture.file.read_bytes() if picture.file else b""
    except OSError as error:
        raise OutputError(f"{picture.file}: cannot be read ({error.strerror})") from error
    return write(Document(name, media_type(picture), body), out)


def drop_stale(out: Path, slug: str, current: Collection[str], wrote: Collection[str] = ()) -> None:
    """Remove what the feed `slug` once wrote and does not write any more: months without entries, formats that are not configured.

    What was withdrawn must not stay readable. Documents in formats that other packages add are known by being in `wrote`.
    """
    folder = PurePosixPath("feeds")
    names = [folder / path.name for path in (out / folder).glob(f"{slug}.*") if path.suffix in SUFFIXES]
    names += [folder / slug / path.name for path in (out / folder / slug).glob("*") if ARCHIVE.fullmatch(path.name)]
    for name in {*names, *map(PurePosixPath, wrote)}:
        if str(name) not in current:
            with contextlib.suppress(OSError):
                (out / name).unlink()


def sweep(out: Path) -> None:
    """Remove what writers on this machine left that were killed between writing and renaming."""
    for path in out.rglob(".*.tmp"):
        owner = LEFTOVER.fullmatch(path.name)
        if owner and not _lives(int(owner[1])):
            with contextlib.suppress(OSError):
                path.unlink()


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is somebody else's
    return process != os.getpid()


def _target(name: str, out: Path) -> Path:
    """Where a document lies on disk. Slugs and dates cannot climb out of `out`; this holds it for whatever comes."""
    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise OutputError(f"{name}: does not lie inside the folder of output")
    return out.joinpath(*PurePosixPath(name).parts)


def _replace(target: Path, body: bytes) -> None:
    """Write beside the target and rename over it, which the file system does as one step."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.{os.getpid()}@{HOST}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
        Path(temporary).chmod(READABLE)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
