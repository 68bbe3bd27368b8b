"""The checks of a delivery on a staged snapshot, for tests that make one instead of a database."""

from datetime import datetime

from pipeline.core.engine import engine
from pipeline.core.model import CheckedSnapshot, Finding, Moment, Snapshot
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from pipeline.source.check import recheck as recheck_in

ROW_CHECKS = ("row_impossible", "row_parent", "row_consent_event", "row_stray", "row_contact")


def recheck(snapshot: Snapshot, moment: Moment, now: datetime, settings: Settings) -> CheckedSnapshot:
    """Raises FeedError as pipeline.source.check.recheck does; with what the row checks found."""
    with engine(settings, local(snapshot.feeds["parent"]).parent) as run:
        run.attach(snapshot, moment, settings)
        recheck_in(run, now, settings)
        for name in ROW_CHECKS:
            run.define(f"source/check/{name}.sql")
        found = run.run("source/check/findings.sql").to_pylist()
    return CheckedSnapshot(snapshot, tuple(Finding(**row) for row in found))
