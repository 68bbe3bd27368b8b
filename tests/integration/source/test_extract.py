"""Extract over real databases: every feed typed the same from SQLite and PostgreSQL, and bad feeds named."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.core.engine import engine
from pipeline.core.errors import AgencyUnreachable, FeedError, SettingsError, TransientError
from pipeline.core.feeds import FEEDS, UNPARSABLE
from pipeline.core.model import Kbo, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.source.agency import open_agency
from pipeline.source.extract import extract, load_for, read_for
from tests.support.worlds.small_world import BRUGGE, GENT, small_world, to_postgresql
from tests.support.worlds.tables import baseline, to_sqlite, world

pytestmark = pytest.mark.many_threads

NOW = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)


def read(path: Path, folder: Path) -> Snapshot:
    return extract(f"sqlite:///{path}", NOW, Settings(), folder)


@contextmanager
def read_again(uri: str, folder: Path, kbo: Kbo = GENT) -> Iterator[Callable[[str], list[dict[str, object]]]]:
    """As before one recipient's delivery: gives a feed's rows by its name."""
    with open_agency(uri) as agency, engine(Settings(), folder) as run:
        load_for(read_for(agency, kbo), run)
        yield lambda feed: run.connection.sql(f"from {feed} order by all").to_arrow_table().to_pylist()


def rows(snapshot: Snapshot, feed: str) -> list[dict[str, object]]:
    return pq.ParquetFile(local(snapshot.feeds[feed])).read().to_pylist()


def execute(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return to_sqlite(baseline(), tmp_path / "agency.db")


def test_every_feed_arrives_with_the_contracts_types(database: Path, tmp_path: Path) -> None:
    snapshot = read(database, tmp_path / "out")
    assert set(snapshot.feeds) == set(FEEDS)
    parent = rows(snapshot, "parent")[0]
    assert parent["parent_id"] == 1 and parent["deceased_on"] is None and parent[UNPARSABLE] is None
    residence = rows(snapshot, "residence")[0]
    assert residence["valid_from"] == date(2020, 1, 1)
    assert residence["recorded_at"] == datetime(2020, 1, 2, 9, 0, tzinfo=UTC)
    assert residence["confidential"] is False


def test_a_column_that_is_empty_for_a_thousand_rows_keeps_its_type(tmp_path: Path) -> None:
    parents = [{"insz": None, "phone": None} for _ in range(3000)] + [{"insz": "90010100024", "phone": "09 000 00 00"}]
    database = to_sqlite(world({"parent": parents}), tmp_path / "agency.db")
    found = rows(read(database, tmp_path / "out"), "parent")
    assert len(found) == 3001
    assert [row["insz"] for row in found if row["insz"]] == ["90010100024"]


@pytest.mark.parametrize(
    ("change", "feed", "marked"),
    [
        ("update parent set deceased_on = '2026-02-30'", "parent", "deceased_on"),
        ("update parent set deceased_on = '2026-2-3'", "parent", "deceased_on"),
        ("update parent set family_id = 'one'", "parent", "family_id"),
        ("update parent set family_id = null", "parent", "family_id"),
        ("update residence set confidential = 'true'", "residence", "confidential"),
        ("update residence set confidential = 2", "residence", "confidential"),
        ("update agreement set min_criteria = 2.5", "agreement", "min_criteria"),
        ("update consent_event set occurred_at = 'yesterday'", "consent_event", "occurred_at"),
        ("update consent_event set recorded_at = '2026-01-01 10:00:00'", "consent_event", "recorded_at"),
        ("update consent_event set recorded_at = '2026-01-01'", "consent_event", "recorded_at"),
        ("update consent_event set recorded_at = 'infinity'", "consent_event", "recorded_at"),
        (
            "update consent_event set recorded_at = '2026-01-01 10:00:00 Europe/Brussels'",
            "consent_event",
            "recorded_at",
        ),
        ("update consent_event set valid_until = 'infinity'", "consent_event", "valid_until"),
        ("update consent_event set recorded_at = null", "consent_event", "recorded_at"),
        ("update parent set family_id = 'x', deceased_on = 'y'", "parent", "family_id,deceased_on"),
    ],
)
def test_what_does_not_parse_is_marked_and_not_guessed(
    database: Path, tmp_path: Path, change: str, feed: str, marked: str
) -> None:
    execute(database, change)
    assert rows(read(database, tmp_path / "out"), feed)[0][UNPARSABLE] == marked


@pytest.mark.parametrize(
    "text", ["2026-01-01 10:00:00+00:00", "2026-01-01T11:00:00.000000+01:00", "2026-01-01 10:00:00Z"]
)
def test_an_instant_with_its_offset_is_read(database: Path, tmp_path: Path, text: str) -> None:
    execute(database, f"update consent_event set recorded_at = '{text}'")
    found = rows(read(database, tmp_path / "out"), "consent_event")[0]
    assert (found["recorded_at"], found[UNPARSABLE]) == (datetime(2026, 1, 1, 10, tzinfo=UTC), None)


@pytest.mark.parametrize("wrong", ["'later'", "2.5"])
def test_a_value_of_another_kind_late_in_a_table_is_marked_all_the_same(tmp_path: Path, wrong: str) -> None:
    many = [{} for _ in range(70_000)]
    database = to_sqlite(world({"parent": many}), tmp_path / "agency.db")
    execute(database, f"update parent set family_id = {wrong} where parent_id = 69999")
    found = rows(read(database, tmp_path / "out"), "parent")
    assert len(found) == 70_000
    assert [row["parent_id"] for row in found if row[UNPARSABLE]] == [69_999]


def test_text_stored_as_a_number_is_text(tmp_path: Path) -> None:
    database = to_sqlite(world({"residence": [{}]}), tmp_path / "agency.db")
    execute(database, "alter table residence rename to r", "create table residence as select * from r")
    execute(database, "update residence set postal_code = 9000, house_number = 12")
    found = rows(read(database, tmp_path / "out"), "residence")[0]
    assert (found["postal_code"], found["house_number"], found[UNPARSABLE]) == ("9000", "12", None)


def test_bytes_that_are_no_text_name_the_feed_and_are_not_quoted(database: Path, tmp_path: Path) -> None:
    execute(database, "update parent set last_name = cast(x'566F6FFF' as text)")
    with pytest.raises(FeedError, match=r"^feed parent cannot be read to its end.*ask the agency") as caught:
        read(database, tmp_path / "out")
    assert "Voo" not in str(caught.value)


@pytest.mark.parametrize("feed", sorted(FEEDS))
def test_a_missing_table_is_named(database: Path, tmp_path: Path, feed: str) -> None:
    execute(database, f"drop table {feed}")
    with pytest.raises(FeedError, match=f"^feed {feed} cannot be read: ask the agency"):
        read(database, tmp_path / "out")


def test_missing_columns_are_named_and_counted(database: Path, tmp_path: Path) -> None:
    execute(database, "alter table parent drop column phone", "alter table parent drop column email")
    with pytest.raises(FeedError, match=r"^feed parent lacks 2 of its columns \(phone, email\): ask the agency"):
        read(database, tmp_path / "out")


def test_more_columns_than_the_contract_are_no_matter(database: Path, tmp_path: Path) -> None:
    execute(database, "alter table parent add column nickname text")
    assert "nickname" not in rows(read(database, tmp_path / "out"), "parent")[0]


def test_a_database_that_is_not_there_is_transient_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(AgencyUnreachable, match=r"^agency_db does not answer"):
        read(tmp_path / "nowhere.db", tmp_path / "out")
    assert not (tmp_path / "nowhere.db").exists()


def test_postgresql_that_is_not_there_is_transient_and_its_password_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(AgencyUnreachable) as caught:
        extract("postgresql://agency:geheim@127.0.0.1:1/agency", NOW, Settings(), tmp_path)
    assert "geheim" not in str(caught.value)


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="neither sqlite"):
        extract("mysql://agency", NOW, Settings(), tmp_path)


def test_a_read_that_breaks_half_way_is_transient_and_quotes_nothing(database: Path, tmp_path: Path) -> None:
    people = [{"first_name": f"Noor{number}"} for number in range(40_000)]
    large = to_sqlite(world({"parent": people}), tmp_path / "large.db")
    size = large.stat().st_size
    with large.open("r+b") as damaged:
        damaged.seek(size // 2)
        damaged.write(b"\xff" * (size // 4))
    with pytest.raises((AgencyUnreachable, FeedError)) as caught:
        read(large, tmp_path / "out")
    assert "Noor" not in str(caught.value)
    assert not list((tmp_path / "out").glob(".*.part"))


def test_for_one_recipient_only_its_families_are_read_and_whole(tmp_path: Path) -> None:
    other = "0207148052"
    database = to_sqlite(
        world(
            {
                "recipient": [{}, {"kbo": other, "name": "OCMW Genk"}],
                "family": [{}, {}],
                "parent": [{"family_id": 1}, {"family_id": 1}, {"family_id": 2}],
                "residence": [{"parent_id": 1}, {"parent_id": 2}, {"parent_id": 3}],
                "child": [{"family_id": 1}, {"family_id": 2}],
                "indicator_assessment": [{"child_id": 1}, {"child_id": 2}],
                "consent_event": [{"parent_id": 1}, {"parent_id": 3, "kbo": other}],
            }
        ),
        tmp_path / "agency.db",
    )
    with read_again(f"sqlite:///{database}", tmp_path) as rows:
        assert {row["parent_id"] for row in rows("parent")} == {1, 2}, "a co-parent's address counts"
        assert {row["parent_id"] for row in rows("residence")} == {1, 2}
        assert [row["child_id"] for row in rows("child")] == [row["child_id"] for row in rows("indicator_assessment")]
        assert [row["child_id"] for row in rows("child")] == [1]
        assert [row["family_id"] for row in rows("family")] == [1]
        assert [row["parent_id"] for row in rows("consent_event")] == [1]
        assert len(rows("recipient")) == 2, "registries are read whole"
    assert not list(tmp_path.glob("*.parquet")), "nothing of it is staged"


def test_for_one_recipient_the_same_is_read_from_either_database(tmp_path: Path, postgres: Callable[[], str]) -> None:
    made, uri = small_world({BRUGGE: 2, GENT: 3}), postgres()
    to_postgresql(made, uri, tmp_path)
    copy = f"sqlite:///{to_sqlite(made, tmp_path / 'agency.db', produced_at=NOW)}"
    for kbo in (GENT, BRUGGE, Kbo("0999999999")):
        with read_again(copy, tmp_path, kbo) as one, read_again(uri, tmp_path, kbo) as other:
            for feed in FEEDS.keys() - {"feed_control"}:
                assert one(feed) == other(feed), feed


@pytest.mark.parametrize("wrong", ["'later'", "2.5", "null", "x'ff'"])
def test_a_family_that_cannot_be_read_is_nobodys(tmp_path: Path, wrong: str) -> None:
    """For a delivery: whoever is in it is not found, and so is not released; the night's checks refuse the feed."""
    database = to_sqlite(small_world({GENT: 3}), tmp_path / "agency.db")
    execute(database, f"update parent set family_id = {wrong} where parent_id = 101")
    with read_again(f"sqlite:///{database}", tmp_path) as rows:
        assert [row["parent_id"] for row in rows("parent")] == [102, 103]


def test_for_one_recipient_what_does_not_parse_is_marked(tmp_path: Path) -> None:
    database = to_sqlite(small_world({GENT: 3}), tmp_path / "agency.db")
    execute(database, "update parent set deceased_on = 'x' where parent_id = 102")
    with read_again(f"sqlite:///{database}", tmp_path) as rows:
        assert [row["parent_id"] for row in rows("parent") if row[UNPARSABLE]] == [102]


def test_staged_feeds_are_their_owners_alone(database: Path, tmp_path: Path) -> None:
    snapshot = read(database, tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700
    assert {local(file).stat().st_mode & 0o777 for file in snapshot.feeds.values()} == {0o600}


def test_a_full_disk_is_transient_with_its_remedy(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.source.extract.write_typed", full)
    with pytest.raises(TransientError, match=r"^staging is full: make room"):
        read(database, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
