"""DuckDB that plans as it finds the query: for tables of a few rows, of which the optimizer makes nothing better."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest


@contextmanager
def planned_plainly() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        connect = duckdb.connect

        def plainly(*what: Any, **how: Any) -> duckdb.DuckDBPyConnection:
            connection = connect(*what, **how)
            connection.execute("pragma disable_optimizer")
            return connection

        patch.setattr(duckdb, "connect", plainly)
        yield
