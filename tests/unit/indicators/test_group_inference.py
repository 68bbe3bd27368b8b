"""Few problems for all counts together decide as two problems for each count do."""

from collections.abc import Collection, Iterator
from random import Random

import pytest

from pipeline.indicators import inference
from pipeline.indicators.group_inference import SuppressedCount, narrow_in_groups
from pipeline.indicators.linear_system import CountKey, LinearSystem
from pipeline.indicators.protect import protect
from tests.support.worlds.sheets_world import Population, index


def one_by_one(system: LinearSystem, suppressed: Collection[SuppressedCount]) -> Iterator[CountKey]:
    """By the lowest and the highest value of each count."""
    for cell in suppressed:
        for count, is_rest in ((cell.count, False), (cell.rest, True)):
            low, high = system.low_bound(system.sum(count)), system.high_bound(system.sum(count))
            if low is None or high is None:
                if not system.is_contradictory:
                    yield count
                continue
            values = [value for value in range(low, high + 1) if cell.allows(value, rest=is_rest)]
            if values and values[0] < cell.threshold and len(values) < cell.threshold:
                yield count


@pytest.mark.parametrize("seed", range(0, 6, 2))
def test_the_same_counts_are_too_narrow(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of drawn municipalities of every size, each with its own index, in groups that overlap."""
    random, codes = Random(seed), "ABCDEFGHIJKL"
    population = Population.drawn(random, codes, range(2023, 2026), 4 + 12 * seed)
    figures = [population.counted(code, code, 2025) for code in codes]
    published = [index([one]) for one in figures if one.children] + [index(figures), index(figures[:4])]
    found: list[list[CountKey]] = []

    def both(system: LinearSystem, suppressed: Collection[SuppressedCount]) -> Iterator[CountKey]:
        narrow = sorted(one_by_one(system, suppressed))
        assert sorted(narrow_in_groups(system, suppressed)) == narrow
        found.append(narrow)
        yield from narrow

    monkeypatch.setattr(inference, "narrow_in_groups", both)
    protect(figures, [], published, [], 5)
    assert found


def test_a_search_for_all_together_spares_most_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    population = Population.drawn(Random(1), "ABCDEFGHIJKL", range(2023, 2026), 6)
    figures = [population.counted(code, code, 2025) for code in "ABCDEFGHIJKL"]
    alone: list[object] = []
    low = LinearSystem.low_bound
    monkeypatch.setattr(LinearSystem, "low_bound", lambda system, total: (alone.append(total), low(system, total))[1])
    made = protect(figures, [], [index(figures)], [], 5)
    hidden = sum(line.is_hidden for line in made.lines)
    assert hidden > 6
    assert len(alone) < hidden, "one by one it would be twice as many, for each set of assumptions and each step"
