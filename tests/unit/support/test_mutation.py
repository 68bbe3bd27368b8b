"""The mutation runner itself: each kind of mutant on a toy, a survivor where nothing tests, a list that went stale."""

import math
import time
from pathlib import Path

import duckdb
import pytest

from pipeline.core.errors import LedgerUnavailable
from pipeline.core.package_data import SQL
from tests.mutation.command import before
from tests.mutation.killers import Verdict, control, judged
from tests.mutation.mutants import MUTATED, Mutant, every_mutant, mutants
from tests.mutation.prepared_stage import PreparedStage
from tests.mutation.run import Bite
from tests.mutation.stages import Notice, of_batch
from tests.spec.batch import Batch
from tests.spec.tables import cases
from tests.support.worlds.tables import moment

TOYS = {
    "select a from t where b and c = 1": """
        removed "b" -> "TRUE"
        removed "c = 1" -> "TRUE"
        negated "b" -> "NOT b"
        negated "c = 1" -> "NOT c = 1"
    """,
    "select a from t where b or c": """
        removed "b" -> "FALSE"
        removed "c" -> "FALSE"
        negated "b" -> "NOT b"
        negated "c" -> "NOT c"
    """,
    "select a from t where b and (c or d)": """
        removed "b" -> "TRUE"
        removed "(c OR d)" -> "TRUE"
        removed "c" -> "FALSE"
        removed "d" -> "FALSE"
        negated "b" -> "NOT b"
        negated "(c OR d)" -> "NOT (c OR d)"
        negated "c" -> "NOT c"
        negated "d" -> "NOT d"
    """,
    "select a from t where not b": """
        removed "NOT b" -> "TRUE"
        negated "NOT b" -> "b"
    """,
    "select a from t group by a having f(a)": """
        removed "f(a)" -> "TRUE"
        negated "f(a)" -> "NOT f(a)"
    """,
    "select a from t left join u on t.b = u.b": """
        removed "t.b = u.b" -> "TRUE"
        negated "t.b = u.b" -> "NOT t.b = u.b"
        inner "LEFT JOIN u ON t.b = u.b" -> "JOIN u ON t.b = u.b"
    """,
    "select a from t join u using (b, c)": """
        dropped "using b" -> ""
        dropped "using c" -> ""
    """,
    "select case when b then 1 when c then 2 end as d from t": """
        negated "b" -> "NOT b"
        negated "c" -> "NOT c"
        dropped "when b" -> ""
        dropped "when c" -> ""
    """,
    "select case when b is not true then 1 end as d from t": """
        negated "NOT b IS TRUE" -> "b IS TRUE"
        negated "b" -> "NOT b"
        dropped "when NOT b IS TRUE" -> ""
    """,
    "select b in ('x') as is_b from t": """
        removed "b IN ('x')" -> "TRUE"
        removed "b IN ('x')" -> "FALSE"
        negated "b IN ('x')" -> "NOT b IN ('x')"
    """,
    "select a from t where b not in ('x', 'y')": """
        removed "NOT b IN ('x', 'y')" -> "TRUE"
        negated "NOT b IN ('x', 'y')" -> "b IN ('x', 'y')"
        dropped "'x'" -> ""
        dropped "'y'" -> ""
    """,
    "select a from t where b < 2": """
        removed "b < 2" -> "TRUE"
        negated "b < 2" -> "NOT b < 2"
        shifted "b < 2" -> "b <= 2"
    """,
    "select a from t where b between 1 and 6": """
        removed "b BETWEEN 1 AND 6" -> "TRUE"
        negated "b BETWEEN 1 AND 6" -> "NOT b BETWEEN 1 AND 6"
        shifted "b BETWEEN 1 AND 6" -> "(b > 1 AND b <= 6)"
        shifted "b BETWEEN 1 AND 6" -> "(b >= 1 AND b < 6)"
    """,
    "select coalesce(b <= c, true) as d from t": """
        removed "COALESCE(b <= c, TRUE)" -> "TRUE"
        removed "COALESCE(b <= c, TRUE)" -> "FALSE"
        negated "COALESCE(b <= c, TRUE)" -> "NOT COALESCE(b <= c, TRUE)"
        negated "b <= c" -> "NOT b <= c"
        shifted "b <= c" -> "b < c"
        default "TRUE" -> "FALSE"
    """,
    "select coalesce(b, 3) as d from t": """
        default "3" -> "2"
        default "3" -> "4"
    """,
    "select coalesce(b, c, d) as e from t": """
        dropped "b" -> ""
        dropped "c" -> ""
        dropped "d" -> ""
    """,
    "select row_number() over (partition by b order by c desc, d) as e from t": """
        dropped "partition by b" -> ""
        dropped "order by c DESC" -> ""
        dropped "order by d" -> ""
        reversed "c DESC" -> "c ASC"
        reversed "d" -> "d DESC"
    """,
    "select a from t qualify row_number() over (order by b) = 1": """
        removed "ROW_NUMBER() OVER (ORDER BY b) = 1" -> "TRUE"
        negated "ROW_NUMBER() OVER (ORDER BY b) = 1" -> "NOT ROW_NUMBER() OVER (ORDER BY b) = 1"
        dropped "order by b" -> ""
        reversed "b" -> "b DESC"
    """,
    "select max(b) as b, least(c, d) as e from t": """
        extreme "MAX(b)" -> "MIN(b)"
        extreme "LEAST(c, d)" -> "GREATEST(c, d)"
    """,
    "select [x for x in b if x = c] as d from t": """
        removed "x = c" -> "TRUE"
        negated "x = c" -> "NOT x = c"
    """,
    "select count(*) filter (where b) as c from t": """
        removed "b" -> "TRUE"
        negated "b" -> "NOT b"
    """,
    "create temp macro is_x(y) as list_has_all(y, 'x')": """
        removed "list_has_all(y, 'x')" -> "TRUE"
        removed "list_has_all(y, 'x')" -> "FALSE"
        negated "list_has_all(y, 'x')" -> "NOT list_has_all(y, 'x')"
    """,
    "select a from t order by a": "",
}


@pytest.mark.parametrize("sql", TOYS)
def test_each_kind_of_mutant_is_made_and_no_other(sql: str) -> None:
    found = [mutant.name.removeprefix("toy.sql:1 ") for mutant in mutants("toy.sql", sql)]
    assert sorted(found) == sorted(line.strip() for line in TOYS[sql].splitlines() if line.strip())


def test_a_mutant_is_named_after_its_line_and_two_that_read_the_same_are_numbered() -> None:
    sql = "-- what for\nselect a\nfrom t\nwhere coalesce(b, true) and coalesce(c, true)\nqualify d"
    names = [mutant.name for mutant in mutants("toy.sql", sql)]
    assert 'toy.sql:5 removed "d" -> "TRUE"' in names
    assert [name for name in names if "default" in name] == [
        'toy.sql:4 default "TRUE" -> "FALSE"',
        'toy.sql:4 default "TRUE" -> "FALSE" #2',
    ]


def test_a_mutant_differs_in_one_place() -> None:
    (first, *_) = mutants("toy.sql", "select a from t where b and c and d")
    assert first.sql == "SELECT a FROM t WHERE b AND c AND TRUE"


def test_names_are_one_a_mutant_and_every_file_that_decides_is_mutated() -> None:
    made = every_mutant()
    assert len({mutant.name for mutant in made}) == len(made) > 500
    gate = {f"gate/{path.name}" for path in (SQL / "gate").glob("*.sql")}
    assert gate <= set(MUTATED)
    assert gate - {mutant.file for mutant in made} == {"gate/21_covered.sql"}, "which has no condition of its own"


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> PreparedStage:
    """The first case of the tables alone: everything in order."""
    case = cases()[0][1]
    return PreparedStage(of_batch(Batch(moment(case.at), [case]), tmp_path_factory.mktemp("baseline")))


def one(kind: str, file: str, original: str) -> Mutant:
    made = mutants(file, (SQL / file).read_text(encoding="utf-8"))
    (found,) = [mutant for mutant in made if f' {kind} "{original}"' in mutant.name]
    return found


def test_a_rule_that_nothing_tests_has_a_survivor(baseline: PreparedStage, tmp_path: Path) -> None:
    mutant = one("dropped", "gate/20_decision.sql", "when NOT is_alive IS TRUE")
    assert judged(mutant, [baseline], tmp_path) == Verdict(mutant.name)
    assert Bite([Verdict(mutant.name)], {}).survivors == [mutant.name]


def test_one_that_is_tested_names_its_killer(baseline: PreparedStage, tmp_path: Path) -> None:
    mutant = one("negated", "gate/20_decision.sql", "NOT is_alive IS TRUE")
    expected = Verdict(mutant.name, "tables", "Who is decided on: the baseline: one family, everything in order")
    assert judged(mutant, [baseline], tmp_path) == expected


def test_a_cell_that_may_not_go_kills(baseline: PreparedStage, tmp_path: Path) -> None:
    mutant = one("negated", "gate/release/referrals.sql", "CONTAINS(fields, 'phone')")
    assert judged(mutant, [baseline], tmp_path).kind == "rows"


def test_what_the_engine_refuses_is_told_apart(baseline: PreparedStage, tmp_path: Path) -> None:
    found = judged(Mutant("broken", "gate/03_protected_family.sql", "select nothing"), [baseline], tmp_path)
    assert found.kind == "engine refuses"
    assert "nothing" in found.where


class Breaks(PreparedStage):
    """A stage on which something breaks that is not the mutant's doing."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def difference(self, file: str, spill: Path) -> Notice | None:
        raise self.error


@pytest.mark.parametrize(
    "error", [duckdb.OutOfMemoryException, duckdb.IOException, duckdb.InternalException, LedgerUnavailable]
)
def test_a_machine_that_breaks_kills_no_mutant(error: type[Exception], tmp_path: Path) -> None:
    mutant = one("dropped", "gate/20_decision.sql", "when NOT is_alive IS TRUE")
    with pytest.raises(error, match="full"):
        judged(mutant, [Breaks(error("full"))], tmp_path)
    assert list(tmp_path.iterdir()) == [], "and the SQL is the old one"


def test_the_named_tests_are_asked_last(baseline: PreparedStage, tmp_path: Path) -> None:
    mutant = one("dropped", "gate/20_decision.sql", "when NOT is_alive IS TRUE")
    assert judged(mutant, [baseline], tmp_path, lambda file: ("sql tests", "x")) == Verdict(
        mutant.name, "sql tests", "x"
    )


def test_the_sql_is_the_old_one_afterwards_and_as_sqlglot_writes_it(baseline: PreparedStage, tmp_path: Path) -> None:
    assert control([baseline.stage], tmp_path) is None
    assert baseline.stage.difference(tmp_path) is None


def test_the_list_of_equivalents_is_held_to_account() -> None:
    bite = Bite(
        [Verdict("a", "tables", "here"), Verdict("b"), Verdict("c")],
        {"a": "was never equivalent", "b": "cannot differ", "gone": "not there any more"},
    )
    assert (bite.spared, bite.survivors, bite.stale) == (["b"], ["c"], ["a", "gone"])
    assert list(bite.lines()) == ["a\ttables\there", "b\tequivalent\tcannot differ", "c\tsurvived\t"]


def test_who_was_not_judged_is_not_listed_in_vain() -> None:
    bite = Bite([Verdict("a")], {"a": "cannot differ", "b": "cannot either"}, unjudged=frozenset({"b", "c"}))
    assert (bite.spared, bite.survivors, bite.stale) == (["a"], [], [])


def test_a_budget_ends_with_what_was_being_waited_for() -> None:
    assert list(before(time.monotonic() - 1, "abc")) == ["a"]
    assert list(before(math.inf, "abc")) == ["a", "b", "c"]
