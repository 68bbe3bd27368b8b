"""Worlds that are staged once and decided by every mutant, each with what must come out of it."""

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from pipeline.core.engine import Engine, snapshot_engine
from pipeline.core.model import CheckedSnapshot, Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import run_gate
from tests.mutation.rows import rows_due
from tests.spec.batch import ROOM, Batch, batches, own_kbo, side_by_side
from tests.spec.tables import cases
from tests.support.reference.gate import Covered, Decision, Night, covered
from tests.support.reference.gate import decide as reference
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import World, stage, world

ONE_THREAD = replace(Settings(), duckdb_threads=1)
WORLDS, HISTORIES = 24, 60
"""Random worlds that every mutant has to pass, and histories in each."""


Notice = tuple[str, str]
"""Who noticed a mutant ("tables", "histories", "rows"), and where."""


@dataclass(frozen=True)
class Stage:
    """`decisions` and `rows` by parent; a parent is `named` by its case, or by the seed and world it is from.

    `covers` is None where only the decisions are laid down: in the tables.
    """

    killer: str
    checked: CheckedSnapshot
    at: Moment
    decisions: dict[int, Decision | None]
    named: dict[int, str]
    rows: dict[int, dict[str, Any]]
    covers: list[Covered] | None

    def difference(self, spill: Path) -> Notice | None:
        """Decide it from the beginning with the SQL as it stands: who noticed what, if anybody."""
        with snapshot_engine(self.checked.snapshot, self.at, ONE_THREAD, spill) as run:
            run_gate(run)
            return self.judge(run)

    def judge(self, run: Engine) -> Notice | None:
        """Of an engine in which the gate has run."""
        return self._decided(run) or self._covered(run) or self._sent(run)

    def _decided(self, run: Engine) -> Notice | None:
        rows = run.run("gate/release/decisions.sql").to_pylist()
        found = {row.pop("parent_id"): Decision(**row) for row in rows}
        asked = self.decisions if self.covers is None else self.decisions.keys() | found.keys()
        wrong = (parent for parent in asked if found.get(parent) != self.decisions.get(parent))
        parent = next(iter(sorted(wrong)), None)
        return None if parent is None else (self.killer, self._name(parent))

    def _covered(self, run: Engine) -> Notice | None:
        rows = run.run("gate/release/recipients.sql").to_pylist()
        found = [
            Covered(row["kbo"], tuple(row["agreements"]), tuple(row["protocols"]), row["retention_days"])
            for row in rows
        ]
        wrong = self.covers is not None and found != self.covers
        return (self.killer, f"{self._name(None)}: who gets a drop") if wrong else None

    def _sent(self, run: Engine) -> Notice | None:
        rows = run.run("gate/release/referrals.sql").to_pylist()
        found = {row["parent_id"]: row for row in rows}
        wrong = (parent for parent in self.rows.keys() | found.keys() if found.get(parent) != self.rows.get(parent))
        parent = next(iter(sorted(wrong)), None)
        if parent is None and len(rows) == len(found):
            return None
        return "rows", self._name(parent)

    def _name(self, parent: int | None) -> str:
        return self.named.get(-1 if parent is None else parent, self.named[-1])


def every_stage(folder: Path) -> list[Stage]:
    """The tables, and then the histories."""
    return of_tables(folder) + [of_history(f"seed mutants, world {n}", folder / f"world-{n}") for n in range(WORLDS)]


def of_tables(folder: Path) -> list[Stage]:
    """The fullest batches first: they kill most."""
    fullest_first = sorted(batches(case for _, case in cases()), key=lambda batch: -len(batch.cases))
    return [of_batch(batch, folder / f"batch-{number}") for number, batch in enumerate(fullest_first)]


def of_batch(batch: Batch, folder: Path) -> Stage:
    sections = {id(case): section.title for section, case in cases()}
    together, decisions, named = side_by_side([world(case.change) for case in batch.cases]), {}, {-1: "a batch"}
    for number, case in enumerate(batch.cases):
        parent = case.parent + number * ROOM
        expected = case.expected
        decisions[parent] = expected and expected._replace(kbo=expected.kbo and own_kbo(expected.kbo, number))
        named[parent] = f"{sections[id(case)]}: {case.title}"
    return _staged("tables", together, batch.at, folder, decisions, named, None)


def of_history(name: str, folder: Path) -> Stage:
    rng = Random(name)
    at = a_night(rng)
    made = random_world(rng, at, HISTORIES)
    night = Night(made, at.at, at.known_at)
    decisions = dict(reference(night))
    named = {parent: f"{name}, parent {parent}" for parent in decisions} | {-1: name}
    return _staged("histories", made, at, folder, decisions, named, covered(night))


def _staged(
    killer: str,
    made: World,
    at: Moment,
    folder: Path,
    decisions: dict[int, Decision | None],
    named: dict[int, str],
    covers: list[Covered] | None,
) -> Stage:
    rows = rows_due(Night(made, at.at, at.known_at))
    return Stage(killer, stage(made, folder, at.known_at), at, decisions, named, rows, covers)
