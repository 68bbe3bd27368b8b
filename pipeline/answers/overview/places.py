"""The municipalities of Flanders and Brussels on a day: their outlines, and the authorities that serve them.

Outlines from mathiasleroy/Belgium-Geographic-Data (MIT), simplified; neighbours share their vertices. Since the decree
(11 March 2022) only the mergers of 1 January 2025 changed an outline.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from itertools import pairwise

from pipeline.answers.overview.model import BRUSSELS_REGION, Authority, AuthorityState, Municipality, Overview, Ring
from pipeline.core.package_data import REFERENCE

TODAY = ("boundaries_flanders_2025.geojson", "boundaries_brussels.geojson")
BEFORE = "boundaries_flanders_until_2024.geojson"


@dataclass(frozen=True)
class Place:
    """One municipality on the day, with its polygons where its boundary is known."""

    municipality: Municipality
    authorities: tuple[Authority, ...]

    @property
    def state(self) -> AuthorityState:
        """Of the only authority; with none or several nothing is shared (gate, reason 5), hence none."""
        return self.authorities[0].state if len(self.authorities) == 1 else AuthorityState.NONE

    @property
    def served_by(self) -> str:
        return ", ".join(authority.name for authority in self.authorities) or "geen bestuur bekend"


def served_places(overview: Overview) -> tuple[Place, ...]:
    """By province and name: every municipality of the day, its boundary known or not, served or not."""
    named = {outline.nis_code: outline for outline in outlines(overview.as_of)}
    serving: dict[str, list[Authority]] = defaultdict(list)
    for one in overview.unserved:
        named.setdefault(one.nis_code, one)
    for authority in overview.authorities:
        for served in authority.municipalities:
            outline = named.get(served.nis_code, served)
            named[served.nis_code] = replace(served, polygons=outline.polygons)
            serving[served.nis_code].append(authority)
    places = (Place(municipality, tuple(serving[code])) for code, municipality in named.items())
    return tuple(sorted(places, key=lambda place: (place.municipality.province, place.municipality.name)))


def outlines(day: date) -> tuple[Municipality, ...]:
    """Every municipality on `day` (11 March 2022 or later), by NIS code; after the latest merger known, as then."""
    with (REFERENCE / "mergers.csv").open(encoding="utf-8") as lines:
        later = [row for row in csv.DictReader(lines) if date.fromisoformat(row["datum"]) > day]
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
def _read(file: str) -> tuple[Municipality, ...]:
    features = json.loads((REFERENCE / file).read_text(encoding="utf-8"))["features"]
    municipalities = []
    for feature in features:
        named, geometry = feature["properties"], feature["geometry"]
        several = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        polygons = tuple(tuple(tuple(map(tuple, ring)) for ring in polygon) for polygon in several)
        province = named["provincie"] or BRUSSELS_REGION
        municipalities.append(Municipality(named["nis"], named["naam"], province, polygons))
    return tuple(municipalities)
