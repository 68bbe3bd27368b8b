"""The ledger's pages on withdrawal notices: what is to be told, in which notice it stands, and how far that came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Kbo
from pipeline.ledger import notices
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.engine import speaking
from pipeline.ledger.db.tables import notice_event, notice_line, withdrawal
from pipeline.ledger.notices import Notice, NoticeEvent, NoticeLine, Step


def read_notices(connection: sa.Connection, kbo: Kbo) -> tuple[Notice, ...]:
    """Where each notice of a recipient stands, by number."""
    query = sa.select(notice_event).filter_by(kbo=kbo).order_by(notice_event.c.id)
    return notices.standing(_event(row) for row in connection.execute(query).mappings())


def read_not_notified(connection: sa.Connection, kbo: Kbo) -> Iterable[NoticeLine]:
    """Withdrawals that are in no notice; a redacted withdrawal has nothing left to notify."""
    notified = sa.exists().where(notice_line.c.withdrawal == withdrawal.c.id)
    return _lines(connection, sa.select(withdrawal).filter_by(kbo=kbo).where(~notified))


def read_notified(connection: sa.Connection, kbo: Kbo, number: int) -> Iterable[NoticeLine]:
    """The withdrawals in one notice."""
    here = sa.select(notice_line.c.withdrawal).filter_by(kbo=kbo, number=number)
    return _lines(connection, sa.select(withdrawal).where(withdrawal.c.id.in_(here)))


def write_notice(connection: sa.Connection, event: NoticeEvent, lines: Sequence[NoticeLine]) -> None:
    """Append one step. A withdrawal stands in one notice alone, by the schema. Raises LedgerConflict."""
    known = read_notices(connection, event.kbo)
    if not notices.follows(event, known):
        raise LedgerConflict(f"{event.kbo}, notice {event.number}: {event.step} cannot follow; look again")
    begun = any(one.number == event.number for one in known)
    rows = [] if begun else [_line(event, line) for line in lines]
    append(connection, event.at, {notice_event: [_row(event)], notice_line: rows})


def _lines(connection: sa.Connection, query: sa.Select[Any]) -> Iterable[NoticeLine]:
    there = query.where(withdrawal.c.reference.is_not(None)).order_by(withdrawal.c.id)
    return [NoticeLine(row["id"], row["reference"], row["at"]) for row in connection.execute(there).mappings()]


def _line(event: NoticeEvent, line: NoticeLine) -> dict[str, object]:
    return {"kbo": event.kbo, "number": event.number, "withdrawal": line.withdrawal}


def _row(event: NoticeEvent) -> dict[str, object]:
    values: dict[str, object] = vars(event) | {"step": event.step.value}
    values["run_id"] = values.pop("run")
    return values


def _event(row: sa.RowMapping) -> NoticeEvent:
    values = {name: value for name, value in row.items() if name not in ("id", "run_id", "link", "step", "kbo")}
    return NoticeEvent(kbo=Kbo(row["kbo"]), step=Step(row["step"]), run=row["run_id"], **values)


@dataclass(frozen=True)
class NoticePages:
    """One recipient's, over the very connection that holds its lock."""

    connection: sa.Connection
    kbo: Kbo

    def notices(self) -> Sequence[Notice]:
        with speaking(), self.connection.begin():
            return read_notices(self.connection, self.kbo)

    def not_notified(self) -> Sequence[NoticeLine]:
        with speaking(), self.connection.begin():
            return tuple(read_not_notified(self.connection, self.kbo))

    def notified(self, number: int) -> Sequence[NoticeLine]:
        with speaking(), self.connection.begin():
            return tuple(read_notified(self.connection, self.kbo, number))

    def record_notice(self, event: NoticeEvent, lines: Sequence[NoticeLine] = ()) -> None:
        with speaking(), self.connection.begin():
            write_notice(self.connection, event, lines)
