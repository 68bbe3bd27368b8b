"""The words of a notice: which step may follow which, what it says, and when it is overdue."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from pipeline.core.model import Kbo
from pipeline.followup.withdrawal_status import overdue_notices
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.notice_series import REPEATS, NoticeResend, notice_series
from pipeline.ledger.notices import (
    MAY_FOLLOW,
    NOTES,
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


@pytest.mark.parametrize("last", MAY_FOLLOW)
@pytest.mark.parametrize("step", sorted({*Step} - NOTES))
def test_only_the_steps_in_the_table_may_follow(last: Step | None, step: Step) -> None:
    history = [event(last)] if last else []
    assert notice_may_follow(event(step), notices_after(history)) is (step in MAY_FOLLOW[last])


def test_every_step_is_one_of_the_table_or_a_note() -> None:
    assert {step for step in MAY_FOLLOW if step} | NOTES == {*Step}
    assert {step for following in MAY_FOLLOW.values() for step in following} == {*Step} - NOTES


@pytest.mark.parametrize("note", sorted(NOTES - {Step.REPINNED}))
def test_a_note_is_made_once_and_moves_nothing(note: Step) -> None:
    history = [event(Step.INTENT), event(Step.RELEASING)]
    assert notice_may_follow(event(note), notices_after(history))
    (noted,) = notices_after([*history, event(note)])
    assert (noted.step, noted.notes) == (Step.RELEASING, {note})
    assert not notice_may_follow(event(note), (noted,))
    assert not notice_may_follow(event(note), notices_after([event(Step.ACKNOWLEDGED)]))


HERE = DropPlace("first", "drop_host", "SHA256:one", "ocmw-gent", "/out")


@pytest.mark.parametrize(
    ("change", "may"),
    [({"host_key": "SHA256:two"}, True), ({}, False), ({"host_key": "SHA256:two", "folder": "/in"}, False)],
)
@pytest.mark.parametrize("last", sorted({*Step} - NOTES))
def test_what_was_seen_whole_may_be_seen_again_under_another_key(last: Step, change: dict[str, str], may: bool) -> None:
    (notice,) = notices_after([replace(event(last), place=HERE)])
    seen = replace(event(Step.REPINNED), place=replace(HERE, **change))
    assert notice_may_follow(seen, (notice,)) is (may and last is Step.PUBLISHED)
    assert not notice_may_follow(replace(seen, place=None), (notice,))
    assert notice.after(seen).place == seen.place and notice.after(seen).step is last


# Repeats


def said(number: int, *steps: Step, repeats: int | None = None, days: float = 0) -> list[NoticeEvent]:
    return [replace(event(step, number, at=AT + timedelta(days)), repeats=repeats) for step in steps]


SEEN = (Step.INTENT, Step.RELEASING, Step.PUBLISHED)


def test_a_repeat_follows_on_one_that_is_not_being_sent_and_was_not_acknowledged() -> None:
    repeat = replace(event(Step.INTENT, 2), repeats=1)
    for steps, may in [((Step.INTENT,), False), (SEEN, True), ((*SEEN, Step.GONE), True)]:
        assert notice_may_follow(repeat, notices_after(said(1, *steps))) is may
    assert not notice_may_follow(repeat, notices_after(said(1, *SEEN, Step.ACKNOWLEDGED)))
    assert not notice_may_follow(replace(repeat, repeats=7), notices_after(said(1, *SEEN))), "there is no such notice"
    assert not notice_may_follow(
        replace(event(Step.RELEASING, 2), repeats=None), notices_after([*said(1, *SEEN), repeat])
    ), "it goes on as the repeat that it is"


def test_a_number_that_is_told_from_elsewhere_is_the_next() -> None:
    """After a backup of the ledger was put back."""
    assert not notice_may_follow(event(Step.INTENT, 2), notices_after(said(1, *SEEN)), 1001)
    assert notice_may_follow(event(Step.INTENT, 1001), notices_after(said(1, *SEEN)), 1001)
    assert notice_may_follow(event(Step.INTENT, 1002), notices_after(said(1, *SEEN) + said(1001, *SEEN)))


def test_one_that_is_gone_is_repeated_a_day_after_it_was_put_and_three_times_at_most() -> None:
    history = said(1, *SEEN, Step.GONE)
    for count in range(1, REPEATS + 1):
        (series,) = notice_series(notices_after(history))
        put = AT + timedelta(count - 1)
        assert not series.repeat_is_due(put + timedelta(days=0.99)) and series.repeat_is_due(put + timedelta(days=1))
        assert not series.must_be_called
        history += said(count + 1, *SEEN, repeats=1, days=count)
        (series,) = notice_series(notices_after(history))
        assert not series.repeat_is_due(AT + timedelta(99)), "it lies there"
        history += said(count + 1, Step.GONE, repeats=1, days=count)
    (series,) = notice_series(notices_after(history))
    assert not series.repeat_is_due(AT + timedelta(99)) and series.must_be_called
    (series,) = notice_series(notices_after(history + said(3, Step.ACKNOWLEDGED, repeats=1)))
    assert not series.must_be_called


def test_one_that_nobody_saw_whole_is_repeated_at_once_and_then_a_day_later() -> None:
    history = said(1, Step.INTENT, Step.RELEASING, Step.GONE)
    assert notice_series(notices_after(history))[0].repeat_is_due(AT)
    history += said(2, Step.INTENT, Step.RELEASING, Step.GONE, repeats=1)
    (series,) = notice_series(notices_after(history))
    assert series.published_at is None and not series.repeat_is_due(AT) and series.repeat_is_due(AT + timedelta(1))


def test_a_person_may_ask_for_another_whatever_became_of_it_and_gets_one() -> None:
    history = [each for n in range(1, 5) for each in said(n, *SEEN, Step.GONE, repeats=None if n == 1 else 1)]
    asked = NoticeResend(KBO, 1, 4, AT, "anna", "she called")
    (series,) = notice_series(notices_after(history), [asked])
    assert series.repeat_is_due(AT) and not series.must_be_called
    (series,) = notice_series(notices_after(history + said(5, *SEEN, repeats=1)), [asked])
    assert not series.repeat_is_due(AT + timedelta(99))
    (series,) = notice_series(notices_after(history + said(5, *SEEN, Step.GONE, repeats=1)), [asked])
    assert series.must_be_called, "those that a person asked for are not counted, and change nothing about the others"


def test_overdue_counts_from_the_first_that_told_and_names_the_last() -> None:
    history = said(1, *SEEN, Step.GONE) + said(2, *SEEN, repeats=1, days=5)
    series = notice_series(notices_after(history))
    assert overdue_notices(series, 7, AT + timedelta(7.1)) == {"S2": AT + timedelta(7)}
    assert overdue_notices(series, 7, AT + timedelta(7)) == {}


def test_numbers_begin_at_one_and_leave_none_out() -> None:
    assert not notice_may_follow(event(Step.INTENT, 2), ())
    assert not notice_may_follow(event(Step.INTENT, 3), notices_after([event(Step.INTENT)]))
    assert notice_may_follow(event(Step.INTENT, 2), notices_after([event(Step.INTENT)]))


OTHERS = [{name: "bb"} for name in ("sha256", "file", "manifest_sha256", "signature_sha256", "signed_by")]
OTHERS.append({"rows": 3})


@pytest.mark.parametrize("other", OTHERS)
def test_a_rendering_that_was_replaced_may_not_go_on(other: dict[str, Any]) -> None:
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
    assert stem_of(KBO, date(2026, 6, 15), 8, 7) == "INTREKKING_OPGROEIEN_0212214125_20260615_000008_HERHAALT_000007"


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
    now, series = AT + timedelta(days=days), notice_series([notice])
    assert series[0].overdue_since(7, now) == expected
    assert overdue_notices(series, 7, now) == ({"S1": expected} if expected else {})
    assert notice.is_sent == (step is not Step.RELEASING)
