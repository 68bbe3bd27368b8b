"""The ledger on SQLite or PostgreSQL (SQLAlchemy Core). No ledger, no drop: every failure is an error.

What may not be said twice stands in the schema (one number an edition of a night, one night a number, nothing changed
or deleted), so that it holds for a task that no longer holds its lock as well.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Head, Kbo
from pipeline.ledger import events as ledger
from pipeline.ledger.db import chain as ledger_chain
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.disclosures import (
    new_lines,
    read_holdings,
    read_lines,
    read_withdrawals,
    withdrawn_from,
    write_withdrawals,
)
from pipeline.ledger.db.engine import connect, held, looking, speaking
from pipeline.ledger.db.nights import NightPages
from pipeline.ledger.db.notices import NoticePages, read_not_notified, read_notices
from pipeline.ledger.db.tables import disclosure, drop_number, publication_event
from pipeline.ledger.disclosures import Disclosure, Holding, Withdrawal
from pipeline.ledger.events import Contents, Event, Kind, NightDrop, Standing
from pipeline.ledger.notices import Notice, NoticeLine


def open_ledger(uri: str) -> "LedgerDb":
    """`sqlite:////absolute/path` (made when it is not there) or `postgresql://...`, brought to the newest schema.

    Safe for several tasks at once. Raises LedgerUnavailable, or SettingsError for any other URI.
    """
    return LedgerDb(connect(uri))


def open_existing_ledger(uri: str) -> "LedgerDb":
    """As `open_ledger`, to look: raises SettingsError where there is none, and makes none."""
    return LedgerDb(connect(uri, existing=True))


@dataclass(frozen=True)
class LedgerDb(NightPages):
    """Answers the Protocol `pipeline.delivery.ports.Ledger`; every method raises LedgerUnavailable."""

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

    def events_since(self, night: date) -> tuple[Event, ...]:
        """Of every recipient, what was written about that night and later ones, in the order it was written."""
        query = sa.select(publication_event).where(publication_event.c.night >= night).order_by(publication_event.c.id)
        with looking(self.engine) as connection:
            return tuple(_event(row) for row in connection.execute(query))

    def recipients(self) -> tuple[Kbo, ...]:
        """Who was ever begun to be delivered to, sorted: among them who has drops out and is covered no more."""
        with speaking(), self.engine.begin() as connection:
            query = sa.select(drop_number.c.kbo).distinct().order_by(drop_number.c.kbo)
            return tuple(Kbo(kbo) for kbo in connection.execute(query).scalars())

    def head(self, n: int | None = None) -> Head:
        """Where the chain stands, or where it stood at its n-th link."""
        with speaking(), self.engine.begin() as connection:
            return ledger_chain.head(connection, n)

    def holdings(self, kbo: Kbo, but_of_run: str | None = None) -> tuple[Holding, ...]:
        """What a recipient has, or may have, of whom, and was not told to drop (by any run but that one)."""
        with speaking(), self.engine.begin() as connection:
            return tuple(read_holdings(connection, kbo, but_of_run))

    def disclosures(self, kbo: Kbo, manifest_sha256: str) -> tuple[Disclosure, ...]:
        """The lines of one drop, whether it came to count or not."""
        with speaking(), self.engine.begin() as connection:
            return tuple(read_lines(connection, kbo, manifest_sha256))

    def withdrawals(self, kbo: Kbo) -> tuple[Withdrawal, ...]:
        """Everything that a recipient was ever due to be told."""
        with speaking(), self.engine.begin() as connection:
            return tuple(read_withdrawals(connection, kbo))

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        """Append what is not on record yet; how many."""
        with speaking(), self.engine.begin() as connection:
            return write_withdrawals(connection, withdrawals)

    def notices(self, kbo: Kbo) -> tuple[Notice, ...]:
        """Every notice of withdrawals to a recipient, by number."""
        with speaking(), self.engine.begin() as connection:
            return read_notices(connection, kbo)

    def not_notified(self, kbo: Kbo) -> tuple[NoticeLine, ...]:
        """The withdrawals on record that are in no notice to it yet."""
        with speaking(), self.engine.begin() as connection:
            return tuple(read_not_notified(connection, kbo))


@dataclass(frozen=True)
class RecipientLog(NoticePages):
    """Answers `pipeline.delivery.ports.PublicationLog` over the very connection that holds the recipient's lock."""

    def standing(self, night: date) -> Standing:
        """What is on record about this recipient, seen from one night."""
        with speaking(), self.connection.begin():
            return ledger.standing(_history(self.connection, self.kbo), night)

    def record(self, event: Event, lines: Sequence[Disclosure] = ()) -> None:
        """Append one event, and with an intent the lines per person of its drop.

        Raises LedgerConflict when the event does not follow from the last one on record.
        """
        if event.kbo != self.kbo:
            raise ValueError(f"the pages of {self.kbo} hold no event of {event.kbo}")
        with speaking(), self.connection.begin():
            drops = self._must_follow(event)
            new: list[dict[str, object]] = []
            if event.kind is Kind.INTENT and event.contents:
                self._take_number(event.night, event.contents.sequence, drops)
                new = new_lines(self.connection, self.kbo, event.night, event.contents, lines)
            append(self.connection, event.at, {publication_event: [_row(event)], disclosure: new})

    def holdings(self) -> Sequence[Holding]:
        """What the recipient has of whom, and was not told to drop."""
        with speaking(), self.connection.begin():
            return tuple(read_holdings(self.connection, self.kbo))

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        """Append what is not on record yet; how many."""
        with speaking(), self.connection.begin():
            return write_withdrawals(self.connection, withdrawals)

    def lines_of(self, manifest_sha256: str) -> Sequence[Disclosure]:
        """Whom the drop with that manifest is about."""
        with speaking(), self.connection.begin():
            return tuple(read_lines(self.connection, self.kbo, manifest_sha256))

    def withdrawn_from(self, contents: Contents) -> int:
        """How many withdrawals are on record of parents who are in this drop, and in no newer one."""
        with speaking(), self.connection.begin():
            return withdrawn_from(self.connection, self.kbo, contents)

    def _must_follow(self, event: Event) -> Sequence[NightDrop]:
        """The drops of its night, once it is known to follow."""
        drops = ledger.standing(_history(self.connection, self.kbo, event.night), event.night).drops
        last = ledger.concerned(event, drops)
        if not ledger.follows(event, last):
            after = last.kind if last else "nothing"
            raise LedgerConflict(f"{self.kbo}, night {event.night}: {event.kind} cannot follow {after}; look again")
        return drops

    def _take_number(self, night: date, sequence: int, before: Sequence[NightDrop]) -> None:
        """An edition's first intent takes its number; the foreign key holds later ones to it.

        Which edition it is follows from what was seen before: whoever came in between took it, and the schema tells.
        """
        if all(drop.contents.sequence != sequence for drop in before):
            values = {"kbo": self.kbo, "night": night, "edition": len(before) + 1, "sequence": sequence}
            self.connection.execute(sa.insert(drop_number).values(**values))


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
            "window_ms": event.window_ms,
        }
    return row


def _event(row: sa.Row[tuple[object, ...]]) -> Event:
    line = row._mapping
    contents = None
    if line["sequence"] is not None:
        names = ("sequence", "stem", "rows", "data_sha256", "manifest", "manifest_sha256")
        contents = Contents(*(line[name] for name in names))
    kbo, kind = Kbo(line["kbo"]), Kind(line["kind"])
    return Event(kbo, line["night"], line["run_id"], kind, line["at"], contents, line["window_ms"])
