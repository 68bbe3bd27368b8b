"""What a night came to, in counts: for the closing task, the ledger and the demo's table. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.model import Publication, Release


@dataclass(frozen=True)
class NightSummary:
    """Counts of one night. `rows` as published tonight, `dropped` lost between the decision and the delivery."""

    run: str
    night: date
    recipients: int
    outcomes: dict[str, int]
    failed: dict[str, str]
    """KBO to name of the recipients of which no delivery ended well."""
    rows: int
    dropped: int
    population: int
    released: int
    withheld: dict[str, int]
    papers_to_be_renewed: int = 0
    papers_in_error: int = 0


def summarize(run: str, night: date, decided: Release, publications: Sequence[Publication]) -> NightSummary:
    """`publications` are those that ended; a recipient without one failed."""
    ended = {publication.kbo for publication in publications}
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
    )
