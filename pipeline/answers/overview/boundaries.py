"""Outlines of the municipalities of Flanders and Brussels as they were on a day. Files and pure geometry.

From mathiasleroy/Belgium-Geographic-Data (MIT), simplified; neighbours share their vertices. Since the decree
(11 March 2022) only the mergers of 1 January 2025 changed an outline.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

from pipeline.answers.overview.model import BRUSSELS_REGION, Municipality, Ring
from pipeline.core.package_data import REFERENCE

TODAY = ("boundaries_flanders_2025.geojson", "boundaries_brussels.geojson")
BEFORE = "boundaries_flanders_until_2024.geojson"


def outlines(day: date) -> tuple[Municipality, ...]:
    """Every municipality on `day` (11 March 2022 or later), by NIS code; after the latest merger known, as then."""
    later = [row for row in _mergers() if date.fromisoformat(row["datum"]) > day]
    not_yet, parts = {row["nieuwe_nis"] for row in later}, {row["oude_nis"] for row in later}
    current = [outline for file in TODAY for outline in _read(file) if outline.nis_code not in not_yet]
    former = [outline for outline in _read(BEFORE) if outline.nis_code in parts]
    return tuple(sorted(current + former, key=lambda outline: outline.nis_code))


def borders(drawn: Iterable[Municipality]) -> tuple[Ring, ...]:
    """Edges of two points that lie between two provinces, or at the rim."""
    beside: dict[Ring, list[str]] = defaultdict(list)
    for outline in drawn:
        for ring in (ring for polygon in outline.polygons for ring in polygon):
            for edge in pairwise(ring):
                beside[tuple(sorted(edge))].append(outline.province)
    return tuple(edge for edge, provinces in sorted(beside.items()) if len(provinces) == 1 or len(set(provinces)) > 1)


@cache
def _mergers() -> list[dict[str, str]]:
    with (REFERENCE / "mergers.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def _read(file: str) -> tuple[Municipality, ...]:
    features = json.loads((REFERENCE / file).read_text(encoding="utf-8"))["features"]
    return tuple(
        Municipality(
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
