"""The indices that others publish of these counts: of each municipality, each province and each region.

They are made here rather than looked up: an index may be published after the sheet is frozen, and what is published of
other counts says nothing of these. So protection takes all of them for known, to the decimals in which they appear.
"""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from pipeline.core.engine import Engine
from pipeline.core.package_data import REFERENCE
from pipeline.indicators.model import Counted
from pipeline.indicators.published import Published
from pipeline.indicators.territory import Merger

TO = Decimal("0.01")
"""Percent with two decimals, as Statistiek Vlaanderen does."""


def of_municipalities(counted: Iterable[Counted], codes_on: date) -> list[Published]:
    """Each municipality's own."""
    made = (_index([one], codes_on) for one in counted)
    return [index for index in made if index]


def of_groups(run: Engine, counted: Iterable[Counted], codes_on: date) -> list[Published]:
    """Each province's and each region's, of the municipalities that are counted."""
    by_code = {one.nis_code: one for one in counted}
    areas = run.run("indicators/groups.sql", folder=str(REFERENCE), day=codes_on).to_pylist()
    made = (_index([by_code[code] for code in area["nis_codes"] if code in by_code], codes_on) for area in areas)
    return [index for index in made if index]


def mergers(run: Engine) -> list[Merger]:
    """Every merger that is known, by day."""
    return [Merger(**row) for row in run.run("indicators/mergers.sql").to_pylist()]


def _index(counted: list[Counted], codes_on: date) -> Published | None:
    """None where there are no children, so no index."""
    children, deprived = (sum(getattr(one, name) for one in counted) for name in ("children", "deprived"))
    if not children:
        return None
    percent = (Decimal(100 * deprived) / children).quantize(TO, ROUND_HALF_UP)
    return Published(frozenset(one.nis_code for one in counted), codes_on, counted[0].year, percent)
