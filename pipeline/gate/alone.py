"""What a parent is told of a decision: the parent as the only one of a family (art. 15(4) GDPR).

A protected address of one parent withholds every parent of the family. Another parent must not read that off. So the
gate decides once more on each parent withheld for a protected address, as if no other parent of the family were there,
and the parent is told that decision (`told_decisions` in release.py). No decision to share rests on it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.core.engine import Engine, engine
from pipeline.core.model import Moment
from pipeline.core.settings import Settings

OF_ONE_PARENT = ("family", "parent", "residence", "child", "indicator_assessment", "consent_event")
OF_PUBLIC_BODIES = ("recipient", "recipient_municipality", "agreement", "protocol", "consent_text")
_PARENTS = ("1_withheld_for_address", "2_child_of_one", "3_row_of_person")


@contextmanager
def parents_alone(run: Engine, moment: Moment, settings: Settings, folder: Path) -> Iterator[Engine | None]:
    """An engine with each parent whom `run` withholds for a protected address in a family of one; None without any."""
    for file in _PARENTS:
        run.define(f"gate/alone/{file}.sql")
    if not run.connection.execute("select 1 from withheld_for_address limit 1").fetchall():
        yield None
        return
    with engine(settings, folder / "alone") as alone:
        _copy_feeds(run, alone)
        alone.set_up()
        alone.set_moment(moment, settings)
        yield alone


def _copy_feeds(run: Engine, alone: Engine) -> None:
    tables = {feed: run.run(f"gate/alone/{feed}.sql") for feed in OF_ONE_PARENT}
    tables |= {feed: run.connection.table(feed).to_arrow_table() for feed in OF_PUBLIC_BODIES}
    for feed, table in tables.items():
        alone.connection.register("copied", table)
        alone.connection.execute(f"create table {feed} as from copied")
        alone.connection.unregister("copied")
