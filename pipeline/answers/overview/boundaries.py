"""Outlines of the municipalities of Flanders and Brussels as they were on a day. Files and pure geometry.

From mathiasleroy/Belgium-Geographic-Data (MIT), simplified; neighbours share their vertices. Since the decree
(11 March 2022) only the mergers of 1 January 2025 changed an outline.
"""

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

from pipeline.answers.overview.model import BRUSSELS_REGION
from pipeline.core.package_data import REFERENCE

TODAY = ("boundaries_flanders_2025.geojson", "boundaries_brussels.geojson")
BEFORE = "boundaries_flanders_until_2024.geojson"

Point = tuple[float, float]
"""Longitude and latitude, WGS84."""
Ring = tuple[Point, ...]
"""Closed: the last point is the first."""


@dataclass(frozen=True)
class Outline:
    """One municipality; a polygon is its outer ring and any holes."""

    nis_code: str
    name: str
    province: str
    polygons: tuple[tuple[Ring, ...], ...]


def outlines(day: date) -> tuple[Outline, ...]:
    """Every municipality on `day` (11 March 2022 or later), by NIS code; after the latest merger known, as then."""
    later = [row for row in _mergers() if date.fromisoformat(row["datum"]) > day]
    not_yet, parts = {row["nieuwe_nis"] for row in later}, {row["oude_nis"] for row in later}
    current = [one for file in TODAY for one in _read(file) if one.nis_code not in not_yet]
    former = [one for one in _read(BEFORE) if one.nis_code in parts]
    return tuple(sorted(current + former, key=lambda one: one.nis_code))


def borders(shown: tuple[Outline, ...]) -> tuple[tuple[Point, Point], ...]:
    """Edges that lie between two provinces, or at the rim."""
    beside: dict[tuple[Point, Point], list[str]] = defaultdict(list)
    for one in shown:
        for ring in (ring for polygon in one.polygons for ring in polygon):
            for start, end in pairwise(ring):
                beside[min(start, end), max(start, end)].append(one.province)
    return tuple(edge for edge, provinces in sorted(beside.items()) if len(provinces) == 1 or len(set(provinces)) > 1)


@cache
def _mergers() -> list[dict[str, str]]:
    with (REFERENCE / "mergers.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def _read(file: str) -> tuple[Outline, ...]:
    features = json.loads((REFERENCE / file).read_text(encoding="utf-8"))["features"]
    return tuple(
        Outline(
            nis_code=feature["properties"]["nis"],
            name=feature["properties"]["naam"],
            province=feature["properties"]["provincie"] or BRUSSELS_REGION,
            polygons=_polygons(feature["geometry"]),
        )
        for feature in features
    )


def _polygons(geometry: dict[str, Any]) -> tuple[tuple[Ring, ...], ...]:
    several = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return tuple(tuple(tuple((x, y) for x, y in ring) for ring in polygon) for polygon in several)
