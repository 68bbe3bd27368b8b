"""What pipeline/reference/ says: municipalities, postal codes, mergers, centres, births and published indices."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.core.package_data import REFERENCE

BRUSSELS_THOUSANDS = {
    "21001": 127, "21002": 35, "21003": 26, "21004": 196, "21005": 49, "21006": 45, "21007": 59, "21008": 26,
    "21009": 89, "21010": 54, "21011": 22, "21012": 98, "21013": 49, "21014": 27, "21015": 131, "21016": 87,
    "21017": 25, "21018": 60, "21019": 42,
}  # fmt: skip
"""Assumption: inhabitants, rounded; the reference data has no population of Brussels."""


@dataclass(frozen=True)
class Places:
    """The 319 areas of 2019-2024 (300 Flemish municipalities, 19 in Brussels): the finest that every year since knows.

    One index for all columns, ordered by arrondissement and code. `old` is the NIS code up to 2024, `code` today's;
    `people` the inhabitants.
    """

    old: list[str]
    code: list[str]
    name: list[str]
    arrondissement: list[str]
    province: list[str]
    people: NDArray[np.float64]
    postcodes: list[list[str]]

    @property
    def brussels(self) -> NDArray[np.bool_]:
        """Whether the area lies in the Brussels-Capital Region."""
        return np.array([code.startswith("21") for code in self.code])


def read(file: str) -> list[dict[str, str]]:
    """The rows of one reference file."""
    with (REFERENCE / file).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def load_places() -> Places:
    """Areas, with the people of a merged municipality shared out over its parts."""
    today = {row["nis"]: row for row in read("municipalities_2025.csv") + read("municipalities_brussels.csv")}
    successor = successors()
    then = read("municipalities_2019_2024.csv") + read("municipalities_brussels.csv")
    areas = sorted(then, key=lambda row: (today[_now(row, successor)]["arrondissement_nis"], row["nis"]))
    codes = [_now(row, successor) for row in areas]
    return Places(
        old=[row["nis"] for row in areas],
        code=codes,
        name=[today[code]["naam"] for code in codes],
        arrondissement=[today[code]["arrondissement_nis"] for code in codes],
        province=[today[code]["provincie"] for code in codes],
        people=_people(areas, codes),
        postcodes=[_postcodes()[code] for code in codes],
    )


def successors() -> dict[str, str]:
    """Old NIS code to the code of the municipality that it became part of (mergers of 2019 and 2025)."""
    return {row["oude_nis"]: row["nieuwe_nis"] for row in read("mergers.csv")}


def merged_in_2025() -> set[str]:
    """Codes of the municipalities that a merger of 2025-01-01 made or enlarged."""
    return {row["nieuwe_nis"] for row in read("mergers.csv") if row["datum"] == "2025-01-01"}


def flemish_births(year: int) -> float:
    """Births in the Flemish Region: published, between two published years interpolated, outside them the nearest."""
    published = {int(row["jaar"]): float(row["geboorten"]) for row in read("births.csv")}
    return float(np.interp(year, list(published), list(published.values())))


def _now(row: dict[str, str], successor: dict[str, str]) -> str:
    return successor.get(row["nis"], row["nis"])


@cache
def _postcodes() -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for row in read("postcodes_2025.csv"):
        codes.setdefault(row["nis"], []).append(row["postcode"])
    return codes


def _people(areas: list[dict[str, str]], codes: list[str]) -> NDArray[np.float64]:
    """Inhabitants per area. Assumption: of merged parts, one that gave its name counts three times one that did not."""
    people = {row["nis"]: float(row["inwoners"]) for row in read("population_2015_2025.csv") if row["jaar"] == "2025"}
    people |= {code: 1000.0 * thousands for code, thousands in BRUSSELS_THOUSANDS.items()}
    names = {row["nis"]: row["naam"] for row in read("municipalities_2025.csv")}
    share = [
        3.0 if row["naam"] in names.get(code, row["naam"]) else 1.0 for row, code in zip(areas, codes, strict=True)
    ]
    total: defaultdict[str, float] = defaultdict(float)
    for code, part in zip(codes, share, strict=True):
        total[code] += part
    return np.array([people[code] * part / total[code] for code, part in zip(codes, share, strict=True)])
