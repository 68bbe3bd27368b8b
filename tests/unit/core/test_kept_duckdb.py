"""What a process keeps of DuckDB between two users: an instance, and nothing that one of them did in it."""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipeline.core import kept_duckdb
from pipeline.core.kept_duckdb import close_idle, connection_to, empty_database
from tests.support.forks import forked

CONFIG = {"memory_limit": "100MB", "threads": 1}


@pytest.fixture(autouse=True)
def none_kept() -> Iterator[None]:
    close_idle()
    yield
    close_idle()


def idle() -> list[duckdb.DuckDBPyConnection]:
    return [instance for _, instance in kept_duckdb._idle]


def test_the_next_user_has_the_same_instance_and_nothing_of_the_user_before(tmp_path: Path) -> None:
    with empty_database(CONFIG, tmp_path) as one:
        one.execute("create table parent as select 1 as parent_id")
        one.execute("create temp table child as from parent")
        one.execute("create view family as from parent")
        one.execute("create macro plus_one(a) as a + 1")
        one.execute("set TimeZone = 'Asia/Tokyo'")
        one.execute(f"copy parent to '{tmp_path / 'parent.parquet'}'")
        one.read_parquet(str(tmp_path / "parent.parquet")).create_view("staged")
        assert one.execute("from staged").fetchall() == [(1,)]
        one.register("given", one.sql("from parent").to_arrow_table())
    kept = idle()
    with empty_database(CONFIG, tmp_path) as other:
        assert idle() == [] and len(kept) == 1
        for name in ("parent", "child", "family", "staged", "given", "memory.main.parent", "temp.main.child"):
            with pytest.raises(duckdb.CatalogException):
                other.execute(f"from {name}")
        with pytest.raises(duckdb.CatalogException):
            other.execute("select plus_one(1)")
        assert other.execute("from duckdb_external_file_cache()").fetchall() == []
        assert other.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]
    assert idle() == kept


def test_two_users_at_once_have_an_instance_each_and_a_user_may_connect_again(tmp_path: Path) -> None:
    with empty_database(CONFIG, tmp_path) as one, empty_database(CONFIG, tmp_path) as other:
        one.execute("create table parent as select 1 as parent_id")
        with pytest.raises(duckdb.CatalogException):
            other.execute("from parent")
        with connection_to(one) as again:
            assert again.execute("from parent").fetchall() == [(1,)]
    assert len(idle()) == 2


def test_another_configuration_has_another_instance_and_few_are_kept(tmp_path: Path) -> None:
    for most in range(100, 110):
        with empty_database(CONFIG | {"memory_limit": f"{most}MiB"}, tmp_path) as connection:
            assert connection.execute("select current_setting('memory_limit')").fetchall() == [(f"{most}.0 MiB",)]
    assert len(idle()) == kept_duckdb._MOST_IDLE


def test_a_user_that_failed_leaves_no_instance(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), empty_database(CONFIG, tmp_path):
        raise ZeroDivisionError
    assert idle() == []


def test_an_instance_without_a_user_has_no_folder_and_one_that_spilled_is_not_kept(tmp_path: Path) -> None:
    with empty_database(CONFIG, tmp_path / "small") as connection:
        connection.execute("select 1")
    assert idle()[0].execute("select current_setting('temp_directory')").fetchall() == [("",)]
    with empty_database(CONFIG, tmp_path / "large") as connection:
        assert idle() == []
        connection.execute("create table t as select i, hash(i) as h, random() as r from range(6_000_000) as x(i)")
        assert list((tmp_path / "large").iterdir())
    assert idle() == [] and not (tmp_path / "large").exists()


def test_a_child_has_no_instance_of_its_parent(tmp_path: Path) -> None:
    with empty_database(CONFIG, tmp_path):
        pass

    def child() -> None:
        assert idle() == []
        with empty_database(CONFIG, tmp_path) as connection:
            connection.execute("select 1")

    assert os.waitstatus_to_exitcode(os.waitpid(forked(child), 0)[1]) == 0
