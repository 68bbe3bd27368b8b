"""An overview with every awkward thing in it, and the CSV that it must become, byte for byte.

`python -m tests.golden.overview_example` writes the golden files anew; look at the difference before committing it.
"""

from datetime import UTC, date, datetime
from pathlib import Path

from pipeline.answers.overview.model import (
    BRUSSELS_REGION,
    LEGAL_BASIS,
    Authority,
    AuthorityState,
    Month,
    Municipality,
    Overview,
    Paper,
    PaperKind,
    PaperState,
)
from pipeline.answers.overview.states import count_papers
from pipeline.answers.overview.tables import overview_tables
from pipeline.core.documents.csv import table_csv_bytes
from pipeline.core.model import Kbo

GOLDEN = Path(__file__).parent / "overview"
DAY = date(2026, 6, 15)
GENT, AALST, CAW, STRANGER = Kbo("0212214125"), Kbo("0212237186"), Kbo("1999999943"), Kbo("0999999922")


def paper(
    number: int, kbo: Kbo, kind: PaperKind, state: PaperState, team: str | None = None, **term: date | None
) -> Paper:
    signed, begins = term.get("signed", date(2025, 1, 10)), term.get("begins", date(2025, 2, 1))
    return Paper(
        f"{kind.value[:1].upper()}-{number}", kind, LEGAL_BASIS, kbo, team, state, signed, begins, term.get("until")
    )


AUTHORITIES = (
    Authority(
        *(CAW, "CAW Brussel", "CAW", AuthorityState.EXCHANGING),
        municipalities=(
            Municipality("21001", "Anderlecht", BRUSSELS_REGION),
            Municipality("21004", "Brussel", BRUSSELS_REGION),
        ),
        teams=("Team Brussel; noord",),
        papers=(
            paper(1, CAW, PaperKind.AGREEMENT, PaperState.IN_FORCE, "Team Brussel; noord"),
            paper(2, CAW, PaperKind.PROTOCOL, PaperState.IN_FORCE),
        ),
        last_drop=date(2026, 6, 14),
    ),
    Authority(
        *(GENT, '=OCMW "Gent"\r\n', "OCMW", AuthorityState.TO_BE_RENEWED),
        municipalities=(Municipality("44021", "Gent", "Oost-Vlaanderen"),),
        teams=("@Team Gent",),
        papers=(
            paper(3, GENT, PaperKind.AGREEMENT, PaperState.TO_BE_RENEWED, "@Team Gent", until=date(2030, 1, 1)),
            paper(4, GENT, PaperKind.AGREEMENT, PaperState.NOT_SIGNED, "@Team Gent", signed=None),
            paper(5, GENT, PaperKind.PROTOCOL, PaperState.ENDED, until=date(2026, 6, 14)),
            Paper("-1+1", PaperKind.PROTOCOL, "+ander", GENT, None, PaperState.OTHER_FLOW, DAY, None, None),
        ),
        last_drop=date(2026, 1, 5),
    ),
    Authority(STRANGER, "KBO 0999.999.922 (niet in het register)", "", AuthorityState.NONE, (), (), (), None),
    Authority(
        *(AALST, "OCMW Aalst", "OCMW", AuthorityState.NONE),
        municipalities=(
            Municipality("41002", "Aalst", "Oost-Vlaanderen"),
            Municipality("23023", "Galmaarden", "Vlaams-Brabant"),
        ),
        teams=(),
        papers=(paper(6, AALST, PaperKind.PROCESSING_AGREEMENT, PaperState.OTHER_FLOW),),
        last_drop=None,
    ),
)


def example(**changed: object) -> Overview:
    values: dict[str, object] = {
        "as_of": DAY,
        "known_at": datetime(2026, 6, 16, 8, 0, 1, tzinfo=UTC),
        "window_days": 7,
        "ledger_since": datetime(2026, 5, 27, 1, 30, tzinfo=UTC),
        "authorities": AUTHORITIES,
        "counts": count_papers(AUTHORITIES, DAY),
        "months": (Month(date(2026, 4, 30), 2, 2, 2, 2, 2, None), Month(DAY, 2, 1, 2, 1, 1, 1)),
        "remarks": ("Een opmerking; met een puntkomma.", "=1+1"),
        "teams": ("@Team Gent", "Team Brussel; noord", "Team Zuid"),
    }
    return Overview(**(values | changed))


def written() -> dict[str, bytes]:
    """The golden files by name."""
    return {f"{table.key}.csv": table_csv_bytes(table) for table in overview_tables(example())}


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name, content in written().items():
        (GOLDEN / name).write_bytes(content)
