"""Municipalities and who serves them, for the map and for the table that stands in for it."""

from collections import defaultdict
from dataclasses import dataclass

from pipeline.answers.overview.boundaries import Outline, outlines
from pipeline.answers.overview.model import Authority, AuthorityState, Municipality, Overview


@dataclass(frozen=True)
class Place:
    """One municipality on the day; `outline` is None where no boundary of it is known."""

    municipality: Municipality
    authorities: tuple[Authority, ...]
    outline: Outline | None

    @property
    def state(self) -> AuthorityState:
        """Of its only authority; with none or several nothing is shared of it (gate, reason 5), hence none."""
        return self.authorities[0].state if len(self.authorities) == 1 else AuthorityState.NONE

    @property
    def served_by(self) -> str:
        return ", ".join(one.name for one in self.authorities) or "geen bestuur bekend"


def places(overview: Overview) -> tuple[Place, ...]:
    """By province and name: what is drawn, and what an authority serves though no outline of it is known."""
    drawn = {one.nis_code: one for one in outlines(overview.as_of)}
    named = {code: Municipality(code, one.name, one.province) for code, one in drawn.items()}
    serving: dict[str, list[Authority]] = defaultdict(list)
    for authority in overview.authorities:
        for municipality in authority.municipalities:
            named[municipality.nis_code] = municipality
            serving[municipality.nis_code].append(authority)
    found = (Place(one, tuple(serving[code]), drawn.get(code)) for code, one in named.items())
    return tuple(sorted(found, key=lambda place: (place.municipality.province, place.municipality.name)))
