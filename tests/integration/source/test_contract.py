"""The types of a real PostgreSQL against the contract, before the first row, in every look at the agency."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.core.engine import engine
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS, UNPARSABLE
from pipeline.core.settings import Settings
from pipeline.source.agency import open_agency
from pipeline.source.extract import extract, load_for, read_feeds, read_for
from tests.support.worlds.shaped_agency import all_shaped, do, shaped
from tests.support.worlds.small_world import GENT, small_world, to_postgresql

NOW = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
Tables = dict[str, pa.Table]
Look = Callable[[str, Sequence[str], Path], Tables]
"""The rows of these feeds by an address, in a folder."""


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


def of_a_night(uri: str, feeds: Sequence[str], folder: Path) -> Tables:
    snapshot = extract(uri, NOW, Settings(), folder / "night")
    with engine(Settings(), folder / "spill") as run:
        paths = {feed: snapshot.feeds[feed].uri.removeprefix("file://") for feed in feeds}
        return {
            feed: run.connection.sql(f"from '{path}' order by all").to_arrow_table() for feed, path in paths.items()
        }


def of_a_delivery(uri: str, feeds: Sequence[str], folder: Path) -> Tables:
    with open_agency(uri) as agency, engine(Settings(), folder) as run:
        load_for(read_for(agency, GENT), run)
        return {feed: run.connection.sql(f"from {feed} order by all").to_arrow_table() for feed in feeds}


def of_an_answer(uri: str, feeds: Sequence[str], folder: Path) -> Tables:
    with engine(Settings(), folder) as run:
        read_feeds(uri, FEEDS, run)
        return {feed: run.connection.sql(f"from {feed} order by all").to_arrow_table() for feed in feeds}


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
        of_a_night(shaped(uri, feed, {column: expression}), [feed], tmp_path)
    assert str(caught.value) == (
        f"feed {feed}: column {says.format(column)}: ask the agency to give its interface the agreed types, as by a "
        "view that casts, then run this again"
    )


@LOOKS
@pytest.mark.parametrize("feed", ["consent_event", "agreement", "feed_control"])
def test_every_look_at_the_agency_holds_the_types(uri: str, tmp_path: Path, look: Look, feed: str) -> None:
    instant = "produced_at" if feed == "feed_control" else "recorded_at"
    with pytest.raises(FeedError, match=f"^feed {feed}: column {instant} is timestamp without time zone where"):
        look(shaped(uri, feed, {instant: f"{instant}::timestamp"}), [feed], tmp_path)


@LOOKS
def test_every_look_misses_a_column(uri: str, tmp_path: Path, look: Look) -> None:
    lacking = shaped(uri, "parent", {"email": "email"}, kind="view")
    do(lacking, "alter view parent rename column email to mail")
    with pytest.raises(FeedError, match=r"^feed parent lacks 1 of its columns \(email\): ask the agency"):
        look(lacking, ["parent"], tmp_path)


def test_all_that_is_wrong_with_a_feed_is_said_at_once(uri: str, tmp_path: Path) -> None:
    wrong = shaped(uri, "child", {"child_id": "child_id::float8", "birth_date": "birth_date::timestamp"})
    with pytest.raises(FeedError, match=r"column child_id is double precision .*; column birth_date is timestamp"):
        of_a_night(wrong, ["child"], tmp_path)


Shape = tuple[str, dict[str, str], str]
Looked = Callable[[Look, str], Tables]

HARMLESS: list[Shape] = [
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


HARMLESS_FEEDS = sorted({feed for feed, _, _ in HARMLESS})


def in_rounds() -> Iterator[list[Shape]]:
    """The cases, of each feed one a round: what is one feed's shape is nothing to another."""
    of_each = ([case for case in HARMLESS if case[0] == feed] for feed in HARMLESS_FEEDS)
    for cases in zip_longest(*of_each):
        yield [case for case in cases if case]


@pytest.fixture(scope="module")
def shapes(uri: str) -> list[tuple[list[Shape], str]]:
    """The cases of every round, and the address at which they are."""
    rounds = list(in_rounds())
    return [(cases, all_shaped(uri, {feed: (columns, kind) for feed, columns, kind in cases})) for cases in rounds]


@pytest.fixture(scope="module")
def looked(uri: str, shapes: list[tuple[list[Shape], str]], tmp_path_factory: pytest.TempPathFactory) -> Looked:
    """What a look reads, once for each address."""
    return cache(lambda look, address: look(address, HARMLESS_FEEDS, tmp_path_factory.mktemp("looked")))


@LOOKS
@pytest.mark.parametrize("case", HARMLESS, ids=lambda case: f"{case[0]}: {', '.join(case[1].values()) or case[2]}")
def test_what_is_harmless_passes_and_reads_the_same(
    uri: str, shapes: list[tuple[list[Shape], str]], looked: Looked, look: Look, case: Shape
) -> None:
    feed = case[0]
    (address,) = (address for cases, address in shapes if case in cases)
    plain = looked(look, uri)[feed]
    assert looked(look, address)[feed] == plain
    assert plain.num_rows and not any(plain[UNPARSABLE].to_pylist())


@LOOKS
def test_ids_above_what_a_double_can_hold_stay_apart(uri: str, tmp_path: Path, look: Look) -> None:
    large = 2**53
    wide = shaped(uri, "parent", {"parent_id": f"(parent_id + {large})::numeric"})
    do(wide, f"create table {wide.partition('%3D')[2].partition(',')[0]}.consent_event as "
             f"select event_id, parent_id + {large} as parent_id, kbo, kind, text_version, fields, valid_until, "
             "occurred_at, recorded_at from public.consent_event")  # fmt: skip
    assert look(wide, ["parent"], tmp_path)["parent"]["parent_id"].to_pylist() == [large + 101, large + 102]


NO_WHOLE_NUMBER = ["0.5", "'NaN'", "'Infinity'", "1e30", "9223372036854775808"]


@LOOKS
def test_a_numeric_that_is_no_whole_number_is_marked_and_not_rounded(uri: str, tmp_path: Path, look: Look) -> None:
    """An agreement each, whose id is the place of its value."""
    values = ", ".join(f"{value}::numeric" for value in NO_WHOLE_NUMBER)
    names = ", ".join(f"'{n}'" for n, _ in enumerate(NO_WHOLE_NUMBER))
    each = {"min_criteria": f"unnest(array[{values}])", "agreement_id": f"unnest(array[{names}])"}
    rows = look(shaped(uri, "agreement", each), ["agreement"], tmp_path)["agreement"].to_pylist()
    found = {NO_WHOLE_NUMBER[int(row["agreement_id"])]: (row["min_criteria"], row[UNPARSABLE]) for row in rows}
    assert found == dict.fromkeys(NO_WHOLE_NUMBER, (None, "min_criteria"))
