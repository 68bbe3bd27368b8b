"""A load under way is left to the next hour, and is red in the third hour in a row. Pure."""

from datetime import UTC, datetime, timedelta

from pipeline.core.model import Kbo
from pipeline.followup.load_wait import end_wait, waits_too_long

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
FIRST = datetime(2026, 6, 15, 4, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Waits:
    """WaitRecords in memory."""

    def __init__(self) -> None:
        self.lines: dict[Kbo, tuple[datetime, datetime]] = {}

    def waiting_since(self, kbo: Kbo) -> tuple[datetime, datetime] | None:
        return self.lines.get(kbo)

    def save_wait(self, kbo: Kbo, since: datetime, last: datetime) -> None:
        self.lines[kbo] = since, last

    def end_wait(self, kbo: Kbo) -> None:
        del self.lines[kbo]


def test_it_is_red_in_the_third_hour_and_stays_so() -> None:
    waits = Waits()
    assert [waits_too_long(waits, GENT, FIRST + hour * HOUR) for hour in range(4)] == [False, False, True, True]


def test_an_hour_that_begins_some_seconds_sooner_counts_as_an_hour() -> None:
    waits = Waits()
    assert not waits_too_long(waits, GENT, FIRST)
    assert waits_too_long(waits, GENT, FIRST + 2 * HOUR - timedelta(seconds=25))


def test_runs_within_one_hour_count_once() -> None:
    """Right after a night, and by the clock; or a task that is cleared."""
    waits = Waits()
    runs = [FIRST, FIRST + timedelta(minutes=20), FIRST + timedelta(minutes=49), FIRST + HOUR, FIRST + HOUR]
    assert not any(waits_too_long(waits, GENT, at) for at in runs)


def test_a_look_that_is_believed_ends_it() -> None:
    waits = Waits()
    for hour in range(2):
        assert not waits_too_long(waits, GENT, FIRST + hour * HOUR)
    end_wait(waits, GENT)
    end_wait(waits, GENT)
    assert not waits_too_long(waits, GENT, FIRST + 2 * HOUR)


def test_each_recipient_waits_by_itself_and_what_was_long_ago_is_another_load() -> None:
    waits = Waits()
    assert not waits_too_long(waits, AALST, FIRST - 30 * HOUR)
    assert not waits_too_long(waits, GENT, FIRST) and not waits_too_long(waits, AALST, FIRST)
    assert waits_too_long(waits, AALST, FIRST + 2 * HOUR) and waits_too_long(waits, GENT, FIRST + 2 * HOUR)
