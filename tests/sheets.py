"""Indicator sheets of a few invented figures, as they are frozen."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from pipeline.frozen import NIGHTLY, Frozen
from pipeline.model import Kbo
from pipeline.sheets.file import frozen
from pipeline.sheets.model import Criterion, Line, Protected, Sheet, Shown

GENT, BRUGGE = Kbo("0212214125"), Kbo("0207832792")
AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
NOTHING: Mapping[str, int | None] = {}


def line(
    nis_code: str = "44021",
    name: str = "Gent",
    children: int | None = 1000,
    deprived: int | None = 120,
    weak: int | None = 60,
    year: int = 2025,
) -> Line:
    """Every criterion with the same figure; health, the last, suppressed."""
    figures = {each: Shown(weak) for each in Criterion} | {Criterion.HEALTH: Shown(None)}
    return Line(name, Protected(nis_code, date(2026, 6, 15), year, 5, Shown(children), Shown(deprived), figures))


HIDDEN = line("44085", 'Assenede; "aan zee"', None, None, None)
PLAIN = (line(), HIDDEN)


def sheet(edition: int = 1, year: int = 2025, kbo: Kbo = GENT, lines: tuple[Line, ...] = PLAIN) -> Sheet:
    return Sheet(kbo, year, edition, date(2026, 6, 15), lines)


def on_record(edition: int = 1, year: int = 2025, kbo: Kbo = GENT, children: int = 1000) -> Frozen:
    """As a night freezes the first, and a person the others."""
    by, reason = (NIGHTLY, "in") if edition == 1 else ("anna", "een fout in de telling")
    return frozen(sheet(edition, year, kbo, (line(children=children, year=year), HIDDEN)), AT, by, reason)
