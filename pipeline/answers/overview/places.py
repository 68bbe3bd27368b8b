"""Municipalities and who serves them, for the map and for the table that stands in for the map. Pure."""

from collections import defaultdict
from dataclasses import dataclass, replace

from pipeline.answers.overview.boundaries import outlines
from pipeline.answers.overview.model import Authority, AuthorityState, Municipality, Overview


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
    """By province and name: every municipality with a boundary, and every other one that an authority serves."""
    named = {outline.nis_code: outline for outline in outlines(overview.as_of)}
    serving: dict[str, list[Authority]] = defaultdict(list)
    for authority in overview.authorities:
        for served in authority.municipalities:
            outline = named.get(served.nis_code, served)
            named[served.nis_code] = replace(served, polygons=outline.polygons)
            serving[served.nis_code].append(authority)
    places = (Place(municipality, tuple(serving[code])) for code, municipality in named.items())
    return tuple(sorted(places, key=lambda place: (place.municipality.province, place.municipality.name)))
