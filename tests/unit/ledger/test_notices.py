"""The words of a notice: which step may follow which, what it says, and when it is overdue."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.core.model import Kbo
from pipeline.followup.withdrawal_status import overdue_notices
from pipeline.ledger.notices import (
    MAY_FOLLOW,
    Notice,
    NoticeEvent,
    Step,
    notice_may_follow,
    notices_after,
    stem_of,
)

KBO = Kbo("0212214125")
AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)


def event(step: Step, number: int = 1, sha256: str = "aa", rows: int = 2, at: datetime = AT) -> NoticeEvent:
    return NoticeEvent(KBO, number, step, "run", at, f"S{number}", f"S{number}.csv", sha256, rows)


@pytest.mark.parametrize("last", [None, *Step])
@pytest.mark.parametrize("step", list(Step))
def test_only_the_steps_in_the_table_may_follow(last: Step | None, step: Step) -> None:
    history = [event(last)] if last else []
    assert notice_may_follow(event(step), notices_after(history)) is (step in MAY_FOLLOW[last])


def test_numbers_begin_at_one_and_leave_none_out() -> None:
    assert not notice_may_follow(event(Step.INTENT, 2), ())
    assert not notice_may_follow(event(Step.INTENT, 3), notices_after([event(Step.INTENT)]))
    assert notice_may_follow(event(Step.INTENT, 2), notices_after([event(Step.INTENT)]))


@pytest.mark.parametrize("other", [{"sha256": "bb"}, {"rows": 3}, {"file": "other"}])
def test_a_rendering_that_was_replaced_may_not_go_on(other: dict[str, object]) -> None:
    before = notices_after([event(Step.INTENT)])
    assert not notice_may_follow(replace(event(Step.RELEASING), **other), before)
    assert notice_may_follow(replace(event(Step.INTENT), **other), before)
    assert not notice_may_follow(replace(event(Step.INTENT), stem="other"), before)


def test_instants_are_those_of_the_steps() -> None:
    later = AT + timedelta(days=2)
    history = [event(Step.INTENT), event(Step.RELEASING), event(Step.PUBLISHED), event(Step.ACKNOWLEDGED, at=later)]
    (told,) = notices_after(history)
    assert (told.published_at, told.acknowledged_at, told.step) == (AT, later, Step.ACKNOWLEDGED)
    assert (told.go_name, told.ack_name) == ("S1.GO", "S1.ACK")
    assert notices_after(history[:2])[0].published_at is None


def test_the_name_says_for_whom_which_night_and_which_number() -> None:
    assert stem_of(KBO, date(2026, 6, 15), 7) == "INTREKKING_OPGROEIEN_0212214125_20260615_000007"


@pytest.mark.parametrize(
    ("step", "days", "expected"),
    [
        (Step.PUBLISHED, 7, None),
        (Step.PUBLISHED, 7.001, AT + timedelta(days=7)),
        (Step.ACKNOWLEDGED, 9, None),
        (Step.RELEASING, 9, None),
    ],
)
def test_overdue_is_what_counts_and_nobody_answered(step: Step, days: float, expected: datetime | None) -> None:
    published_at = AT if step is not Step.RELEASING else None
    notice = Notice(KBO, 1, step, "S1", "S1.csv", "aa", 2, published_at)
    now = AT + timedelta(days=days)
    assert notice.overdue_since(7, now) == expected
    assert overdue_notices([notice], 7, now) == ({"S1": expected} if expected else {})
    assert notice.is_sent == (step is not Step.RELEASING)
