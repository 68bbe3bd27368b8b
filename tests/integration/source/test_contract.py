"""The types of a real PostgreSQL against the contract, before the first row, in every look at the agency."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.engine import engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS, UNPARSABLE
from pipeline.core.settings import Settings
from pipeline.source.agency import open_agency
from pipeline.source.extract import extract, read_feeds, read_for
from tests.support.worlds.shaped_agency import do, shaped
from tests.support.worlds.small_world import GENT, small_world, to_postgresql

NOW = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
Look = Callable[[str, str, Path], pa.Table]
"""A feed's rows by an address, in a folder."""


@pytest.fixture(scope="module")
def uri(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    made = postgres()
    to_postgresql(small_world({GENT: 2}), made, tmp_path_factory.mktemp("world"))
    do(
        made,
        "create extension citext",
        "create type spoken as enum ('grant', 'withdrawal')",
        "create domain words as text",
        "create domain day as date",
        "create domain number as bigint",
        "create domain padded as char(20)",
    )
    return made


def of_a_night(uri: str, feed: str, folder: Path) -> pa.Table:
    snapshot = extract(uri, NOW, Settings(), folder / "night")
    with engine(Settings(), folder / "spill") as run:
        path = snapshot.feeds[feed].uri.removeprefix("file://")
        return run.connection.sql(f"from '{path}' order by all").to_arrow_table()


def of_a_delivery(uri: str, feed: str, folder: Path) -> pa.Table:
    with open_agency(uri) as agency, engine(Settings(), folder) as run:
        read_for(agency, GENT, run)
        return run.connection.sql(f"from {feed} order by all").to_arrow_table()


def of_an_answer(uri: str, feed: str, folder: Path) -> pa.Table:
    with engine(Settings(), folder) as run:
        read_feeds(uri, FEEDS, run)
        return run.connection.sql(f"from {feed} order by all").to_arrow_table()


LOOKS = pytest.mark.parametrize("look", [of_a_night, of_a_delivery, of_an_answer])

WITHOUT_ZONE = "{0} is timestamp without time zone where timestamp with time zone was agreed"
WRONG = [
    ("consent_event", "recorded_at", "recorded_at::timestamp", WITHOUT_ZONE),
    ("residence", "recorded_at", "recorded_at::timestamp", WITHOUT_ZONE),
    ("protocol", "recorded_at", "recorded_at::timestamp", WITHOUT_ZONE),
    ("feed_control", "produced_at", "produced_at::timestamp", WITHOUT_ZONE),
    ("consent_event", "occurred_at", "occurred_at::date", "{0} is date where timestamp with time zone was agreed"),
    ("parent", "deceased_on", "deceased_on::timestamptz", "{0} is timestamp with time zone where date was agreed"),
    ("agreement", "ended_on", "ended_on::timestamp", "{0} is timestamp without time zone where date was agreed"),
    ("residence", "valid_from", "valid_from::text", "{0} is text where date was agreed"),
    ("consent_event", "kbo", "kbo::char(12)", "{0} is char(n), which pads with blanks where text was agreed"),
    ("residence", "nis_code", "nis_code::char(5)", "{0} is char(n), which pads with blanks where text was agreed"),
    ("parent", "insz", "insz::padded", "{0} is char(n), which pads with blanks where text was agreed"),
    ("consent_event", "kind", "'g'::\"char\"", "{0} is char where text was agreed"),
    ("parent", "parent_id", "parent_id::double precision", "{0} is double precision where bigint was agreed"),
    ("parent", "family_id", "family_id::real", "{0} is real where bigint was agreed"),
    ("child", "child_id", "child_id::numeric(20, 2)", "{0} is numeric with 2 decimals where bigint was agreed"),
    ("family", "family_id", "family_id::text", "{0} is text where bigint was agreed"),
    ("child_on_31_december", "year", "year::text::money", "{0} is money where bigint was agreed"),
    ("residence", "confidential", "confidential::int", "{0} is int4 where boolean was agreed"),
    ("parent", "phone", "phone::bytea", "{0} is bytea where text was agreed"),
    ("recipient", "name", "to_json(name)", "{0} is json where text was agreed"),
    ("recipient", "ovo", "array[ovo]", "{0} is _text where text was agreed"),
]  # fmt: skip


@pytest.mark.parametrize(("feed", "column", "expression", "says"), WRONG)
def test_another_type_than_agreed_stops_the_run_before_the_first_row(
    uri: str, tmp_path: Path, feed: str, column: str, expression: str, says: str
) -> None:
    with pytest.raises(FeedError) as caught:
        of_a_night(shaped(uri, feed, {column: expression}), feed, tmp_path)
    assert str(caught.value) == (
        f"feed {feed}: column {says.format(column)}: ask the agency to give its interface the agreed types, as by a "
        "view that casts, then run this again"
    )


@LOOKS
@pytest.mark.parametrize("feed", ["consent_event", "agreement", "feed_control"])
def test_every_look_at_the_agency_holds_the_types(uri: str, tmp_path: Path, look: Look, feed: str) -> None:
    instant = "produced_at" if feed == "feed_control" else "recorded_at"
    with pytest.raises(FeedError, match=f"^feed {feed}: column {instant} is timestamp without time zone where"):
        look(shaped(uri, feed, {instant: f"{instant}::timestamp"}), feed, tmp_path)


@LOOKS
def test_every_look_misses_a_column(uri: str, tmp_path: Path, look: Look) -> None:
    lacking = shaped(uri, "parent", {"email": "email"}, kind="view")
    do(lacking, "alter view parent rename column email to mail")
    with pytest.raises(FeedError, match=r"^feed parent lacks 1 of its columns \(email\): ask the agency"):
        look(lacking, "parent", tmp_path)


def test_all_that_is_wrong_with_a_feed_is_said_at_once(uri: str, tmp_path: Path) -> None:
    wrong = shaped(uri, "child", {"child_id": "child_id::float8", "birth_date": "birth_date::timestamp"})
    with pytest.raises(FeedError, match=r"column child_id is double precision .*; column birth_date is timestamp"):
        of_a_night(wrong, "child", tmp_path)


HARMLESS = [
    ("parent", {"parent_id": "parent_id::numeric", "family_id": "family_id::numeric(20)"}, "table"),
    ("parent", {"parent_id": "parent_id::int", "family_id": "family_id::smallint"}, "table"),
    ("agreement", {"min_criteria": "min_criteria::numeric"}, "table"),
    ("parent", {"first_name": "first_name::citext", "last_name": "last_name::citext"}, "table"),
    ("consent_event", {"kind": "kind::spoken"}, "table"),
    ("consent_event", {"kbo": "kbo::varchar(12)", "text_version": "text_version::words"}, "table"),
    ("consent_event", {"kbo": "kbo::citext", "parent_id": "parent_id::numeric"}, "table"),
    ("residence", {"valid_from": "valid_from::day", "parent_id": "parent_id::number"}, "table"),
    ("consent_event", {"recorded_at": "recorded_at::timestamptz(0)"}, "table"),
    ("parent", {}, "view"),
    ("parent", {}, "materialized view"),
    ("parent", {"email": "email", "phone": "phone", "nickname": "'x'", "shoes": "'{1,2}'::int[]"}, "table"),
]


@LOOKS
@pytest.mark.parametrize(("feed", "columns", "kind"), HARMLESS)
def test_what_is_harmless_passes_and_reads_the_same(
    uri: str, tmp_path: Path, look: Look, feed: str, columns: dict[str, str], kind: str
) -> None:
    plain = look(uri, feed, tmp_path / "plain")
    assert look(shaped(uri, feed, columns, kind), feed, tmp_path / "shaped") == plain
    assert plain.num_rows and not any(plain[UNPARSABLE].to_pylist())


@LOOKS
def test_ids_above_what_a_double_can_hold_stay_apart(uri: str, tmp_path: Path, look: Look) -> None:
    large = 2**53
    wide = shaped(uri, "parent", {"parent_id": f"(parent_id + {large})::numeric"})
    do(wide, f"create table {wide.partition('%3D')[2].partition(',')[0]}.consent_event as "
             f"select event_id, parent_id + {large} as parent_id, kbo, kind, text_version, fields, valid_until, "
             "occurred_at, recorded_at from public.consent_event")  # fmt: skip
    assert look(wide, "parent", tmp_path)["parent_id"].to_pylist() == [large + 101, large + 102]


@pytest.mark.parametrize("value", ["0.5", "'NaN'", "'Infinity'", "1e30", "9223372036854775808"])
@LOOKS
def test_a_numeric_that_is_no_whole_number_is_marked_and_not_rounded(
    uri: str, tmp_path: Path, look: Look, value: str
) -> None:
    odd = shaped(uri, "agreement", {"min_criteria": f"{value}::numeric"})
    [row] = look(odd, "agreement", tmp_path).to_pylist()
    assert (row["min_criteria"], row[UNPARSABLE]) == (None, "min_criteria")
