"""A stage on which the gate has run up to some file, so that a mutant of that file costs only what follows from it."""

from pathlib import Path

import duckdb

from pipeline.core.engine import Engine
from pipeline.core.kept_duckdb import DATABASE, connection_to
from pipeline.core.package_data import SQL
from pipeline.gate.release import RULES_OF_ROWS
from tests.mutation.stages import ONE_THREAD, Notice, Stage

STEPS = (*RULES_OF_ROWS, *(f"gate/{path.name}" for path in sorted((SQL / "gate").glob("*.sql"))))
"""What `release.gate` runs, in its order."""


class PreparedStage:
    """One process's own. Mutants come in the order of STEPS: what stands before the one asked for stays."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._engine: Engine | None = None
        self._done = 0

    def difference(self, file: str, spill: Path) -> Notice | None:
        """As `Stage.difference`, when nothing but `file` differs from the last time."""
        if file.startswith("core/"):
            return self.stage.difference(spill)
        here = STEPS.index(file) if file in STEPS else len(STEPS)
        run = self._up_to(here)
        run.connection.execute("begin")
        try:
            for step in STEPS[here:]:
                run.run(step)
            return self.stage.judge(run)
        finally:
            run.connection.execute("rollback")

    def _up_to(self, here: int) -> Engine:
        """The engine after the first `here` steps."""
        if self._engine is None or self._done > here:
            self._engine, self._done = self._fresh(), 0
        for step in STEPS[self._done : here]:
            self._engine.run(step)
        self._done = here
        return self._engine

    def _fresh(self) -> Engine:
        """In memory and never closed: it ends with its process."""
        instance = duckdb.connect(config={"threads": 1, "preserve_insertion_order": "false"})
        instance.execute(f"attach ':memory:' as {DATABASE}")
        run = Engine(connection_to(instance))
        run.attach(self.stage.checked.snapshot, self.stage.at, ONE_THREAD)
        return run
