"""DuckDB that plans as it finds the query: for tables of a few rows, of which the optimizer makes nothing better."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pytest

from pipeline.core import kept_duckdb


@contextmanager
def planned_plainly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        connection_to = kept_duckdb.connection_to

        def plainly(instance: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
            connection = connection_to(instance)
            connection.execute("pragma disable_optimizer")
            return connection

        patch.setattr(kept_duckdb, "connection_to", plainly)
        yield
