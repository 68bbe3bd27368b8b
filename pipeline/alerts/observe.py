"""What is wrong now, by the ledger, its anchors, the agency's control rows, and the newest run of `nightly_delivery`.

What cannot be looked at is no news: its alerts stay as they are.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from pipeline.alerts.model import Alert, AlertKind, AlertTopic, Observation
from pipeline.alerts.nights import LastNight, last_night
from pipeline.alerts.told import read_question
from pipeline.core.errors import AgencyUnreachable, PipelineError
from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.core.run import RunContext
from pipeline.followup.withdrawal_status import WithdrawalStatus, withdrawal_statuses
from pipeline.ledger.anchors import goes_on_from_anchors
from pipeline.ledger.db.ledger import open_existing_ledger
from pipeline.source.agency_health import read_control_rows
from pipeline.source.look import ControlRow

log = logging.getLogger(__name__)

FRESH = timedelta(hours=24)
"""A feed that was produced longer than this before its hour is of the night before."""
ENDED = ("success", "failed")


@dataclass(frozen=True)
class SeenRun:
    """The newest run of `nightly_delivery` in Airflow, of the night `night`, in Airflow's own word for its state."""

    run: str
    due: datetime
    state: str


def observe(context: RunContext, seen: SeenRun | None) -> Observation:
    """Of all topics that can be looked at. `context` is of today."""
    alerts: list[Alert] = []
    topics: set[AlertTopic] = set()
    newest: LastNight | None = None

    def look(topic: AlertTopic, find: Callable[[], Iterable[Alert] | None]) -> None:
        try:
            found = find()
        except PipelineError as error:
            log.warning("alerts: %s cannot be looked at: %s", topic, error)
            return
        if found is not None:
            alerts.extend(found)
            topics.add(topic)

    try:
        newest = last_night(open_existing_ledger(context.ledger))
    except PipelineError as error:
        log.warning("alerts: the ledger cannot be looked at: %s", error)
    look(AlertTopic.CHAIN, lambda: chain_alerts(context))
    look(AlertTopic.HELD, lambda: held_alerts(context, seen))
    look(AlertTopic.NIGHT, lambda: night_alerts(context, seen, newest))
    look(AlertTopic.DELIVERY, lambda: delivery_alerts(newest))
    look(AlertTopic.FEED, lambda: feed_alerts(context))
    look(AlertTopic.NOTICE, lambda: notice_alerts(withdrawal_statuses(context)))
    return Observation(tuple(alerts), topics, newest.night if newest else None)


def chain_alerts(context: RunContext) -> list[Alert]:
    """Raises LedgerUnavailable."""
    if goes_on_from_anchors(context):
        return []
    return [Alert(AlertKind.CHAIN_BROKEN, context.night)]


def held_alerts(context: RunContext, seen: SeenRun | None) -> list[Alert]:
    """The question that was asked last, while it waits for an answer. Raises LedgerUnavailable."""
    question = read_question(Path(context.settings.alerts).absolute())
    if question is None or question.at is None or context.clock() >= question.at:
        return []
    is_over = seen is not None and seen.run == question.run and seen.state in ENDED
    return [] if is_over or open_existing_ledger(context.ledger).answers(question.run) else [question]


def night_alerts(context: RunContext, seen: SeenRun | None, newest: LastNight | None) -> list[Alert]:
    """Of tonight, and of the night of a run that was cleared. `newest`: None where the ledger cannot tell."""
    due, of = instant_of(context, context.settings.night_due_hour), local_day(seen.due) if seen else None
    is_due = context.clock() >= due and not (newest and newest.night >= context.night)
    found = []
    if seen and of and seen.state == "failed" and not (newest and newest.night >= of):
        found.append(Alert(AlertKind.NIGHT_FAILED, of, str(of), run=seen.run))
    if is_due and (seen is None or of is None or of < context.night):
        found.append(Alert(AlertKind.NIGHT_NOT_BEGUN, context.night, str(context.night), at=due))
    elif is_due and seen and not found:
        found.append(Alert(AlertKind.NIGHT_LATE, context.night, str(context.night), at=due, run=seen.run))
    return found


def delivery_alerts(newest: LastNight | None) -> list[Alert] | None:
    """None where no night is known."""
    if newest is None:
        return None
    return [
        Alert(AlertKind.DELIVERY_FAILED, newest.night, kbo, name, run=newest.run) for kbo, name in newest.failed.items()
    ]


def feed_alerts(context: RunContext) -> list[Alert] | None:
    """None before the feeds' hour, and where the ledger cannot tell whether tonight accepted them."""
    accepted = open_existing_ledger(context.ledger).newest_night()
    if accepted and accepted >= context.night:
        return []
    due = instant_of(context, context.settings.feeds_due_hour)
    if context.clock() < due:
        return None
    try:
        control = read_control_rows(context.agency, context.settings)
    except AgencyUnreachable:
        return [
            Alert(AlertKind.FEED_LATE, context.night, "agency_db", "alle tabellen: de databank antwoordt niet", due)
        ]
    return late_feeds(control, context, due)


def late_feeds(control: Mapping[str, ControlRow], context: RunContext, due: datetime) -> list[Alert]:
    """Those without a complete row, or with one of before the day that ends at `due`."""
    feeds = [feed for feed in FEEDS if feed != CONTROL.name]
    return [
        Alert(AlertKind.FEED_LATE, context.night, feed, feed, due)
        for feed in feeds
        if not _is_in(control.get(feed), due)
    ]


def _is_in(row: ControlRow | None, due: datetime) -> bool:
    if row is None or row.complete != 1 or row.produced_at is None:
        return False
    at = row.produced_at if row.produced_at.tzinfo else row.produced_at.replace(tzinfo=UTC)
    return at > due - FRESH


def notice_alerts(statuses: Iterable[WithdrawalStatus]) -> list[Alert]:
    """Each notice that is overdue, or gone with every repeat."""
    found = []
    for status in statuses:
        name = f"{status.name} ({status.kbo})".lstrip()
        for stem, since in status.overdue.items():
            found.append(Alert(AlertKind.NOTICE_OVERDUE, local_day(since), stem, name, since))
        for stem in status.to_call:
            found.append(Alert(AlertKind.NOTICE_GONE, date.fromisoformat(stem.split("_")[3]), stem, name))
    return found


def instant_of(context: RunContext, hour: float) -> datetime:
    """That hour of tonight, in Brussels."""
    minutes = round(hour * 60)
    return datetime.combine(context.night, time(minutes // 60 % 24, minutes % 60), BRUSSELS)
