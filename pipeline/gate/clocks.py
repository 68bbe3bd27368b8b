"""Rows that are recorded ahead of our clock (DOMAIN: clocks differ).

The agency's clock may run ahead of ours: a row that is in its table may say that it was recorded after our instant. So
a decision for now is taken twice where there are such rows: as of now, and as if they had been recorded now.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from pipeline.core.engine import Engine
from pipeline.core.model import Moment
from pipeline.core.settings import Settings


@contextmanager
def as_if_recorded_now(run: Engine, moment: Moment, settings: Settings) -> Iterator[Engine | None]:
    """A second engine on the same feeds, in which rows recorded ahead were recorded at `moment`; None without any."""
    if not has_rows_ahead(run, moment):
        yield None
        return
    with run.beside() as later:
        later.set_up()
        later.set_moment(Moment(moment.at, moment.ahead_until or moment.known_at), settings)
        later.define("gate/clocks/consent_event.sql")
        yield later


def has_rows_ahead(run: Engine, moment: Moment) -> bool:
    """Whether a row says that it was recorded after `moment.known_at`, up to `moment.ahead_until`."""
    if moment.ahead_until is None:
        return False
    (row,) = run.rows("gate/clocks/rows_ahead.sql", known_at=moment.known_at, ahead_until=moment.ahead_until)
    return bool(row["found"])


def unchanged_until(run: Engine, at: datetime, settings: Settings) -> datetime:
    """Before which instant a decision at `at` on the feeds in the engine stays the same on that day, a day at most."""
    (row,) = run.rows("gate/clocks/next_turn.sql", at=at, feed_age_hours=settings.max_feed_age_hours)
    return at + timedelta(microseconds=row["microseconds"])
