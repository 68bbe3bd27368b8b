"""Outlines as on a day: every municipality of that day and no other, and a merger that moves no border."""

import csv
from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from pipeline.answers.overview.model import BRUSSELS_REGION, Municipality
from pipeline.answers.overview.places import borders, outlines
from pipeline.core.package_data import REFERENCE

LAST_OF_THE_OLD, FIRST_OF_THE_NEW = date(2024, 12, 31), date(2025, 1, 1)
Edge = frozenset[tuple[float, float]]


def rows(file: str) -> list[dict[str, str]]:
    with (REFERENCE / file).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def edges(one: Municipality) -> Counter[Edge]:
    return Counter(
        frozenset(pair) for polygon in one.polygons for ring in polygon for pair in pairwise(ring) if pair[0] != pair[1]
    )


def area(one: Municipality) -> float:
    rings = (ring for polygon in one.polygons for ring in polygon)
    return sum(abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2 for ring in rings)


@pytest.mark.parametrize(
    ("day", "file", "number"),
    [
        (date(2022, 3, 11), "municipalities_2019_2024.csv", 300),
        (LAST_OF_THE_OLD, "municipalities_2019_2024.csv", 300),
        (FIRST_OF_THE_NEW, "municipalities_2025.csv", 285),
        (date(2031, 1, 1), "municipalities_2025.csv", 285),
    ],
)
def test_a_day_has_its_own_municipalities_and_no_other(day: date, file: str, number: int) -> None:
    expected = {row["nis"]: row["naam"] for row in rows(file) + rows("municipalities_brussels.csv")}
    found = outlines(day)
    assert len(found) == len(expected) == number + 19
    assert {one.nis_code: one.name for one in found} == expected
    assert [one.nis_code for one in found] == sorted(expected)


def test_provinces_are_those_of_the_registers() -> None:
    provinces = {row["nis"]: row["provincie"] for row in rows("municipalities_2019_2024.csv")}
    for one in outlines(LAST_OF_THE_OLD):
        assert one.province == provinces.get(one.nis_code, BRUSSELS_REGION)


def test_every_ring_is_closed_and_holds_something() -> None:
    for day in (LAST_OF_THE_OLD, FIRST_OF_THE_NEW):
        for one in outlines(day):
            assert one.polygons and area(one) > 0
            assert all(len(ring) >= 4 and ring[0] == ring[-1] for polygon in one.polygons for ring in polygon)


def test_a_merged_municipality_is_exactly_its_parts() -> None:
    """What the parts have in common falls away; what is left is the new outline, edge for edge."""
    then = {one.nis_code: one for one in outlines(LAST_OF_THE_OLD)}
    now = {one.nis_code: one for one in outlines(FIRST_OF_THE_NEW)}
    mergers = [row for row in rows("mergers.csv") if row["datum"] == "2025-01-01"]
    new = {row["nieuwe_nis"] for row in mergers}
    assert len(new) == 13
    for code in new:
        parts = [then[row["oude_nis"]] for row in mergers if row["nieuwe_nis"] == code]
        together = Counter(edge for part in parts for edge, times in edges(part).items() for _ in range(times))
        assert {edge for edge, times in together.items() if times == 1} == set(edges(now[code]))
        assert sum(map(area, parts)) == pytest.approx(area(now[code]), rel=1e-9)


def test_what_did_not_merge_did_not_move() -> None:
    then = {one.nis_code: one for one in outlines(LAST_OF_THE_OLD)}
    now = {one.nis_code: one for one in outlines(FIRST_OF_THE_NEW)}
    changed = {
        row[name] for row in rows("mergers.csv") if row["datum"] == "2025-01-01" for name in ("oude_nis", "nieuwe_nis")
    }
    same = (then.keys() & now.keys()) - changed
    assert len(same) == 272 + 19
    assert all(then[code] == now[code] for code in same)


def test_neighbours_share_their_edges_and_borders_are_what_is_left() -> None:
    found = outlines(FIRST_OF_THE_NEW)
    beside: dict[Edge, list[Municipality]] = {}
    for one in found:
        for edge in edges(one):
            beside.setdefault(edge, []).append(one)
    assert max(map(len, beside.values())) == 2
    inner = {edge for edge, two in beside.items() if len({one.province for one in two}) == 1 and len(two) == 2}
    assert {frozenset(edge) for edge in borders(found)} == set(beside) - inner


def test_the_borders_of_provinces_do_not_depend_on_mergers_within_them() -> None:
    """Lokeren and Beveren took in a neighbour of another arrondissement or province: only those edges may differ."""
    then, now = (set(map(frozenset, borders(outlines(day)))) for day in (LAST_OF_THE_OLD, FIRST_OF_THE_NEW))
    moved = then ^ now
    zwijndrecht = next(one for one in outlines(LAST_OF_THE_OLD) if one.name == "Zwijndrecht")
    assert moved and moved <= set(edges(zwijndrecht))
