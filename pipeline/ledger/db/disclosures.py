"""What each recipient holds of whom, and which withdrawals are not on record yet."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.core.package_data import SQL
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.rows import to_row
from pipeline.ledger.db.tables import publication_event, withdrawal
from pipeline.ledger.disclosures import Holding, Withdrawal
from pipeline.ledger.events import AT_REST, MAY_BE_HELD, Kind
from pipeline.ledger.returns import KnownParent

_HOLDINGS = sa.text((SQL / "ledger" / "holdings.sql").read_text("utf-8")).bindparams(
    sa.bindparam("may_be_held", sorted(kind.value for kind in MAY_BE_HELD), expanding=True),
    sa.bindparam("at_rest", sorted(kind.value for kind in AT_REST), expanding=True),
    sa.bindparam("releasing", Kind.RELEASING.value),
    sa.bindparam("intent", Kind.INTENT.value),
)


def read_holdings(connection: sa.Connection, kbo: Kbo, but_of_run: str | None = None) -> Iterable[Holding]:
    """The parents in a drop that counted, may have counted or was taken before, not withdrawn since; by reference.

    `but_of_run`: as if that run had put no withdrawal on record.
    """
    for row in connection.execute(_HOLDINGS, {"kbo": kbo, "but_of_run": but_of_run, "ever": False}):
        yield Holding(row.reference, bytes(row.person), row.key_id, row.sequence)


def read_known_parents(connection: sa.Connection, kbo: Kbo) -> Iterable[KnownParent]:
    """The parents in every drop that counted, may have counted or was taken before, whatever followed; by reference.
    A line that was redacted knows nobody."""
    for row in connection.execute(_HOLDINGS, {"kbo": kbo, "but_of_run": None, "ever": True}):
        insz = None if row.insz is None else bytes(row.insz)
        yield KnownParent(row.reference, bytes(row.person), insz, row.key_id)


def intent_link(kbo: Kbo, sequence: int) -> sa.ScalarSelect[int]:
    """The link in which a drop's number was last meant to be sent: what was withdrawn before that was withdrawn of an
    earlier rendering, which did not come to count."""
    event = publication_event.alias()
    meant = (event.c.kbo == kbo, event.c.sequence == sequence, event.c.kind == Kind.INTENT.value)
    return sa.select(sa.func.max(event.c.link)).where(*meant).scalar_subquery()


def write_withdrawals(connection: sa.Connection, withdrawals: Sequence[Withdrawal]) -> int:
    """Append the withdrawals that are not on record yet, as one link; how many."""
    lock_chain(connection)  # else another task could put the same on record between our look and our line
    new = [each for each in withdrawals if not _is_on_record(connection, each)]
    if new:
        append(connection, new[0].at, {withdrawal: [to_row(each) for each in new]})
    return len(new)


def _is_on_record(connection: sa.Connection, each: Withdrawal) -> bool:
    key = {"kbo": each.kbo, "reference": each.reference, "after_sequence": each.after_sequence}
    since = withdrawal.c.link >= intent_link(each.kbo, each.after_sequence)
    return connection.execute(sa.select(withdrawal.c.id).filter_by(**key).where(since)).first() is not None
