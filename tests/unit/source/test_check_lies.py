"""Feeds that lie about time or about how much there is: where each rule begins to bite, to the microsecond and row."""

import json
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from expectations.suites import of_a_delivery, of_a_night
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.model import HeldSnapshot, Moment
from pipeline.core.settings import Settings
from pipeline.source.check import CheckResult, check
from pipeline.source.watermark import unpack
from tests.support.checking import judge_plainly, once
from tests.support.rechecked import recheck
from tests.support.worlds.tables import AT, World, baseline, instant, moment, stage, world

NOW = instant(AT)
DEFAULTS = Settings()
EVERY = [feed for feed in FEEDS if feed != "feed_control"]
GROWING = [name for name, feed in FEEDS.items() if feed.append_only]
TICK = timedelta(microseconds=1)
SKEW = timedelta(minutes=5)
STAMP = "; ask the agency to stamp them with when they were recorded, then run this again"
RESTORE = "; ask the agency to restore it, then run this again"


@pytest.fixture(autouse=True)
def plainly_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_plainly(monkeypatch)


def night(made: World, folder: Path, previous: bytes | None = None, settings: Settings = DEFAULTS) -> CheckResult:
    return check(stage(made, folder).snapshot, moment(), NOW, settings, previous, docs=None)


last_night = once(lambda made, folder: night(made, folder).watermark)


def said(run: Callable[[], object]) -> str | None:
    """The sentence with which the run is refused, or by which it is held; None when it passes."""
    try:
        done = run()
    except FeedError as error:
        return str(error)
    if isinstance(done, CheckResult) and isinstance(done.checked, HeldSnapshot):
        return f"held: {done.checked.message}"
    return None


def nights(before: World, after: World, folder: Path, settings: Settings = DEFAULTS) -> str | None:
    """What the second night says of itself after the first."""
    first = last_night(before, folder / "before")
    return said(lambda: night(after, folder / "after", first, settings))


def produced(made: World, at: datetime, feeds: Iterable[str] = EVERY) -> World:
    """The world with feeds that were produced at another instant than the others."""
    control = [{"feed": f, "produced_at": at if f in feeds else NOW, "row_count": len(made[f])} for f in EVERY]
    return made | {"feed_control": control}


def joined_by(feed: str, recorded_at: datetime) -> World:
    """The baseline and one more row in a feed that only grows."""
    return joined_in([feed], recorded_at)


def joined_in(feeds: Iterable[str], recorded_at: datetime) -> World:
    """The same of several feeds."""
    made = baseline()
    own: dict[str, dict[str, Any]] = {"residence": {}, "agreement": {"agreement_id": "A2"}}
    own["protocol"] = {"protocol_id": "P2"}
    for feed in feeds:
        [row] = made[feed]
        made[feed] = [row, row | own.get(feed, {FEEDS[feed].key[0]: 2}) | {"recorded_at": recorded_at}]
    return made


BEFORE = "hours before last night's load"
PAST = "rows written into the past: recorded before last night's load, and yet not in it"


ALL_GROWING = f"feeds {', '.join(GROWING)}"


def test_a_row_is_written_into_the_past_from_the_skew_before_the_last_load_on(tmp_path: Path) -> None:
    """In each feed that only grows, and each is named."""
    assert nights(baseline(), joined_in(GROWING, NOW - SKEW), tmp_path / "a") is None
    late = nights(baseline(), joined_in(GROWING, NOW - SKEW - TICK), tmp_path / "b")
    assert late == f"{ALL_GROWING}: 1 of 2 {PAST}{STAMP}"


def test_a_row_that_was_there_is_not_written_into_the_past(tmp_path: Path) -> None:
    old = joined_in(GROWING, NOW - timedelta(days=900))
    assert nights(old, old, tmp_path) is None


def test_what_came_between_last_nights_load_and_its_reading_is_no_lie(tmp_path: Path) -> None:
    """A load of midnight that is read at half past three cannot hold what was recorded in between."""
    load = NOW - timedelta(hours=2)
    assert nights(produced(baseline(), load), joined_by("consent_event", load - SKEW), tmp_path / "a") is None
    late = joined_by("consent_event", load - SKEW - TICK)
    assert PAST in str(nights(produced(baseline(), load), late, tmp_path / "b"))


def test_a_load_that_is_a_little_ahead_vouches_for_no_more_than_was_read(tmp_path: Path) -> None:
    ahead = produced(baseline(), NOW + timedelta(minutes=4))
    after = produced(joined_by("consent_event", NOW - SKEW), NOW + timedelta(minutes=4))
    assert nights(ahead, after, tmp_path) is None


def test_each_feed_is_held_to_its_own_load(tmp_path: Path) -> None:
    load = NOW - timedelta(hours=2)
    before = produced(baseline(), load, ["consent_event"])
    assert nights(before, joined_by("consent_event", load), tmp_path / "a") is None
    assert PAST in str(nights(before, joined_by("residence", load), tmp_path / "b"))


def test_a_row_that_was_altered_is_both_gone_and_written_into_the_past(tmp_path: Path) -> None:
    after = baseline()
    after["consent_event"][0]["kind"] = "withdrawal"
    assert nights(baseline(), after, tmp_path) == (
        "feed consent_event: 1 of 1 rows of last night gone or altered, though it may only grow; "
        f"feed consent_event: 1 of 1 {PAST}; ask the agency to restore it and "
        "ask the agency to stamp them with when they were recorded, then run this again"
    )


def test_how_far_clocks_may_differ_is_a_setting(tmp_path: Path) -> None:
    wide = Settings(max_clock_skew_minutes=60)
    assert nights(baseline(), joined_by("residence", NOW - 12 * SKEW), tmp_path / "a", wide) is None
    assert nights(baseline(), joined_by("residence", NOW + 12 * SKEW), tmp_path / "b", wide) is None
    assert PAST in str(nights(baseline(), joined_by("residence", NOW - 12 * SKEW - TICK), tmp_path / "c", wide))


def nightly(made: World, folder: Path) -> object:
    return night(made, folder)


def before_a_delivery(made: World, folder: Path) -> object:
    return recheck(stage(made, folder).snapshot, moment(), NOW, DEFAULTS)


AHEAD = "rows recorded more than 5 minutes in the future"


@pytest.mark.parametrize("run", [nightly, before_a_delivery])
def test_a_row_comes_from_the_future_from_the_skew_on(run: Callable[[World, Path], object], tmp_path: Path) -> None:
    """In each feed that only grows, and each is named."""
    assert said(lambda: run(joined_in(GROWING, NOW + SKEW), tmp_path / "a")) is None
    ahead = said(lambda: run(joined_in(GROWING, NOW + SKEW + TICK), tmp_path / "b"))
    assert ahead == f"{ALL_GROWING}: 1 of 2 {AHEAD}{STAMP}"


def test_the_future_begins_now_also_for_a_decision_of_the_past(tmp_path: Path) -> None:
    past = Moment.of(NOW - timedelta(days=30))
    for recorded, refused in ((NOW, False), (NOW + SKEW + TICK, True)):
        staged = stage(joined_by("consent_event", recorded), tmp_path / str(refused)).snapshot
        sentence = said(lambda staged=staged: check(staged, past, NOW, DEFAULTS, None, None))
        assert (sentence is not None) is refused


def test_a_load_may_be_read_twice_but_not_be_followed_by_an_older_one(tmp_path: Path) -> None:
    assert nights(baseline(), baseline(), tmp_path / "same") is None
    assert nights(produced(baseline(), NOW - TICK), baseline(), tmp_path / "later") is None
    older = nights(baseline(), produced(baseline(), NOW - TICK, ["child"]), tmp_path / "older")
    assert older == f"feed child: produced 0.0 {BEFORE}, as after a return to an older backup{RESTORE}"


def test_every_feed_remembers_its_load(tmp_path: Path) -> None:
    """Each is older than last night's by another number of hours."""
    hours = {feed: number for number, feed in enumerate(EVERY, 1)}
    made = produced(baseline(), NOW)
    for row in made["feed_control"]:
        row["produced_at"] -= timedelta(hours=hours[row["feed"]])
    older = str(nights(baseline(), made, tmp_path))
    for feed in EVERY:
        assert f"feed {feed}: produced {hours[feed]}.0 {BEFORE}" in older, feed


def test_a_whole_registry_of_an_older_backup_is_named_in_one_breath(tmp_path: Path) -> None:
    older = str(nights(joined_by("consent_event", NOW), produced(baseline(), NOW - timedelta(hours=25)), tmp_path))
    assert older.startswith(f"feeds {', '.join(EVERY)}: produced 25.0 {BEFORE}")
    assert "feed consent_event: 1 of 2 rows of last night gone or altered" in older


def test_a_control_row_of_a_table_that_is_not_ours_is_passed_over(tmp_path: Path) -> None:
    first, second = (produced(baseline(), NOW) for _ in range(2))
    first["feed_control"].append({"feed": "visit", "produced_at": NOW, "row_count": 1})
    second["feed_control"].append({"feed": "visit", "produced_at": NOW - timedelta(days=1), "row_count": 1})
    assert nights(first, second, tmp_path) is None


def altered(packed: bytes, change: Callable[[dict[str, Any]], object]) -> bytes:
    """A watermark with other metadata."""
    table = pq.ParquetFile(BytesIO(packed)).read()
    meta = json.loads(table.schema.metadata[b"gegevensdeling"])
    change(meta)
    stream = BytesIO()
    pq.write_table(table.replace_schema_metadata({b"gegevensdeling": json.dumps(meta).encode()}), stream)
    return stream.getvalue()


def test_a_watermark_of_before_loads_were_kept_compares_the_rest(tmp_path: Path) -> None:
    old = altered(last_night(baseline(), tmp_path / "before"), lambda meta: meta.pop("loads"))
    assert unpack(old).loads.num_rows == 0
    lies = produced(joined_by("consent_event", NOW - timedelta(days=9)), NOW - timedelta(hours=9))
    assert said(lambda: night(lies, tmp_path / "lies", old)) is None
    gone = world({"consent_event": [{"event_id": 2}]})
    assert "1 of 1 rows of last night gone" in str(said(lambda: night(gone, tmp_path / "gone", old)))


@pytest.mark.parametrize("loads", [None, 3, [3], [{}], [{"feed": "child", "produced_at": "soon"}]])
def test_damaged_loads_are_never_no_loads(loads: object, tmp_path: Path) -> None:
    packed = altered(last_night(baseline(), tmp_path / "before"), lambda meta: meta.update(loads=loads))
    sentence = said(lambda: night(baseline(), tmp_path / "after", packed))
    assert sentence is not None and sentence.startswith("the watermark of last night cannot be read")


def of(feed: str, rows: int) -> World:
    """So many rows of a feed without history, each with a key of its own."""
    return of_each([feed], rows)


def of_each(feeds: Iterable[str], rows: int) -> World:
    """The same of several feeds."""
    keys: dict[str, Callable[[int], dict[str, Any]]] = {
        "recipient": lambda i: {"kbo": "0212214125" if i == 0 else f"{i:010}"},
        "recipient_municipality": lambda i: {"nis_code": f"{i:05}"},
        "local_team": lambda i: {"local_team_id": f"T{i}"},
        "consent_text": lambda i: {"text_version": f"v{i}"},
        "child_on_31_december": lambda i: {"child_id": i},
    }
    return world({feed: [keys.get(feed, lambda i: {})(i) for i in range(rows)] for feed in feeds})


def test_a_large_feed_may_shrink_up_to_its_share_and_grow_without_end(tmp_path: Path) -> None:
    """Each of the three, and each is named."""
    feeds = ("family", "child", "child_on_31_december")
    for number, (last, tonight) in enumerate([(100, 80), (100, 500), (99, 1), (1, 500)]):
        assert nights(of_each(feeds, last), of_each(feeds, tonight), tmp_path / str(number)) is None
    shrunk = str(nights(of_each(feeds, 100), of_each(feeds, 79), tmp_path / "shrunk"))
    assert shrunk == "held: " + "; ".join(
        f"feed {feed}: 100 rows last night, 79 tonight, 21.0% fewer (at most 20.0%)" for feed in feeds
    )
    few = Settings(max_change_share=0.4, min_rows_for_shares=5)
    assert nights(of_each(feeds, 5), of_each(feeds, 3), tmp_path / "few", few) is None
    fewer = str(nights(of_each(feeds, 5), of_each(feeds, 2), tmp_path / "fewer", few))
    for feed in feeds:
        assert f"feed {feed}: 5 rows last night, 2 tonight, 60.0% fewer (at most 40.0%)" in fewer, feed


def test_a_register_may_grow_but_not_lose_one_row(tmp_path: Path) -> None:
    """Each of the three, and each is named."""
    feeds = ("recipient", "recipient_municipality", "local_team")
    assert nights(of_each(feeds, 2), of_each(feeds, 9), tmp_path / "more") is None
    fewer = nights(of_each(feeds, 304), of_each(feeds, 303), tmp_path / "fewer")
    assert fewer == "held: " + "; ".join(
        f"feed {feed}: 304 rows last night, 303 tonight (none may be lost)" for feed in feeds
    )


def test_a_consent_text_may_end_but_not_vanish(tmp_path: Path) -> None:
    ended = world({"consent_text": [{"accepted_until": "2026-01-01"}]})
    assert nights(baseline(), ended, tmp_path / "ended") is None
    assert nights(of("consent_text", 2), of("consent_text", 3), tmp_path / "more") is None
    behind = world({"consent_text": [{"text_version": "v0"}, {"text_version": "v2"}]})
    gone = nights(of("consent_text", 2), behind, tmp_path / "gone")
    assert gone == f"feed consent_text: 1 of 2 versions of last night gone, though consents refer to them{RESTORE}"


def test_only_what_compares_amounts_with_last_night_may_be_let_go() -> None:
    suites = of_a_night(DEFAULTS, compared=True)
    assert {(feed, rule.fact) for feed, rules in suites.items() for rule in rules if rule.volume} == {
        ("recipient", "rows_lost"),
        ("recipient_municipality", "rows_lost"),
        ("local_team", "rows_lost"),
        ("family", "rows_lost_share"),
        ("parent", "parents_change"),
        ("child", "rows_lost_share"),
        ("child_on_31_december", "rows_lost_share"),
        ("consent_event", "grants_change"),
        ("consent_event", "withdrawals_change"),
        ("consent_event", "noes_of_unknown_parent"),
    }


def test_what_a_person_may_let_go_is_refused_together_with_what_must_be_mended(tmp_path: Path) -> None:
    after = of("local_team", 1) | {"consent_event": []}
    both = str(nights(of("local_team", 2), after, tmp_path))
    assert "feed local_team: 2 rows last night, 1 tonight (none may be lost)" in both
    assert "feed consent_event: 1 of 1 rows of last night gone" in both and not both.startswith("held")


def test_without_an_earlier_night_nothing_can_be_let_go() -> None:
    for suites in (of_a_night(DEFAULTS, compared=False), of_a_delivery(DEFAULTS)):
        assert not [rule for rules in suites.values() for rule in rules if rule.volume]


def test_the_order_of_rows_tells_nothing(tmp_path: Path) -> None:
    """Tables have no order: out of order is what is stamped out of order, not what is read so."""
    made = joined_by("consent_event", NOW)
    turned = made | {"consent_event": made["consent_event"][::-1]}
    assert nights(made, turned, tmp_path) is None
