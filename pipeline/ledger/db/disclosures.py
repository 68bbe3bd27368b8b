"""The ledger's lines per person: what each recipient was given of whom, and what it must be told to drop.

Lines that were redacted are about nobody any more: nothing here gives them back.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.core.package_data import SQL
from pipeline.ledger.db.chain import append, hold
from pipeline.ledger.db.tables import disclosure, publication_event, withdrawal
from pipeline.ledger.disclosures import Disclosure, Holding, Withdrawal
from pipeline.ledger.events import DISCLOSED, Contents, Kind


def new_lines(
    connection: sa.Connection, kbo: Kbo, night: date, contents: Contents, lines: Sequence[Disclosure]
) -> list[dict[str, object]]:
    """What is to be appended of one drop: a drop with that manifest has the same lines whenever it is tried again."""
    drop = {"kbo": kbo, "sequence": contents.sequence, "manifest_sha256": contents.manifest_sha256}
    if connection.execute(sa.select(disclosure.c.id).filter_by(**drop).limit(1)).first():
        return []
    return [drop | {"night": night} | _line(line) for line in lines]


def _line(line: Disclosure) -> dict[str, object]:
    values: dict[str, object] = vars(line).copy()
    return values | {name: json.dumps(values[name]) for name in ("fields", "agreements", "protocols")}


def read_lines(connection: sa.Connection, kbo: Kbo, manifest_sha256: str) -> Iterable[Disclosure]:
    """The lines of the drop with that manifest, in the order of their references."""
    query = sa.select(disclosure).filter_by(kbo=kbo, manifest_sha256=manifest_sha256)
    there = query.where(disclosure.c.reference.is_not(None)).order_by(disclosure.c.reference)
    for row in connection.execute(there).mappings():
        listed = {name: tuple(json.loads(row[name])) for name in ("fields", "agreements", "protocols")}
        plain = ("reference", "person", "insz", "key_id", "consent_event", "text_version", "retention_days")
        yield Disclosure(**{name: row[name] for name in plain} | listed)


_HOLDINGS = sa.text((SQL / "ledger" / "holdings.sql").read_text()).bindparams(
    sa.bindparam("disclosed", sorted(kind.value for kind in DISCLOSED), expanding=True),
    sa.bindparam("releasing", Kind.RELEASING.value),
    sa.bindparam("intent", Kind.INTENT.value),
)


def read_holdings(connection: sa.Connection, kbo: Kbo, but_of_run: str | None = None) -> Iterable[Holding]:
    """Who was in a drop that counted, or may have, and was not withdrawn since; in the order of their references.

    `but_of_run`: as if that run had put no withdrawal on record.
    """
    for row in connection.execute(_HOLDINGS, {"kbo": kbo, "but_of_run": but_of_run}):
        yield Holding(row.reference, bytes(row.person), row.key_id, row.sequence)


def _begun(kbo: Kbo, sequence: int) -> sa.ScalarSelect[int]:
    """The link in which a drop's number was last meant to be sent: what was withdrawn before that was withdrawn of an
    earlier rendering, which did not come to count."""
    event = publication_event.alias()
    meant = (event.c.kbo == kbo, event.c.sequence == sequence, event.c.kind == Kind.INTENT.value)
    return sa.select(sa.func.max(event.c.link)).where(*meant).scalar_subquery()


def withdrawn_from(connection: sa.Connection, kbo: Kbo, contents: Contents) -> int:
    """How many withdrawals are on record of parents who are in this drop, as it counted, and in no newer one.

    One that was redacted says no more of whom it was, and counts.
    """
    told, line = withdrawal.c, disclosure.c
    in_it = sa.exists().where(
        line.kbo == kbo, line.reference == told.reference, line.manifest_sha256 == contents.manifest_sha256
    )
    query = sa.select(sa.func.count()).where(
        told.kbo == kbo,
        told.after_sequence == contents.sequence,
        told.link >= _begun(kbo, contents.sequence),
        told.reference.is_(None) | in_it,
    )
    return connection.execute(query).scalar_one()


def write_withdrawals(connection: sa.Connection, withdrawals: Sequence[Withdrawal]) -> int:
    """Those that are not on record yet; how many."""
    hold(connection)  # else another task could put the same on record between our look and our line
    new = [each for each in withdrawals if not _is_on_record(connection, each)]
    if new:
        append(connection, new[0].at, {withdrawal: [_withdrawal(each) for each in new]})
    return len(new)


def _is_on_record(connection: sa.Connection, each: Withdrawal) -> bool:
    key = {"kbo": each.kbo, "reference": each.reference, "after_sequence": each.after_sequence}
    since = withdrawal.c.link >= _begun(each.kbo, each.after_sequence)
    return connection.execute(sa.select(withdrawal.c.id).filter_by(**key).where(since)).first() is not None


def _withdrawal(each: Withdrawal) -> dict[str, object]:
    values: dict[str, object] = vars(each).copy()
    values["run_id"] = values.pop("run")
    return values


def read_withdrawals(connection: sa.Connection, kbo: Kbo) -> Iterable[Withdrawal]:
    """Everything that this recipient was ever due to be told, in the order it was found."""
    query = sa.select(withdrawal).filter_by(kbo=kbo).where(withdrawal.c.reference.is_not(None))
    for row in connection.execute(query.order_by(withdrawal.c.id)).mappings():
        values = {field.name: row[field.name] for field in fields(Withdrawal) if field.name != "run"}
        yield Withdrawal(run=row["run_id"], **values)
