"""What the index keeps of one file: its article in columns, and whole; its problems; the pictures it looked for.

An *outline* is an article as its columns tell it: all that the selector looks at, and nothing that only a reader of the article needs.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from syndicate.model import EPOCH, Article, Image, Provider

if TYPE_CHECKING:
    import msgspec

    from syndicate.errors import Problem

OUTLINE = "id, canonical, url, title, source, dated, category, type, house, domain, quality, heat, live, picture, topics"
"""The columns of the table `articles` that make an outline, in the order of `columns_of`."""

MICROSECOND = timedelta(microseconds=1)
BITS = 2**63 - 1
DATE = 1
"""MessagePack's extension type for a date, or a date with a time, of an unknown field."""


class Stamp(NamedTuple):
    """By what a file is known again without being read: bytes, moments of the last change to it and to its entry (ns), inode.

    Each as far as 63 bits go, which is all that SQLite has for a number: a date may lie behind 2262, and some file systems use all 64 bits.
    """

    size: int
    mtime: int
    ctime: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stamp:
        """The stamp of a file, of what the system says of it."""
        return cls(status.st_size, status.st_mtime_ns & BITS, status.st_ctime_ns & BITS, status.st_ino & BITS)


class Record(NamedTuple):
    """One file as the index keeps it, under its `number` if it has been there before, and 0 if not.

    No `stamp`: it could not be read. `same`: its bytes are as they were, and nothing else is said. `columns` and `body` are empty where it
    holds no article; `markdown` and `coverage` are what is still to be rendered and read. `pictures` are the files that were looked for
    beside it.
    """

    number: int
    directory: str
    name: str
    stamp: Stamp | None
    digest: bytes
    same: bool = False
    columns: tuple[Any, ...] = ()
    body: bytes = b""
    markdown: str = ""
    coverage: str = ""
    folder: str = ""
    problems: tuple[Problem, ...] = ()
    pictures: tuple[tuple[str, Stamp | None], ...] = ()


def columns_of(article: Article) -> tuple[Any, ...]:
    """The columns of `OUTLINE` for an article."""
    house = article.provider
    return (
        article.id,
        article.canonical_url,
        article.url,
        article.title,
        article.source,
        ticks(article.published_at),
        article.category,
        article.type,
        house.name if house else None,
        house.domain if house else "",
        float(article.quality),
        float(article.heat),
        article.published,
        article.images[0].url if article.images else None,
        "\n".join(article.topics),
    )


def outline_of(row: tuple[Any, ...]) -> Article:
    """The outline that the columns of `OUTLINE` make."""
    number, canonical, url, title, source, dated, category, kind, house, domain, quality, heat, live, picture, topics = row
    moment = moment_of(dated)
    return Article(
        id=number,
        title=title,
        url=url,
        canonical_url=canonical,
        published_at=moment,
        updated_at=moment,
        source=source,
        category=category,
        type=kind,
        quality=int(quality) if quality.is_integer() else quality,
        heat=int(heat) if heat.is_integer() else heat,
        published=bool(live),
        provider=None if house is None else Provider(house, domain),
        topics=tuple(topics.split("\n")) if topics else (),
        images=() if picture is None else (Image(picture),),
    )


def token_of(columns: tuple[Any, ...], body: bytes, markdown: str, coverage: str) -> int:
    """A number that stands for all that is known of an article: 40 bits of a hash, so that a million of them add up in 64."""
    digest = blake2b(body, digest_size=5, salt=b"article")
    digest.update(f"\0{columns[4]}\0{markdown}\0{coverage}".encode())
    return int.from_bytes(digest.digest(), "big")


def ticks(moment: datetime) -> int:
    """A moment in microseconds since 1970, as the index sorts it."""
    return (moment - EPOCH) // MICROSECOND


def moment_of(count: int) -> datetime:
    """The moment that `ticks` counted."""
    return EPOCH + timedelta(microseconds=count)


def pack(article: Article) -> bytes:
    """An article as MessagePack, without loss."""
    return encoder().encode(replace(article, extra=_marked(article.extra)) if article.extra else article)


def unpack(body: bytes) -> Article:
    """The article that `pack` packed. Raises `ValueError` where the bytes are none."""
    return _decoder().decode(body)


@lru_cache(maxsize=1)
def encoder() -> msgspec.msgpack.Encoder:
    """What packs an article."""
    import msgspec

    return msgspec.msgpack.Encoder(enc_hook=os.fsencode)  # of all that an article holds, it does not know paths, which may not be UTF-8


@lru_cache(maxsize=1)
def _decoder() -> msgspec.msgpack.Decoder[Article]:
    import msgspec

    return msgspec.msgpack.Decoder(
        Article,
        dec_hook=lambda kind, value: Path(os.fsdecode(value)) if kind is Path else value,
        ext_hook=lambda _, data: _date(bytes(data).decode()),
    )


def _marked(value: Any) -> Any:
    """The values of unknown fields with their dates marked as such: MessagePack would make text of them, or move them to UTC."""
    import msgspec

    match value:
        case dict():
            return {key: _marked(item) for key, item in value.items()}
        case list():
            return [_marked(item) for item in value]
        case date():
            return msgspec.msgpack.Ext(DATE, value.isoformat().encode())
        case _:
            return value


def _date(text: str) -> date:
    return date.fromisoformat(text) if len(text) == len("2026-11-16") else datetime.fromisoformat(text)
