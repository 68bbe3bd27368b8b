"""A decision that is made again, on PostgreSQL: its rows compare as those of SQLite do (unit/gate/test_again.py), and
where nobody wrote anything since, nothing is read."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest

from pipeline.core.feeds import FEEDS
from pipeline.core.settings import Settings
from pipeline.delivery.deliver import AgencyFinalCheck
from pipeline.delivery.job import Delivery
from pipeline.gate.again import Decisions
from pipeline.gate.current import Clocks
from pipeline.source.agency import open_agency
from pipeline.source.look import NOT_FOR_A_DELIVERY
from pipeline.source.reading import Agency
from tests.support import PROJECT
from tests.support.cases import case
from tests.support.deliveries import TODAY
from tests.support.worlds.small_world import BRUGGE, GENT, execute, small_world, to_postgresql, transaction
from tests.unit.gate.test_again import SECOND, Asked, ask, is_the_same

OTHERWISE = {
    "varchar": "'9' || coalesce({0}, '')",
    "bigint": "coalesce({0}, 0) + 1000",
    "boolean": "not coalesce({0}, false)",
    "date": "date '2020-02-02'",
    "timestamptz": "timestamptz '2020-02-02 10:00:00+00'",
}
SOMEBODY_WRITES = "update parent set phone = phone where parent_id = 101"
"""What nobody sees: the row is the same one, at another place in its table."""


@pytest.fixture(scope="module")
def made(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Asked:
    uri, folder = postgres(), tmp_path_factory.mktemp("again")
    to_postgresql(small_world({BRUGGE: 1, GENT: 3}, TODAY), uri, folder)
    return ask(uri, folder, datetime.now(UTC))


@pytest.fixture
def asked(made: Asked) -> Iterator[Asked]:
    yield made
    assert is_again(made), "each test leaves the rows as it found them"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Gets an item for each look that counts the feeds."""
    seen, count = [], Agency.count

    def counts(agency: Agency, feeds: tuple[str, ...]) -> dict[str, int]:
        seen.append("counted")
        return count(agency, feeds)

    monkeypatch.setattr(Agency, "count", counts)
    return seen


def is_again(asked: Asked) -> bool:
    at = asked.made.at + SECOND
    return is_the_same(asked.again(at), asked, at)


def test_a_value_of_any_column_of_any_feed_that_changes_asks_anew(asked: Asked) -> None:
    uri, seen = asked.question.agency.uri, []
    for name in FEEDS.keys() - NOT_FOR_A_DELIVERY:
        columns = ", ".join(FEEDS[name].columns)
        rows = execute(uri, f"select {columns} from {name}")
        for column, kind in FEEDS[name].columns.items():
            with transaction(uri) as run:
                run(f"delete from {name} where {next(iter(FEEDS[name].columns))} <> ?", rows[-1][0])
                run(f"update {name} set {column} = {OTHERWISE[kind].format(column)}")
                for row in rows[:-1]:
                    run(f"insert into {name} ({columns}) values ({', '.join('?' * len(row))})", *row)
            seen.append(f"{name}.{column}") if is_again(asked) else None
            with transaction(uri) as run:
                run(f"delete from {name}")
                for row in rows:
                    run(f"insert into {name} ({columns}) values ({', '.join('?' * len(row))})", *row)
    assert seen == []


def test_rows_at_another_place_of_their_table_are_the_same(asked: Asked) -> None:
    """As where the server begins to search where another search is at work."""
    uri = asked.question.agency.uri
    for feed, key in {"parent": "parent_id", "consent_event": "event_id", "residence": "parent_id"}.items():
        execute(uri, f"update {feed} set {key} = {key} where {key} = (select min({key}) from {feed} where {key} > 200)")
        with case(feed):
            assert is_again(asked)


def test_a_column_of_another_type_asks_anew_though_it_writes_the_same(asked: Asked) -> None:
    uri = asked.question.agency.uri
    execute(uri, "alter table parent alter column phone type varchar(99)")
    assert not is_again(asked)
    execute(uri, "alter table parent alter column phone type text")


def test_where_nobody_wrote_since_the_last_look_nothing_is_read(asked: Asked, counted: list[str]) -> None:
    first = asked.again(asked.made.at + SECOND)
    assert first and counted in ([], ["counted"])
    last, before = Asked(asked.question, first), len(counted)
    assert is_again(last) and len(counted) == before
    execute(asked.question.agency.uri, SOMEBODY_WRITES)
    assert is_again(last) and len(counted) == before + 1


def test_what_was_begun_before_a_look_and_ends_after_it_is_seen(asked: Asked, counted: list[str]) -> None:
    uri = asked.question.agency.uri
    with transaction(uri) as run:
        run("update parent set phone = ? where parent_id = 201", "+32 9 111 11 11")
        meanwhile = asked.again(asked.made.at + SECOND)
        assert meanwhile is not None
    assert not is_again(Asked(asked.question, meanwhile))
    execute(uri, "update parent set phone = ? where parent_id = 201", phone_of_201(asked))


def phone_of_201(asked: Asked) -> str:
    (phone,) = (row["phone"] for row in asked.made.allowed.rows.to_pylist() if row["parent_id"] == 201)
    return str(phone)


def test_the_documented_indexes_leave_none_wanting_and_change_no_answer(asked: Asked) -> None:
    uri = asked.question.agency.uri
    with open_agency(uri) as agency:
        assert "parent (octet_length(insz))" in (agency.unindexed() or "") and is_again(asked)
    page = (PROJECT / "docs" / "deployment.md").read_text("utf-8")
    execute(uri, page.partition("-- agency_db: for the agency to run")[2].partition("```")[0])
    with open_agency(uri) as agency:
        assert agency.unindexed() is None and is_again(asked)


UNTOLD = {
    "a view": (
        "alter table local_team rename to team; create view local_team as select * from team",
        "drop view local_team; alter table team rename to local_team",
    ),
    "a policy": ("alter table child enable row level security", "alter table child disable row level security"),
    "a table with parts": ("create table more () inherits (family)", "drop table more"),
}


def test_where_rows_could_change_without_a_transaction_of_this_server_they_are_read(
    asked: Asked, counted: list[str], tmp_path: Path
) -> None:
    uri = asked.question.agency.uri
    for name, (turned, back) in UNTOLD.items():
        execute(uri, turned)
        with case(name):
            last = ask(uri, tmp_path, asked.made.at)
            assert last.made.basis.shown.written is None
            before = len(counted)
            assert is_again(last) and len(counted) == before + 1
        execute(uri, back)


def test_a_busy_machine_turns_no_right_drop_red(asked: Asked, tmp_path: Path, counted: list[str]) -> None:
    """Each time that the feeds are counted takes too long, and somebody writes before the final check."""
    decisions = Decisions(asked.made)
    clocks = Clocks(lambda: asked.made.at + SECOND, lambda: 9.0 * len(counted))

    def decide_now(folder: Path) -> Any:
        return decisions.now(asked.question, clocks, folder)

    settings = replace(Settings(), staging=str(tmp_path))
    job = cast(Delivery, SimpleNamespace(kbo=GENT, settings=settings, decide_now=decide_now, ticks=clocks.ticks))
    execute(asked.question.agency.uri, SOMEBODY_WRITES)
    everybody = asked.made.allowed.rows["parent_id"].combine_chunks()
    assert isinstance(everybody, pa.Array)
    final_check = AgencyFinalCheck(job, tmp_path, everybody, asked.made.allowed)
    final_check()
    assert counted == ["counted"] and final_check.milliseconds == 0, "the next look found that nobody wrote since"
