"""The kansarmoede-index once more: naive, row by row, from the published definition alone, to judge the SQL by.

Of the children born in the year or the two before and living there on 31 December: how many are deprived, which is
weak on three or more of six criteria in the latest valid assessment of that day; in Brussels, of clients. Nothing here
may be taken from sql/ or pipeline/. It knows nothing of rows that contradict each other: it is for worlds without.
"""

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.worlds.tables import World

REFERENCE = Path(__file__).parents[3] / "pipeline" / "reference"
CRITERIA = ("income", "education", "employment", "stimulation", "housing", "health")

Tally = tuple[int, int, tuple[int, ...]]
"""Children, deprived ones, and of these the weak ones by criterion."""


@dataclass(frozen=True)
class Register:
    """The rows that matter; dates as 'YYYY-MM-DD' and instants as 'YYYY-MM-DD HH:MM:SS', which sort as they should.

    `children`: id to birth date and client. `homes`: child, year, NIS code. `assessments`: id, child, assessed on,
    recorded at, and six times weak, not weak or None.
    """

    children: Mapping[int, tuple[str, bool]]
    homes: Iterable[tuple[int, int, str]]
    assessments: Iterable[tuple[Any, ...]]


def of_sqlite(path: Path) -> Register:
    """As the agency's own database has them."""
    agency = sqlite3.connect(path)
    children = {
        row[0]: (row[1], bool(row[2])) for row in agency.execute("select child_id, birth_date, client from child")
    }
    homes = agency.execute("select child_id, year, nis_code from child_on_31_december").fetchall()
    columns = f"assessment_id, child_id, assessed_on, substr(recorded_at, 1, 19), {', '.join(CRITERIA)}"
    assessments = agency.execute(f"select {columns} from indicator_assessment").fetchall()
    agency.close()
    return Register(children, homes, assessments)


def of_world(world: World) -> Register:
    """As a small world has them."""
    return Register(
        {row["child_id"]: (str(row["birth_date"]), row["client"]) for row in world["child"]},
        [(row["child_id"], row["year"], row["nis_code"]) for row in world["child_on_31_december"]],
        [
            (row["assessment_id"], row["child_id"], str(row["assessed_on"]), f"{row['recorded_at']:%Y-%m-%d %H:%M:%S}",
             *(row[criterion] for criterion in CRITERIA))
            for row in world["indicator_assessment"]
        ],
    )  # fmt: skip


def index(register: Register, year: int, known_at: str, codes_on: str | None = None) -> dict[str, Tally]:
    """Every municipality of 31 December, or of the later day `codes_on`, as known at `known_at` (UTC)."""
    day = codes_on or f"{year}-12-31"
    weak_of = latest(register, f"{year}-12-31", known_at)
    children: Counter[str] = Counter()
    deprived: Counter[str] = Counter()
    weak: dict[str, Counter[int]] = {code: Counter() for code in municipalities(day)}
    for child, home_year, code in register.homes:
        if home_year != year:
            continue
        birth_date, is_client = register.children[child]
        if not year - 2 <= int(birth_date[:4]) <= year:
            continue
        place = merged(code, day)
        if place[:2] == "21" and not is_client:
            continue
        children[place] += 1
        found = weak_of.get(child, ())
        if len(found) >= 3:
            deprived[place] += 1
            weak[place].update(found)
    return {
        code: (children[code], deprived[code], tuple(weak[code][criterion] for criterion in range(6)))
        for code in municipalities(day)
    }


def latest(register: Register, day: str, known_at: str) -> dict[int, tuple[int, ...]]:
    """Of each child with a valid assessment the criteria, by number, that are weak in the one that counts."""
    best: dict[int, tuple[tuple[str, str, int], tuple[int, ...]]] = {}
    for number, child, assessed_on, recorded_at, *criteria in register.assessments:
        birth_date, _ = register.children.get(child, ("9999", False))
        if recorded_at > known_at or not birth_date <= assessed_on <= day or all(each is None for each in criteria):
            continue
        order = (assessed_on, recorded_at, number)
        if child not in best or order > best[child][0]:
            best[child] = order, tuple(place for place, is_weak in enumerate(criteria) if is_weak)
    return {child: weak for child, (_, weak) in best.items()}


@cache
def municipalities(day: str) -> tuple[str, ...]:
    """All 308, 300 or 285 of Flanders on that day, and the 19 of Brussels."""
    flanders = "2018" if day < "2019-01-01" else "2019_2024" if day < "2025-01-01" else "2025"
    return tuple(sorted(row["nis"] for which in (flanders, "brussels") for row in _read(f"municipalities_{which}")))


@cache
def merged(code: str, day: str) -> str:
    """What became of a municipality by that day."""
    for row in _read("mergers"):
        if row["oude_nis"] == code != row["nieuwe_nis"] and row["datum"] <= day:
            return merged(row["nieuwe_nis"], day)
    return code


@cache
def _read(name: str) -> tuple[dict[str, str], ...]:
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8") as lines:
        return tuple(csv.DictReader(lines))
