"""What one task appends while it holds a recipient's lock: events of drops and notices, each after the last one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict, LedgerUnavailable, LockLost
from pipeline.ledger import events, notices
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.history import read_history
from pipeline.ledger.db.records import RecipientRecords, records_within
from pipeline.ledger.db.returns import write_returned_file
from pipeline.ledger.db.rows import to_row
from pipeline.ledger.db.tables import (
    disclosure,
    drop_number,
    notice_event,
    notice_line,
    notice_resend,
    publication_event,
    restoration,
)
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import Contents, Event, Kind, NightDrop
from pipeline.ledger.notice_series import NoticeResend
from pipeline.ledger.notices import NoticeEvent, NoticeLine
from pipeline.ledger.restoration import Restoration
from pipeline.ledger.returns import ReturnedFile, ReturnedRow
from pipeline.ledger.withdrawals import Keys


@dataclass(frozen=True)
class RecipientLog(RecipientRecords):
    """Implements `pipeline.delivery.ports.PublicationLog` over the very connection that holds the recipient's lock.

    `is_ours`: whether this task still has the lock.
    """

    is_ours: Callable[[], bool]

    def require_lock(self) -> None:
        try:
            is_ours = self.is_ours()
        except LedgerUnavailable:
            is_ours = False
        if not is_ours:
            raise LockLost(f"the lock of {self.kbo} is not this task's any more: this one looks again later")

    def record(self, event: Event, lines: Sequence[Disclosure] = ()) -> None:
        if event.kbo != self.kbo:
            raise ValueError(f"the records of {self.kbo} hold no event of {event.kbo}")
        with self.begin() as connection:
            drops = _drops_before(connection, event)
            new: list[dict[str, object]] = []
            if event.kind is Kind.INTENT and event.contents:
                _take_number(connection, event, event.contents.sequence, drops)
                new = _new_lines(connection, event, event.contents, lines)
            row = to_row(event) | (to_row(event.contents) if event.contents else {})
            del row["contents"]
            append(connection, event.at, {publication_event: [row], disclosure: new})

    def record_resend(self, asked: NoticeResend) -> None:
        """Append that a person asks for one more repeat. Raises LedgerConflict when one was asked for already."""
        with self.begin() as connection:
            append(connection, asked.at, {notice_resend: [to_row(asked)]})

    def record_restoration(self, made: Restoration) -> None:
        """Append from which numbers on this recipient's next drop and notice are numbered."""
        with self.begin() as connection:
            append(connection, made.at, {restoration: [to_row(made)]})

    def record_returned(self, taken: ReturnedFile, rows: Sequence[ReturnedRow], keys: Keys, ahead: timedelta) -> bool:
        """As `write_returned_file`."""
        if taken.kbo != self.kbo:
            raise ValueError(f"the records of {self.kbo} hold no file of {taken.kbo}")
        with self.begin() as connection:
            return write_returned_file(connection, taken, rows, keys, ahead)

    def record_notice(self, event: NoticeEvent, told: Sequence[NoticeLine] = ()) -> None:
        with self.begin() as connection:
            write_notice(connection, event, told)


def write_notice(connection: sa.Connection, event: NoticeEvent, told: Sequence[NoticeLine]) -> None:
    """Append one step. What is told stands in one notice, by the schema, and in its repeats. Raises LedgerConflict."""
    records = records_within(connection, event.kbo)
    known = records.notices()
    least = records.next_notice_number()
    if not notices.notice_may_follow(event, known, max(least, event.number)):  # names before a recipient may be taken
        raise LedgerConflict(f"{event.kbo}, notice {event.number}: {event.step} cannot follow; look again")
    is_begun = any(notice.number == event.number for notice in known)
    number = {"kbo": event.kbo, "number": event.number}
    ids = [] if is_begun or event.repeats else sorted(line.withdrawal for line in told)
    lines = [number | {"withdrawal": id_} for id_ in ids]
    append(connection, event.at, {notice_event: [to_row(event)], notice_line: lines})


def _drops_before(connection: sa.Connection, event: Event) -> Sequence[NightDrop]:
    """The drops of the event's night, once the event is known to follow. Raises LedgerConflict."""
    drops = events.delivery_state(read_history(connection, event.kbo, event.night), event.night).drops
    last = events.drop_of_event(event, drops)
    if not events.event_may_follow(event, last):
        after = last.kind if last else "nothing"
        raise LedgerConflict(f"{event.kbo}, night {event.night}: {event.kind} cannot follow {after}; look again")
    return drops


def _take_number(connection: sa.Connection, event: Event, sequence: int, before: Sequence[NightDrop]) -> None:
    """An edition's first intent takes its number; the foreign key holds later ones to it.

    The edition follows from the drops read before: if another task took it meanwhile, the schema refuses this one.
    """
    if all(drop.contents.sequence != sequence for drop in before):
        values = {"kbo": event.kbo, "night": event.night, "edition": len(before) + 1, "sequence": sequence}
        connection.execute(sa.insert(drop_number).values(**values))


def _new_lines(
    connection: sa.Connection, event: Event, contents: Contents, lines: Sequence[Disclosure]
) -> list[dict[str, object]]:
    """What is to be appended of one drop: a drop with that manifest has the same lines whenever it is tried again."""
    drop = {"kbo": event.kbo, "sequence": contents.sequence, "manifest_sha256": contents.manifest_sha256}
    if connection.execute(sa.select(disclosure.c.id).filter_by(**drop).limit(1)).first():
        return []
    return [drop | {"night": event.night} | to_row(line) for line in lines]
