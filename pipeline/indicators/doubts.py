"""The municipalities whose figures are not made because too many children are in doubt. Pure; numbers, no persons."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.core.errors import FeedError
from pipeline.core.settings import Settings
from pipeline.indicators.model import ExactCounts

Doubts = Mapping[tuple[str | None, str], int]
"""Children who are counted nowhere, by municipality and by reason (sql/indicators/resident.sql).

The NIS code is None where the municipality is unknown. A child in two municipalities is in doubt in both."""


def require_places(year: int, doubts: Doubts, every: Iterable[ExactCounts], settings: Settings) -> None:
    """Raises FeedError where too many children are in no known municipality: any municipality may lack them."""
    nowhere = sum(children for (nis_code, _), children in doubts.items() if nis_code is None)
    total = sum(exact.children for exact in every) + sum(doubts.values())
    if nowhere > settings.max_doubtful_share * total:
        raise FeedError(
            f"feed child_on_31_december: {nowhere} of {total} children of {year} are in no known municipality, more "
            f"than {settings.max_doubtful_share:.1%}: ask the agency to mend it"
        )


def doubtful_municipalities(doubts: Doubts, every: Iterable[ExactCounts], settings: Settings) -> dict[str, str]:
    """The municipalities with too large a share of children in doubt, and the reason, with numbers."""
    by_place: dict[str, dict[str, int]] = defaultdict(dict)
    for (nis_code, rule), children in doubts.items():
        if nis_code is not None:
            by_place[nis_code][rule] = children
    certain = {exact.nis_code: exact.children for exact in every}
    reasons = {}
    for code, by_rule in by_place.items():
        in_doubt = sum(by_rule.values())
        total = in_doubt + certain[code]
        if in_doubt > settings.max_doubtful_share * total:
            rules = ", ".join(f"{rule} {children}" for rule, children in by_rule.items())
            reasons[code] = f"{in_doubt} of {total} children in doubt ({rules})"
    return reasons


def changed_municipalities(change: Iterable[Mapping[str, Any]], year: int, settings: Settings) -> dict[str, str]:
    """The municipalities that lost or gained too many rows since the year before, where the feed has one.

    `change`: rows of sql/indicators/change.sql. Below `min_rows_for_shares` rows no share is judged.
    """
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
