"""How each state looks on the map: lightness that falls from none to exchanging, and a hatch of its own. Pure.

Whoever sees no colours, or prints in black and white, still has both: lightness and hatch.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.answers.overview.model import AuthorityState as State


@dataclass(frozen=True)
class Look:
    """`fill` lies beneath; `hatch` is what is drawn on it in a tile of `TILE` units, in `ink`, over a `share` of it."""

    fill: str
    ink: str = ""
    hatch: str = ""
    share: float = 0.0


TILE = 6
_DIAGONAL = '<path d="M-1.5,1.5l3,-3M0,6l6,-6M4.5,7.5l3,-3" stroke="{ink}" stroke-width="1.2" fill="none"/>'
_LEVEL = '<path d="M0,3h6" stroke="{ink}" stroke-width="1.1" fill="none"/>'
_DOTS = '<circle cx="1.5" cy="1.5" r="0.8" fill="{ink}"/><circle cx="4.5" cy="4.5" r="0.8" fill="{ink}"/>'

LOOKS: Mapping[State, Look] = {
    State.NONE: Look("#ffffff"),
    State.SIGNED: Look("#c6dde1", "#3d6f78", _DOTS, 0.11),
    State.TO_BE_RENEWED: Look("#efb75c", "#7a3e00", _DIAGONAL, 0.28),
    State.IN_FORCE: Look("#4a8aa1", "#1d4f60", _LEVEL, 0.18),
    State.EXCHANGING: Look("#0c3b47"),
}
"""From light to dark."""

UNKNOWN = Look("#f4f5f5", "#c3cacd", _DIAGONAL, 0.28)
"""Months of which nothing is known, in the timeline."""

_NAMED = {f"stand-{state}": look for state, look in LOOKS.items()} | {"onbekend": UNKNOWN}


def paint(look: Look) -> str:
    """What to fill a shape with: the colour itself, or its hatch from `patterns`."""
    name = next(name for name, known in _NAMED.items() if known == look)
    return f"url(#{name})" if look.hatch else look.fill


def patterns(looks: Iterable[Look]) -> str:
    """SVG definitions of the hatches of `looks`."""
    wanted = list(looks)
    tiles = (
        f'<pattern id="{name}" width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse">'
        f'<rect width="{TILE}" height="{TILE}" fill="{look.fill}"/>{look.hatch.format(ink=look.ink)}</pattern>'
        for name, look in _NAMED.items()
        if look.hatch and look in wanted
    )
    return f"<defs>{''.join(tiles)}</defs>"


def swatch(state: State, *, alone: bool) -> str:
    """A small SVG for the legend; `alone` brings its hatch along, otherwise the picture beside it does."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="swatch" width="30" height="18" viewBox="0 0 30 18" '
        f'aria-hidden="true">{patterns([LOOKS[state]]) if alone else ""}'
        f'<rect x="0.5" y="0.5" width="29" height="17" fill="{paint(LOOKS[state])}" stroke="#5b666d"/></svg>'
    )
