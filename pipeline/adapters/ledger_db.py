"""The ledger on SQLite or PostgreSQL (SQLAlchemy Core). No ledger, no drop: every failure is an error.

What may not be said twice stands in the schema (one number a night, one night a number, nothing changed or
deleted), so that it holds for a task that no longer holds its lock as well.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from pipeline import ledger
from pipeline.adapters.ledger_engine import connect, held, speaking
from pipeline.adapters.ledger_tables import accepted_night, drop_number, night_summary, publication_event
from pipeline.errors import LedgerConflict
from pipeline.ledger import Contents, Event, Kind, Standing
from pipeline.model import Kbo

NIGHTS_KEPT = 3
"""Accepted nights to compare the next one with: the last, and two more in case of re-runs."""


def open_ledger(uri: str) -> "LedgerDb":
    """`sqlite:////absolute/path` (made when it is not there) or `postgresql://...`, brought to the newest schema.

    Safe for several tasks at once. Raises LedgerUnavailable, or SettingsError for any other URI.
    """
    return LedgerDb(connect(uri))


@dataclass(frozen=True)
class LedgerDb:
    """Answers the Protocol `pipeline.ports.Ledger`; every method raises LedgerUnavailable."""

    engine: sa.Engine

    @contextmanager
    def delivering(self, kbo: Kbo) -> Iterator["RecipientLog"]:
        """Hold one recipient's pages, here or on any other machine. Raises LedgerConflict when they are held."""
        with held(self.engine, kbo) as connection:
            yield RecipientLog(connection, kbo)

    def standing(self, kbo: Kbo, night: date) -> Standing:
        """What is on record, without holding it: to look at, not to act on."""
        with speaking(), self.engine.begin() as connection:
            return ledger.standing(_history(connection, kbo), night)

    def events(self, kbo: Kbo) -> tuple[Event, ...]:
        """A recipient's whole history, in the order it was written."""
        with speaking(), self.engine.begin() as connection:
            return tuple(_history(connection, kbo))

    def recipients(self) -> tuple[Kbo, ...]:
        """Who was ever begun to be delivered to, sorted: among them who has drops out and is covered no more."""
        with speaking(), self.engine.begin() as connection:
            query = sa.select(drop_number.c.kbo).distinct().order_by(drop_number.c.kbo)
            return tuple(Kbo(kbo) for kbo in connection.execute(query).scalars())

    def save_watermark(self, run_id: str, night: date, at: datetime, payload: bytes) -> None:
        """Keep what this run's checks accepted, in place of what the same run saved before; old nights go."""
        table = accepted_night
        with speaking(), self.engine.begin() as connection:
            connection.execute(sa.delete(table).where(table.c.run_id == run_id))
            connection.execute(sa.insert(table).values(run_id=run_id, night=night, at=at, watermark=payload))
            kept = sa.select(table.c.night).distinct().order_by(table.c.night.desc()).limit(NIGHTS_KEPT)
            connection.execute(sa.delete(table).where(table.c.night.not_in(kept.scalar_subquery())))

    def last_watermark(self, before_run: str) -> bytes | None:
        """What the latest other run accepted, or None when there was none."""
        table = accepted_night
        query = sa.select(table.c.watermark).where(table.c.run_id != before_run).order_by(table.c.at.desc()).limit(1)
        with speaking(), self.engine.begin() as connection:
            return connection.execute(query).scalar()

    def save_summary(self, run_id: str, night: date, at: datetime, summary: str) -> None:
        """Keep what this run came to, in place of what the same run came to before."""
        with speaking(), self.engine.begin() as connection:
            connection.execute(sa.delete(night_summary).where(night_summary.c.run_id == run_id))
            connection.execute(sa.insert(night_summary).values(run_id=run_id, night=night, at=at, summary=summary))

    def last_summary(self, night: date) -> str | None:
        """What the latest run of a night came to, or None when none ever closed."""
        table = night_summary
        query = sa.select(table.c.summary).where(table.c.night == night).order_by(table.c.at.desc()).limit(1)
        with speaking(), self.engine.begin() as connection:
            return connection.execute(query).scalar()

    def summary(self, run_id: str) -> str | None:
        """What a run came to, or None when it never closed."""
        query = sa.select(night_summary.c.summary).where(night_summary.c.run_id == run_id)
        with speaking(), self.engine.begin() as connection:
            return connection.execute(query).scalar()


@dataclass(frozen=True)
class RecipientLog:
    """Answers `pipeline.ports.PublicationLog` over the very connection that holds the recipient's lock."""

    connection: sa.Connection
    kbo: Kbo

    def standing(self, night: date) -> Standing:
        """What is on record about this recipient, seen from one night."""
        with speaking(), self.connection.begin():
            return ledger.standing(_history(self.connection, self.kbo), night)

    def record(self, event: Event) -> None:
        """Append one event. Raises LedgerConflict when it does not follow from the last one on record."""
        if event.kbo != self.kbo:
            raise ValueError(f"the pages of {self.kbo} hold no event of {event.kbo}")
        with speaking(), self.connection.begin():
            self._must_follow(event)
            if event.kind is Kind.INTENT and event.contents:
                self._take_number(event.night, event.contents.sequence)
            self.connection.execute(sa.insert(publication_event).values(_row(event)))

    def _must_follow(self, event: Event) -> None:
        last = ledger.standing(_history(self.connection, self.kbo, event.night), event.night).tonight
        if not ledger.follows(event, last):
            after = last.kind if last else "nothing"
            raise LedgerConflict(f"{self.kbo}, night {event.night}: {event.kind} cannot follow {after}; look again")

    def _take_number(self, night: date, sequence: int) -> None:
        """The night's first intent takes its number; the foreign key holds later ones to it."""
        taken = sa.select(drop_number).filter_by(kbo=self.kbo, night=night)
        if self.connection.execute(taken).first() is None:
            self.connection.execute(sa.insert(drop_number).values(kbo=self.kbo, night=night, sequence=sequence))


def _history(connection: sa.Connection, kbo: Kbo, night: date | None = None) -> Iterable[Event]:
    query = sa.select(publication_event).filter_by(kbo=kbo).order_by(publication_event.c.id)
    if night is not None:
        query = query.filter_by(night=night)
    return [_event(row) for row in connection.execute(query)]


def _row(event: Event) -> dict[str, object]:
    row: dict[str, object] = {
        "kbo": event.kbo,
        "night": event.night,
        "run_id": event.run,
        "kind": event.kind.value,
        "at": event.at,
    }
    if event.contents is not None:
        row |= {
            "sequence": event.contents.sequence,
            "stem": event.contents.stem,
            "rows": event.contents.rows,
            "data_sha256": dict(event.contents.data),
            "manifest": event.contents.manifest,
            "manifest_sha256": event.contents.manifest_sha256,
        }
    return row


def _event(row: sa.Row[tuple[object, ...]]) -> Event:
    line = row._mapping
    contents = None
    if line["sequence"] is not None:
        names = ("sequence", "stem", "rows", "data_sha256", "manifest", "manifest_sha256")
        contents = Contents(*(line[name] for name in names))
    return Event(Kbo(line["kbo"]), line["night"], line["run_id"], Kind(line["kind"]), line["at"], contents)
