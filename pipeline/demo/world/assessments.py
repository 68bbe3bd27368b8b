"""What home visits found: the six criteria, up to three times per child, and invalid ones to be passed over."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.demo.world.chance import Floats, Index, Purpose, assign
from pipeline.demo.world.days import Days, Instants, office_hours
from pipeline.demo.world.families import Flags
from pipeline.demo.world.people import nullable
from pipeline.demo.world.rates import CRITERIA, PATTERNS, pattern_chances
from pipeline.demo.world.scene import Scene
from pipeline.demo.world.schema import world_table

VISITS = ((4, 21, 1.0), (150, 400, 0.6), (560, 850, 0.3))
"""Age in days from and until, and the share of children assessed at that age."""
CHANGED = 0.12
"""Assumption: share of deprived children who were not so at an earlier visit (and as many the other way round)."""
NOT_ASSESSED = 0.03
"""Assumption: share of criteria that were not weak left open (NULL)."""

ASSESSMENT_CASES = {
    "no_criterion": 0.004,
    "before_birth": 0.002,
    "in_the_future": 0.002,
    "tie_recorded_before": 0.003,
    "tie_lower_id": 0.002,
}
"""Extra, awkward assessment to the share of children with one: three kinds are invalid, two lose a tie on the day."""


Findings = tuple[Index, Days, Instants, Flags, Flags]
"""Child ids, day assessed, instant recorded, weak criteria (rows of six), and whether nothing was assessed at all."""


def make_assessments(
    scene: Scene, child: Index, birth: Days, deprived: Flags, rate: Floats, rng: np.random.Generator
) -> pa.Table:
    """Assessments of the visited children: the latest says what `deprived` says; `rate` is its share where they live.

    Children born in the last days whose first visit is still to come have none.
    """
    days, done = _visits(birth, scene.today, rng)
    who, visit = np.nonzero(done)
    is_last = np.r_[who[1:] != who[:-1], True] if len(who) else np.zeros(0, bool)
    assessed = days[who, visit]
    lag = rng.integers(0, 6, len(who)).astype("timedelta64[D]")
    recorded = office_hours(np.minimum(assessed + lag, scene.today - 1), scene.latest, rng)
    status = np.where(is_last, deprived[who], _earlier(deprived[who], rate[who], rng))
    found = (child[who], assessed, recorded, findings(status, rng), np.zeros(len(who), bool))
    last = who[is_last]
    awkward = _awkward(scene, child[last], birth[last], ~deprived[last], (assessed[is_last], recorded[is_last]), rng)
    # The awkward come first: at a tie the lower id loses.
    columns = [np.concatenate(pair) for pair in zip(awkward, found, strict=True)]
    return assessment_table(scene.ids.take("assessment", len(columns[0])), columns, rng)


def findings(deprived: Flags, rng: np.random.Generator) -> Flags:
    """Weak criteria of each child: rows of six, three or more true where `deprived`."""
    chosen = np.zeros(len(deprived), np.int64)
    for is_deprived in (True, False):
        where = np.flatnonzero(deprived == is_deprived)
        chosen[where] = rng.choice(len(PATTERNS), len(where), p=_CHANCES[is_deprived])
    result: Flags = PATTERNS[chosen]
    return result


def assessment_table(ids: Index, found: Sequence[np.ndarray], rng: np.random.Generator) -> pa.Table:
    """`found` (see Findings) as rows of indicator_assessment; some criteria that are not weak are NULL."""
    child, assessed, recorded, weak, empty = found
    known = (weak | (rng.random(weak.shape) >= NOT_ASSESSED)) & ~empty[:, None]
    criteria = {name: nullable(pa.array(weak[:, i].copy()), known[:, i]) for i, name in enumerate(CRITERIA)}
    columns = {"assessment_id": ids, "child_id": child, "assessed_on": assessed, "recorded_at": recorded}
    return world_table("indicator_assessment", columns | criteria)


def _visits(birth: Days, today: np.datetime64, rng: np.random.Generator) -> tuple[Days, Flags]:
    """The day of each possible visit (columns) and whether it has taken place before `today`."""
    ages = np.column_stack([rng.integers(first, end, len(birth)) for first, end, _ in VISITS])
    days = birth[:, None] + ages.astype("timedelta64[D]")
    return days, (rng.random(days.shape) < [share for _, _, share in VISITS]) & (days < today)


def _earlier(deprived: Flags, rate: Floats, rng: np.random.Generator) -> Flags:
    """The status at an earlier visit, such that the share of deprived children is the same as later."""
    changed = np.where(deprived, CHANGED, CHANGED * rate / (1 - rate))
    return deprived ^ (rng.random(len(deprived)) < changed)


def _awkward(
    scene: Scene, child: Index, birth: Days, opposite: Flags, last: tuple[Days, Instants], rng: np.random.Generator
) -> Findings:
    """The ASSESSMENT_CASES, given the day and instant of each child's last assessment; believed, they would turn its
    status round."""
    cases = assign(scene.spread(Purpose.ASSESSMENT, len(child)), ASSESSMENT_CASES)
    assessed, recorded = last
    on, at = assessed.copy(), recorded.copy()
    on[cases["no_criterion"]] = scene.today - 1
    on[cases["before_birth"]] = birth[cases["before_birth"]] - 30
    on[cases["in_the_future"]] = scene.today + 400
    at[cases["tie_recorded_before"]] = assessed[cases["tie_recorded_before"]].astype("datetime64[s]") + 7 * 3600
    empty = np.zeros(len(child), bool)
    empty[cases["no_criterion"]] = True
    who = np.concatenate(list(cases.values()))
    return child[who], on[who], at[who], findings(opposite[who], rng), empty[who]


_CHANCES = {deprived: pattern_chances(deprived) for deprived in (True, False)}
