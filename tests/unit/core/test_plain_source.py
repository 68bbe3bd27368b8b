"""Rules for the source that ruff has no rule for: one name for one thing, short functions, simple comprehensions."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.support import PROJECT

MOST_LINES = 40
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> dict[str, ast.Module]:
    """By the file. Every worker collects this file, and only one parses them all."""
    return {
        str(path.relative_to(PROJECT)): ast.parse(path.read_text())
        for folder in ("pipeline", "expectations", "dags")
        for path in sorted((PROJECT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    }


def is_class(node: ast.stmt) -> bool:
    return isinstance(node, ast.ClassDef)


def is_function(node: ast.stmt) -> bool:
    return isinstance(node, Function)


@pytest.mark.parametrize("kind", [is_class, is_function])
def test_each_public_name_stands_in_one_file(kind: Callable[[ast.stmt], bool]) -> None:
    files: dict[str, set[str]] = defaultdict(set)
    for file, tree in trees().items():
        for node in filter(kind, tree.body if file.startswith("pipeline/") else []):
            files[node.name].add(file)  # both kinds have a name
    clashes = {name: sorted(where) for name, where in files.items() if len(where) > 1 and not name.startswith("_")}
    assert clashes == {}


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for file, tree in trees().items():
        for node in ast.walk(tree):
            yield f"{file}:{getattr(node, 'lineno', 0)}", node


def test_no_function_is_longer_than_a_page() -> None:
    lines = {place: node.end_lineno - node.lineno + 1 for place, node in nodes() if isinstance(node, Function)}
    assert {place: count for place, count in lines.items() if count > MOST_LINES} == {}


def test_a_day_is_taken_from_an_instant_in_a_zone_that_is_written_out() -> None:
    """Else it is the day before between midnight in Brussels and in UTC, or what the machine's own zone makes of it."""
    calls = ((place, node.func) for place, node in nodes() if isinstance(node, ast.Call))
    days = [(place, func.value) for place, func in calls if isinstance(func, ast.Attribute) and func.attr == "date"]
    zoned = re.compile(r"(astimezone|in_brussels)\(\w+\)$")
    assert days and [place for place, value in days if not zoned.search(ast.unparse(value))] == []


def test_no_comprehension_has_more_than_two_loops() -> None:
    kinds = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
    assert [place for place, node in nodes() if isinstance(node, kinds) and len(node.generators) > 2] == []
