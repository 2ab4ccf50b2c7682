"""The ledger: what ran where, and why what did not. Facts go in once and are not changed, but for an edition's way to `sent`. [I/O]"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from syndicate.errors import StorageError, UnknownEditionError
from syndicate.hints import nearest
from syndicate.model import Document
from syndicate.storage.backups import backup
from syndicate.storage.database import INSERTS, called, explained, open_database, skew, transaction
from syndicate.storage.guests import install
from syndicate.storage.moves import refuse_moved, writing
from syndicate.storage.outbox import plan
from syndicate.storage.records import ArticleRecord, EditionRecord, MailingRecord, RunRecord, SightingRecord, State
from syndicate.storage.tables import edition_articles, editions, facts, renderings, runs, sightings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from pathlib import Path

    from sqlalchemy import Engine, RowMapping


NEAR = 1000
"""Editions among which the one is looked for that was meant."""
Announce = Callable[[Any, int], None]
"""Called, in the transaction that records an edition, with the driver's connection and how many people are owed it."""


class Ledger:
    """The facts of a workspace, in a database. Every method is one transaction, and raises `StorageError` where it fails.

    `announce` tells others of an edition that is to be sent, or of nothing if it is not recorded.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.announce: Announce = lambda connection, owed: None  # noqa: ARG005

    @classmethod
    def open(cls, url: str, root: Path) -> Ledger:
        """Open the ledger at `url`, made if there is none; a relative SQLite file lies below `root`. One that was moved is refused."""
        ledger = cls(open_database(url, root))
        with transaction(ledger.engine) as connection:
            refuse_moved(connection, ledger.name, reading=True)
        return ledger

    @property
    def name(self) -> str:
        """Where the ledger lies, without its password."""
        return called(self.engine)

    @property
    def is_shared(self) -> bool:
        """Whether programs on several machines can be at it: a PostgreSQL."""
        return self.engine.dialect.name == "postgresql"

    @property
    def conninfo(self) -> str:
        """Where the PostgreSQL is, as libpq writes it; with its password."""
        return self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)

    def install(self, name: str, table: str, schema: str, steps: Mapping[str, str]) -> None:
        """Have tables of another program beside ours (see `syndicate.storage.guests`)."""
        with transaction(self.engine) as connection:
            install(connection, name, table, schema, steps)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def record(
        self,
        edition: EditionRecord,
        articles: Sequence[ArticleRecord] = (),
        documents: Sequence[Document] = (),
        mailing: MailingRecord | None = None,
    ) -> bool:
        """Write down an edition with all that belongs to it, or nothing; false if another program has recorded that time already.

        With a `mailing`, everybody who gets the digest is owed the edition from this moment on.
        """
        try:
            with writing(self.engine) as connection:
                values = _columns(edition)
                number = connection.execute(insert(editions).values(values)).inserted_primary_key
                row = {"edition_id": number[0] if number else None}
                if articles:
                    rows = [row | {"digest": edition.digest, "position": place, **_fields(item)} for place, item in enumerate(articles)]
                    connection.execute(insert(edition_articles), rows)
                if documents:
                    bodies = [
                        row | {"name": each.name, "media_type": each.media_type, "body": zlib.compress(each.body)} for each in documents
                    ]
                    connection.execute(insert(renderings), bodies)
                if mailing and number:
                    owed = plan(connection, number[0], edition.digest, mailing, now=edition.recorded_at)
                    self.announce(connection.connection.dbapi_connection, owed)
        except IntegrityError as error:
            if self._taken(edition):
                return False
            raise StorageError(f"{self.name}: {edition.key} contradicts what is recorded: {error.orig}") from error
        return True

    def settle(self, key: str, *, now: datetime) -> bool:
        """An edition whose documents stand where they belong is sent; false if another program has said so already."""
        change = update(editions).where(editions.c.key == key, editions.c.state == "recorded").values(state="sent", settled_at=now)
        with transaction(self.engine) as connection:
            return connection.execute(change).rowcount == 1

    def _taken(self, edition: EditionRecord) -> bool:
        """Whether the time of an edition, or its key, is recorded."""
        same_time = (editions.c.window_start == edition.start) | (editions.c.window_end == edition.end)
        same = ((editions.c.digest == edition.digest) & same_time) | (editions.c.key == edition.key)
        return bool(self._rows(select(editions.c.id).where(same)))

    def back_up(self) -> None:
        """Keep a copy of a SQLite ledger beside it."""
        with explained(self.engine):
            backup(self.engine)

    def editions(self, digest: str = "", *, state: State | None = None, limit: int | None = None) -> tuple[EditionRecord, ...]:
        """Editions, newest first: of one digest, or of all; in one state, or in any."""
        query = select(editions).order_by(editions.c.window_end.desc(), editions.c.key).limit(limit)
        if digest:
            query = query.where(editions.c.digest == digest)
        if state:
            query = query.where(editions.c.state == state)
        return tuple(_edition(row) for row in self._rows(query))

    def edition(self, key: str) -> EditionRecord:
        """The edition called `key`. Raises `UnknownEditionError`."""
        for row in self._rows(select(editions).where(editions.c.key == key)):
            return _edition(row)
        newest = select(editions.c.key).order_by(editions.c.window_end.desc()).limit(NEAR)
        close = nearest(key, (row["key"] for row in self._rows(newest)), cutoff=0.8)
        raise UnknownEditionError(f"no edition {key!r}; {f'did you mean {close}?' if close else '`syndicate editions list` shows them'}")

    def bounds(self, digest: str) -> tuple[EditionRecord, EditionRecord] | None:
        """The first and the last edition of a digest; `None` before the first."""
        query = select(editions).where(editions.c.digest == digest)
        first = self._rows(query.order_by(editions.c.window_end).limit(1))
        last = self._rows(query.order_by(editions.c.window_end.desc()).limit(1))
        return (_edition(first[0]), _edition(last[0])) if first and last else None

    def keys(self, digest: str) -> frozenset[str]:
        """The keys that editions of a digest have taken."""
        return frozenset(row["key"] for row in self._rows(select(editions.c.key).where(editions.c.digest == digest)))

    def fates(self, digest: str, *, before: datetime | None = None) -> Mapping[str, ArticleRecord]:
        """What has become of each article in a digest, by id; `before`: in editions that ended earlier than that."""
        query = (
            select(edition_articles, editions.c.key)
            .join(editions, editions.c.id == edition_articles.c.edition_id)
            .where(edition_articles.c.digest == digest)
        )
        if before is not None:
            query = query.where(editions.c.window_end < before)
        return {row["article_id"]: _article(row) for row in self._rows(query)}

    def articles(self, key: str) -> tuple[ArticleRecord, ...]:
        """What became of articles in the edition called `key`: those that ran in their order, then the others."""
        query = (
            select(edition_articles, editions.c.key)
            .join(editions, editions.c.id == edition_articles.c.edition_id)
            .where(editions.c.key == key)
            .order_by(edition_articles.c.position)
        )
        return tuple(_article(row) for row in self._rows(query))

    def documents(self, key: str) -> tuple[Document, ...]:
        """The documents of an edition as they were recorded, byte for byte."""
        query = (
            select(renderings)
            .join(editions, editions.c.id == renderings.c.edition_id)
            .where(editions.c.key == key)
            .order_by(renderings.c.name)
        )
        return tuple(Document(row["name"], row["media_type"], zlib.decompress(row["body"])) for row in self._rows(query))

    def names(self, digest: str) -> Mapping[str, tuple[str, ...]]:
        """The documents of each edition of a digest that was sent, by its key."""
        query = (
            select(editions.c.key, renderings.c.name)
            .join(editions, editions.c.id == renderings.c.edition_id)
            .where(editions.c.digest == digest, editions.c.state == "sent")
            .order_by(editions.c.key, renderings.c.name)
        )
        return {key: tuple(row["name"] for row in rows) for key, rows in groupby(self._rows(query), key=itemgetter("key"))}

    def sight(self, sighting: SightingRecord) -> bool:
        """Write down what a machine found for an edition; false where that is known."""
        number = select(editions.c.id).where(editions.c.key == sighting.key).scalar_subquery()
        with writing(self.engine) as connection:
            fresh = INSERTS[connection.dialect.name](sightings).values(
                edition_id=number, machine=sighting.machine, content=sighting.content, at=sighting.at, difference=sighting.difference
            )
            return connection.execute(fresh.on_conflict_do_nothing().returning(sightings.c.machine)).scalar() is not None

    def sightings(self, key: str) -> tuple[SightingRecord, ...]:
        """What other machines found for an edition, by their names."""
        query = select(sightings, editions.c.key).join(editions).where(editions.c.key == key).order_by(sightings.c.machine)
        return tuple(SightingRecord(**{name: row[name] for name in SightingRecord.__dataclass_fields__}) for row in self._rows(query))

    def skew(self) -> timedelta:
        """How far this machine's clock is behind that of a database which it shares with others."""
        return skew(self.engine)

    def fact(self, name: str) -> str:
        """What is true of the whole database under `name`; nothing where that was never said."""
        return next((row["value"] for row in self._rows(select(facts).where(facts.c.name == name))), "")

    def keep_fact(self, name: str, value: str) -> None:
        """Say what is true of the whole database; what was said first stands."""
        with transaction(self.engine) as connection:
            fresh = INSERTS[connection.dialect.name](facts).values(name=name, value=value)
            connection.execute(fresh.on_conflict_do_nothing())

    def note(self, run: RunRecord) -> None:
        """Write down a run that left something to tell."""
        with writing(self.engine) as connection:
            connection.execute(insert(runs).values(_fields(run)))

    def runs(self, publication: str, *, limit: int = 1) -> tuple[RunRecord, ...]:
        """The last runs of a publication, newest first."""
        query = select(runs).where(runs.c.publication == publication).order_by(runs.c.at.desc(), runs.c.id.desc()).limit(limit)
        return tuple(RunRecord(row["publication"], row["at"], row["outcome"], row["reason"]) for row in self._rows(query))

    def _rows(self, query: Select[Any]) -> Sequence[RowMapping]:
        with transaction(self.engine) as connection:
            return connection.execute(query).mappings().all()


def _columns(edition: EditionRecord) -> dict[str, object]:
    """The record as its row: a window's edges have names that say so."""
    values = _fields(edition)
    return {{"start": "window_start", "end": "window_end"}.get(name, name): value for name, value in values.items()}


def _fields(record: EditionRecord | ArticleRecord | RunRecord) -> dict[str, object]:
    """The fields of a record that have a column of the same name; an article's key is its edition's."""
    names = [name for name in record.__dataclass_fields__ if not (name == "key" and isinstance(record, ArticleRecord))]
    return {name: getattr(record, name) for name in names}


def _edition(row: RowMapping) -> EditionRecord:
    names = {"start": "window_start", "end": "window_end"}
    return EditionRecord(**{name: row[names.get(name, name)] for name in EditionRecord.__dataclass_fields__})


def _article(row: RowMapping) -> ArticleRecord:
    return ArticleRecord(**{name: row[name] for name in ArticleRecord.__dataclass_fields__})
