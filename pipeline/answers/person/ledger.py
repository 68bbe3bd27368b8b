"""The ledger's records of one person, by keyed hash: disclosures, withdrawals, look-ups.

Every function raises LedgerUnavailable.
"""

from collections.abc import Collection, Iterable
from datetime import date

import sqlalchemy as sa

from pipeline.answers.lookup import Lookup
from pipeline.answers.person.kept_noes import KeptLine, ReturnedWord
from pipeline.answers.person.lines import DisclosureLine, PersonHandle
from pipeline.core.model import Kbo
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.engine import ledger_snapshot, transaction
from pipeline.ledger.db.records import records_within
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import (
    disclosure,
    kept_no,
    lifted_no,
    look_up,
    notice_line,
    returned_file,
    returned_row,
    withdrawal,
)
from pipeline.ledger.disclosures import Disclosure, Withdrawal
from pipeline.ledger.notice_series import notice_series
from pipeline.ledger.notices import Notice
from pipeline.ledger.suppression import Lift

_OF_PERSONS = (
    *((table, "person") for table in (disclosure, withdrawal, kept_no, returned_row)),
    (look_up, "key_id"),
)
"""The tables with hashes of persons, each with a column that is NULL once a line is about nobody."""
AT_ONCE = 500
"""Handles bound to one statement; SQLite takes no more than some thousands."""


def append_lookup(engine: sa.Engine, lookup: Lookup) -> None:
    """Put a look-up on record: only then may its answer be shown."""
    with transaction(engine) as connection:
        append(connection, lookup.at, {look_up: [to_row(lookup)]})


def read_key_ids(engine: sa.Engine) -> tuple[str, ...]:
    """The keys of every hash of a person that is still on record, sorted."""
    queries = [sa.select(table.c.key_id).where(table.c[column].is_not(None)) for table, column in _OF_PERSONS]
    with ledger_snapshot(engine) as connection:
        return tuple(sorted(connection.execute(sa.union(*queries)).scalars()))


def read_person_lines(
    engine: sa.Engine, rows: Collection[PersonHandle], numbers: Collection[PersonHandle]
) -> tuple[DisclosureLine, ...]:
    """Every line of these rows or under these numbers, and of each row that one of these lines leads to."""
    lines: set[DisclosureLine] = set()
    with ledger_snapshot(engine) as connection:
        new = {*_lines(connection, ("key_id", "person"), rows), *_lines(connection, ("key_id", "insz"), numbers)}
        while new:
            lines |= new
            by_row = _lines(connection, ("key_id", "person"), {line.row for line in new})
            by_reference = _lines(connection, ("kbo", "reference"), {line.reference for line in new})
            new = {*by_row, *by_reference} - lines
    return tuple(lines)


def read_person_withdrawals(
    engine: sa.Engine, rows: Collection[PersonHandle], references: Collection[tuple[Kbo, str]]
) -> list[tuple[Withdrawal, Notice | None]]:
    """Every withdrawal of these rows or under these references, with the notice that tells of it, if any."""
    at = withdrawal.c
    keys = (((at.key_id, at.person), sorted(rows)), ((at.kbo, at.reference), sorted(references)))
    about = [sa.tuple_(*columns).in_(handles) for columns, handles in keys if handles]
    query = sa.select(withdrawal, notice_line.c.number).outerjoin(notice_line, notice_line.c.withdrawal == at.id)
    query = query.where(sa.or_(sa.false(), *about), at.reference.is_not(None)).order_by(at.at, at.id)
    with ledger_snapshot(engine) as connection:
        records = connection.execute(query).mappings().all()
        notices = {
            (kbo, series.first): series.told
            for kbo in sorted({row["kbo"] for row in records})
            for series in notice_series(records_within(connection, Kbo(kbo)).notices())
        }
    return [(from_row(Withdrawal, row), notices.get((row["kbo"], row["number"]))) for row in records]


def read_lookups(engine: sa.Engine, rows: Collection[PersonHandle], numbers: Collection[PersonHandle]) -> list[Lookup]:
    """Every look-up of this person, the oldest first."""
    at = look_up.c
    keys = ((at.person, sorted(rows)), (at.insz, sorted(numbers)))
    about = [sa.tuple_(at.key_id, column).in_(handles) for column, handles in keys if handles]
    query = sa.select(look_up).where(sa.or_(sa.false(), *about)).order_by(at.id)
    with ledger_snapshot(engine) as connection:
        return [from_row(Lookup, row) for row in connection.execute(query).mappings()]


def read_kept_noes(
    engine: sa.Engine, rows: Collection[PersonHandle], numbers: Collection[PersonHandle]
) -> tuple[list[KeptLine], list[Lift]]:
    """Every line of the suppression list about this person, the oldest first, and the lifts of these lines."""
    at = kept_no.c
    keys = ((at.person, sorted(rows)), (at.insz, sorted(numbers)))
    about = [sa.tuple_(at.key_id, column).in_(handles) for column, handles in keys if handles]
    query = sa.select(at.id, at.night, at.kbo, at.counts_from, at.recorded_at, at.returned_row).where(
        sa.or_(sa.false(), *about)
    )
    with ledger_snapshot(engine) as connection:
        lines = [KeptLine(**row) for row in connection.execute(query.order_by(at.id)).mappings()]
        ids = [line.id for line in lines]
        lifted = sa.select(lifted_no).where(lifted_no.c.kept_no.in_(ids)).order_by(lifted_no.c.id)
        return lines, [from_row(Lift, row) for row in connection.execute(lifted).mappings()]


def read_returned_words(
    engine: sa.Engine, rows: Collection[PersonHandle], numbers: Collection[PersonHandle]
) -> tuple[ReturnedWord, ...]:
    """What recipients returned of this person, the oldest first."""
    at, file = returned_row.c, returned_file.c
    keys = ((at.person, sorted(rows)), (at.insz, sorted(numbers)))
    about = [sa.tuple_(at.key_id, column).in_(handles) for column, handles in keys if handles]
    query = sa.select(file.kbo, file.at, at.kind).join_from(returned_row, returned_file, at.file == file.id)
    with ledger_snapshot(engine) as connection:
        found = connection.execute(query.where(sa.or_(sa.false(), *about)).order_by(at.id)).mappings()
        return tuple(from_row(ReturnedWord, row) for row in found)


def read_detailed_since(engine: sa.Engine) -> tuple[date | None, date | None]:
    """The first night with lines about persons on record, and the first whose lines still name a person."""
    nights = sa.select(sa.func.min(disclosure.c.night))
    with ledger_snapshot(engine) as connection:
        first = connection.execute(nights).scalar()
        return first, connection.execute(nights.where(disclosure.c.person.is_not(None))).scalar()


def _lines(
    connection: sa.Connection, names: tuple[str, str], handles: Iterable[PersonHandle | tuple[Kbo, str]]
) -> Iterable[DisclosureLine]:
    listed = sorted(handles)
    columns = sa.tuple_(*(disclosure.c[name] for name in names))
    for start in range(0, len(listed), AT_ONCE):
        query = sa.select(disclosure).where(columns.in_(listed[start : start + AT_ONCE]))
        for row in connection.execute(query.where(disclosure.c.person.is_not(None))).mappings():
            yield DisclosureLine(
                Kbo(row["kbo"]), row["night"], row["sequence"], row["manifest_sha256"], from_row(Disclosure, row)
            )
