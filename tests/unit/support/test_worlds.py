"""The helpers that build worlds: wrong ones would make every proof that stands on them worthless."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.core.feeds import FEEDS, UNPARSABLE
from tests.spec.batch import ROOM, plain_codes, side_by_side
from tests.support.reference.gate import Decision, Night, birthday, decide, is_blank, is_insz, municipality_on
from tests.support.worlds.tables import BASELINE, GENT, baseline, instant, moment, stage, to_sqlite, world


def test_the_baseline_has_a_row_of_every_column_of_every_feed() -> None:
    assert set(BASELINE) == set(FEEDS) - {"feed_control"}
    assert all(list(row) == list(FEEDS[feed].columns) for feed, row in BASELINE.items())


def test_the_baseline_is_released() -> None:
    at = moment()
    assert decide(Night(baseline(), at.at, at.known_at)) == {
        1: Decision("released", GENT, None, "address,email,name,phone")
    }


def test_a_row_stands_on_the_baseline_and_is_numbered() -> None:
    made = world({"parent": [{}, {"first_name": "Sam"}], "agreement": [{}, {"ended_on": "2026-01-01"}]})
    assert [(row["parent_id"], row["first_name"]) for row in made["parent"]] == [(1, "Noor"), (2, "Sam")]
    assert [(row["agreement_id"], row["ended_on"]) for row in made["agreement"]] == [
        ("A1", None),
        ("A1", date(2026, 1, 1)),
    ]


def test_instants_are_utc() -> None:
    assert instant("2026-06-15 01:30") == instant("2026-06-15 03:30+02:00") == datetime(2026, 6, 15, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("change", [{"parents": []}, {"parent": [{"name": "x"}]}])
def test_a_slip_in_a_table_is_an_error(change: dict[str, list[dict[str, str]]]) -> None:
    with pytest.raises(KeyError, match="no such"):
        world(change)


def test_staged_feeds_have_the_contract_s_columns_and_types(tmp_path: Path) -> None:
    checked = stage(baseline(), tmp_path)
    assert set(checked.snapshot.feeds) == set(FEEDS)
    arrow = {"varchar": "string", "bigint": "int64", "date": "date32[day]", "boolean": "bool"}
    for name, feed in FEEDS.items():
        table = pq.ParquetFile(tmp_path / f"{name}.parquet").read()
        types = {column: arrow.get(kind, "timestamp[us, tz=UTC]") for column, kind in feed.columns.items()}
        assert {column.name: str(column.type) for column in table.schema} == types | {UNPARSABLE: "string"}
        assert table.column(UNPARSABLE).null_count == table.num_rows == checked.snapshot.feeds[name].rows


def test_the_control_rows_count_what_is_there(tmp_path: Path) -> None:
    stage(world({"consent_event": [{}, {}]}), tmp_path)
    control = {row["feed"]: row for row in pq.ParquetFile(tmp_path / "feed_control.parquet").read().to_pylist()}
    assert set(control) == set(FEEDS) - {"feed_control"}
    assert control["consent_event"]["row_count"] == 2
    assert control["parent"]["produced_at"] == moment().at


def test_the_sqlite_database_is_as_the_interface_says(tmp_path: Path) -> None:
    connection = sqlite3.connect(to_sqlite(baseline(), tmp_path / "agency.db"))
    assert connection.execute("select birth_date, client from child").fetchall() == [("2025-03-01", 1)]
    assert connection.execute("select occurred_at from consent_event").fetchall() == [("2025-05-01 10:00:00+00:00",)]
    assert connection.execute("select health, valid_until from indicator_assessment, protocol").fetchall() == [
        (None, None)
    ]
    assert connection.execute("select produced_at, row_count from feed_control where feed = 'parent'").fetchall() == [
        ("2026-06-15 01:30:00+00:00", 1)
    ]
    connection.close()


def test_worlds_side_by_side_share_nothing() -> None:
    made = side_by_side([baseline(), baseline()])
    assert [row["parent_id"] for row in made["parent"]] == [1, ROOM + 1]
    assert len({row["kbo"] for row in made["recipient"]}) == len({row["nis_code"] for row in made["residence"]}) == 2
    assert {row["kbo"] for row in made["recipient"]} == {row["kbo"] for row in made["consent_event"]}
    assert {row["nis_code"] for row in made["residence"]} <= set(plain_codes())


@pytest.mark.parametrize(
    ("born", "third"), [(date(2024, 2, 29), date(2027, 3, 1)), (date(2024, 2, 28), date(2027, 2, 28))]
)
def test_a_birthday(born: date, third: date) -> None:
    assert birthday(born, 3) == third


def test_the_reference_knows_insz_blanks_and_municipalities() -> None:
    assert is_insz("90010100024") and is_insz("05030300065") and not is_insz("9001010002４")
    assert is_blank(None) and is_blank(" \u00a0\u200b\n") and not is_blank(" x ")
    assert municipality_on("44012", date(2024, 12, 31)) == "44012"
    assert municipality_on("44012", date(2025, 1, 1)) == "44086"
    assert municipality_on("44086", date(2024, 12, 31)) is None
    assert municipality_on("12030", date(2026, 1, 1)) == "12041"
    assert municipality_on("11002", date(2026, 1, 1)) == "11002"
    assert municipality_on("21004", date(2018, 1, 1)) == "21004"
    assert municipality_on(None, date(2026, 1, 1)) is None
