"""When a load is under way, feed by feed, and when a feed that only grows has lost rows. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.core.errors import FeedError, LoadUnderWay
from pipeline.core.feeds import FEEDS
from pipeline.core.loads import FeedLoad, KnownFeeds
from pipeline.source.kept import require_seen_rows
from pipeline.source.look import FOR_A_DELIVERY, ControlRow, loads_of, require_whole

AT = datetime(2026, 6, 15, 1, 0, tzinfo=UTC)
EARLIER = AT - timedelta(hours=1)


def control(rows: int = 5, at: datetime | None = AT, complete: int = 1) -> dict[str, ControlRow]:
    return {"parent": ControlRow(1, complete, at, rows)}


def looked(said: Mapping[str, ControlRow], rows: int = 5, seen: FeedLoad | None = None) -> str | None:
    """Why a load of parents is under way; None when it is not."""
    try:
        require_whole(said, {"parent": rows}, KnownFeeds({"parent": seen} if seen else {}))
    except LoadUnderWay as error:
        return str(error)
    return None


SAME, NEWER = FeedLoad(AT, 5), FeedLoad(AT + timedelta(seconds=1), 5)
CASES: dict[str, tuple[Mapping[str, ControlRow], int, FeedLoad | None, str | None]] = {
    "whole": (control(), 5, None, None),
    "as it was seen last": (control(), 5, SAME, None),
    "rows came since the load": (control(), 6, SAME, None),
    "fewer rows": (control(), 4, SAME, "feed parent has 4 of the 5 rows that feed_control says"),
    "no row at all": (control(), 0, SAME, "feed parent has 0 of the 5 rows that feed_control says"),
    "no control row": ({}, 5, SAME, "feed parent has no row in feed_control"),
    "no control row, and never seen": ({}, 5, None, "feed parent has no row in feed_control"),
    "an older load": (
        control(),
        5,
        NEWER,
        "feed parent was produced at 2026-06-15 01:00:00 UTC, before the load of 2026-06-15 01:00:01 UTC",
    ),
    "a load that is older by a part of a second": (
        control(),
        5,
        FeedLoad(AT + timedelta(microseconds=250_000), 5),
        "feed parent was produced at 2026-06-15 01:00:00 UTC, before the load of 2026-06-15 01:00:00.250000 UTC",
    ),
    "a control row without an instant is the checks' to refuse": (control(at=None, complete=0), 5, SAME, None),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_a_load_under_way(name: str) -> None:
    said, rows, seen, says = CASES[name]
    found = looked(said, rows, seen)
    if says is None:
        assert found is None
    else:
        assert found and says in found and "nothing is sent or told on it" in found


def test_every_feed_that_is_not_whole_is_named_and_no_other() -> None:
    said = {"parent": ControlRow(1, 1, AT, 9), "child": ControlRow(1, 1, AT, 1)}
    with pytest.raises(LoadUnderWay) as raised:
        require_whole(said, {"parent": 5, "child": 1, "family": 2}, KnownFeeds())
    assert "feed parent has 5 of the 9" in str(raised.value) and "feed family has no row" in str(raised.value)
    assert "child" not in str(raised.value)


def test_a_feed_that_only_grows_has_as_many_rows_as_were_seen() -> None:
    known = KnownFeeds({"consent_event": FeedLoad(EARLIER, 7), "parent": FeedLoad(EARLIER, 7)})
    require_seen_rows({"consent_event": FeedLoad(AT, 7), "parent": FeedLoad(AT, 1)}, known)
    with pytest.raises(FeedError, match="feed consent_event: 6 rows where 7 were seen before"):
        require_seen_rows({"consent_event": FeedLoad(AT, 6)}, known)


def test_a_night_is_held_against_the_instants_alone() -> None:
    """Its checks compare every row with the watermark, and say more of what is gone."""
    alone = KnownFeeds({"consent_event": FeedLoad(AT, 7)}).loads_alone
    assert alone.loads == {"consent_event": FeedLoad(AT, 0)} and alone.kept is None


def test_what_is_seen_moves_by_a_newer_load_or_more_rows() -> None:
    known = KnownFeeds({"parent": FeedLoad(AT, 5)})
    moved = [FeedLoad(AT + timedelta(seconds=1), 5), FeedLoad(AT, 6)]
    still = [FeedLoad(AT, 5), FeedLoad(EARLIER, 5), FeedLoad(AT, 4)]
    assert [known.is_moved_by({"parent": load}) for load in (*moved, *still)] == [True, True, False, False, False]
    assert known.is_moved_by({"family": FeedLoad(EARLIER, 0)}), "which was never seen"


def test_a_delivery_counts_every_feed_but_the_one_that_it_never_reads() -> None:
    assert set(FEEDS) - set(FOR_A_DELIVERY) == {"child_on_31_december"}


def test_rows_beyond_the_control_row_are_not_believed_to_stay() -> None:
    """They came since the load, or are of one that is under way and may be rolled back."""
    assert [loads_of(control(), {"parent": rows})["parent"].rows for rows in (5, 8)] == [5, 5]
    assert loads_of(control(at=None), {"parent": 5}) == {}
