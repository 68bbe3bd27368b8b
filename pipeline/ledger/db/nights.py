"""The ledger's records of whole nights: watermarks, decisions, answers to held runs, summaries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.core.loads import KeptRows
from pipeline.core.model import HeldRule
from pipeline.core.serialize import to_json
from pipeline.ledger.approvals import Answer, held_rules_json
from pipeline.ledger.db.chain import append
from pipeline.ledger.db.engine import read_transaction, transaction
from pipeline.ledger.db.rows import from_row, to_row
from pipeline.ledger.db.tables import accepted_night, answer, night_decisions, night_summary

NIGHTS_KEPT = 3
"""Accepted nights to compare the next one with: the last, and two more in case of re-runs; and the latest by date."""


@dataclass(frozen=True)
class NightDecisions:
    """What one run decided, as opaque bytes of pipeline/gate/replay/replay.py; `key_id` names the key of its hashes."""

    run: str
    night: date
    decided_at: datetime
    key_id: str
    decisions: bytes


@dataclass(frozen=True)
class ClosedNight:
    """What one run came to, as JSON of pipeline/tasks/summary.py."""

    run: str
    night: date
    at: datetime
    summary: str


@dataclass(frozen=True)
class NightRecords:
    """Every method raises LedgerUnavailable."""

    engine: sa.Engine

    def save_watermark(
        self, run_id: str, night: date, at: datetime, payload: bytes, kept: KeptRows | None = None
    ) -> None:
        """Keep what this run's checks accepted, in place of what the same run saved before; old nights go.

        The newest are those accepted last, whatever their date: an old night that is cleared read newer feeds. Raises
        LedgerConflict where the same run accepted newer feeds.
        """
        table = accepted_night
        with transaction(self.engine) as connection:
            newer = sa.select(table.c.at).where(table.c.run_id == run_id, table.c.at > at)
            if connection.execute(newer).first():
                raise LedgerConflict("a later try of this run accepted newer feeds: this one goes no further")
            connection.execute(sa.delete(table).where(table.c.run_id == run_id))
            row = {"run_id": run_id, "night": night, "at": at, "watermark": payload}
            connection.execute(sa.insert(table).values(row | {"kept": to_json(kept).decode() if kept else None}))
            last = sa.select(table.c.night).group_by(table.c.night).order_by(sa.func.max(table.c.at).desc())
            is_new = table.c.night.in_(last.limit(NIGHTS_KEPT).scalar_subquery())
            is_latest = table.c.night == sa.select(sa.func.max(table.c.night)).scalar_subquery()
            connection.execute(sa.delete(table).where(~is_new, ~is_latest))

    def last_watermark(self) -> bytes | None:
        """The newest watermark that was accepted, by whatever run: a run that is cleared is held to its own word."""
        query = sa.select(accepted_night.c.watermark).order_by(accepted_night.c.at.desc()).limit(1)
        with read_transaction(self.engine) as connection:
            return connection.execute(query).scalar()

    def last_accepted(self) -> tuple[str, date] | None:
        """Run and night of the newest snapshot that was accepted; without its watermark, which may be large."""
        query = sa.select(accepted_night.c.run_id, accepted_night.c.night).order_by(accepted_night.c.at.desc()).limit(1)
        with read_transaction(self.engine) as connection:
            row = connection.execute(query).first()
        return (row.run_id, row.night) if row else None

    def newest_night(self) -> date | None:
        """The latest night of which the feeds were accepted, whatever was accepted after it."""
        with read_transaction(self.engine) as connection:
            return connection.execute(sa.select(sa.func.max(accepted_night.c.night))).scalar()

    def accepted_at(self) -> datetime | None:
        """The instant of the newest snapshot that was accepted."""
        query = sa.select(accepted_night.c.at).order_by(accepted_night.c.at.desc()).limit(1)
        with read_transaction(self.engine) as connection:
            return connection.execute(query).scalar()

    def save_summary(self, run_id: str, night: date, at: datetime, summary: str) -> None:
        """Keep what this run came to, in place of what the same run came to before."""
        with transaction(self.engine) as connection:
            connection.execute(sa.delete(night_summary).where(night_summary.c.run_id == run_id))
            connection.execute(sa.insert(night_summary).values(run_id=run_id, night=night, at=at, summary=summary))

    def last_summary(self, night: date) -> str | None:
        """What the latest run of a night came to, or None when none ever closed."""
        table = night_summary
        query = sa.select(table.c.summary).where(table.c.night == night).order_by(table.c.at.desc()).limit(1)
        with read_transaction(self.engine) as connection:
            return connection.execute(query).scalar()

    def newest_summary(self) -> ClosedNight | None:
        """What the latest night came to, by its latest run; None when none ever closed."""
        table = night_summary
        query = sa.select(table).order_by(table.c.night.desc(), table.c.at.desc()).limit(1)
        with read_transaction(self.engine) as connection:
            row = connection.execute(query).first()
        return ClosedNight(row.run_id, row.night, row.at, row.summary) if row else None

    def recent_summaries(self, nights: int) -> Sequence[str]:
        """What each of so many nights came to, by its latest run, the newest first."""
        table = night_summary.c
        place = sa.func.row_number().over(partition_by=table.night, order_by=table.at.desc())
        newest = sa.select(table.night, table.summary, place.label("place")).subquery()
        query = sa.select(newest.c.summary).where(newest.c.place == 1).order_by(newest.c.night.desc()).limit(nights)
        with read_transaction(self.engine) as connection:
            return connection.execute(query).scalars().all()

    def last_closed_summary(self) -> str | None:
        """What the run that closed last came to, of any night; None when none ever closed."""
        query = sa.select(night_summary.c.summary).order_by(night_summary.c.at.desc()).limit(1)
        with read_transaction(self.engine) as connection:
            return connection.execute(query).scalar()

    def summary(self, run_id: str) -> str | None:
        """What a run came to, or None when it never closed."""
        query = sa.select(night_summary.c.summary).where(night_summary.c.run_id == run_id)
        with read_transaction(self.engine) as connection:
            return connection.execute(query).scalar()

    def save_decisions(self, decided: NightDecisions, days: float) -> None:
        """Add what a run decided; a run that is cleared decides anew, and both stay. Older ones than `days` go."""
        oldest = decided.decided_at - timedelta(days=days)
        with transaction(self.engine) as connection:
            connection.execute(sa.delete(night_decisions).where(night_decisions.c.decided_at < oldest))
            connection.execute(sa.insert(night_decisions).values(**to_row(decided)))

    def decided_instants(self) -> Sequence[tuple[date, datetime]]:
        """Night and instant of everything decided that is on record, the newest first."""
        table = night_decisions
        query = sa.select(table.c.night, table.c.decided_at).order_by(table.c.decided_at.desc(), table.c.id.desc())
        with read_transaction(self.engine) as connection:
            return [(row.night, row.decided_at) for row in connection.execute(query)]

    def decisions(self, decided_at: datetime) -> NightDecisions | None:
        """What was decided at exactly that instant, or None."""
        table = night_decisions
        query = sa.select(table).where(table.c.decided_at == decided_at).order_by(table.c.id.desc()).limit(1)
        with read_transaction(self.engine) as connection:
            row = connection.execute(query).mappings().first()
        return from_row(NightDecisions, row) if row else None

    def record_answer(self, given: Answer) -> None:
        """Append what a person said of a held run."""
        with transaction(self.engine) as connection:
            append(connection, given.at, {answer: [to_row(given, held=held_rules_json(given.held))]})

    def answers(self, run_id: str) -> Sequence[Answer]:
        """Everything said of one run, in the order it was said."""
        query = sa.select(answer).filter_by(run_id=run_id).order_by(answer.c.id)
        with read_transaction(self.engine) as connection:
            return [_answer(row) for row in connection.execute(query).mappings()]


def _answer(row: sa.RowMapping) -> Answer:
    return from_row(Answer, row, held=tuple(HeldRule(**rule) for rule in json.loads(row["held"])))
