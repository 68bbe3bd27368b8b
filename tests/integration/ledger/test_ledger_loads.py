"""What looks are held against, in the ledger: loads that only move forward, the last night's sums, and who waits."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.loads import FeedLoad, KeptRows, KnownFeeds
from pipeline.core.model import Kbo
from pipeline.ledger.db.ledger import LedgerDb
from tests.support.worlds.ledgers import new_ledger

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
AT = datetime(2026, 6, 15, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerDb:
    if request.param == "sqlite":
        return new_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return new_ledger(fresh())


def test_what_was_seen_only_moves_forward_each_feed_by_itself(ledger: LedgerDb) -> None:
    assert ledger.known_feeds().loads == {}
    ledger.believe_loads({"parent": FeedLoad(AT, 5), "child": FeedLoad(AT, 7)})
    ledger.believe_loads({"parent": FeedLoad(AT - MINUTE, 4), "child": FeedLoad(AT + MINUTE, 6)})
    assert ledger.known_feeds().loads == {"parent": FeedLoad(AT, 5), "child": FeedLoad(AT + MINUTE, 7)}
    ledger.believe_loads({"parent": FeedLoad(AT - MINUTE, 9), "family": FeedLoad(AT, 0)})
    assert ledger.known_feeds().loads == {
        "parent": FeedLoad(AT, 9),
        "child": FeedLoad(AT + MINUTE, 7),
        "family": FeedLoad(AT, 0),
    }


def test_two_that_move_it_at_once_leave_the_newest(ledger: LedgerDb) -> None:
    feeds = ["consent_event", "parent", "child"]
    seen = [
        {feed: FeedLoad(AT + n * MINUTE, n) for feed in (feeds if n % 2 else reversed(feeds))} for n in range(1, 13)
    ]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ledger.believe_loads, seen))
    assert ledger.known_feeds().loads == {feed: FeedLoad(AT + 12 * MINUTE, 12) for feed in feeds}


def test_the_sums_are_those_of_the_newest_accepted_night_and_an_old_line_has_none(ledger: LedgerDb) -> None:
    night, sums = date(2026, 6, 15), KeptRows(1750000000, {"consent_event": (3, 2**40, 2**60)})
    assert ledger.known_feeds().kept is None and ledger.known_feeds().watermark() is None
    ledger.save_watermark("one", night, AT, b"one", sums)
    known: KnownFeeds = ledger.known_feeds()
    assert known.kept == sums and known.watermark() == b"one"
    ledger.save_watermark("two", night, AT + MINUTE, b"two")
    assert ledger.known_feeds().kept is None


def test_who_waits_for_a_load_is_kept_by_recipient(ledger: LedgerDb) -> None:
    assert ledger.waiting_since(GENT) is None
    for minutes in (1, 2):
        ledger.save_wait(GENT, AT, AT + minutes * MINUTE)
    assert ledger.waiting_since(GENT) == (AT, AT + 2 * MINUTE) and ledger.waiting_since(AALST) is None
    ledger.end_wait(GENT)
    ledger.end_wait(GENT)
    assert ledger.waiting_since(GENT) is None
