"""Which figures are not made because too many children are in doubt. Pure; says numbers, and never who."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.core.errors import FeedError
from pipeline.core.settings import Settings
from pipeline.indicators.model import Counted


@dataclass(frozen=True)
class Doubt:
    """Children who are counted nowhere, for one reason (sql/indicators/resident.sql), in one municipality.

    `nis_code` is None where it cannot be told which. A child that is in two municipalities is in doubt in both.
    """

    nis_code: str | None
    rule: str
    children: int


def require_places(year: int, doubts: Iterable[Doubt], every: Iterable[Counted], settings: Settings) -> None:
    """Raises FeedError where too many children are in no known municipality: they may be missing in any."""
    found = list(doubts)
    nowhere = sum(doubt.children for doubt in found if doubt.nis_code is None)
    total = sum(each.children for each in every) + sum(doubt.children for doubt in found)
    if nowhere > settings.max_doubtful_share * total:
        raise FeedError(
            f"feed child_on_31_december: {nowhere} of {total} children of {year} are in no known municipality, more "
            f"than {settings.max_doubtful_share:.1%}: ask the agency to mend it"
        )


def doubtful(doubts: Iterable[Doubt], every: Iterable[Counted], settings: Settings) -> dict[str, str]:
    """The municipalities of whose children too large a share is in doubt, with what is said of each."""
    certain = {each.nis_code: each.children for each in every}
    by_place: dict[str, list[Doubt]] = defaultdict(list)
    for doubt in doubts:
        if doubt.nis_code is not None:
            by_place[doubt.nis_code].append(doubt)
    said = {}
    for code, found in by_place.items():
        in_doubt = sum(doubt.children for doubt in found)
        of = in_doubt + certain[code]
        if in_doubt > settings.max_doubtful_share * of:
            rules = ", ".join(f"{doubt.rule} {doubt.children}" for doubt in found)
            said[code] = f"{in_doubt} of {of} children in doubt ({rules})"
    return said


def changed(change: Iterable[Mapping[str, Any]], year: int, settings: Settings) -> dict[str, str]:
    """The municipalities that lost or gained too many rows since the year before, where the feed has one; of few rows
    no share is worth judging. `change`: rows of sql/indicators/change.sql."""
    rows = list(change)
    if not any(row["rows_before"] for row in rows):
        return {}
    return {
        row["nis_code"]: f"{row['rows']} rows against {row['rows_before']} of {year - 1}, "
        f"more than {settings.max_change_share:.1%} apart"
        for row in rows
        if max(row["rows"], row["rows_before"]) >= settings.min_rows_for_shares
        and abs(row["rows"] - row["rows_before"]) > settings.max_change_share * row["rows_before"]
    }
