"""A ledger with a few nights in it, its anchors in a folder, and a hand that may change anything in its database."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa

from pipeline.core.model import Kbo
from pipeline.ledger.anchors import newest_anchor, put_anchor
from pipeline.ledger.audit import Problem
from pipeline.ledger.db.engine import ledger_errors, ledger_snapshot
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.redaction import redact
from pipeline.ledger.db.suppression import SuppressionRecords
from pipeline.ledger.db.tables import CHAINED
from pipeline.ledger.disclosures import Disclosure, Withdrawal
from pipeline.ledger.events import Contents, Event, Kind
from pipeline.ledger.notices import NoticeEvent, NoticeLine, Step
from pipeline.ledger.persons import LedgerKey
from pipeline.ledger.returns import ReturnedFile, ReturnedRow, ReturnKind
from pipeline.ledger.suppression import NEW_NO, Lift
from pipeline.ledger.verify import AuditReport, verify_ledger
from tests.support.worlds.ledgers import address_beside, copied_ledger, new_ledger

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
START = datetime(2026, 6, 1, 1, 30, tzinfo=UTC)
RETENTION = 30
TODAY = date(2026, 6, 10)
UP_TO = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST)


def disclosure(parent: int, kbo: Kbo = GENT, retention_days: int | None = RETENTION) -> Disclosure:
    return Disclosure(
        reference=f"R{kbo[-4:]}{parent:027}",
        person=b"\x00person %06d\xff" % parent,
        insz=b"\x00insz__ %06d\xff" % parent,
        key_id="key",
        fields=("name", "phone"),
        agreements=("A1", "A2"),
        protocols=("P1",),
        consent_event=parent,
        text_version="v1",
        retention_days=retention_days,
    )


def contents(kbo: Kbo, sequence: int) -> Contents:
    stem = f"AANMELDING_OPGROEIEN_{kbo}_202606{sequence:02}_{sequence:06}"
    return Contents(sequence, stem, 1, {f"{stem}.csv": "aa"}, f"{stem}.datapackage.json", f"{kbo[-4:]}{sequence}")


@dataclass
class Book:
    """`uri` is the ledger's, as its database's owner and superuser; anchors lie in `anchors`."""

    uri: str
    anchors: Path
    ledger: LedgerDb = field(init=False)
    ticks: int = 0

    def __post_init__(self) -> None:
        self.ledger = new_ledger(self.uri)
        self.anchors.mkdir(exist_ok=True)

    def clock(self) -> datetime:
        self.ticks += 1
        return START + timedelta(minutes=self.ticks)

    def copy(self, folder: Path) -> "Book":
        """The same, as it is now, in a database of its own."""
        shutil.copytree(self.anchors, folder / "anchors")
        uri = address_beside(self.ledger, folder)
        copied_ledger(self.ledger, uri)
        return Book(uri, folder / "anchors", self.ticks)

    # What is appended

    def drop(
        self, sequence: int, *parents: int, kbo: Kbo = GENT, last: Kind = Kind.PUBLISHED, days: int | None = RETENTION
    ) -> None:
        """The drop of night 2026-06-<sequence>, as far as `last`: a link each event."""
        for kind in UP_TO[: UP_TO.index(last) + 1]:
            event = Event(kbo, date(2026, 6, sequence), f"run {sequence}", kind, self.clock(), contents(kbo, sequence))
            lines = [disclosure(parent, kbo, days) for parent in parents] if kind is Kind.INTENT else []
            with self.ledger.delivering(kbo) as log:
                log.record(event, lines)

    def withdraw(self, parent: int, sequence: int, kbo: Kbo = GENT) -> None:
        one, night = disclosure(parent, kbo), date(2026, 6, sequence)
        found = Withdrawal(kbo, one.reference, one.person, "key", "withdrawn", sequence, "run", night, self.clock())
        assert self.ledger.record_withdrawals([found]) == 1

    def tell(self, kbo: Kbo = GENT, last: Step = Step.ACKNOWLEDGED) -> None:
        """A notice of all that is not_notified, as far as `last`."""
        steps = [Step.INTENT, Step.RELEASING, Step.PUBLISHED, Step.ACKNOWLEDGED]
        with self.ledger.delivering(kbo) as log:
            number, told = len(log.notices()) + 1, list(log.not_notified())
            for step in steps[: steps.index(last) + 1]:
                self._notice(log, NoticeEvent(kbo, number, step, "run", self.clock(), "N", "N.csv", "nn", 1), told)

    def _notice(self, log: Any, event: NoticeEvent, told: Sequence[NoticeLine]) -> None:
        log.record_notice(event, told if event.step is Step.INTENT else ())

    def keep_noes(self) -> None:
        """Two noes of one parent on the suppression list, of which the first was lifted for Gent."""
        made = {"person": b"pq", "insz": b"ij", "is_own": True, "is_grant": False, "counts_from": START}
        rows = [made | {"key_id": "key", "event": event, "kbo": None, "recorded_at": START} for event in (b"e1", b"e2")]
        key = LedgerKey("key", bytes(32))
        records = SuppressionRecords(self.ledger.engine, key, {"key": key}.__getitem__)
        records.keep(pa.Table.from_pylist(rows, schema=NEW_NO), START.date(), self.clock())
        first = records.read().noes["id"][0].as_py()
        records.lift([Lift(first, GENT, self.clock(), "els", "DPO-7")])

    def give_back(self, *parents: int, kbo: Kbo = GENT) -> None:
        """The recipient says by a file that these parents want no contact; its last row is refused."""
        name, rows = f"TERUG_OPGROEIEN_{kbo}_20260605_000001.csv", len(parents) + 1
        taken = ReturnedFile(kbo, name, "ff", self.clock(), "run", rows, (rows,), "", False)
        lines = [
            ReturnedRow(number, ReturnKind.NO_CONTACT, one.reference, one.person, one.insz, "key")
            for number, one in enumerate((disclosure(parent, kbo) for parent in parents), 1)
        ]
        keys, ahead = {"key": LedgerKey("key", bytes(32))}, timedelta(minutes=5)
        with self.ledger.delivering(kbo) as log:
            assert log.record_returned(taken, lines, keys.__getitem__, ahead)

    def anchor(self) -> str:
        """As each run does; the name of the file."""
        put_anchor(self.anchors, self.ledger.head(), newest_anchor(self.anchors), "run", self.clock())
        newest = newest_anchor(self.anchors)
        assert newest
        return newest.name

    def redact(self, today: date, kbo: Kbo = GENT) -> tuple[int, int]:
        with ledger_errors(), self.ledger.engine.begin() as connection:
            return redact(connection, kbo, today, self.clock())

    def fill(self) -> "Book":
        """Two nights of Gent and one of Aalst, withdrawals told and acknowledged, with an anchor at each end."""
        self.anchor()
        self.drop(1, 1, 2, 3)
        self.drop(1, 1, 2, kbo=AALST)
        self.anchor()
        self.drop(2, 2, 3)
        self.withdraw(1, 1)
        self.tell()
        self.anchor()
        return self

    # What is seen

    def verify(self, *manifests: Path, today: date = TODAY) -> AuditReport:
        return verify_ledger(self.ledger, self.anchors, manifests, today)

    def problems(self, *manifests: Path, today: date = TODAY) -> list[Problem]:
        return list(self.verify(*manifests, today=today).problems)

    def rows(self, query: str) -> list[Any]:
        with ledger_snapshot(self.ledger.engine) as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    # Whoever owns the database

    def tamper(self, *statements: str) -> None:
        """As its superuser, without triggers and foreign keys."""
        opened = self._sqlite() if self.uri.startswith("sqlite") else self._postgresql()
        with opened as execute:
            for statement in statements:
                execute(statement)

    @contextmanager
    def _sqlite(self) -> Iterator[Any]:
        with closing(sqlite3.connect(self.uri.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            triggers = connection.execute("select name, sql from sqlite_master where type = 'trigger'").fetchall()
            connection.execute("begin")
            for name, _ in triggers:
                connection.execute(f"drop trigger {name}")
            yield connection.execute
            for _, sql in triggers:
                connection.execute(sql)
            connection.execute("commit")

    @contextmanager
    def _postgresql(self) -> Iterator[Any]:
        with closing(psycopg2.connect(self.uri)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("set session_replication_role = replica")
            yield cursor.execute

    def cut(self, after: int) -> None:
        """Everything after a link, and every trace of it."""
        numbers = "select sequence from publication_event as e where e.kbo = drop_number.kbo"
        self.tamper(
            *(f"delete from {table} where link > {after}" for table in CHAINED),
            f"delete from link where n > {after}",
            f"delete from drop_number where sequence not in ({numbers} and sequence is not null)",
        )
