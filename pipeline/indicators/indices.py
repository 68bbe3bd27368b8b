"""The indices that others publish of these counts: of each municipality, each province and each region.

Computed here rather than looked up: an index may be published after the sheet's release, and an index of other counts
says nothing of these. So protection takes every index as known, to the decimals in which it is published.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

from pipeline.core.engine import Engine
from pipeline.core.package_data import REFERENCE
from pipeline.indicators.model import ExactCounts
from pipeline.indicators.published import PublishedIndex
from pipeline.indicators.territory import Merger

TO = Decimal("0.01")
"""Percent with two decimals, as Statistiek Vlaanderen does."""


def municipality_indices(counted: Iterable[ExactCounts]) -> list[PublishedIndex]:
    """The index of each municipality with children."""
    return [_index([exact]) for exact in counted if exact.children]


def group_indices(run: Engine, counted: Iterable[ExactCounts]) -> list[PublishedIndex]:
    """The index of each province and each region, of the municipalities that are counted (all by one day's codes)."""
    by_code = {exact.nis_code: exact for exact in counted}
    if not by_code:
        return []
    day = next(iter(by_code.values())).codes_on
    areas = run.run("indicators/groups.sql", folder=str(REFERENCE), day=day).to_pylist()
    groups = ([by_code[code] for code in area["nis_codes"] if code in by_code] for area in areas)
    return [_index(group) for group in groups if any(exact.children for exact in group)]


def read_mergers(run: Engine) -> list[Merger]:
    """Every merger that is known, by day."""
    return [Merger(**row) for row in run.run("indicators/mergers.sql").to_pylist()]


def _index(group: list[ExactCounts]) -> PublishedIndex:
    children, deprived = sum(exact.children for exact in group), sum(exact.deprived for exact in group)
    percent = (Decimal(100 * deprived) / children).quantize(TO, ROUND_HALF_UP)
    return PublishedIndex(frozenset(exact.nis_code for exact in group), group[0].codes_on, group[0].year, percent)
