"""What the ledger has of one recipient: its drops, whom they are about, its withdrawals and their notices.

Lines that were redacted are about nobody any more: nothing here gives them back.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from pipeline.core.model import Head, Kbo
from pipeline.ledger import notices
from pipeline.ledger.db import chain
from pipeline.ledger.db.disclosures import intent_link, read_holdings, read_known_parents, write_withdrawals
from pipeline.ledger.db.history import KnownHistory, read_history
from pipeline.ledger.db.interventions import read_interventions, write_intervention
from pipeline.ledger.db.returned_noes import count_returned_since
from pipeline.ledger.db.returns import read_returned_files, read_returned_noes
from pipeline.ledger.db.rows import from_row
from pipeline.ledger.db.signing_keys import read_key_history
from pipeline.ledger.db.tables import (
    disclosure,
    notice_event,
    notice_line,
    notice_resend,
    restoration,
    withdrawal,
)
from pipeline.ledger.disclosures import Disclosure, Holding, Withdrawal
from pipeline.ledger.events import Contents, DeliveryState, Event
from pipeline.ledger.interventions import Intervention, current_suspension
from pipeline.ledger.notice_series import NoticeResend
from pipeline.ledger.notices import Notice, NoticeEvent, NoticeLine
from pipeline.ledger.restoration import Restoration, next_numbers
from pipeline.ledger.returns import KnownParent, ReturnedFile


@dataclass(frozen=True)
class RecipientRecords:
    """Each method is one transaction, of `begin` where it writes and of `look` where it only reads, and raises
    LedgerUnavailable. `known`: what was read of the recipient's history before.

    Methods without docstring are those of the Protocol `pipeline.delivery.ports.PublicationLog`.
    """

    begin: Callable[[], AbstractContextManager[sa.Connection]]
    look: Callable[[], AbstractContextManager[sa.Connection]]
    kbo: Kbo
    known: KnownHistory

    def events(self) -> tuple[Event, ...]:
        """The whole history of the recipient's drops, in the order of writing."""
        with self.look() as connection:
            return tuple(read_history(connection, self.kbo))

    def head(self, n: int) -> Head:
        """Where the whole ledger's chain stood at its n-th link, or its last one."""
        with self.look() as connection:
            return chain.head(connection, n)

    def delivery_state(self, night: date) -> DeliveryState:
        with self.look() as connection:
            lowest, _ = next_numbers(_restorations(connection, self.kbo))
            return self.known.state(connection, self.kbo, night, lowest)

    def restorations(self) -> Sequence[Restoration]:
        """Each time that a backup of the ledger was put back, in the order of writing."""
        with self.look() as connection:
            return _restorations(connection, self.kbo)

    def holdings(self, but_of_run: str | None = None) -> Sequence[Holding]:
        """`but_of_run`: as if that run had put no withdrawal on record."""
        with self.look() as connection:
            return tuple(read_holdings(connection, self.kbo, but_of_run))

    def known_parents(self) -> Sequence[KnownParent]:
        with self.look() as connection:
            return tuple(read_known_parents(connection, self.kbo))

    def returned_files(self) -> Sequence[ReturnedFile]:
        with self.look() as connection:
            return read_returned_files(connection, self.kbo)

    def returned_noes_since(self, since: datetime) -> frozenset[str]:
        with self.look() as connection:
            return read_returned_noes(connection, self.kbo, since)

    def disclosures(self, manifest_sha256: str) -> Sequence[Disclosure]:
        query = sa.select(disclosure).filter_by(kbo=self.kbo, manifest_sha256=manifest_sha256)
        there = query.where(disclosure.c.reference.is_not(None)).order_by(disclosure.c.reference)
        with self.look() as connection:
            return tuple(from_row(Disclosure, row) for row in connection.execute(there).mappings())

    def references(self, manifest_sha256: str) -> tuple[frozenset[str], int]:
        """The references of one drop that were not redacted, and how many lines the drop has in all."""
        query = sa.select(disclosure.c.reference).filter_by(kbo=self.kbo, manifest_sha256=manifest_sha256)
        with self.look() as connection:
            listed = connection.execute(query).scalars().all()
        return frozenset(listed) - {None}, len(listed)

    def withdrawals(self) -> Sequence[Withdrawal]:
        """Every withdrawal of which the recipient was ever due to be notified, in the order of writing; of those that
        were written at once, by reference."""
        query = sa.select(withdrawal).filter_by(kbo=self.kbo).where(withdrawal.c.reference.is_not(None))
        with self.look() as connection:
            rows = connection.execute(query.order_by(withdrawal.c.link, withdrawal.c.reference)).mappings()
            return tuple(from_row(Withdrawal, row) for row in rows)

    def record_withdrawals(self, withdrawals: Sequence[Withdrawal]) -> int:
        with self.begin() as connection:
            return write_withdrawals(connection, withdrawals)

    def withdrawn_from(self, contents: Contents) -> int:
        """A withdrawal that was redacted says no more of whom it was, and counts. So does one after a newer number,
        whose drop may have been taken before it counted."""
        told, line = withdrawal.c, disclosure.c
        in_drop = sa.exists().where(
            line.kbo == self.kbo, line.reference == told.reference, line.manifest_sha256 == contents.manifest_sha256
        )
        query = sa.select(sa.func.count()).where(
            told.kbo == self.kbo,
            told.after_sequence >= contents.sequence,
            told.link >= intent_link(self.kbo, contents.sequence),
            in_drop | (told.reference.is_(None) & (told.after_sequence == contents.sequence)),
        )
        with self.look() as connection:
            return connection.execute(query).scalar_one()

    def returned_since(self, contents: Contents) -> int:
        with self.look() as connection:
            return count_returned_since(connection, self.kbo, contents)

    def suspension(self) -> Intervention | None:
        with self.look() as connection:
            return current_suspension(read_interventions(connection, self.kbo))

    def require_usable_key(self, fingerprint: str) -> None:
        with self.look() as connection:
            read_key_history(connection).require_usable(fingerprint)

    def record_intervention(self, line: Intervention) -> None:
        """Append what a named person recorded of this recipient."""
        with self.begin() as connection:
            write_intervention(connection, line)

    def notices(self) -> Sequence[Notice]:
        query = sa.select(notice_event).filter_by(kbo=self.kbo).order_by(notice_event.c.id)
        with self.look() as connection:
            return notices.notices_after(from_row(NoticeEvent, row) for row in connection.execute(query).mappings())

    def resends(self) -> Sequence[NoticeResend]:
        query = sa.select(notice_resend).filter_by(kbo=self.kbo).order_by(notice_resend.c.id)
        with self.look() as connection:
            return tuple(from_row(NoticeResend, row) for row in connection.execute(query).mappings())

    def next_notice_number(self) -> int:
        highest = max((notice.number for notice in self.notices()), default=0)
        return next_numbers(self.restorations(), notice=highest + 1)[1]

    def not_notified(self) -> Sequence[NoticeLine]:
        return self._notice_lines(~sa.exists().where(notice_line.c.withdrawal == withdrawal.c.id))

    def notified(self, number: int) -> Sequence[NoticeLine]:
        listed = sa.select(notice_line.c.withdrawal).filter_by(kbo=self.kbo, number=number)
        return self._notice_lines(withdrawal.c.id.in_(listed))

    def _notice_lines(self, condition: sa.ColumnElement[bool]) -> Sequence[NoticeLine]:
        """Of a withdrawal that was redacted, nothing is left to say."""
        query = sa.select(withdrawal.c.id, withdrawal.c.reference, withdrawal.c.at).filter_by(kbo=self.kbo)
        there = query.where(condition, withdrawal.c.reference.is_not(None)).order_by(withdrawal.c.id)
        with self.look() as connection:
            return tuple(NoticeLine(*row) for row in connection.execute(there))


def records_within(connection: sa.Connection, kbo: Kbo) -> RecipientRecords:
    """A recipient's records, read in the transaction that the caller began."""

    def same() -> AbstractContextManager[sa.Connection]:
        return nullcontext(connection)

    return RecipientRecords(same, same, kbo, KnownHistory())


def _restorations(connection: sa.Connection, kbo: Kbo) -> Sequence[Restoration]:
    query = sa.select(restoration).filter_by(kbo=kbo).order_by(restoration.c.id)
    return tuple(from_row(Restoration, row) for row in connection.execute(query).mappings())
