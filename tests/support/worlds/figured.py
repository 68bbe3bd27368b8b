"""Figures of small worlds: the three feeds that they are made of, straight into an engine as extract types them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.engine import Engine, engine
from pipeline.core.feeds import FEEDS
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.indicators.model import Criterion, ExactCounts
from pipeline.source.conform import load_typed
from tests.support.reference.index import Tally
from tests.support.worlds.tables import World, moment, world

NEEDED = ("child", "child_on_31_december", "indicator_assessment")
AT = moment("2026-06-15 01:30")
LENIENT = Settings(max_change_share=0.999, max_doubtful_share=0.999)
"""For tests of what is counted, where so few children live that every share is large."""

Change = Mapping[str, Iterable[Mapping[str, Any]]]
_ARROW = {
    "varchar": pa.string(),
    "bigint": pa.int64(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", tz="UTC"),
    "boolean": pa.bool_(),
}


@contextmanager
def counting(folder: Path, change: Change | None = None) -> Iterator[Engine]:
    """An engine that is set up, with the feeds of a world, or empty."""
    with engine(Settings(), folder) as run:
        run.set_up()
        if change is not None:
            load(run, world(change))
        yield run


def load(run: Engine, a_world: World) -> None:
    """Takes the place of what the engine held before."""
    for name in NEEDED:
        schema = pa.schema([(column, _ARROW[kind]) for column, kind in FEEDS[name].columns.items()])
        load_typed(pa.Table.from_pylist(a_world[name], schema=schema).to_reader(), FEEDS[name], run.connection)


def known_at(at: Moment) -> str:
    """As the reference takes it."""
    return f"{at.known_at:%Y-%m-%d %H:%M:%S}"


def tally(each: ExactCounts) -> Tally:
    """What the reference would say."""
    return each.children, each.deprived, tuple(each.weak[criterion] for criterion in Criterion)


def inhabited(counted: Iterable[ExactCounts]) -> dict[str, Tally]:
    """Where children live."""
    return {each.nis_code: tally(each) for each in counted if each.children}
