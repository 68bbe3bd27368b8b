"""What the ledger knows binds: the suppression list as an upper bound on what the gate releases (DOMAIN).

Two cases. An event that the list knows is gone from the feed: the agency lost a no, and nothing goes out to anybody.
The event is there, and the gate does not count it any more for a parent and a recipient: that parent stays withdrawn,
until a grant is later than the no in both ways by the agency's clock, or a named person lifts it. The gate itself knows
nothing of the list: the files of sql/gate/suppression/ run after it.
"""

from dataclasses import dataclass, field

import pyarrow as pa

from pipeline.core.engine import Engine
from pipeline.core.errors import FeedError
from pipeline.core.local_time import local_day
from pipeline.core.model import Moment
from pipeline.ledger.suppression import NEW_NO, SuppressionList, renewed_before

REMEDY = (
    "the agency lost these noes, so nothing goes out to anybody: ask the agency to put the very events back from its "
    "own records, or to record each no anew; `gegevensdeling withdrawals kept` names them, and `gegevensdeling "
    "withdrawals lift` ends the wait for one that cannot come back"
)


TOLD = pa.schema(
    [("parent_id", pa.int64()), ("kbo", pa.string()), ("reason", pa.string()), ("is_returned", pa.bool_())]
)
"""A parent, and the decision that the parent is told: withheld, for which recipient and reason, and whether the reason
rests on a no alone that the recipient itself returned."""


@dataclass(frozen=True)
class AppliedList:
    """What the list came to at one decision.

    `parents`: parent_id and kbo of whom the list withholds; `is_returned` where only what that recipient itself
    returned does. `new`: the noes that count and are not on the list yet, as of NEW_NO. `lost`: how many events of the
    list the feed no longer has. `told`: of the parents withheld for a protected address, what each is told instead, in
    the form of TOLD (pipeline/gate/alone.py).
    """

    parents: pa.Table
    new: pa.Table
    lost: int
    told: pa.Table = field(default_factory=TOLD.empty_table)

    @property
    def said_to_recipient(self) -> frozenset[int]:
        """The parents whom only a no that they said to the recipient itself withholds."""
        return frozenset(self.parents.filter(self.parents["is_returned"])["parent_id"].to_pylist())

    def require_none_lost(self) -> "AppliedList":
        """Raises FeedError when the feed no longer has an event that the ledger knows as a no."""
        if self.lost:
            raise FeedError(f"feed consent_event: rule lost_noes, {self.lost} noes of the ledger are gone; {REMEDY}")
        return self


NOTHING_APPLIED = AppliedList(
    pa.schema([("parent_id", pa.int64()), ("kbo", pa.string()), ("is_returned", pa.bool_())]).empty_table(),
    NEW_NO.empty_table(),
    lost=0,
)


def apply_list(run: Engine, listed: SuppressionList, moment: Moment, *, is_whole: bool) -> AppliedList:
    """Bound the table `decision` of an engine in which `run_gate_for_now` has run.

    `is_whole`: the engine holds every consent event; else those that are no grant, and all of some parents
    (sql/source/of_recipient/consent_event.sql). Where the list is empty and no no counts, there is nothing to do.
    """
    run.define("gate/suppression/3_counting_tonight.sql")
    (counting,) = run.rows("gate/suppression/counting.sql")
    if not listed.noes.num_rows and not counting["noes"]:
        return NOTHING_APPLIED
    compare_with_list(run, listed, moment, is_whole=is_whole)
    run.define("gate/suppression/8_decision.sql")
    (lost,) = run.rows("gate/suppression/lost.sql")
    return AppliedList(run.run("gate/suppression/parents.sql"), run.run("gate/suppression/new.sql"), lost["events"])


def compare_with_list(run: Engine, listed: SuppressionList, moment: Moment, *, is_whole: bool) -> None:
    """Leave the tables `tonights_no`, `new_no`, `lost_no` and `withheld_by_list` in the engine; needs
    `counting_tonight`, and is as of `apply_list`."""
    register_list(run, listed)
    run.define("gate/suppression/2_event_text.sql")
    run.define("gate/suppression/4_tonights_no.sql")
    run.define("gate/suppression/5_new_no.sql", renewed_before=renewed_before(local_day(moment.at)))
    run.define("gate/suppression/6_lost_no.sql", is_whole=is_whole)
    run.define("gate/suppression/7_withheld_by_list.sql")


def register_list(run: Engine, listed: SuppressionList) -> None:
    """Leave the list as `kept_no` and `lifted_no` in the engine, with `key_pad` and the macro `keyed_hash`."""
    run.connection.register("kept_no", listed.noes)
    run.connection.register("lifted_no", listed.lifts)
    run.connection.register("key_pad", listed.pads)
    run.define("gate/suppression/1_keyed_hash.sql")
