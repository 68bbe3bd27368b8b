"""The noes that recipients returned, as lines of the suppression list: whom they take out of a drop, and the lift.

Nothing here asks the agency: what a recipient said is acted on whatever the state of the agency or of the night.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.ledger.db.disclosures import intent_link
from pipeline.ledger.db.rows import from_row
from pipeline.ledger.db.tables import disclosure, kept_no, lifted_no, returned_file, returned_row
from pipeline.ledger.events import Contents
from pipeline.ledger.returns import ReturnedFile, ReturnKind

SHOWN_FOR = timedelta(days=30)
"""So long a file over the share is shown, unless it is undone."""
PersonHash = tuple[str, bytes]
"""A key's id, and the keyed hash of a parent under it."""


@dataclass(frozen=True)
class ReturnedLine:
    """One row that a recipient returned and that still names a parent: `person` is a hash under the key `key_id`.

    `lifted`: of a no, whether no line of it binds any more.
    """

    kbo: Kbo
    at: datetime
    kind: ReturnKind
    person: bytes
    key_id: str
    lifted: bool


def count_returned_since(connection: sa.Connection, kbo: Kbo, contents: Contents) -> int:
    """How many lines of a drop are about somebody of whom its recipient returned a no after the drop was meant to be
    sent: by the row, by another row with the same INSZ, or by the reference. A no of before was weighed with the drop,
    but of a drop that was put on record again without an intent that is not known.
    """
    line, no, row = disclosure.c, kept_no.c, returned_row.c
    same = sa.and_(no.key_id == line.key_id, sa.or_(no.person == line.person, no.insz == line.insz))
    about = sa.exists().where(
        row.id == no.returned_row,
        no.kbo == line.kbo,
        row.link > sa.func.coalesce(intent_link(kbo, contents.sequence), 0),
        sa.or_(same, row.reference == line.reference),
        _binds(),
    )
    query = sa.select(sa.func.count()).select_from(disclosure)
    here = line.kbo == kbo, line.manifest_sha256 == contents.manifest_sha256, about
    return connection.execute(query.where(*here)).scalar_one()


def _binds() -> sa.ColumnElement[bool]:
    """Of a line of the list: nobody lifted it. One of a recipient's is for that recipient alone."""
    return ~sa.exists().where(lifted_no.c.kept_no == kept_no.c.id)


def read_all_returned_files(connection: sa.Connection) -> tuple[ReturnedFile, ...]:
    """Of every recipient, by KBO and in the order of writing."""
    query = sa.select(returned_file).order_by(returned_file.c.kbo, returned_file.c.id)
    return tuple(from_row(ReturnedFile, row) for row in connection.execute(query).mappings())


def read_over_share(connection: sa.Connection, at: datetime) -> tuple[ReturnedFile, ...]:
    """The files of the last SHOWN_FOR that say no of more than the set share, and of which a no binds."""
    file, row = returned_file.c, returned_row.c
    binds = sa.exists().where(row.file == file.id, kept_no.c.returned_row == row.id, _binds())
    query = sa.select(returned_file).where(file.over_share, file.at >= at - SHOWN_FOR, binds).order_by(file.id)
    return tuple(from_row(ReturnedFile, each) for each in connection.execute(query).mappings())


def read_returned_lines(connection: sa.Connection, most: int) -> tuple[ReturnedLine, ...]:
    """The newest rows that recipients returned, at most so many, the newest first."""
    row, file = returned_row.c, returned_file.c
    binds = sa.exists().where(kept_no.c.returned_row == row.id, _binds())
    query = sa.select(file.kbo, file.at, row.kind, row.person, row.key_id, (~binds).label("lifted"))
    query = query.join_from(returned_row, returned_file, row.file == file.id).where(row.person.is_not(None))
    found = connection.execute(query.order_by(row.id.desc()).limit(most)).mappings()
    return tuple(
        from_row(ReturnedLine, each, lifted=bool(each["lifted"]) and each["kind"] == ReturnKind.NO_CONTACT)
        for each in found
    )


def lines_of_parent(connection: sa.Connection, kbo: Kbo, hashes: Collection[PersonHash]) -> Sequence[int]:
    """The lines of the list that bind by what the recipient returned of that parent row."""
    is_named = sa.tuple_(kept_no.c.key_id, kept_no.c.person).in_(sorted(hashes))
    return _lines(connection, kbo, is_named)


def lines_of_file(connection: sa.Connection, kbo: Kbo, name: str) -> Sequence[int]:
    """The lines of the list that bind by a file of that name, whatever its bytes."""
    files = sa.select(returned_file.c.id).filter_by(kbo=kbo, name=name)
    return _lines(connection, kbo, returned_row.c.file.in_(files))


def _lines(connection: sa.Connection, kbo: Kbo, condition: sa.ColumnElement[bool]) -> Sequence[int]:
    query = sa.select(kept_no.c.id).join(returned_row, returned_row.c.id == kept_no.c.returned_row)
    here = kept_no.c.kbo == kbo, kept_no.c.event.is_not(None), condition, _binds()
    return connection.execute(query.where(*here).order_by(kept_no.c.id)).scalars().all()


def returned_key_ids(connection: sa.Connection) -> tuple[str, ...]:
    """The keys under which a returned no still names a parent, sorted."""
    query = sa.select(kept_no.c.key_id).where(kept_no.c.returned_row.is_not(None), kept_no.c.event.is_not(None))
    return tuple(sorted(set(connection.execute(query.distinct()).scalars())))
