"""DuckDB's databases in memory, one for each user, in an instance that the process keeps.

To start an instance costs 15 ms of processor time, to attach a database to one that runs less than 1; a delivery uses
several, one after the other. Nothing of a database is left when its user is done: what is kept is the instance.
"""

import atexit
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

Config = Mapping[str, str | int]

DATABASE = "feeds"
"""The name of the database in which a user's views, tables and macros are, for SQL that has to say it."""
_MOST_IDLE = 4
_idle: list[tuple[Config, duckdb.DuckDBPyConnection]] = []
"""Instances without a user, a database or a folder to spill into."""


@contextmanager
def empty_database(config: Config, spill: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to an empty database; `config` is that of `duckdb.connect`.

    An instance has one user at a time, so that the bounds of `config` are that user's own; one whose user failed, or
    spilled, is not kept.
    """
    instance, is_as_before = _instance(config), False
    try:
        instance.execute("set temp_directory = ?", [str(spill)])
        instance.execute(f"attach ':memory:' as {DATABASE}")
        with closing(connection_to(instance)) as connection:
            yield connection
        instance.execute(f"detach {DATABASE}")
        is_as_before = _leaves_its_folder(instance)
    finally:
        if is_as_before and len(_idle) < _MOST_IDLE:
            _idle.append((config, instance))
        else:
            instance.close()


def connection_to(instance: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """One more connection to the user's database; times are UTC."""
    connection = instance.cursor()
    connection.execute(f"use {DATABASE}")
    connection.execute("set TimeZone = 'UTC'")
    return connection


def close_idle() -> None:
    """Before a process forks, since its child would have the instances without their threads; and when it ends."""
    while _idle:
        _idle.pop()[1].close()


def _instance(config: Config) -> duckdb.DuckDBPyConnection:
    for place, (made_with, instance) in enumerate(_idle):
        if made_with == config:
            del _idle[place]
            return instance
    return duckdb.connect(config=dict(config))


def _leaves_its_folder(instance: duckdb.DuckDBPyConnection) -> bool:
    """False when something was spilled: only its end makes an instance leave a folder that it used."""
    try:
        instance.execute("set temp_directory = ''")
    except duckdb.NotImplementedException:
        return False
    return True


os.register_at_fork(before=close_idle)
atexit.register(close_idle)
