"""Remember what stands in a folder of output, edition by edition, so that nothing is composed or written again without need. [I/O: a cache]

An edition stands where its documents lie as they were written, and *what was asked* (the publication, the templates, the program) is the
same. It need not be composed again where *what there was to choose from* is the same too, and not be emitted again where it comes to the
same fingerprint.
"""

from __future__ import annotations

import json
import os
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

from syndicate.catalogue.crew import picture_stamp
from syndicate.catalogue.database import open_cache, speaking_of
from syndicate.catalogue.program import stamp
from syndicate.emitters.bundle import templates_hash
from syndicate.errors import CacheError
from syndicate.publishing.output import Written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from syndicate.config import Digest, Feed
    from syndicate.model import Edition, Image, Site

    Sources = dict[str, tuple[str, tuple[int, ...] | None]]
    """The files that pictures are copied from, and their stamps, by the names of the pictures."""

SCHEMA = """
CREATE TABLE standing (folder, key TEXT, standing TEXT, PRIMARY KEY (folder, key)) WITHOUT ROWID;
CREATE TABLE said (folder, name TEXT, size INT, mtime INT, said TEXT, PRIMARY KEY (folder, name)) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class File:
    """A document that was written, by its size and date; a picture also by the stamp of the file that it was copied from."""

    name: str
    media_type: str
    size: int
    mtime: int
    source: str = ""
    stamp: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """An edition that stands: what was asked, what there was to choose from, and what it came to."""

    asked: str
    choice: str
    fingerprint: str
    entries: int
    files: tuple[File, ...]

    @property
    def written(self) -> tuple[Written, ...]:
        """Its documents, as they are left alone."""
        return tuple(Written(file.name, file.media_type, file.size, changed=False) for file in self.files)


@dataclass
class Memory:
    """What stands in the folder `out`, as `file` remembers it; without a file, nothing is remembered from one run to the next."""

    out: Path
    file: Path | None = None
    composed: dict[str, Edition] = field(default_factory=dict)
    """The live feeds that were composed since the memory was opened, by key, for whoever needs them as well."""
    _known: dict[str, Standing] = field(default_factory=dict)
    _fresh: dict[str, Standing] = field(default_factory=dict)
    _templates: dict[tuple[Path, ...], str] = field(default_factory=dict)
    _said: dict[str, tuple[int, int, str]] | None = None
    _new: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Remember."""
        if self.file:
            with suppress(CacheError), closing(open_cache(self.file, SCHEMA)) as database, speaking_of(self.file):
                rows = database.execute("SELECT key, standing FROM standing WHERE folder = ?", (self._folder,))
                self._known = {key: standing for key, text in rows if (standing := _standing(text))}
        return self

    def __exit__(self, *_: object) -> None:
        """Write down what is new. That it cannot be is no failure: it only has to be done again."""
        if self.file and (self._fresh or self._new):
            rows = [(self._folder, key, json.dumps(asdict(standing))) for key, standing in self._fresh.items()]
            said = [(self._folder, name, *about) for name, about in self._new.items()]
            with suppress(CacheError), closing(open_cache(self.file, SCHEMA)) as database, speaking_of(self.file):
                database.execute("BEGIN IMMEDIATE")
                database.executemany("INSERT OR REPLACE INTO standing VALUES (?, ?, ?)", rows)
                database.executemany("INSERT OR REPLACE INTO said VALUES (?, ?, ?, ?, ?)", said)
                for (folder,) in database.execute("SELECT DISTINCT folder FROM standing").fetchall():
                    if not os.path.isdir(folder):  # noqa: PTH112  it is bytes
                        database.execute("DELETE FROM standing WHERE folder = ?", (folder,))
                        database.execute("DELETE FROM said WHERE folder = ?", (folder,))
                database.execute("COMMIT")
            self._known |= self._fresh
            self._fresh, self._new = {}, {}

    def asked(self, site: Site, *publications: Feed | Digest) -> str:
        """A hash of all that decides on the documents of publications, or of what leads to them on `site`, but for their articles."""
        if site.templates not in self._templates:
            self._templates[site.templates] = templates_hash(site)
        asked = [stamp(), self._templates[site.templates], asdict(site), *map(asdict, publications)]
        return sha256(json.dumps(asked, default=_plain).encode()).hexdigest()

    def standing(self, key: str, asked: str) -> Standing | None:
        """The edition `key`, if it stands, and was asked for as now."""
        known = self._fresh.get(key) or self._known.get(key)
        return known if known and known.asked == asked and all(map(self._lies, known.files)) else None

    def keep(self, key: str, standing: Standing) -> Standing:
        """Remember that an edition stands."""
        if self.file:
            self._fresh[key] = standing
        return standing

    def sources(self, pictures: Mapping[str, Image]) -> Sources:
        """Where pictures are copied from, asked before they are: should one change meanwhile, its stamp will not be this one any more."""
        files = {name: str(picture.file) for name, picture in pictures.items() if self.file and picture.file}
        return {name: (file, picture_stamp(file)) for name, file in files.items()}

    def files(self, written: Sequence[Written], sources: Sources) -> tuple[File, ...]:
        """What there is to remember of documents, and of pictures among them that were copied from elsewhere."""
        if not self.file:
            return ()
        return tuple(
            File(each.name, each.media_type, each.size, (self.out / each.name).stat().st_mtime_ns, *sources.get(each.name, ()))
            for each in written
        )

    def wrote(self, slug: str) -> set[str]:
        """What was written of the feed `slug` and its archives, as far as that is remembered, but for the pictures, which others show too."""
        feed, own = f"{slug}/", (f"feeds/{slug}.", f"feeds/{slug}/")
        known = (standing for key, standing in self._known.items() if key == slug or key.startswith(feed))
        return {file.name for standing in known for file in standing.files if file.name.startswith(own)}

    def renew(self, key: str, name: str) -> None:
        """Remember that one of the documents of an edition that stands was put right."""
        known = self._fresh.get(key) or self._known.get(key)
        if known:
            status = (self.out / name).stat()
            size, mtime = status.st_size, status.st_mtime_ns
            files = tuple(replace(file, size=size, mtime=mtime) if file.name == name else file for file in known.files)
            self.keep(key, replace(known, files=files))

    def recall(self, name: str, size: int, mtime: int) -> str | None:
        """What was noted of a document, if it is as it was then."""
        if self._said is None:
            self._said = {}
            if self.file:
                with suppress(CacheError), closing(open_cache(self.file, SCHEMA)) as database, speaking_of(self.file):
                    rows = database.execute("SELECT name, size, mtime, said FROM said WHERE folder = ?", (self._folder,))
                    self._said = {name: tuple(about) for name, *about in rows}
        found = self._new.get(name) or self._said.get(name)
        return found[2] if found and found[:2] == (size, mtime) else None

    def note(self, name: str, size: int, mtime: int, said: str) -> None:
        """Note what a document says, as long as it is as it is now."""
        if self.file:
            self._new[name] = (size, mtime, said)

    @property
    def _folder(self) -> bytes:
        return os.fsencode(self.out.absolute())

    def _lies(self, file: File) -> bool:
        return _is(f"{self.out}{os.sep}{file.name}", file.size, file.mtime) and (
            not file.source or picture_stamp(file.source) == file.stamp
        )


def _plain(value: object) -> object:
    """What JSON has no form for: labels in an order of their own, lengths of time, paths."""
    return sorted(value) if isinstance(value, frozenset) else str(value)


def _is(path: str, size: int, mtime: int) -> bool:
    try:
        status = os.stat(path)  # noqa: PTH116  a path costs more than what is asked of it
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (size, mtime)


def _standing(text: str) -> Standing | None:
    """What was written down of an edition; nothing where another program did, in a form of its own."""
    with suppress(ValueError, TypeError, KeyError):
        values: dict[str, Any] = json.loads(text)
        files = (File(**file | {"stamp": file["stamp"] and tuple(file["stamp"])}) for file in values["files"])
        return Standing(**values | {"files": tuple(files)})
    return None
