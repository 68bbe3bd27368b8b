"""Mutants: a SQL file with one thing turned, each with an id that a person can read."""

from collections import Counter
from dataclasses import dataclass
from functools import cache

import sqlglot
from sqlglot import exp

from pipeline.core.package_data import SQL
from tests.mutation.turn import Turn
from tests.mutation.turns import TURNS

MUTATED = (
    "core/2_is_blank.sql",
    "core/3_field_list.sql",
    "core/4_within_decree.sql",
    "core/5_municipality.sql",
    "core/6_merger.sql",
    "core/7_insz_digits.sql",
    "source/check/row_impossible.sql",
    "source/check/row_parent.sql",
    "source/check/row_consent_event.sql",
    *(f"gate/{path.name}" for path in sorted((SQL / "gate").glob("*.sql"))),
    *(f"gate/clocks/{path.name}" for path in sorted((SQL / "gate" / "clocks").glob("*.sql"))),
    "gate/release/referrals.sql",
)
"""What decides, and what leaves. A file without a condition has no mutants."""


@dataclass(frozen=True)
class Mutant:
    """`name` is `file:line kind "original" -> "mutated"`; `sql` is the whole file so changed."""

    name: str
    file: str
    sql: str

    @property
    def kind(self) -> str:
        return self.name.split(" ")[1]


@cache
def every_mutant() -> tuple[Mutant, ...]:
    return tuple(mutant for file in MUTATED for mutant in mutants(file, (SQL / file).read_text(encoding="utf-8")))


def rendered(sql: str) -> str:
    """The same statement as sqlglot writes it: mutants differ from this in one place, so it must decide the same."""
    return sqlglot.parse_one(sql, dialect="duckdb").sql("duckdb", comments=False)


def mutants(file: str, sql: str) -> list[Mutant]:
    """Each once, from the first line to the last; two that read the same are numbered."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    seen, names = {tree.sql("duckdb", comments=False)}, Counter[str]()
    made: list[tuple[int, Mutant]] = []
    for turn in (turn for turns in TURNS for turn in turns(tree)):
        changed, number = applied(tree, turn), line(turn.part, sql)
        if changed not in seen:
            seen.add(changed)
            name = f'{file}:{number} {turn.kind} "{turn.original}" -> "{turn.mutated}"'
            names[name] += 1
            again = f" #{names[name]}" if names[name] > 1 else ""
            made.append((number, Mutant(name + again, file, changed)))
    return [mutant for _, mutant in sorted(made, key=lambda pair: pair[0])]


def applied(tree: exp.Expression, turn: Turn) -> str:
    """The statement with the turn made; the tree is as before once it is written."""
    if turn.node is tree:
        return turn.new.sql("duckdb", comments=False)
    new = turn.new.copy()
    turn.node.replace(new)
    try:
        return tree.sql("duckdb", comments=False)
    finally:
        new.replace(turn.node)


def line(part: exp.Expression, sql: str) -> int:
    """Where it begins: the line of the first name in it, or else of what it stands in."""
    starts = [node.meta["start"] for node in part.walk() if "start" in node.meta]
    if starts or part.parent is None:
        return sql.count("\n", 0, min(starts)) + 1
    return line(part.parent, sql)
