"""The noes of the suppression list that the agency's tables do not bear out: for a person to look at, and to lift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipeline.core.engine import snapshot_engine
from pipeline.core.model import Kbo, Moment, Snapshot
from pipeline.core.settings import Settings
from pipeline.gate.release import run_gate_for_now
from pipeline.gate.suppression import apply_list
from pipeline.ledger.suppression import Lift, SuppressionList


@dataclass(frozen=True)
class DifferingNo:
    """One line of the list, by its `id`. `parent_id`: None for a parent without a row that was not asked for by number.

    `kbo`: None for everyone. `recorded_at`: by the agency's clock. `is_lost`: its event is gone from the feed; else the
    gate does not count it any more. `withholds`: the list withholds that parent now, and the gate does not.
    """

    id: int
    parent_id: int | None
    kbo: Kbo | None
    kept_on: date
    recorded_at: datetime | None
    is_lost: bool
    withholds: bool


def differing_noes(
    listed: SuppressionList,
    snapshot: Snapshot,
    moment: Moment,
    settings: Settings,
    folder: Path,
    asked: Sequence[int] = (),
) -> tuple[DifferingNo, ...]:
    """The lost ones first. `asked`: parents to be named even where they have no row any more."""
    with snapshot_engine(snapshot, moment, settings, folder) as run:
        run_gate_for_now(run, moment, settings)
        if not listed.noes.num_rows:
            return ()
        apply_list(run, listed, moment, is_whole=True)
        return tuple(
            DifferingNo(**row) for row in run.run("gate/suppression/differing.sql", asked=list(asked)).to_pylist()
        )


def lifts_of(
    noes: Sequence[DifferingNo], parent_id: int, kbo: Kbo | None, at: datetime, who: str, reason: str
) -> tuple[Lift, ...]:
    """What it takes to lift each of these noes of that parent, for one recipient or (None) for all."""
    own = [no for no in noes if no.parent_id == parent_id and (kbo is None or no.kbo in (None, kbo))]
    return tuple(Lift(no.id, kbo, at, who, reason) for no in own)
