"""The results of a night in counts: for the closing task, the ledger and the demo's table. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from pipeline.core.model import Kbo, NoCounts, Publication, Release


@dataclass(frozen=True)
class NightSummary:
    """Counts of one night. `rows` as published tonight, `dropped` lost between the decision and the delivery."""

    run: str
    night: date
    recipients: int
    outcomes: dict[str, int]
    failed: dict[Kbo, str]
    """KBO to name of the recipients of which no delivery ended well."""
    rows: int
    dropped: int
    population: int
    released: int
    withheld: dict[str, int]
    papers_to_be_renewed: int = 0
    papers_in_error: int = 0
    longest_window_ms: int | None = None
    """From the beginning of a final check to the end of the rename; None when nothing was published."""
    withdrawals_recorded: int = 0
    """Parents to whom a no counts for a recipient, and against which no grant holds, at the agency."""
    withdrawals_applied: int = 0
    """Those of them that tonight's decisions do not release to it."""
    withdrawals_to_send: int = 0
    """New ones, for whatever cause."""
    noes: NoCounts = field(default_factory=NoCounts)
    version: str = ""
    """The build of this package that decided."""
    anchored: int = 0
    """The link of the ledger that was anchored before the drops."""


def summarize_night(run: str, night: date, decided: Release, publications: Sequence[Publication]) -> NightSummary:
    """`publications` are those that ended; a recipient without one failed."""
    ended, windows = {each.kbo for each in publications}, [each.window_ms for each in publications]
    return NightSummary(
        run=run,
        night=night,
        recipients=len(decided.to_visit),
        outcomes=dict(Counter(publication.outcome.value for publication in publications)),
        failed={kbo: name for kbo, name in decided.to_visit.items() if kbo not in ended},
        rows=sum(publication.rows for publication in publications),
        dropped=sum(publication.dropped for publication in publications),
        population=decided.population,
        released=sum(decided.rows.values()),
        withheld=decided.withheld,
        papers_to_be_renewed=sum(paper.state == "to_be_renewed" for paper in decided.reported),
        papers_in_error=sum(paper.state == "error" for paper in decided.reported),
        longest_window_ms=max((window for window in windows if window is not None), default=None),
        withdrawals_recorded=sum(each.recorded for each in decided.reconciled),
        withdrawals_applied=sum(each.applied for each in decided.reconciled),
        withdrawals_to_send=decided.withdrawals + sum(publication.withdrawals for publication in publications),
        noes=decided.noes,
        version=decided.version,
        anchored=decided.ledger_head.n,
    )
