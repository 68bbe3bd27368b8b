"""Who notices a mutant, the cheapest first: the tables, the random histories, the rows sent, the tests of tests/sql."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

import pipeline.core.engine as adapter
from tests.mutation.mutants import MUTATED, Mutant, rendered
from tests.mutation.prepared_stage import PreparedStage
from tests.mutation.stages import Notice, Stage

KINDS = ("tables", "histories", "rows", "sql tests", "engine refuses")

REFUSALS = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConversionException,
    duckdb.InvalidInputException,
    duckdb.ParserException,
)
"""How DuckDB says that a statement makes no sense. All else (no memory, no disk, a bug) says nothing of the mutant."""


@dataclass(frozen=True)
class Verdict:
    """What killed a mutant (one of KINDS) and where; both empty for one that survived."""

    mutant: str
    kind: str = ""
    where: str = ""


Test = Callable[[str], Notice | None] | None
"""What is asked about a file when every world came out right."""


@contextmanager
def instead(files: Mapping[str, str], scratch: Path) -> Iterator[None]:
    """The engine reads its SQL from a copy, in which these files are others."""
    copy, original = scratch / "sql", adapter.SQL
    shutil.copytree(original, copy)
    for file, sql in files.items():
        (copy / file).write_text(sql, encoding="utf-8")
    adapter.SQL = copy
    try:
        yield
    finally:
        adapter.SQL = original
        shutil.rmtree(copy)


def judged(mutant: Mutant, stages: list[PreparedStage], scratch: Path, tests: Test = None) -> Verdict:
    """The first that notices, or a survivor. What the engine refuses to run decides nothing, and is counted apart.

    Raises what has nothing to do with the mutant: a machine that is full kills nobody.
    """
    with instead({mutant.file: mutant.sql}, scratch):
        try:
            of_stages = (stage.difference(mutant.file, scratch) for stage in stages)
            found = next(filter(None, of_stages), None) or (tests(mutant.file) if tests else None)
        except REFUSALS as error:
            found = ("engine refuses", str(error).splitlines()[0])
    return Verdict(mutant.name, *found) if found else Verdict(mutant.name)


def control(stages: list[Stage], scratch: Path, tests: Test = None) -> Notice | None:
    """Every file as sqlglot writes it, nothing turned: if that decides otherwise, no mutant can be judged."""
    as_written = {file: rendered((adapter.SQL / file).read_text(encoding="utf-8")) for file in MUTATED}
    with instead(as_written, scratch):
        of_stages = (stage.difference(scratch) for stage in stages)
        return next(filter(None, of_stages), None) or (tests("") if tests else None)
