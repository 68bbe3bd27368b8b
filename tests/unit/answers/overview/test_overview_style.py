"""The states can be told apart in black and white, and by who sees no red, no green or no blue."""

import re
from itertools import combinations, pairwise

import pytest

from pipeline.answers.overview.model import AuthorityState
from pipeline.answers.overview.style import STYLES, TILE, UNKNOWN, FillStyle, paint, patterns, swatch

Rgb = tuple[float, float, float]

# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB.
BLINDNESS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(colour: str) -> Rgb:
    def one(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    return one(int(colour[1:3], 16)), one(int(colour[3:5], 16)), one(int(colour[5:7], 16))


def seen(style: FillStyle) -> Rgb:
    """The hatch and what lies beneath it, from afar."""
    fill, ink = linear(style.fill), linear(style.ink or style.fill)
    red, green, blue = ((1 - style.share) * under + style.share * over for under, over in zip(fill, ink, strict=True))
    return red, green, blue


def blinded(colour: Rgb, matrix: tuple[Rgb, Rgb, Rgb]) -> Rgb:
    red, green, blue = (
        min(max(sum(weight * channel for weight, channel in zip(row, colour, strict=True)), 0.0), 1.0) for row in matrix
    )
    return red, green, blue


def luminance(colour: Rgb) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def contrast(one: float, other: float) -> float:
    """As WCAG 2 has it."""
    light, dark = max(one, other), min(one, other)
    return (light + 0.05) / (dark + 0.05)


def test_each_state_has_a_look_from_light_to_dark() -> None:
    assert list(STYLES) == list(AuthorityState)
    greys = [luminance(seen(style)) for style in STYLES.values()]
    assert greys == sorted(greys, reverse=True)


def test_in_black_and_white_each_differs_from_the_next() -> None:
    greys = [luminance(seen(style)) for style in STYLES.values()]
    assert min(contrast(one, other) for one, other in pairwise(greys)) >= 1.45
    assert contrast(greys[0], greys[-1]) >= 7


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_colour_blind_readers_see_the_same_order(blindness: str) -> None:
    greys = [luminance(blinded(seen(style), BLINDNESS[blindness])) for style in STYLES.values()]
    assert greys == sorted(greys, reverse=True)
    assert min(contrast(one, other) for one, other in pairwise(greys)) >= 1.35


def test_what_exchanges_stands_out_from_every_other() -> None:
    *others, exchanging = (luminance(seen(style)) for style in STYLES.values())
    assert all(contrast(exchanging, other) >= 2.5 for other in others)


def test_no_two_look_alike_even_without_any_colour() -> None:
    """Every state between none and exchanging has a hatch, each another."""
    hatches = [style.hatch for style in STYLES.values()]
    assert all(hatches[1:-1]) and not hatches[0] and not hatches[-1]
    assert all(one != other for one, other in combinations(hatches[1:-1], 2))


@pytest.mark.parametrize("state", [state for state, style in STYLES.items() if style.hatch])
def test_a_hatch_can_be_seen_on_its_own_ground(state: AuthorityState) -> None:
    style = STYLES[state]
    assert contrast(luminance(linear(style.fill)), luminance(linear(style.ink))) >= (1.8 if state == "in_force" else 3)


@pytest.mark.parametrize("state", [state for state, style in STYLES.items() if style.hatch])
def test_the_share_of_a_hatch_is_what_is_drawn(state: AuthorityState) -> None:
    style = STYLES[state]
    dots = re.findall(r'r="([\d.]+)"', style.hatch)
    if dots:
        drawn = sum(3.1416 * float(radius) ** 2 for radius in dots) / TILE**2
    else:
        slant = 2**0.5 if "l3,-3" in style.hatch else 1
        drawn = float(re.findall(r'stroke-width="([\d.]+)"', style.hatch)[0]) * slant / TILE
    assert drawn == pytest.approx(style.share, abs=0.01)


def test_the_pattern_of_each_hatch_is_there_once() -> None:
    names = re.findall(r'id="([^"]+)"', patterns([*STYLES.values(), UNKNOWN]))
    assert len(names) == len(set(names)) == 4
    for style in STYLES.values():
        if style.hatch:
            assert paint(style).removeprefix("url(#").removesuffix(")") in names
        else:
            assert paint(style) == style.fill


def test_a_swatch_stands_alone_when_asked() -> None:
    assert "<pattern" in swatch(AuthorityState.SIGNED, alone=True)
    assert "<pattern" not in swatch(AuthorityState.SIGNED, alone=False)
    assert 'aria-hidden="true"' in swatch(AuthorityState.SIGNED, alone=False)
