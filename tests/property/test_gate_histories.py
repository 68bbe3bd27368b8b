"""The random histories hold what the proof claims of them: every kind of record, every tie, edge and night."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from pipeline.core.feeds import FEEDS, UNPARSABLE
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.source.extract import extract
from tests.support.reference.gate import codes_on
from tests.support.worlds.histories import NIGHTS, a_night, random_world, shaped_places
from tests.support.worlds.tables import Row, World, stage, to_sqlite

WORLDS, HISTORIES = 60, 20
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
Seen = list[tuple[Moment, World]]


@pytest.fixture(scope="module")
def seen() -> Seen:
    made = []
    for number in range(WORLDS):
        rng = Random(f"kinds/{number}")
        at = a_night(rng)
        made.append((at, random_world(rng, at, HISTORIES)))
    return made


def rows(seen: Seen, feed: str) -> Iterator[tuple[Moment, Row]]:
    return ((at, row) for at, world in seen for row in world[feed])


def test_a_history_is_staged_as_extract_stages_it(tmp_path: Path) -> None:
    """So with the same impossible values named; the database holds infinity, or NULL against the contract."""
    rng = Random("stored")
    at = a_night(rng)
    world = random_world(rng, at, 40)
    extracted = extract(f"sqlite:///{to_sqlite(world, tmp_path / 'agency.db', at.at)}", at.at, Settings(), tmp_path)
    staged = stage(world, tmp_path / "staged", at.at).snapshot
    for feed in set(FEEDS) - {"feed_control"}:
        both = [pq.ParquetFile(local(each.feeds[feed])).read().to_pylist() for each in (extracted, staged)]
        assert sorted(map(str, both[0])) == sorted(map(str, both[1])), feed
    assert any(row.get(UNPARSABLE) for row in world["consent_event"])


RECORDED = ("residence", "indicator_assessment", "agreement", "protocol", "consent_event")


@pytest.mark.parametrize("feed", RECORDED)
@pytest.mark.parametrize(
    "apart", [-DAY, -SECOND, 0 * DAY, SECOND, DAY], ids=["a day before", "just before", "then", "just after", "later"]
)
def test_records_are_known_just_in_time_or_just_too_late(seen: Seen, feed: str, apart: timedelta) -> None:
    assert any(row["recorded_at"] == at.known_at + apart for at, row in rows(seen, feed))


DATES = [
    *(
        (feed, column)
        for feed in ("agreement", "protocol")
        for column in ("signed_on", "valid_from", "valid_until", "ended_on")
    ),
    ("protocol", "dpo_advice_on"),
    ("protocol", "recipient_dpo_advice_on"),
    ("consent_text", "accepted_from"),
    ("consent_text", "accepted_until"),
    ("consent_event", "valid_until"),
    ("recipient_municipality", "valid_from"),
    ("recipient_municipality", "valid_until"),
    ("residence", "valid_from"),
    ("parent", "deceased_on"),
    ("indicator_assessment", "assessed_on"),
    ("child", "birth_date"),
]


@pytest.mark.parametrize(("feed", "column"), DATES)
def test_every_date_falls_on_both_sides_of_its_edge(seen: Seen, feed: str, column: str) -> None:
    """Today and the nearest day on which the answer is another: tomorrow for a beginning, yesterday for an end."""
    apart = {(row[column] - at.day).days for at, row in rows(seen, feed) if row[column]}
    assert {0, -1 if column.endswith(("until", "ended_on")) else 1} <= apart


def test_events_take_place_at_the_instant_itself_and_a_second_to_either_side(seen: Seen) -> None:
    apart = {row["occurred_at"] - at.at for at, row in rows(seen, "consent_event") if row["occurred_at"]}
    assert {-SECOND, 0 * DAY, SECOND, DAY} <= apart


def test_late_arrivals_happened_before_they_were_recorded_and_some_after(seen: Seen) -> None:
    dated = [row for _, row in rows(seen, "consent_event") if row["recorded_at"] and row["occurred_at"]]
    late = [row["recorded_at"] - row["occurred_at"] for row in dated]
    assert any(each >= DAY for each in late)
    assert any(each == 0 * DAY for each in late)
    assert any(each < 0 * DAY for each in late), "dated ahead of its recording"
    assessed = [row for _, row in rows(seen, "indicator_assessment") if row["recorded_at"] and row["assessed_on"]]
    assert any(row["recorded_at"].date() > row["assessed_on"] for row in assessed)


TIES: dict[str, tuple[str, Callable[[Row], tuple[object, ...]]]] = {
    "events at one instant": ("consent_event", lambda r: (r["parent_id"], r["kbo"], r["occurred_at"])),
    "events alike but for their id": (
        "consent_event",
        lambda r: (r["parent_id"], r["kbo"], r["kind"], r["occurred_at"], r["recorded_at"]),
    ),
    "assessments of one day": ("indicator_assessment", lambda r: (r["child_id"], r["assessed_on"])),
    "assessments alike but for their id": (
        "indicator_assessment",
        lambda r: (r["child_id"], r["assessed_on"], r["recorded_at"]),
    ),
    "addresses from one day": ("residence", lambda r: (r["parent_id"], r["valid_from"])),
    "addresses recorded at one instant": ("residence", lambda r: (r["parent_id"], r["recorded_at"])),
    "versions of an agreement": ("agreement", lambda r: (r["agreement_id"],)),
    "versions of a protocol": ("protocol", lambda r: (r["protocol_id"],)),
    "several recipients of one place": ("recipient_municipality", lambda r: (r["nis_code"],)),
    "parents of one family": ("parent", lambda r: (r["family_id"],)),
    "children of one family": ("child", lambda r: (r["family_id"],)),
}


@pytest.mark.parametrize("tie", TIES)
def test_ties_occur(seen: Seen, tie: str) -> None:
    feed, key = TIES[tie]
    assert any(max(Counter(key(row) for row in world[feed]).values()) > 1 for _, world in seen)


def test_a_grant_and_a_withdrawal_meet_at_one_instant(seen: Seen) -> None:
    for _, world in seen:
        dated = [row for row in world["consent_event"] if row["occurred_at"] and row["kbo"]]
        events = sorted(dated, key=lambda r: (r["parent_id"], r["kbo"], r["occurred_at"]))
        for _, same in groupby(events, key=lambda r: (r["parent_id"], r["kbo"], r["occurred_at"])):
            if {"grant", "withdrawal"} <= {event["kind"] for event in same}:
                return
    raise AssertionError("they never meet")


def test_a_child_is_born_on_29_february_and_its_birthday_is_met(seen: Seen) -> None:
    born = [(at, row["birth_date"]) for at, row in rows(seen, "child") if row["birth_date"]]
    leap = {at.day for at, birth in born if (birth.month, birth.day) == (2, 29)}
    assert {date(2027, 2, 28), date(2027, 3, 1), date(2028, 2, 29)} <= leap


def test_the_nights_hold_23_24_and_25_hours_and_both_ends_of_each(seen: Seen) -> None:
    days = {at.day for at, _ in seen}
    assert {date(2026, 3, 29), date(2026, 6, 15), date(2026, 10, 25)} <= days
    assert len({at.at for at, _ in seen}) == len(NIGHTS), "every night is drawn"
    ends = {Moment.of(at.at + step).day - at.day for at, _ in seen for step in (-SECOND, SECOND)}
    assert ends == {-DAY, 0 * DAY, DAY}


def test_what_is_known_is_now_earlier_and_later_than_the_instant(seen: Seen) -> None:
    apart = {at.known_at - at.at for at, _ in seen}
    assert min(apart) < 0 * DAY < max(apart)
    assert 0 * DAY in apart


def test_mergers_split_the_codes_that_are_lived_under_and_served(seen: Seen) -> None:
    codes = {code for place in shaped_places() for code in place}
    for feed in ("residence", "recipient_municipality"):
        assert {row["nis_code"] for _, row in rows(seen, feed)} & codes
    old = [(at, row) for at, row in rows(seen, "residence") if row["nis_code"] in codes - codes_on(at.day)]
    assert old, "an address under a code that is no more, or not yet"
    assert any(at.day == date(2025, 1, 1) for at, _ in seen)


def test_papers_begin_on_the_day_of_a_merger_and_on_the_eve(seen: Seen) -> None:
    for feed in ("agreement", "protocol"):
        begun = {row["valid_from"] for _, row in rows(seen, feed)}
        assert {date(2018, 12, 31), date(2019, 1, 1), date(2024, 12, 31), date(2025, 1, 1)} <= begun


def test_the_histories_know_grants_withdrawals_and_malformed_events(seen: Seen) -> None:
    assert {row["kind"] for _, row in rows(seen, "consent_event")} >= {"grant", "withdrawal", None}
