"""Against last night: rows that vanished or were altered, feeds that shrank, and a watermark that is damaged."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.engine import engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.model import HeldSnapshot
from pipeline.core.settings import Settings
from pipeline.source.check import check
from pipeline.source.watermark import unpack
from tests.support.checking import judge_plainly, once
from tests.support.worlds.tables import AT, Row, World, baseline, instant, moment, stage, world

NOW = instant(AT)
DEFAULTS = Settings()
EVERY = [feed for feed in FEEDS if feed != "feed_control"]
GROWING = [name for name, feed in FEEDS.items() if feed.append_only]


@pytest.fixture(autouse=True)
def plainly_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_plainly(monkeypatch)


def night(made: World, folder: Path, previous: bytes | None = None, settings: Settings = DEFAULTS) -> bytes:
    return check(stage(made, folder).snapshot, moment(), NOW, settings, previous, docs=None).watermark


last_night = once(night)


def nights(before: World, after: World, folder: Path, settings: Settings = DEFAULTS) -> str | None:
    """What the second night is refused with, or held by, after the first; None when it passes."""
    previous = last_night(before, folder / "before")
    try:
        done = check(stage(after, folder / "after").snapshot, moment(), NOW, settings, previous, docs=None).checked
    except FeedError as error:
        return str(error)
    return f"held: {done.message}" if isinstance(done, HeldSnapshot) else None


def other(value: Any) -> Any:
    match value:
        case None:
            return None
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "x"
        case _:
            return value + timedelta(days=1)


def filled(feed: str) -> World:
    """A world in which no column of the feed is NULL."""
    made = baseline()
    kinds = {"date": NOW.date(), "bigint": 3, "varchar": "1", "boolean": True}
    for column, kind in FEEDS[feed].columns.items():
        if made[feed][0][column] is None:
            made[feed][0][column] = kinds[kind]
    return made


def test_the_same_again_passes_and_gives_the_same_bytes(tmp_path: Path) -> None:
    first = night(baseline(), tmp_path / "a")
    assert night(baseline(), tmp_path / "b", first) == first


@pytest.mark.parametrize("feed", GROWING)
def test_every_column_of_a_row_is_in_its_hash(feed: str, tmp_path: Path) -> None:
    made = filled(feed)
    [row] = made[feed]
    variants = [row, *(row | {column: other(row[column])} for column in row), *(row | {column: None} for column in row)]
    made[feed] = variants
    assert len(set(hashes(made, feed, tmp_path))) == len(variants)


def hashes(made: World, feed: str, folder: Path) -> list[int]:
    """Straight from the SQL: such a world would be refused for its keys."""
    settings = Settings()
    with engine(settings, folder) as run:
        run.attach(stage(made, folder / "staged").snapshot, moment(), settings)
        run.run("source/check/watermark/row_hash.sql")
        kept = run.run("source/check/watermark/kept.sql")
    return [row["row_hash"] for row in kept.to_pylist() if row["feed"] == feed]


def test_every_feed_that_only_grows_is_in_the_watermark_and_the_versions_of_the_consent_text(tmp_path: Path) -> None:
    found = set(unpack(night(baseline(), tmp_path)).hashes["feed"].to_pylist())
    assert found == {*GROWING, "consent_text"}


def test_a_hash_is_64_bits_of_the_md5_of_a_rows_json(tmp_path: Path) -> None:
    """So that another release of DuckDB finds the same: else every row would seem altered on the night after."""
    text = '["agreement","A1","2025-01-15 09:00:00+00","0212214125","T1","2025-01-10","2025-02-01",null,null,null]'
    expected = int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little")
    assert hashes(baseline(), "agreement", tmp_path) == [expected]


def two(feed: str) -> World:
    made = baseline()
    key = FEEDS[feed].key[0]
    [row] = made[feed]
    own = {"residence": {}, "agreement": {key: "A2"}, "protocol": {key: "P2"}}.get(feed, {key: 2})
    made[feed] = [row, row | own | {"recorded_at": NOW}]
    return made


@pytest.mark.parametrize("feed", GROWING)
def test_a_row_that_vanished(feed: str, tmp_path: Path) -> None:
    assert nights(two(feed), baseline(), tmp_path) == (
        f"feed {feed}: 1 of 2 rows of last night gone or altered, though it may only grow; "
        "ask the agency to restore it, then run this again"
    )


@pytest.mark.parametrize("feed", GROWING)
def test_a_row_that_came(feed: str, tmp_path: Path) -> None:
    assert nights(baseline(), two(feed), tmp_path) is None


def test_a_row_that_was_altered(tmp_path: Path) -> None:
    after = baseline()
    after["consent_event"][0]["kind"] = "withdrawal"
    assert "feed consent_event: 1 of 1 rows of last night gone or altered" in str(nights(baseline(), after, tmp_path))


def test_a_row_that_vanished_behind_one_that_came(tmp_path: Path) -> None:
    """The count is the same; only the hashes tell."""
    after = world({"consent_event": [{"event_id": 2}]})
    assert "feed consent_event: 1 of 1 rows of last night gone" in str(nights(baseline(), after, tmp_path))


def test_a_feed_of_which_rows_may_change_is_not_compared_row_by_row(tmp_path: Path) -> None:
    assert nights(baseline(), world({"parent": [{"phone": None}]}), tmp_path) is None


def events(grants: int, withdrawals: int) -> World:
    """Ids are by kind, so that more of one kind leaves the other's rows as they were; all recorded just now."""
    granted = [{"event_id": i, "kind": "grant", "recorded_at": NOW} for i in range(grants)]
    withdrawn = [{"event_id": 10_000 + i, "kind": "withdrawal", "recorded_at": NOW} for i in range(withdrawals)]
    return world({"consent_event": granted + withdrawn})


def parents(count: int) -> World:
    return world({"parent": [{}] * count})


NO = {"event_id": 7, "parent_id": 99, "kind": "withdrawal"}
OF_NOBODY = "withdrawals or malformed grants recorded since last night are of a parent that feed parent does not have"
UNKNOWN: list[tuple[list[Row], list[Row], str | None]] = [
    ([{}], [{}, NO | {"recorded_at": NOW}], f"held: feed consent_event: 1 {OF_NOBODY} (at most 0)"),
    ([{}], [{}, NO | {"recorded_at": NOW, "kind": "grant", "fields": None}], f"1 {OF_NOBODY}"),
    ([{}], [{}, NO | {"recorded_at": NOW, "kind": "renewal"}], f"1 {OF_NOBODY}"),
    ([{}], [{}, NO | {"recorded_at": NOW, "kind": "grant"}], None),
    ([{}], [{}, NO | {"recorded_at": NOW, "parent_id": 1}], None),
    ([{}, NO], [{}, NO], None),
]


@pytest.mark.parametrize(("before", "after", "says"), UNKNOWN)
def test_a_new_no_of_an_unknown_parent_holds_the_run(
    before: list[Row], after: list[Row], says: str | None, tmp_path: Path
) -> None:
    told = nights(world({"consent_event": before}), world({"consent_event": after}), tmp_path)
    assert (says is None) == (told is None) and (says or "") in (told or "")


def test_how_many_are_let_pass_is_a_setting(tmp_path: Path) -> None:
    after = world({"consent_event": [{}, NO | {"recorded_at": NOW}]})
    assert nights(world({}), after, tmp_path, replace(DEFAULTS, max_noes_of_unknown_parent=1)) is None


BY = "since last night, by"
CHANGES: list[tuple[World, World, str | None]] = [
    (parents(100), parents(120), None),
    (parents(100), parents(80), None),
    (parents(100), parents(121), f"held: feed parent: parents went from 100 to 121 {BY} 21.0% (at most 20.0%)"),
    (parents(100), parents(79), f"held: feed parent: parents went from 100 to 79 {BY} 21.0% (at most 20.0%)"),
    (parents(99), parents(1), None),
    (parents(1), parents(99), None),
    (parents(1), parents(100), f"held: feed parent: parents went from 1 to 100 {BY} 9900.0% (at most 20.0%)"),
    (events(100, 0), events(120, 99), None),
    (
        events(100, 0),
        events(121, 0),
        f"held: feed consent_event: grants went from 100 to 121 {BY} 21.0% (at most 20.0%)",
    ),
    (
        events(0, 100),
        events(0, 150),
        f"held: feed consent_event: withdrawals went from 100 to 150 {BY} 50.0% (at most 20.0%)",
    ),
    (
        events(200, 0),
        events(150, 0),
        "feed consent_event: 50 of 200 rows of last night gone or altered, though it may only grow; "
        f"feed consent_event: grants went from 200 to 150 {BY} 25.0% (at most 20.0%); ask the agency to restore it "
        "and ask the agency whether this is right, then run this again",
    ),
]


@pytest.mark.parametrize(("before", "after", "sentence"), CHANGES, ids=range(len(CHANGES)))
def test_a_change_is_allowed_up_to_its_share(before: World, after: World, sentence: str | None, tmp_path: Path) -> None:
    assert nights(before, after, tmp_path) == sentence


def test_the_share_is_a_setting(tmp_path: Path) -> None:
    assert nights(parents(100), parents(110), tmp_path, Settings(max_change_share=0.1)) is None
    assert "(at most 9.0%)" in str(nights(parents(100), parents(110), tmp_path / "b", Settings(max_change_share=0.09)))


DAMAGES = {
    "nothing": lambda packed: b"",
    "cut short": lambda packed: packed[: len(packed) // 2],
    "without its end": lambda packed: packed[:-1],
    "something else": lambda packed: b"PAR1 not really PAR1",
    "a bit over": lambda packed: packed[:60] + bytes([packed[60] ^ 1]) + packed[61:],
    "another table": lambda packed: parquet(pa.table({"a": [1]})),
    "without counts": lambda packed: parquet(pa.table({"feed": ["x"], "row_hash": [1]})),
}


def parquet(table: pa.Table) -> bytes:
    stream = BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_watermark_is_never_an_empty_one(damage: Callable[[bytes], bytes], tmp_path: Path) -> None:
    packed = damage(last_night(events(500, 0), tmp_path / "before"))
    with pytest.raises(FeedError) as caught:
        night(events(500, 0), tmp_path / "after", packed)
    assert str(caught.value) == (
        "the watermark of last night cannot be read, so feeds cannot be compared with it: "
        "restore it from a backup, then run this again"
    )


def test_a_snapshot_from_before_the_last_night_is_not_compared_with_it(tmp_path: Path) -> None:
    packed = last_night(baseline(), tmp_path / "later")
    earlier = stage(baseline(), tmp_path / "earlier", read_at=NOW - timedelta(hours=1)).snapshot
    with pytest.raises(FeedError) as caught:
        check(earlier, moment(), NOW, Settings(), packed, None)
    assert str(caught.value) == (
        "the snapshot was read at 2026-06-15 00:30 UTC, before the last night that was checked "
        "(2026-06-15 01:30 UTC): clear the run from its first task, so that it reads anew"
    )


def test_the_watermark_keeps_counts_and_no_values(tmp_path: Path) -> None:
    kept = unpack(night(events(3, 2), tmp_path))
    counts = {(row["feed"], row["name"]): row["rows"] for row in kept.counts.to_pylist()}
    assert counts["consent_event", "grants"] == 3 and counts["consent_event", "withdrawals"] == 2
    assert counts["parent", "parents"] == counts["parent", "rows"] == 1
    assert kept.read_at == NOW and kept.hashes.schema.names == ["feed", "row_hash"] and kept.hashes.num_rows == 10
    assert {row["feed"]: row["produced_at"] for row in kept.loads.to_pylist()} == dict.fromkeys(EVERY, NOW)
