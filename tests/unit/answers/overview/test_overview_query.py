"""Which day is asked, what is known on it, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.answers.overview.days import end_of, month_ends, parse_day, refuse_the_future
from pipeline.answers.overview.model import OverviewQuery
from pipeline.core.errors import SettingsError

NOW = datetime(2026, 6, 15, 22, 30, tzinfo=UTC)
"""Half past midnight of the 16th in Brussels."""
DAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("as_of", "ends"),
    [
        (date(2022, 3, 10), []),
        (date(2022, 3, 11), [date(2022, 3, 11)]),
        (date(2022, 3, 31), [date(2022, 3, 31)]),
        (date(2022, 4, 1), [date(2022, 3, 31), date(2022, 4, 1)]),
    ],
)
def test_the_months_begin_with_the_decree_and_end_with_the_day(as_of: date, ends: list[date]) -> None:
    assert list(month_ends(as_of)) == ends


def test_every_month_is_there_once_with_its_own_last_day() -> None:
    ends = list(month_ends(date(2028, 3, 5)))
    assert len(ends) == 73 and len({(day.year, day.month) for day in ends}) == 73
    assert {day.day for day in ends if day.month == 2} == {28, 29}
    assert all((day + timedelta(days=1)).day == 1 for day in ends[:-1])


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2026, 6, 15), "2026-06-15T21:59:59.999999+00:00"),
        (date(2026, 1, 31), "2026-01-31T22:59:59.999999+00:00"),
        (date(2026, 3, 29), "2026-03-29T21:59:59.999999+00:00"),
        (date(2026, 10, 25), "2026-10-25T22:59:59.999999+00:00"),
    ],
)
def test_a_day_ends_at_its_last_instant_in_brussels(day: date, utc: str) -> None:
    assert end_of(day).astimezone(UTC).isoformat() == utc


def test_a_day_is_written_as_one() -> None:
    assert parse_day("2026-06-15") == DAY
    for text in ("2026-02-30", "15/06/2026", "gisteren", "", "2026-06-15T00:00"):
        with pytest.raises(SettingsError, match="--as-of is not a day: write it as 2026-06-15"):
            parse_day(text)


def test_nothing_is_known_of_the_future() -> None:
    refuse_the_future(date(2026, 6, 16), NOW, NOW)
    with pytest.raises(SettingsError, match=r"--as-of 2026-06-17 is in the future: .* up to today, 2026-06-16"):
        refuse_the_future(date(2026, 6, 17), NOW, NOW)
    with pytest.raises(SettingsError, match=r"--known-at .* is in the future"):
        refuse_the_future(DAY, NOW + timedelta(seconds=1), NOW)


def test_the_window_ends_with_the_day() -> None:
    query = OverviewQuery(DAY, NOW, 7, None)
    window = [DAY - timedelta(days=n) for n in range(-1, 8) if query.is_in_window(DAY - timedelta(days=n))]
    assert (window[0], window[-1], len(window)) == (DAY, date(2026, 6, 9), 7)
    assert OverviewQuery(date(1, 1, 3), NOW, 31, None).window_begins == date(1, 1, 1), "and begins with the calendar"


@pytest.mark.parametrize(
    ("since", "knows"),
    [
        (None, False),
        ("2026-06-15T21:59:59+00:00", True),
        ("2026-06-15T22:00:00+00:00", False),
        ("2026-06-01T00:00:00+00:00", True),
    ],
)
def test_drops_are_known_from_the_local_day_of_the_ledgers_first_line(since: str | None, knows: bool) -> None:
    found = datetime.fromisoformat(since) if since else None
    assert OverviewQuery(DAY, NOW, 7, found).knows_drops_on(DAY) is knows


def test_drops_are_known_up_to_the_local_day_of_what_is_known() -> None:
    query = OverviewQuery(DAY + timedelta(days=3), NOW, 7, datetime(2026, 1, 1, tzinfo=UTC))
    assert query.known_until == date(2026, 6, 16), "in UTC it is still the 15th"
    assert query.knows_drops_on(date(2026, 6, 16)) and not query.knows_drops_on(date(2026, 6, 17))
