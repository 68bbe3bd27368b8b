"""The ledger's lines of the agency's signing keys."""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.ledger.audit import Problem
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.engine import transaction
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import publication_event, signing_key_act
from pipeline.ledger.events import Kind
from pipeline.ledger.signing_keys import KeyAct, SigningKeyAct, SigningKeyHistory, key_act_may_follow


@dataclass(frozen=True)
class SigningKeyRecords:
    """Every method is one transaction, and raises LedgerUnavailable."""

    engine: sa.Engine

    def history(self) -> SigningKeyHistory:
        with transaction(self.engine) as connection:
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
    """Drops that were let go after the key that signed them was ended or revoked.

    By their links: one that was on the way already, or was put on record later from its manifest, is none.
    """
    released, key = publication_event.alias("released").c, signing_key_act.c
    published = publication_event.c
    over = (key.fingerprint == released.signed_by) & key.act.in_([KeyAct.END.value, KeyAct.REVOKE.value])
    query = (
        sa.select(published.kbo, published.night, published.stem, published.link, published.signed_by)
        .distinct()
        .where(
            published.kind == Kind.PUBLISHED.value,
            sa.exists().where(
                released.kind == Kind.RELEASING.value,
                released.kbo == published.kbo,
                released.sequence == published.sequence,
                released.signed_by == published.signed_by,
                released.id < published.id,
                over,
                key.link < released.link,
            ),
        )
    )
    for kbo, night, stem, link, signer in connection.execute(query.order_by(published.link)):
        says = f"{stem} is signed with {signer}, which was ended or revoked before"
        yield Problem("signing_key_act", says, link, night, kbo)
