"""Dataset checks: a table of bad feeds, each with the sentence an engineer reads.

Judged by the rules' own words here, to be quick; test_check_judge.py shows that Great Expectations answers the same.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Moment, Snapshot
from pipeline.core.settings import Settings
from pipeline.source.check import CheckResult, check
from tests.spec.batch import side_by_side
from tests.support.checking import judge_plainly
from tests.support.rechecked import recheck
from tests.support.worlds.tables import AT, World, baseline, instant, moment, stage, world

NOW = instant(AT)
DEFAULTS = Settings()
EVERY = [feed for feed in FEEDS if feed != "feed_control"]
NEVER_EMPTY = [
    "recipient",
    "recipient_municipality",
    "local_team",
    "family",
    "parent",
    "residence",
    "child",
    "indicator_assessment",
]


@pytest.fixture(autouse=True)
def plainly_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    judge_plainly(monkeypatch)


def night(made: World, folder: Path, previous: bytes | None = None, settings: Settings = DEFAULTS) -> CheckResult:
    return check(stage(made, folder).snapshot, moment(), NOW, settings, previous, docs=None)


def refused(run: Callable[[], object]) -> str:
    with pytest.raises(FeedError) as caught:
        run()
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith("then run this again")
    return sentence


def marked(feed: str, column: str) -> World:
    made = baseline()
    made[feed][0] |= {"unparsable": column, column: None}
    return made


def with_control(feed: str, **differs: Any) -> World:
    """The baseline with a control row that differs, or without it (no `differs`)."""
    made = baseline()
    rows = [{"feed": name, "produced_at": NOW, "row_count": len(made[name])} for name in EVERY]
    made["feed_control"] = [
        row | differs if row["feed"] == feed else row for row in rows if differs or row["feed"] != feed
    ]
    return made


TWICE = "incomplete or used twice"
AGAIN = "ask the agency to load it again, then run this again"
MEND = "ask the agency to mend it, then run this again"
SENTENCES: dict[str, tuple[World, str]] = {
    "absent from control": (
        with_control("consent_event"),
        f"feed consent_event: 0 complete rows in feed_control instead of 1; {AGAIN}",
    ),
    "control without an instant": (
        with_control("child", produced_at=None),
        f"feed child: 0 complete rows in feed_control instead of 1; {AGAIN}",
    ),
    "another row count": (
        with_control("residence", row_count=2),
        f"feed residence: row count 1 where feed_control says 2; {AGAIN}",
    ),
    "more rows than control": (
        with_control("agreement", row_count=0),
        f"feed agreement: row count 1 where feed_control says 0; {AGAIN}",
    ),
    "of the day before yesterday": (
        with_control("parent", produced_at=NOW - timedelta(hours=48)),
        f"feed parent: stale, produced 48.0 hours before the decision (at most 26); {AGAIN}",
    ),
    "of tomorrow": (
        with_control("family", produced_at=NOW + timedelta(hours=1)),
        "feed family: produced 60.0 minutes in the future (at most 5); "
        "ask the agency to set its clock, then run this again",
    ),
    "no parents": (world({"parent": []}), f"feed parent: empty; {AGAIN}"),
    "a key used twice": (
        world({"parent": [{"parent_id": 1}, {"parent_id": 1}]}),
        f"feed parent: key (parent_id) {TWICE} in 1 of 2 rows; {MEND}",
    ),
    "no key": (
        world({"consent_event": [{"event_id": None}]}),
        f"feed consent_event: key (event_id) {TWICE} in 1 of 1 rows; {MEND}",
    ),
    "impossible in a paper": (
        marked("agreement", "signed_on"),
        "feed agreement: signed_on cannot be read as date in 1 of 1 rows, or is outside the years 1900 to 9999; "
        f"{MEND}",
    ),
    "impossible in a service": (
        marked("recipient_municipality", "valid_until"),
        "feed recipient_municipality: valid_until cannot be read as date in 1 of 1 rows, or is outside the years 1900 "
        f"to 9999; {MEND}",
    ),
    "NULL in a text": (
        marked("consent_text", "accepted_from"),
        "feed consent_text: accepted_from cannot be read as date in 1 of 1 rows, or is outside the years 1900 to 9999, "
        f"or is NULL; {MEND}",
    ),
    "a person's row that is nobody's": (
        marked("child", "family_id"),
        f"feed child: family_id cannot be read as bigint in 1 of 1 rows, or is NULL; {MEND}",
    ),
    "agreement of nobody": (
        world({"agreement": [{"kbo": "0999999999"}]}),
        f"feed agreement: kbo not in feed recipient in 1 of 1 rows; {MEND}",
    ),
    "protocol of nobody": (
        world({"protocol": [{"kbo": "0999999999"}, {"protocol_id": "P2"}]}),
        f"feed protocol: kbo not in feed recipient in 1 of 2 rows; {MEND}",
    ),
    "territory of nobody": (
        world({"recipient_municipality": [{}, {"kbo": None}]}),
        f"feed recipient_municipality: key (kbo, nis_code, valid_from) {TWICE} in 1 of 2 rows; "
        f"feed recipient_municipality: kbo not in feed recipient in 1 of 2 rows; {MEND}",
    ),
    "several at once": (
        with_control("child", row_count=3) | {"parent": []},
        "feed parent: row count 0 where feed_control says 1; feed parent: empty; "
        f"feed child: row count 1 where feed_control says 3; {AGAIN}",
    ),
}


@pytest.mark.parametrize(("made", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_a_bad_feed_stops_the_run_with_one_sentence(made: World, sentence: str, tmp_path: Path) -> None:
    assert refused(lambda: night(made, tmp_path)) == sentence


def test_the_baseline_passes(tmp_path: Path) -> None:
    passed = night(baseline(), tmp_path)
    assert passed.checked.findings == () and passed.checked.report is None and passed.watermark


@pytest.mark.parametrize("feed", FEEDS)
def test_a_feed_absent_from_the_snapshot(feed: str, tmp_path: Path) -> None:
    whole = stage(baseline(), tmp_path).snapshot
    part = Snapshot(whole.read_at, {name: file for name, file in whole.feeds.items() if name != feed})
    sentence = (
        f"1 of 14 feeds are not in the snapshot ({feed}): ask the agency to restore the table, then run this again"
    )
    assert refused(lambda: check(part, moment(), NOW, Settings(), None, None)) == sentence


SETS_APART = [
    (name, column)
    for name in (
        "family", "parent", "residence", "child", "child_on_31_december", "indicator_assessment", "consent_event"
    )
    for column, kind in FEEDS[name].columns.items()
    if kind != "bigint"
]  # fmt: skip
"""Where an impossible value sets a person apart. An id is another matter: it says whose the row is."""


def nightly(made: World, folder: Path) -> object:
    return night(made, folder)


def before_a_delivery(made: World, folder: Path) -> object:
    return recheck(stage(made, folder).snapshot, moment(), NOW, Settings())


@pytest.mark.parametrize("run", [nightly, before_a_delivery])
def test_every_feed_must_be_in_control(run: Callable[[World, Path], object], tmp_path: Path) -> None:
    sentence = refused(lambda: run(baseline() | {"feed_control": []}, tmp_path))
    assert sentence == f"feeds {', '.join(EVERY)}: 0 complete rows in feed_control instead of 1; {AGAIN}"


@pytest.mark.parametrize("run", [nightly, before_a_delivery])
def test_every_column_of_every_feed_must_be_readable(run: Callable[[World, Path], object], tmp_path: Path) -> None:
    made = baseline() | {"feed_control": [{"feed": feed, "produced_at": NOW, "row_count": 1} for feed in EVERY]}
    for name, feed in FEEDS.items():
        made[name][0]["unparsable"] = ",".join(feed.columns)
    sentence = refused(lambda: run(made, tmp_path))
    for name, feed in FEEDS.items():
        for column, kind in feed.columns.items():
            if (name, column) not in SETS_APART:
                assert f"{column} cannot be read as {kind} in 1 of" in sentence, (name, column)


@pytest.mark.parametrize("run", [nightly, before_a_delivery])
def test_an_impossible_value_in_a_row_about_one_person_stops_nobody_else(
    run: Callable[[World, Path], object], tmp_path: Path
) -> None:
    """Each of every column, in a world of its own, side by side: what stopped the run would be named."""
    assert run(side_by_side([marked(feed, column) for feed, column in SETS_APART]), tmp_path)


@pytest.mark.parametrize("run", [nightly, before_a_delivery])
def test_every_key_must_be_whole_and_used_once(run: Callable[[World, Path], object], tmp_path: Path) -> None:
    made = baseline()
    control = [{"feed": feed, "produced_at": NOW, "row_count": 3} for feed in EVERY]
    made["feed_control"] = [*control, {"feed": None, "produced_at": NOW, "row_count": 1}, control[0]]
    for feed in EVERY:
        [row] = made[feed]
        made[feed] = [row, row, row | {FEEDS[feed].key[-1 if feed != "residence" else 0]: None}]
    sentence = refused(lambda: run(made, tmp_path))
    for name, feed in FEEDS.items():
        rows = 15 if name == "feed_control" else 3
        assert f"key ({', '.join(feed.key)}) incomplete or used twice in 2 of {rows} rows" in sentence, name


@pytest.mark.parametrize("column", ["valid_from", "recorded_at"])
def test_addresses_without_a_possible_date_are_no_doubles(column: str, tmp_path: Path) -> None:
    """They set their person apart; everybody else goes on."""
    made = world({"residence": [{}, {"valid_from": "2021-01-01"}, {"valid_from": "2022-01-01"}]})
    for row in made["residence"][1:]:
        row |= {"unparsable": column, column: None}
    assert night(made, tmp_path)


MAY_BE_EMPTY = [feed for feed in EVERY if feed not in NEVER_EMPTY]


def without(feeds: list[str]) -> World:
    return world({feed: [] for feed in feeds})


def test_feeds_that_are_never_empty_are_each_named_when_they_are(tmp_path: Path) -> None:
    sentence = refused(lambda: night(without(NEVER_EMPTY), tmp_path))
    assert f"feeds {', '.join(NEVER_EMPTY)}: empty; " in sentence


def test_the_other_feeds_may_be_empty_and_stay_so(tmp_path: Path) -> None:
    first = night(without(MAY_BE_EMPTY), tmp_path / "before")
    assert first.checked.snapshot
    assert night(without(MAY_BE_EMPTY), tmp_path / "after", first.watermark).watermark


def test_no_feed_may_be_empty_that_had_rows_last_night(tmp_path: Path) -> None:
    previous = night(baseline(), tmp_path / "before").watermark
    sentence = refused(lambda: night(without(EVERY), tmp_path / "after", previous))
    assert f"feeds {', '.join(EVERY)}: empty, with 1 rows last night; " in sentence


@pytest.mark.parametrize(
    ("age", "fresh"),
    [
        (timedelta(hours=26), True),
        (timedelta(hours=26, microseconds=1), False),
        (timedelta(minutes=-5), True),
        (timedelta(minutes=-5, microseconds=-1), False),
    ],
)
def test_ages_are_allowed_up_to_their_limit(age: timedelta, fresh: bool, tmp_path: Path) -> None:
    made = with_control("parent", produced_at=NOW - age)
    if fresh:
        night(made, tmp_path)
    else:
        refused(lambda: night(made, tmp_path))


def test_ages_are_settings(tmp_path: Path) -> None:
    made = with_control("parent", produced_at=NOW - timedelta(hours=2))
    assert "(at most 1.5)" in refused(lambda: night(made, tmp_path, settings=Settings(max_feed_age_hours=1.5)))
    made = with_control("parent", produced_at=NOW + timedelta(minutes=2))
    assert "(at most 1)" in refused(lambda: night(made, tmp_path / "b", settings=Settings(max_clock_skew_minutes=1)))


def judged_at(decided: datetime, now: datetime, produced: datetime, folder: Path) -> object:
    staged = stage(baseline(), folder, read_at=produced).snapshot
    return check(staged, Moment.of(decided), now, Settings(), None, None)


def test_a_decision_of_the_past_reads_the_database_of_today(tmp_path: Path) -> None:
    assert judged_at(NOW - timedelta(days=30), now=NOW, produced=NOW - timedelta(hours=1), folder=tmp_path)


def test_but_not_one_of_tomorrow(tmp_path: Path) -> None:
    ahead = NOW + timedelta(minutes=6)
    past = NOW - timedelta(days=30)
    assert "in the future" in refused(lambda: judged_at(past, now=NOW, produced=ahead, folder=tmp_path))


def test_a_decision_of_the_future_finds_the_feeds_of_now_stale(tmp_path: Path) -> None:
    later = NOW + timedelta(days=2)
    assert "stale, produced 48.0 hours" in refused(lambda: judged_at(later, now=NOW, produced=NOW, folder=tmp_path))
    assert judged_at(later, now=NOW, produced=later, folder=tmp_path / "made")


def parents(good: int, bad: int) -> World:
    return world({"parent": [{"last_name": "" if i < bad else "Voorbeeld"} for i in range(good + bad)]})


def homes(good: int, bad: int) -> World:
    known = ["44021", "44001"]  # Gent; and Aalter before it merged: mapped, so known
    rows = [{"parent_id": i, "nis_code": "99999" if i < bad else known[i % 2]} for i in range(good + bad)]
    return world({"parent": [{"parent_id": i} for i in range(good + bad)], "residence": rows})


TOO_MANY = [
    (parents, "", 95, 5, Settings(min_rows_for_shares=1), True),
    (parents, "feed parent: 6 parents set apart, 6.0% (at most 5.0%)", 94, 6, Settings(min_rows_for_shares=1), False),
    (parents, "", 95, 5, Settings(), True),
    (parents, "feed parent: 6 parents set apart, 6.0% (at most 5.0%)", 94, 6, Settings(), False),
    (parents, "", 0, 99, Settings(), True),
    (parents, "feed parent: 100 parents set apart, 100.0% (at most 5.0%)", 0, 100, Settings(), False),
    (homes, "", 95, 5, Settings(min_rows_for_shares=1), True),
    (
        homes,
        "feed residence: 6 addresses in no known place, 6.0% (at most 5.0%)",
        94,
        6,
        Settings(min_rows_for_shares=1),
        False,
    ),
    (homes, "", 95, 5, Settings(), True),
    (homes, "feed residence: 6 addresses in no known place, 6.0% (at most 5.0%)", 94, 6, Settings(), False),
    (homes, "", 0, 99, Settings(), True),
    (homes, "feed residence: 100 addresses in no known place, 100.0% (at most 5.0%)", 0, 100, Settings(), False),
]


@pytest.mark.parametrize(("made", "says", "good", "bad", "settings", "passes"), TOO_MANY)
def test_a_share_is_allowed_up_to_its_limit(
    made: Callable[[int, int], World], says: str, good: int, bad: int, settings: Settings, passes: bool, tmp_path: Path
) -> None:
    if passes:
        night(made(good, bad), tmp_path, settings=settings)
    else:
        assert refused(lambda: night(made(good, bad), tmp_path, settings=settings)) == f"{says}; {MEND}"


def test_only_where_one_lives_now_counts(tmp_path: Path) -> None:
    then = [{"valid_from": "2019-01-01", "nis_code": "99999"}, {"nis_code": "44021"}]
    assert night(world({"residence": then}), tmp_path, settings=Settings(min_rows_for_shares=1))


def test_a_recheck_judges_no_shares_and_no_missing_families(tmp_path: Path) -> None:
    few = Settings(min_rows_for_shares=1)
    made = world({"parent": [], "family": [], "residence": [], "child": [], "consent_event": []})
    made["feed_control"] = [
        {"feed": feed, "produced_at": NOW, "row_count": 1 if feed in EVERY else 0} for feed in EVERY
    ]
    assert recheck(stage(made, tmp_path).snapshot, moment(), NOW, few).report is None
    assert recheck(stage(homes(0, 5), tmp_path / "b").snapshot, moment(), NOW, few)


def test_a_recheck_takes_papers_made_since_the_load_but_not_papers_that_are_missing(tmp_path: Path) -> None:
    grown = stage(with_control("agreement", row_count=0), tmp_path / "a").snapshot
    assert recheck(grown, moment(), NOW, Settings())
    shrunk = stage(with_control("agreement", row_count=2), tmp_path / "b").snapshot
    sentence = refused(lambda: recheck(shrunk, moment(), NOW, Settings()))
    assert sentence == f"feed agreement: row count 1 where feed_control says 2; {AGAIN}"


def test_feeds_with_the_same_fault_are_named_together(tmp_path: Path) -> None:
    staged = stage(baseline(), tmp_path, read_at=NOW - timedelta(hours=30)).snapshot
    staged = replace(staged, read_at=NOW)
    sentence = refused(lambda: check(staged, moment(), NOW, Settings(), None, None))
    assert sentence == f"feeds {', '.join(EVERY)}: stale, produced 30.0 hours before the decision (at most 26); {AGAIN}"
