"""Reads the rows of one feed and keeps them, whatever types a SQLite table holds."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pyarrow as pa

from pipeline.core.engine import Engine
from pipeline.core.feeds import Feed
from pipeline.source.conform import load_typed
from pipeline.source.problems import TypesDiffer
from pipeline.source.reading import Agency, Narrowing

T = TypeVar("T")


def keep_rows(agency: Agency, feed: Feed, narrowing: Narrowing | None, keep: Callable[[pa.RecordBatchReader], T]) -> T:
    """SQLite does not enforce a column's type: when a row ends the reading, read again as text and mark misfits.

    A reader that breaks off ends as if there were no more rows, so what was kept is of use only without a `failure`.
    """
    kept = keep(agency.read(feed, narrowing))
    if isinstance(agency.failure, TypesDiffer):
        kept = keep(agency.read_as_text(feed, narrowing))
    if agency.failure:
        raise agency.failure
    return kept


def load_rows(agency: Agency, feed: Feed, run: Engine, narrowing: Narrowing | None = None) -> None:
    """Into a table of the feed's name, which takes the place of one that is there."""
    keep_rows(agency, feed, narrowing, partial(load_typed, feed=feed, connection=run.connection))


def read_rows(agency: Agency, feed: Feed, narrowing: Narrowing | None = None) -> pa.Table:
    """As the database has them, columns as of `Agency.read`."""
    return keep_rows(agency, feed, narrowing, pa.RecordBatchReader.read_all)
