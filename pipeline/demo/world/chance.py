"""Chance that can be repeated, and shares that hold in a small world too."""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Floats = NDArray[np.float64]


class Purpose(IntEnum):
    """What a sequence of `Spread` is for; the value is a prime, so that no two sequences move together."""

    DEPRIVED = 2
    PARENT = 3
    CONSENT = 5
    FAMILY = 7
    ASSESSMENT = 11
    BYSTANDER = 13


class Spread:
    """Numbers in [0, 1) that fill the interval evenly (Kronecker sequences), where dice would leave gaps.

    A case with a share of 1 % then occurs once in about every hundred, so also in a world of one hundredth.
    """

    def __init__(self, seed: int) -> None:
        self._next = {purpose: float(np.random.default_rng([seed, purpose]).random()) for purpose in Purpose}

    def __call__(self, purpose: Purpose, n: int) -> Floats:
        """The next `n` numbers for a purpose."""
        step = np.sqrt(purpose) % 1
        start = self._next[purpose]
        self._next[purpose] = (start + n * step) % 1
        numbers: Floats = (start + np.arange(n) * step) % 1
        return numbers


def assign(numbers: Floats, shares: Mapping[str, float]) -> dict[str, Index]:
    """For each case its share of `numbers`, as sorted positions; what the shares leave over belongs to no case."""
    bounds = np.cumsum(list(shares.values()))
    of = np.searchsorted(bounds, numbers, side="right")
    return {case: np.flatnonzero(of == place) for place, case in enumerate(shares)}


def whole(expected: Floats, rng: np.random.Generator) -> Index:
    """Expected numbers as whole ones: each rounded up or down, their running total never off by more than one."""
    running = np.floor(np.cumsum(expected.ravel()) + rng.random())
    return np.diff(running, prepend=0).astype(np.int64).reshape(expected.shape)


class Ids:
    """Hands out the next free numbers of each kind."""

    def __init__(self, last: Mapping[str, int] | None = None) -> None:
        self._last = dict(last or {})

    def take(self, kind: str, n: int) -> Index:
        """`n` numbers of a kind ("family", "parent", "child", "assessment", "event") never handed out before."""
        first = self._last.get(kind, 0) + 1
        self._last[kind] = first + n - 1
        return np.arange(first, first + n)
