"""The order in which the suite's files run: no file is lost by it, and what stands in its list is there."""

from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import PROJECT
from tests.support.order import LONGEST, UNDER_AIRFLOW, LongestFirst, rank, shuffled


@pytest.mark.parametrize("path", LONGEST)
def test_each_of_the_longest_is_there(path: str) -> None:
    assert any(f"{file.relative_to(PROJECT)}".startswith(path) for file in PROJECT.glob("tests/**/test_*.py"))


def test_the_longest_come_first_in_their_order_and_the_others_stay_as_they_were() -> None:
    files = [
        "tests/unit/core/test_insz.py",
        "tests/unit/delivery/test_hosts.py",
        *(f"{path}x.py" for path in reversed(LONGEST)),
    ]
    ordered = sorted(files, key=lambda path: rank(f"{path}::test"))
    assert ordered == [*(f"{path}x.py" for path in LONGEST), *files[:2]]


@pytest.mark.parametrize(
    ("nodeid", "scope"),
    [
        ("tests/unit/core/test_insz.py::test_a[b::c]", "tests/unit/core/test_insz.py"),
        ("tests/e2e/test_held_run.py::test_a", UNDER_AIRFLOW),
        ("tests/e2e/test_search.py::test_b[x]", UNDER_AIRFLOW),
        ("tests/dags/test_parsing.py::test_b", "tests/dags/"),
    ],
)
def test_a_file_is_one_workers_and_so_is_a_folder_that_is_slow_to_import(nodeid: str, scope: str) -> None:
    scheduler = LongestFirst.__new__(LongestFirst)
    assert scheduler._split_scope(nodeid) == scope


def test_a_shuffle_keeps_files_together_and_is_the_same_for_a_seed() -> None:
    tests = [Item(Path(f"test_{file}.py"), number) for file in "abcde" for number in range(5)]
    once, again, other = (shuffled(list(tests), seed) for seed in (1, 1, 2))
    assert once == again != other and once != tests
    assert sorted(once) == tests
    assert len([file for file, _ in groupby(once, key=lambda test: test.path)]) == 5


def test_a_shuffle_keeps_the_order_of_a_story() -> None:
    tests = [Item(Path(f"test_{file}.py"), number, file == "c") for file in "abcde" for number in range(5)]
    once = shuffled(list(tests), 1)
    kept = {file for file in "abcde" if [test.number for test in once if file in test.path.stem[5:]] == [0, 1, 2, 3, 4]}
    assert kept == {"c"}


class Item(NamedTuple):
    path: Path
    number: int
    in_order: bool = False

    def get_closest_marker(self, name: str) -> str | None:
        return name if self.in_order and name == "in_order" else None
