"""How many children are born where, how many of them in deprivation, and which criteria are then weak."""

from datetime import date
from operator import itemgetter

import numpy as np

from pipeline.demo.world.chance import Floats
from pipeline.demo.world.reference import Places, flemish_births, read

BRUSSELS_BIRTHS_PER_YEAR = 15_000
"""Assumption: 12 births per 1,000 inhabitants."""
BRUSSELS_CLIENTS = 0.4
"""Assumption: share of the children of Brussels that Opgroeien visits; the others are not its clients."""
FLEMISH_CLIENTS = 0.97
BRUSSELS_INDEX = 0.267
"""Of clients, in 2021 (published_figures.csv)."""

TARGET_YEAR = "2023"
"""The latest year with a published index of the Flemish Region: the target of the calibration."""

CRITERIA = ("income", "education", "employment", "stimulation", "housing", "health")
WEAK_SHARE = np.array([0.87, 0.82, 0.78, 0.27, 0.56, 0.22])
"""Share of deprived children weak on each criterion: four published (2020, 2021), stimulation and health assumed."""
NEAR_WEAK = np.array([0.07, 0.06, 0.06, 0.01, 0.04, 0.02])
"""Assumption: chance of each weak criterion for a child that is not deprived (three or more never happen)."""

PATTERNS = (np.arange(64)[:, None] >> np.arange(6)) & 1 == 1
"""Every combination of weak criteria: 64 rows, one column a criterion."""


def flemish_index() -> float:
    """The published kansarmoede-index of the Flemish Region in TARGET_YEAR, as a share."""
    wanted = ("gewest", "kansarmoede-index", "Vlaams Gewest", TARGET_YEAR)
    columns = itemgetter("niveau", "indicator", "gebied", "jaar")
    (row,) = (row for row in read("published_figures.csv") if columns(row) == wanted)
    return float(row["waarde"]) / 100


def deprivation(places: Places) -> Floats:
    """Share of children born into deprivation per area: the published index of its municipality, all multiplied by
    one factor so that the mean over Flemish births is the published index of Flanders. Brussels: per client."""
    published = {row["nis"]: row["kansarmoede_index_pct"] for row in read("index_per_municipality.csv")}
    known = np.array([float(published.get(code) or "nan") / 100 for code in places.code])
    flemish = ~places.brussels
    for province in set(places.province):  # too few births for a figure: that of the province
        of = np.array([name == province for name in places.province]) & flemish
        mean = np.average(known[of & ~np.isnan(known)], weights=places.people[of & ~np.isnan(known)]) if of.any() else 0
        known = np.where(of & np.isnan(known), mean, known)
    factor = flemish_index() / np.average(known[flemish], weights=places.people[flemish])
    return np.where(flemish, known * factor, BRUSSELS_INDEX)


def expected_births(places: Places, first: date, end: date) -> Floats:
    """Births per area from `first` up to but not including `end`, both in one year, spread by inhabitants."""
    share = (end - first).days / (date(first.year + 1, 1, 1) - date(first.year, 1, 1)).days
    totals = np.where(places.brussels, BRUSSELS_BIRTHS_PER_YEAR, flemish_births(first.year))
    region = np.where(places.brussels, places.people[places.brussels].sum(), places.people[~places.brussels].sum())
    births: Floats = totals * share * places.people / region
    return births


def pattern_chances(deprived: bool) -> Floats:
    """Chance of each row of PATTERNS, given whether three or more criteria are weak."""
    allowed = (PATTERNS.sum(axis=1) >= 3) == deprived
    odds = NEAR_WEAK / (1 - NEAR_WEAK)
    chances = _normal(allowed * np.prod(np.where(PATTERNS, odds, 1), axis=1))
    for _ in range(200 if deprived else 0):  # raking: each share in turn is brought to the published one
        for criterion, share in enumerate(WEAK_SHARE):
            weak = PATTERNS[:, criterion]
            now = chances[weak].sum()
            chances = _normal(chances * np.where(weak, share / now, (1 - share) / (1 - now)))
    return chances


def _normal(weights: Floats) -> Floats:
    result: Floats = weights / weights.sum()
    return result
