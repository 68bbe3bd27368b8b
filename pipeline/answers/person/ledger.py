"""The ledger's pages on one person: what was disclosed of whom and what is to be withdrawn, by keyed hash; and who
looked anybody up."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from pipeline.answers.lookup import LookUp
from pipeline.answers.person.facts import Told
from pipeline.answers.person.lines import Handle, Line
from pipeline.core.model import Kbo
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.engine import looking, speaking
from pipeline.ledger.db.records import records_within
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import disclosure, look_up, notice_line, withdrawal
from pipeline.ledger.disclosures import Disclosure, Withdrawal
from pipeline.ledger.notices import Notice

AT_ONCE = 500
"""Handles bound to one statement; SQLite takes no more than some thousands."""


@dataclass(frozen=True)
class AnswerPages:
    """Every method raises LedgerUnavailable."""

    engine: sa.Engine

    def record(self, asked: LookUp) -> None:
        """Put a look-up on record: only then may its answer be shown."""
        with speaking(), self.engine.begin() as connection:
            append(connection, asked.at, {look_up: [to_row(asked)]})

    def key_ids(self) -> tuple[str, ...]:
        """The keys of every hash of a person that is still on record, sorted."""
        queries = [
            sa.select(table.c.key_id).where(table.c[column].is_not(None))
            for table, column in ((disclosure, "person"), (withdrawal, "person"), (look_up, "key_id"))
        ]
        with looking(self.engine) as connection:
            return tuple(sorted(connection.execute(sa.union(*queries)).scalars()))

    def lines(self, rows: Collection[Handle], numbers: Collection[Handle]) -> tuple[Line, ...]:
        """Every line of these rows or under these numbers, and of each row that one of them leads to."""
        found: set[Line] = set()
        with looking(self.engine) as connection:
            new = {*_lines(connection, ("key_id", "person"), rows), *_lines(connection, ("key_id", "insz"), numbers)}
            while new:
                found |= new
                by_row = _lines(connection, ("key_id", "person"), {line.row for line in new})
                by_reference = _lines(connection, ("kbo", "reference"), {line.reference for line in new})
                new = {*by_row, *by_reference} - found
        return tuple(found)

    def withdrawals(self, rows: Collection[Handle], references: Collection[tuple[Kbo, str]]) -> Sequence[Told]:
        """Everything that any recipient was due to be told of these rows, or under these references."""
        at = withdrawal.c
        keys = (((at.key_id, at.person), sorted(rows)), ((at.kbo, at.reference), sorted(references)))
        about = [_among(columns, of) for columns, of in keys if of]
        query = sa.select(withdrawal, notice_line.c.number).outerjoin(notice_line, notice_line.c.withdrawal == at.id)
        with looking(self.engine) as connection:
            there = query.where(sa.or_(sa.false(), *about), at.reference.is_not(None)).order_by(at.at, at.id)
            found = connection.execute(there).mappings().all() if about else []
            notices = {
                kbo: records_within(connection, Kbo(kbo)).notices() for kbo in sorted({row["kbo"] for row in found})
            }
        return [_told(row, notices[row["kbo"]]) for row in found]

    def look_ups(self, rows: Collection[Handle], numbers: Collection[Handle]) -> Sequence[LookUp]:
        """Every look-up of this person, the oldest first."""
        at = look_up.c
        about = [_among((at.key_id, at[name]), sorted(of)) for name, of in (("person", rows), ("insz", numbers)) if of]
        if not about:
            return []
        with looking(self.engine) as connection:
            found = connection.execute(sa.select(look_up).where(sa.or_(*about)).order_by(at.id)).mappings()
            return [from_row(LookUp, row) for row in found]

    def detailed_since(self) -> tuple[date | None, date | None]:
        """The first night with lines about persons on record, and the first that still says whom they are about."""
        nights = sa.select(sa.func.min(disclosure.c.night))
        with looking(self.engine) as connection:
            first = connection.execute(nights).scalar()
            return first, connection.execute(nights.where(disclosure.c.person.is_not(None))).scalar()


def _among(columns: tuple[sa.Column[object], ...], of: Sequence[tuple[object, ...]]) -> sa.ColumnElement[bool]:
    return sa.tuple_(*columns).in_(of)


def _lines(
    connection: sa.Connection, names: tuple[str, str], of: Iterable[tuple[str, bytes] | tuple[Kbo, str]]
) -> Iterable[Line]:
    listed = sorted(of)
    for start in range(0, len(listed), AT_ONCE):
        columns = tuple(disclosure.c[name] for name in names)
        query = sa.select(disclosure).where(_among(columns, listed[start : start + AT_ONCE]))
        for row in connection.execute(query.where(disclosure.c.person.is_not(None))).mappings():
            yield _line(row)


def _line(row: sa.RowMapping) -> Line:
    return Line(Kbo(row["kbo"]), row["night"], row["sequence"], row["manifest_sha256"], from_row(Disclosure, row))


def _told(row: sa.RowMapping, notices: Sequence[Notice]) -> Told:
    made = from_row(Withdrawal, row)
    notice = next((one for one in notices if one.number == row["number"]), None)
    return Told(made, notice.published_at, notice.acknowledged_at) if notice else Told(made)
