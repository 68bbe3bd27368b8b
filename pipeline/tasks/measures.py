"""What a monitoring system is told of nights and hours: numbers, and of a recipient its KBO. docs/monitoring.md."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.alerts.nights import last_night
from pipeline.core.model import Outcome, Publication
from pipeline.core.run import RunContext
from pipeline.core.serialize import from_json
from pipeline.followup.withdrawal_status import WithdrawalStatus, withdrawal_statuses
from pipeline.ledger.db.ledger import open_existing_ledger
from pipeline.tasks.summary import NightSummary

PREFIX = "gegevensdeling"


@dataclass(frozen=True)
class Measure:
    """A gauge: what it was when it was last told."""

    name: str
    value: float


def night_measures(
    context: RunContext, publications: Sequence[Publication], began_at: datetime | None
) -> list[Measure]:
    """Of a night that ended; only its failure and its length where it published nothing. Raises LedgerUnavailable."""
    found = open_existing_ledger(context.ledger).summary(context.run)
    summary = from_json(NightSummary, found.encode()) if found else None
    told = {"night.published": float(summary is not None)}
    if began_at:
        told["night.seconds"] = (context.clock() - began_at).total_seconds()
    if summary:
        told |= {**_counts(summary), **_recipients(summary, publications)}
    return _measures(told)


def _counts(summary: NightSummary) -> dict[str, float]:
    counts: dict[str, float | None] = {
        "recipients": summary.recipients,
        "recipients_failed": len(summary.failed),
        "rows": summary.rows,
        "rows_lost_to_final_check": summary.dropped,
        "population": summary.population,
        "released": summary.released,
        "withdrawals.recorded": summary.withdrawals_recorded,
        "withdrawals.applied": summary.withdrawals_applied,
        "withdrawals.to_send": summary.withdrawals_to_send,
        "final_check_ms": summary.longest_window_ms,
        **{f"withheld.{reason}": count for reason, count in summary.withheld.items()},
        **{f"drops.{outcome}": summary.outcomes.get(outcome, 0) for outcome in Outcome},
    }
    return {name: float(count) for name, count in counts.items() if count is not None}


def _recipients(summary: NightSummary, publications: Iterable[Publication]) -> dict[str, float]:
    failed = {f"recipient.{kbo}.failed": 1.0 for kbo in summary.failed}
    ended = {f"recipient.{one.kbo}.failed": 0.0 for one in publications}
    rows = {f"recipient.{one.kbo}.rows": float(one.rows) for one in publications}
    return failed | ended | rows


def hour_measures(context: RunContext) -> list[Measure]:
    """How old things are now. Raises LedgerUnavailable."""
    ledger, now = open_existing_ledger(context.ledger), context.clock()
    told: dict[str, float] = {}
    if newest := last_night(ledger):
        told["night.age_seconds"] = (now - newest.ended_at).total_seconds()
        told["recipients_without_drop"] = len(newest.failed)
    for feed, load in ledger.known_feeds().loads.items():
        told[f"feed.{feed}.age_seconds"] = (now - load.produced_at).total_seconds()
    return _measures({**told, **_withdrawals(withdrawal_statuses(context), now)})


def _withdrawals(statuses: Sequence[WithdrawalStatus], now: datetime) -> dict[str, float]:
    overdue = [since for status in statuses for since in status.overdue.values()]
    waiting = [status.waiting_since for status in statuses if status.waiting_since]
    return {
        "withdrawals.not_told": sum(status.not_notified for status in statuses),
        "notices.overdue": len(overdue),
        "notices.oldest_overdue_seconds": _age(overdue, now),
        "drops.oldest_unfetched_seconds": _age(waiting, now),
    }


def _age(instants: Sequence[datetime], now: datetime) -> float:
    return (now - min(instants)).total_seconds() if instants else 0.0


def _measures(told: Mapping[str, float]) -> list[Measure]:
    return list(_named(told))


def _named(told: Mapping[str, float]) -> Iterator[Measure]:
    for name, value in told.items():
        yield Measure(f"{PREFIX}.{name}", value)
