"""The ledger's lines of the agency's signing keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.ledger.audit import Problem
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.engine import read_transaction, transaction
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import notice_event, publication_event, signing_key_act
from pipeline.ledger.events import Kind
from pipeline.ledger.signing_keys import KeyAct, SigningKeyAct, SigningKeyHistory, key_act_may_follow


@dataclass(frozen=True)
class SigningKeyRecords:
    """Every method is one transaction, and raises LedgerUnavailable."""

    engine: sa.Engine

    def history(self) -> SigningKeyHistory:
        with read_transaction(self.engine) as connection:
            return read_key_history(connection)

    def record(self, act: SigningKeyAct) -> None:
        """Append it. Raises LedgerConflict when it does not follow from what is on record."""
        with transaction(self.engine) as connection:
            lock_chain(connection)  # else another could be written between our look and our line
            if not key_act_may_follow(act, read_key_history(connection)):
                raise LedgerConflict(f"signing key {act.fingerprint}: {act.act} cannot follow; look again")
            append(connection, act.at, {signing_key_act: [to_row(act)]})

    def use(self, first: SigningKeyAct) -> None:
        """Before a task signs: put the key on record, once. Raises SettingsError for one that may not sign any more."""
        history = self.history()
        history.require_usable(first.fingerprint)
        if not history.of(first.fingerprint):
            with transaction(self.engine) as connection:
                lock_chain(connection)
                there = read_key_history(connection)
                there.require_usable(first.fingerprint)
                append(connection, first.at, {signing_key_act: [] if there.of(first.fingerprint) else [to_row(first)]})


def read_key_history(connection: sa.Connection) -> SigningKeyHistory:
    """In the transaction that the caller began."""
    rows = connection.execute(sa.select(signing_key_act).order_by(signing_key_act.c.id)).mappings()
    return SigningKeyHistory(tuple(from_row(SigningKeyAct, row) for row in rows))


def signing_key_problems(connection: sa.Connection) -> Iterator[Problem]:
    """Drops and notices that were let go after the key that signed them was ended or revoked.

    By their links: one that was on the way already, or was put on record later from its manifest, is none.
    """
    for table, number, kind in _LET_GO:
        for found in connection.execute(_signed_too_late(table, number, kind)).mappings():
            says = f"{found['stem']} is signed with {found['signed_by']}, which was ended or revoked before"
            yield Problem("signing_key_act", says, found["link"], found.get("night"), found["kbo"])


_LET_GO = ((publication_event, "sequence", "kind"), (notice_event, "number", "step"))
"""By table: the column that says which drop or notice, and the one that says how far it came."""


def _signed_too_late(table: sa.Table, number: str, kind: str) -> sa.Select[Any]:
    released, published, key = table.alias("released").c, table.c, signing_key_act.c
    names = [name for name in ("kbo", "night", "stem", "link", "signed_by") if name in published]
    return (
        sa.select(*(published[name] for name in names))
        .distinct()
        .where(
            published[kind] == Kind.PUBLISHED.value,
            sa.exists().where(
                released[kind] == Kind.RELEASING.value,
                released.kbo == published.kbo,
                released[number] == published[number],
                released.signed_by == published.signed_by,
                released.id < published.id,
                key.fingerprint == released.signed_by,
                key.act.in_([KeyAct.END.value, KeyAct.REVOKE.value]),
                key.link < released.link,
            ),
        )
        .order_by(published.link)
    )
