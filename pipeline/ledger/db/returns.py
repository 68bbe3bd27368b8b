"""The ledger's lines of the way back: what recipients returned, and the noes in it, in one transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import kept_no, returned_file, returned_row
from pipeline.ledger.persons import BYTES, LedgerKey
from pipeline.ledger.returns import ReturnedFile, ReturnedRow, ReturnKind
from pipeline.ledger.withdrawals import Keys


def read_returned_files(connection: sa.Connection, kbo: Kbo) -> tuple[ReturnedFile, ...]:
    """Every file of the recipient's that was ever taken in or refused as a whole, in the order of writing."""
    query = sa.select(returned_file).filter_by(kbo=kbo).order_by(returned_file.c.id)
    return tuple(from_row(ReturnedFile, row) for row in connection.execute(query).mappings())


def read_returned_noes(connection: sa.Connection, kbo: Kbo, since: datetime) -> frozenset[str]:
    """The references of which the recipient returned that they want no contact, in files taken in from then on."""
    files = sa.select(returned_file.c.id).where(returned_file.c.kbo == kbo, returned_file.c.at >= since)
    rows = returned_row.c.file.in_(files), returned_row.c.kind == ReturnKind.NO_CONTACT.value
    listed = sa.select(returned_row.c.reference).where(*rows, returned_row.c.reference.is_not(None))
    return frozenset(connection.execute(listed).scalars())


def write_returned_file(
    connection: sa.Connection, taken: ReturnedFile, rows: Sequence[ReturnedRow], keys: Keys, ahead: timedelta
) -> bool:
    """Append the file, its rows, and a line of the suppression list for each that says `geen_contact`; False, and
    nothing, when that very file is on record.

    `ahead`: how far the agency's clock may be ahead of ours: a grant that it recorded before the file was taken in is
    not later than what the file says.
    """
    lock_chain(connection)  # else another task could take it in between our look and our line
    same = {"kbo": taken.kbo, "name": taken.name, "sha256": taken.sha256}
    if connection.execute(sa.select(returned_file.c.id).filter_by(**same)).first():
        return False
    append(connection, taken.at, {returned_file: [to_row(taken)]})
    file = connection.execute(sa.select(returned_file.c.id).filter_by(**same)).scalar_one()
    append(connection, taken.at, {returned_row: [to_row(row) | {"file": file} for row in rows]})
    ids = sa.select(returned_row.c.number, returned_row.c.id).filter_by(file=file)
    by_number = {row.number: row.id for row in connection.execute(ids)}
    noes = [_no(taken, row, by_number[row.number], keys(row.key_id), ahead) for row in rows if _is_no(row)]
    append(connection, taken.at, {kept_no: noes})
    return True


def _is_no(row: ReturnedRow) -> bool:
    return row.kind is ReturnKind.NO_CONTACT


def _no(file: ReturnedFile, row: ReturnedRow, id_: int, key: LedgerKey, ahead: timedelta) -> dict[str, object]:
    """As of pipeline/ledger/suppression.py, for this recipient alone."""
    event = f"{file.kbo}:{file.name}:{file.sha256}:{row.number}".encode()
    return {
        "night": local_day(file.at),
        "at": file.at,
        "key_id": row.key_id,
        "person": row.person,
        "insz": row.insz,
        "event": key.mac("returned", event)[:BYTES],
        "kbo": file.kbo,
        "is_own": True,
        "is_grant": False,
        "counts_from": file.at + ahead,
        "recorded_at": file.at + ahead,
        "returned_row": id_,
    }
