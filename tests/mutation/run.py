"""Every mutant judged, by several processes that share the staged worlds, and what to make of the verdicts."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.killers import Test, Verdict, control, judged
from tests.mutation.mutants import Mutant
from tests.mutation.prepared_stage import PreparedStage
from tests.mutation.stages import Stage

PROCESSES = 2
_stages: list[PreparedStage] = []
"""Of this process: handed over once, not with every mutant."""


@dataclass
class Bite:
    """The verdicts, the list of equivalents that they are held against, and the mutants without a verdict."""

    verdicts: list[Verdict] = field(default_factory=list)
    equivalent: dict[str, str] = field(default_factory=lambda: EQUIVALENT)
    unjudged: frozenset[str] = frozenset()

    @property
    def killed(self) -> Counter[str]:
        return Counter(verdict.kind for verdict in self.verdicts if verdict.kind)

    @property
    def spared(self) -> list[str]:
        """Who survived as the list says."""
        return [name for name in self._survived if name in self.equivalent]

    @property
    def survivors(self) -> list[str]:
        """Who survived though nothing says that it could."""
        return [name for name in self._survived if name not in self.equivalent]

    @property
    def stale(self) -> list[str]:
        """Who is listed and was killed, or is no more."""
        return sorted(self.equivalent.keys() - set(self._survived) - self.unjudged)

    @property
    def _survived(self) -> list[str]:
        return [verdict.mutant for verdict in self.verdicts if not verdict.kind]

    def lines(self) -> Iterator[str]:
        """Each mutant, what became of it and who did it, or the reason why nobody can."""
        for each in self.verdicts:
            spared = self.equivalent.get(each.mutant)
            kind, where = (each.kind, each.where) if each.kind else ("equivalent" if spared else "survived", spared)
            yield f"{each.mutant}\t{kind}\t{where or ''}"


def verdicts(mutants: Sequence[Mutant], stages: list[Stage], scratch: Path, tests: Test = None) -> Iterator[Verdict]:
    """As they are reached. Processes are spawned: one that has run DuckDB cannot be forked."""
    first = control(stages, scratch, tests)
    if first:
        raise RuntimeError(f"unturned but written by sqlglot, the SQL decides otherwise: {': '.join(first)}")
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, spawn, initializer=_take, initargs=(stages,)) as pool:
        try:
            waiting = [pool.submit(_judged, mutant, scratch, tests) for mutant in mutants]
            yield from (each.result() for each in as_completed(waiting))
        finally:
            pool.shutdown(cancel_futures=True)  # whoever reads no further waits for nothing


def _take(stages: list[Stage]) -> None:
    _stages.extend(PreparedStage(stage) for stage in stages)


def _judged(mutant: Mutant, scratch: Path, tests: Test) -> Verdict:
    own = scratch / str(os.getpid())
    own.mkdir(exist_ok=True)
    return judged(mutant, _stages, own, tests)
