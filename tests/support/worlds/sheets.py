"""Indicator sheets of a few invented figures, as they are released."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from pipeline.core.model import Kbo
from pipeline.indicators.edition_file import NIGHTLY, ReleasedSheet
from pipeline.indicators.model import Criterion, ProtectedCounts, Sheet, SheetLine, ShownCount
from pipeline.indicators.sheet_file import release_sheet
from tests.support.worlds.tables import BASELINE, World, world

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
) -> SheetLine:
    """Every criterion with the same figure; health, the last, suppressed."""
    figures = {each: ShownCount(weak) for each in Criterion} | {Criterion.HEALTH: ShownCount(None)}
    return SheetLine(
        name, ProtectedCounts(nis_code, date(2026, 6, 15), year, 5, ShownCount(children), ShownCount(deprived), figures)
    )


HIDDEN = line("44085", 'Assenede; "aan zee"', None, None, None)
PLAIN = (line(), HIDDEN)


def sheet(edition: int = 1, year: int = 2025, kbo: Kbo = GENT, lines: tuple[SheetLine, ...] = PLAIN) -> Sheet:
    return Sheet(kbo, year, edition, date(2026, 6, 15), lines)


def on_record(edition: int = 1, year: int = 2025, kbo: Kbo = GENT, children: int = 1000) -> ReleasedSheet:
    """As a night freezes the first, and a person the others."""
    by, reason = (NIGHTLY, "in") if edition == 1 else ("anna", "een fout in de telling")
    return release_sheet(sheet(edition, year, kbo, (line(children=children, year=year), HIDDEN)), AT, by, reason)


def with_children(made: World, year: int, figures: Mapping[str, tuple[int, int]], births: int = 3) -> World:
    """The world with so many children more on 31 December, of whom so many deprived, by NIS code; born in the last so
    many years.

    Each deprived child is weak on three criteria that follow one another. They are of no parent, so that nothing else
    changes.
    """
    children, homes, assessments = (list(made[feed]) for feed in CHILDREN)
    for nis_code, (count, deprived) in figures.items():
        for at in range(count):
            id_ = 1_000_000 + len(children)
            born = f"{year - at % births}-0{1 + at % 9}-10"
            children.append(BASELINE["child"] | {"child_id": id_, "family_id": NO_PARENTS, "birth_date": born})
            homes.append({"child_id": id_, "year": year, "nis_code": nis_code})
            weak = {each.value: at < deprived and (n - at) % 6 < 3 for n, each in enumerate(Criterion)}
            when = {"assessed_on": f"{year}-12-20", "recorded_at": f"{year}-12-21 09:00"}
            assessments.append({"assessment_id": id_, "child_id": id_} | when | weak)
    family = {"family_id": NO_PARENTS, "local_team_id": made["local_team"][0]["local_team_id"]}
    feeds = dict(zip(CHILDREN, (children, homes, assessments), strict=True)) | {"family": [*made["family"], family]}
    return made | {feed: world({feed: rows})[feed] for feed, rows in feeds.items()}


CHILDREN = ("child", "child_on_31_december", "indicator_assessment")
NO_PARENTS = 900_000
