"""An agency in PostgreSQL of which tables have another shape: a schema of its own, before the one with the rest."""

from collections.abc import Mapping
from contextlib import closing
from itertools import count

import psycopg2

from pipeline.core.feeds import FEEDS

_NUMBERS = count(1)


def do(uri: str, *statements: str) -> None:
    """Each in a transaction of its own."""
    with closing(psycopg2.connect(uri)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def shaped(uri: str, feed: str, columns: Mapping[str, str], kind: str = "table") -> str:
    """The address at which `feed` is a table (or view) with these expressions in place of its columns."""
    return all_shaped(uri, {feed: (columns, kind)})


def all_shaped(uri: str, shapes: Mapping[str, tuple[Mapping[str, str], str]]) -> str:
    """Likewise for several feeds at once: of each its columns and its kind."""
    schema = f"shape_{next(_NUMBERS)}"
    do(uri, f"create schema {schema}")
    for feed, (columns, kind) in shapes.items():
        listed = ", ".join(
            f"{columns.get(name, name)} as {name}" for name in dict.fromkeys([*columns, *FEEDS[feed].columns])
        )
        do(uri, f"create {kind} {schema}.{feed} as select {listed} from public.{feed}")
    return f"{uri}?options=-csearch_path%3D{schema},public"


def in_encoding(uri: str, encoding: str) -> str:
    """The address of a new, empty database on the same server that keeps its text in that encoding."""
    name = f"{uri.rpartition('/')[2]}_{encoding.lower()}"
    do(uri, f"create database {name} encoding '{encoding}' locale 'C' template template0")
    return f"{uri.rpartition('/')[0]}/{name}"
