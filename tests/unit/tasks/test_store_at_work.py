"""Which run is at work in a store, by the marks that its tasks left there and when."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.core.object_store import ObjectEntry
from pipeline.tasks.store_at_work import LEFT, OVER, is_at_work

NOW = datetime(2026, 11, 29, 4, 0, tzinfo=UTC)
MARK = "at-work/task-0123456789abcdef"


@pytest.mark.parametrize(
    ("minutes_ago", "at_work"),
    [
        ({}, False),
        ({MARK: 1}, True),
        ({MARK: 64}, True),  # killed, or at work for long
        ({MARK: 66}, False),  # killed: no task is at work for so long
        ({LEFT: 4}, True),  # the next task is about to begin
        ({LEFT: 6}, False),
        ({MARK: 20, LEFT: 2, OVER: 1}, False),  # killed, and another try ended it before the run was closed
        ({OVER: 20, MARK: 1}, True),  # cleared, and not yet come to taking the sign of the end away
        ({OVER: 1, MARK: 1}, True),
        ({"release.parquet": 1}, False),
    ],
)
def test_a_run_is_at_work(minutes_ago: dict[str, int], at_work: bool) -> None:
    found = [ObjectEntry(f"night/{key}", 1, NOW - timedelta(minutes=past)) for key, past in minutes_ago.items()]
    assert is_at_work("night", found, NOW) == at_work
