"""The status of each recipient, from Airflow and the ledger together: by KBO, never by a place alone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipeline.airflow.last_night import (
    DeliveryStatus,
    NightRun,
    RecipientStatus,
    TaskState,
    filter_statuses,
    recipient_statuses,
    task_state,
)
from pipeline.ledger.events import REMARKS, Contents, Event, Kind
from tests.support.worlds.small_world import AALST, BRUGGE, GENT

NIGHT, BEFORE = date(2026, 6, 15), date(2026, 6, 14)
AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
RUN = "scheduled__2026-06-15"


def event(kind: Kind, hours: float = 0, night: date = NIGHT, run: str = RUN, number: int = 2, kbo: Any = GENT) -> Event:
    stem = f"AANMELDING_OPGROEIEN_{kbo}_{night:%Y%m%d}_{number:06}"
    contents = Contents(
        number, stem, 3, {f"{stem}.csv": "0" * 64}, f"{stem}.datapackage.json", "1" * 64, signed_by="SHA256:key"
    )
    remark = kind in REMARKS
    return Event(kbo, night, run, kind, AT + timedelta(hours=hours), None if remark else contents)


def drop(*after: Kind, **of: Any) -> list[Event]:
    """A drop that counted, and what came after it, an hour apart."""
    kinds = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, *after)
    return [event(kind, max(0, number - 2), **of) for number, kind in enumerate(kinds)]


def one(events: Sequence[Event], state: str | None = "success") -> RecipientStatus:
    """The status of Gent."""
    run = NightRun(RUN, NIGHT, "success", (TaskState(GENT, "OCMW Gent", 0, state, AT),))
    (found,) = recipient_statuses(run, events, {})
    return found


CASES: dict[str, tuple[Sequence[Event], str | None, DeliveryStatus, float | None]] = {
    "delivered": (drop(), "success", DeliveryStatus.DELIVERED, 0),
    "looked after": ([*drop(), event(Kind.RECHECKED, 1)], "success", DeliveryStatus.DELIVERED, 0),
    "by an earlier run": (drop(run="manual__before"), "success", DeliveryStatus.ALREADY_THERE, 0),
    "gone": (drop(Kind.FETCHED), "success", DeliveryStatus.FETCHED, 1),
    "read": (drop(Kind.READ), "success", DeliveryStatus.READ, 1),
    "acknowledged": (drop(Kind.READ, Kind.ACKNOWLEDGED, Kind.FETCHED), "success", DeliveryStatus.ACKNOWLEDGED, 2),
    "acknowledged and taken away": (
        drop(Kind.ACKNOWLEDGED, Kind.EXPIRING, Kind.EXPIRED),
        None,
        DeliveryStatus.ACKNOWLEDGED,
        1,
    ),
    "reminded": (drop(Kind.REMINDED), "success", DeliveryStatus.OVERDUE, 1),
    "reminded and then read": (drop(Kind.REMINDED, Kind.READ), "success", DeliveryStatus.READ, 2),
    "expired": (drop(Kind.REMINDED, Kind.EXPIRING, Kind.EXPIRED), "success", DeliveryStatus.EXPIRED, 3),
    "being taken away": (drop(Kind.EXPIRING), "success", DeliveryStatus.DELIVERED, 0),
    "recalled": (drop(Kind.RECALLING, Kind.RECALLED), "success", DeliveryStatus.TAKEN_BACK, 2),
    "covered no more": (drop(Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST), "success", DeliveryStatus.TAKEN_BACK, 2),
    "moved": (drop(Kind.MOVING, Kind.MOVED), "success", DeliveryStatus.TAKEN_BACK, 2),
    "suspended after it counted": (
        drop(Kind.SUSPENDING, Kind.SUSPENDED),
        "success",
        DeliveryStatus.SUSPENDED,
        2,
    ),
    "suspended before": ([event(Kind.RECIPIENT_SUSPENDED)], "success", DeliveryStatus.SUSPENDED, 0),
    "lost by its host": (drop(Kind.LOST), "success", DeliveryStatus.LOST, 1),
    "its place destroyed": (drop(Kind.DESTROYED), "success", DeliveryStatus.LOST, 1),
    "replaced": ([*drop(Kind.RECALLING, Kind.RECALLED), *drop(number=3)], "success", DeliveryStatus.DELIVERED, 0),
    "failed": ([], "failed", DeliveryStatus.FAILED, 0),
    "failed half way": ([event(Kind.INTENT), event(Kind.RELEASING)], "failed", DeliveryStatus.FAILED, 0),
    "failed after it counted": (drop(), "failed", DeliveryStatus.FAILED, 0),
    "never begun": ([], "upstream_failed", DeliveryStatus.FAILED, 0),
    "not covered": ([event(Kind.NOT_COVERED)], "success", DeliveryStatus.NOT_COVERED, 0),
    "overtaken": ([event(Kind.SUPERSEDED)], "success", DeliveryStatus.SUPERSEDED, 0),
    "not begun yet": ([], None, DeliveryStatus.WAITING, None),
    "running": ([event(Kind.INTENT)], "running", DeliveryStatus.WAITING, None),
    "to be tried again": ([event(Kind.NOT_COVERED)], "up_for_retry", DeliveryStatus.WAITING, None),
    "cleared after it counted": (drop(), None, DeliveryStatus.DELIVERED, 0),
    "well, and nothing on record": ([], "success", DeliveryStatus.UNKNOWN, 0),
    "well, and half a drop": ([event(Kind.INTENT)], "success", DeliveryStatus.UNKNOWN, 0),
    "of another night": (drop(night=BEFORE), "success", DeliveryStatus.UNKNOWN, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_its_fate_and_since_when(case: str) -> None:
    events, state, status, hours = CASES[case]
    found = one(events, state)
    assert (found.status, found.since) == (status, None if hours is None else AT + timedelta(hours=hours))


def test_every_fate_is_among_the_cases() -> None:
    assert {status for *_, status, _ in CASES.values()} == set(DeliveryStatus)


def test_the_instants_are_those_of_the_drop_that_counted() -> None:
    late = drop(Kind.RECALLING, Kind.RECALLED) + drop(Kind.READ, Kind.FETCHED, Kind.ACKNOWLEDGED, number=3)
    found = one(late)
    assert (found.delivered_at, found.taken_in_at, found.acknowledged_at) == (
        AT,
        AT + timedelta(hours=1),
        AT + timedelta(hours=3),
    )
    assert found.signed_by == "SHA256:key"
    assert one([]).delivered_at is None and one([]).signed_by == ""


def test_a_drop_is_as_late_as_the_one_that_it_succeeds() -> None:
    """Housekeeping says it once a drop, and not in the same minute as the new one."""
    last_night = drop(Kind.REMINDED, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST, night=BEFORE, number=1)
    assert one([*last_night, *drop()]).status is DeliveryStatus.OVERDUE
    fetched = drop(Kind.REMINDED, Kind.FETCHED, night=BEFORE, number=1)
    assert one([*fetched, *drop()]).status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize(
    ("label", "place", "kbo", "name"),
    [
        (f"OCMW Gent ({GENT})", 1, GENT, "OCMW Gent"),
        (f"OCMW (Oud) Gent ({GENT})", 1, GENT, "OCMW (Oud) Gent"),
        (f"({GENT})", 1, GENT, ""),
        (None, 1, GENT, ""),
        ("", 1, GENT, ""),
        ("1", 1, GENT, ""),
        (f"OCMW Gent ({GENT})", 9, GENT, "OCMW Gent"),
        (f"OCMW Gent ({GENT})", 0, None, ""),
        (None, 9, None, ""),
        (None, -1, None, ""),
    ],
)
def test_whose_task_it_is(label: str | None, place: int, kbo: Any, name: str) -> None:
    """By name and by place; where the two contradict each other, or both are silent, nobody's."""
    found = task_state(label, place, [BRUGGE, GENT], "failed", None)
    assert (found.kbo, found.name) == (kbo, name)


def test_a_task_that_is_nobodys_is_shown_as_such_and_hides_nobody() -> None:
    run = NightRun(
        RUN, NIGHT, "failed", (TaskState(None, "", 0, "failed", AT), TaskState(BRUGGE, "OCMW Brugge", 1, "success", AT))
    )
    found = recipient_statuses(run, drop(), {GENT: "OCMW Gent"})
    assert [(each.kbo, each.status) for each in found] == [
        (None, DeliveryStatus.UNKNOWN),
        (BRUGGE, DeliveryStatus.UNKNOWN),
        (GENT, DeliveryStatus.DELIVERED),
    ]


def test_places_that_moved_take_no_state_along() -> None:
    """Airflow keeps a state by its place: the list of a run that was cleared may be another (apache/airflow#72725)."""
    labels = [(f"OCMW Aalst ({AALST})", 0, "failed"), (f"OCMW Gent ({GENT})", 1, "success")]
    tasks = tuple(task_state(label, place, [GENT, AALST], state, AT) for label, place, state in labels)
    found = recipient_statuses(NightRun(RUN, NIGHT, "failed", tasks), drop() + drop(kbo=AALST), {})
    assert {each.kbo: each.status for each in found if each.kbo} == {
        GENT: DeliveryStatus.DELIVERED,
        AALST: DeliveryStatus.DELIVERED,
    }
    assert [each.status for each in found if each.kbo is None] == [DeliveryStatus.UNKNOWN] * 2, (
        "nobody is called failed"
    )


def test_a_drop_of_before_that_was_taken_back_is_shown_as_long_as_nothing_came_in_its_place() -> None:
    """As while a night is held, or stopped: nobody has a task yet."""
    recalled = drop(Kind.RECALLING, Kind.RECALLED, night=BEFORE, number=1)
    held = NightRun(RUN, NIGHT, "running", is_held=True)
    (found,) = recipient_statuses(held, recalled, {GENT: "OCMW Gent"})
    assert (found.kbo, found.name, found.status) == (GENT, "OCMW Gent", DeliveryStatus.TAKEN_BACK)
    assert (found.since, found.delivered_at) == (AT + timedelta(hours=2), AT)
    replaced = [*recalled, *drop(night=BEFORE, number=2)]
    assert recipient_statuses(held, replaced, {}) == []
    assert recipient_statuses(held, drop(night=BEFORE, number=1), {}) == [], "what lies there is not of this night"
    delivered = recipient_statuses(held, [*recalled, *drop()], {})
    assert [one.status for one in delivered] == [DeliveryStatus.DELIVERED]
    failed = NightRun(RUN, NIGHT, "failed", (TaskState(GENT, "", 0, "failed", AT),))
    assert [one.status for one in recipient_statuses(failed, recalled, {})] == [DeliveryStatus.FAILED]


def test_who_needs_a_person_comes_first_and_names_come_from_the_overview_where_the_task_has_none() -> None:
    tasks = (
        TaskState(GENT, "OCMW Gent", 0, "success", AT),
        TaskState(AALST, "", 1, None, None),
        TaskState(BRUGGE, "", 2, "failed", AT),
    )
    found = recipient_statuses(NightRun(RUN, NIGHT, "running", tasks), drop(), {BRUGGE: "OCMW Brugge"})
    assert [(each.name, each.status) for each in found] == [
        ("OCMW Brugge", DeliveryStatus.FAILED),
        ("", DeliveryStatus.WAITING),
        ("OCMW Gent", DeliveryStatus.DELIVERED),
    ]


def test_the_filter_is_by_fate_and_by_text_whatever_its_case_and_accents() -> None:
    found = [
        RecipientStatus(GENT, "OCMW Gent", DeliveryStatus.FAILED),
        RecipientStatus(AALST, "OCMW Sint-Étienne", DeliveryStatus.READ),
        RecipientStatus(None, "", DeliveryStatus.UNKNOWN),
    ]
    assert [each.kbo for each in filter_statuses(found, None, "")] == [GENT, AALST, None]
    assert [each.kbo for each in filter_statuses(found, DeliveryStatus.READ, "")] == [AALST]
    for text in ("gent", " GENT ", "0212214125", "0212.214.125", "212.214"):
        assert [each.kbo for each in filter_statuses(found, None, text)] == [GENT]
    assert [each.kbo for each in filter_statuses(found, None, "sint-etienne")] == [AALST]
    assert filter_statuses(found, DeliveryStatus.READ, "gent") == [] == filter_statuses(found, None, "(.*)")
