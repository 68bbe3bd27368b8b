"""The style of each state on the map: lightness that falls from none to exchanging, and a hatch of its own. Pure.

Lightness and hatch both remain for a reader who sees no colours or prints in black and white.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline.answers.overview.model import AuthorityState as State


@dataclass(frozen=True)
class FillStyle:
    """A `fill`, and on it a `hatch` (SVG) in `ink`, in tiles of `TILE` units of which it covers a `share`.

    `name`: of the hatch's pattern in a picture.
    """

    fill: str
    ink: str = ""
    hatch: str = ""
    share: float = 0.0
    name: str = ""


TILE = 6
_DIAGONAL = '<path d="M-1.5,1.5l3,-3M0,6l6,-6M4.5,7.5l3,-3" stroke="{ink}" stroke-width="1.2" fill="none"/>'
_LEVEL = '<path d="M0,3h6" stroke="{ink}" stroke-width="1.1" fill="none"/>'
_DOTS = '<circle cx="1.5" cy="1.5" r="0.8" fill="{ink}"/><circle cx="4.5" cy="4.5" r="0.8" fill="{ink}"/>'

STYLES: Mapping[State, FillStyle] = {
    State.NONE: FillStyle("#ffffff"),
    State.SIGNED: FillStyle("#c6dde1", "#3d6f78", _DOTS, 0.11, "stand-signed"),
    State.TO_BE_RENEWED: FillStyle("#efb75c", "#7a3e00", _DIAGONAL, 0.28, "stand-to_be_renewed"),
    State.IN_FORCE: FillStyle("#4a8aa1", "#1d4f60", _LEVEL, 0.18, "stand-in_force"),
    State.EXCHANGING: FillStyle("#0c3b47"),
}
"""From light to dark."""

UNKNOWN = FillStyle("#f4f5f5", "#c3cacd", _DIAGONAL, 0.28, "onbekend")
"""Months of which nothing is known, in the timeline."""


def paint(style: FillStyle) -> str:
    """The value of an SVG `fill`: the colour itself, or its hatch from `patterns`."""
    return f"url(#{style.name})" if style.hatch else style.fill


def patterns(styles: Collection[FillStyle]) -> str:
    """SVG definitions of the hatches of `styles`."""
    tiles = (
        f'<pattern id="{style.name}" width="{TILE}" height="{TILE}" patternUnits="userSpaceOnUse">'
        f'<rect width="{TILE}" height="{TILE}" fill="{style.fill}"/>{style.hatch.format(ink=style.ink)}</pattern>'
        for style in styles
        if style.hatch
    )
    return f"<defs>{''.join(tiles)}</defs>"


def swatch(state: State, *, alone: bool) -> str:
    """A small SVG for the legend; `alone` brings its hatch along, otherwise the picture beside it does."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" class="swatch" width="30" height="18" viewBox="0 0 30 18" '
        f'aria-hidden="true">{patterns([STYLES[state]]) if alone else ""}'
        f'<rect x="0.5" y="0.5" width="29" height="17" fill="{paint(STYLES[state])}" stroke="#5b666d"/></svg>'
    )
