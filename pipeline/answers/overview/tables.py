"""The overview as tables with Dutch headers, for CSV and XLSX. Pure; every row follows from the Overview alone."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from pipeline.answers.overview.model import (
    DECREE_DAY,
    Authority,
    AuthorityState,
    Overview,
    Paper,
    PaperKind,
    PaperState,
)
from pipeline.answers.overview.states import lasts, of_this_flow
from pipeline.answers.overview.texts import KINDS, PAPER_STATES, STATES, drops_known, legal_basis
from pipeline.core.documents import dutch

Cell = str | int | date | None
Row = tuple[Cell, ...]

UNKNOWN = "onbekend"
"""Never 0: nothing is known of drops before the ledger's first line."""
NOWHERE = "(geen gemeente)"
"""In place of a province, for who serves none on the day."""

A_STATE = tuple(STATES[state].capitalize() for state in AuthorityState)
A_PAPER_STATE = tuple(PAPER_STATES[state].capitalize() for state in PaperState)


@dataclass(frozen=True)
class Table:
    """`key` ends the name of its CSV; `title` is its sheet's name, at most 31 characters."""

    key: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def tables(overview: Overview) -> tuple[Table, ...]:
    """Summary, authorities, papers, by province, by local team, by month."""
    return (
        Table(
            "samenvatting", "Samenvatting", ("Onderwerp", "Rechtsgrond", "Gegeven", "Waarde"), _rows(overview, _summary)
        ),
        Table("besturen", "Besturen", _AUTHORITY, tuple(_authority(overview, one) for one in overview.authorities)),
        Table("papieren", "Overeenkomsten en protocollen", _PAPER, _rows(overview, _papers)),
        Table(
            "provincies", "Per provincie", ("Provincie", "Gemeenten", "Besturen", *A_STATE), _rows(overview, _provinces)
        ),
        Table("teams", "Per lokaal team", _TEAM, _rows(overview, _teams)),
        Table("evolutie", "Evolutie", _MONTH, _rows(overview, _months)),
    )


def _rows(overview: Overview, of: Callable[[Overview], Iterable[Row]]) -> tuple[Row, ...]:
    return tuple(of(overview))


def _summary(overview: Overview) -> Iterator[Row]:
    about, none = "Overzicht", None
    yield about, none, "Peildag", overview.as_of
    yield about, none, "Met wat bekend was op", overview.known_at.isoformat()
    yield about, none, "Een levering telt zoveel dagen als uitwisseling", overview.window_days
    yield (
        about,
        none,
        "Leveringen bekend sinds",
        overview.ledger_since.isoformat() if overview.ledger_since else UNKNOWN,
    )
    for state in AuthorityState:
        yield "Besturen", none, STATES[state].capitalize(), _number(overview, state, overview.authorities)
    yield "Besturen", none, "Totaal", len(overview.authorities)
    for one in overview.counts:
        what, basis = KINDS[one.kind].capitalize(), legal_basis(one.legal_basis)
        yield what, basis, "Gesloten (ondertekend, wat er nadien ook mee gebeurde)", one.signed
        for paper_state in PaperState:
            yield what, basis, f"Stand: {PAPER_STATES[paper_state]}", one.states[paper_state]
        yield what, basis, "Rechtspersonen met een ondertekend en niet beëindigd stuk", one.recipients
        yield what, basis, "Rechtspersonen met een stuk dat van kracht is", one.recipients_in_force
    for remark in overview.remarks:
        yield "Opmerking", none, remark, none


_AUTHORITY = (
    *("Bestuur", "KBO-nummer", "Soort", "Stand", "Gemeenten", "NIS-codes", "Provincie", "Lokale teams"),
    *("Overeenkomsten gesloten", "Overeenkomsten van kracht", "Protocollen gesloten", "Protocollen van kracht"),
    "Laatste levering",
)


def _authority(overview: Overview, one: Authority) -> Row:
    places = one.municipalities
    return (
        *(one.name, dutch.kbo(one.kbo), one.kind, STATES[one.state]),
        *(", ".join(place.name for place in places), ", ".join(place.nis_code for place in places)),
        *(", ".join(sorted({place.province for place in places})), ", ".join(one.teams)),
        *_concluded(one, PaperKind.AGREEMENT, overview.as_of),
        *_concluded(one, PaperKind.PROTOCOL, overview.as_of),
        one.last_drop,
    )


def _concluded(one: Authority, kind: PaperKind, day: date) -> tuple[int, int]:
    """Of this flow: signed, and in force."""
    papers = [paper for paper in one.papers if paper.kind is kind and of_this_flow(paper)]
    return sum(paper.is_signed(day) for paper in papers), sum(paper.state is PaperState.IN_FORCE for paper in papers)


_PAPER = (
    *("Soort", "Nummer", "Rechtsgrond", "Bestuur", "KBO-nummer", "Lokaal team", "Stand"),
    *("Ondertekend op", "Begint op", "Laatste dag"),
)


def _papers(overview: Overview) -> Iterator[Row]:
    for one in overview.authorities:
        for paper in one.papers:
            yield (
                *(KINDS[paper.kind], paper.paper_id, legal_basis(paper.legal_basis), one.name, dutch.kbo(one.kbo)),
                *(paper.team, PAPER_STATES[paper.state], paper.signed_on, paper.valid_from, paper.until),
            )


def _provinces(overview: Overview) -> Iterator[Row]:
    """An authority that serves in two provinces is in both, and once in the total."""
    served = [(place.province, one) for one in overview.authorities for place in one.municipalities]
    for province in sorted({province for province, _ in served}):
        here = [one for one in overview.authorities if any(place.province == province for place in one.municipalities)]
        yield province, sum(province == name for name, _ in served), len(here), *_by_state(overview, here)
    nowhere = [one for one in overview.authorities if not one.municipalities]
    if nowhere:
        yield NOWHERE, 0, len(nowhere), *_by_state(overview, nowhere)
    yield "Totaal", len(served), len(overview.authorities), *_by_state(overview, overview.authorities)


def _by_state(overview: Overview, authorities: Collection[Authority]) -> tuple[Cell, ...]:
    return tuple(_number(overview, state, authorities) for state in AuthorityState)


def _number(overview: Overview, state: AuthorityState, authorities: Collection[Authority]) -> Cell:
    if state is AuthorityState.EXCHANGING and overview.as_of >= DECREE_DAY and not drops_known(overview):
        return UNKNOWN
    return sum(one.state is state for one in authorities)


_TEAM = (
    *("Lokaal team", "Overeenkomsten gesloten", *A_PAPER_STATE),
    *("Besturen met een lopende overeenkomst", "Waarvan wisselt uit"),
)


def _teams(overview: Overview) -> Iterator[Row]:
    """Every local team, with agreements or without."""
    agreements: dict[str, list[tuple[Paper, Authority]]] = {team: [] for team in overview.teams}
    for one in overview.authorities:
        for paper in one.papers:
            if paper.kind is PaperKind.AGREEMENT and paper.team is not None:
                agreements.setdefault(paper.team, []).append((paper, one))
    for team, found in sorted(agreements.items()):
        states = [paper.state for paper, _ in found]
        lasting = {one for paper, one in found if lasts(paper, overview.as_of)}
        yield (
            *(team, sum(paper.is_signed(overview.as_of) for paper, _ in found)),
            *(states.count(state) for state in PaperState),
            *(len(lasting), _number(overview, AuthorityState.EXCHANGING, lasting)),
        )


_MONTH = (
    *("Maand", "Peildag", "Overeenkomsten gesloten", "Overeenkomsten van kracht", "Protocollen gesloten"),
    *("Protocollen van kracht", "Besturen met beide van kracht", "Besturen die uitwisselen"),
)


def _months(overview: Overview) -> Iterator[Row]:
    for one in overview.months:
        exchanging = UNKNOWN if one.authorities_exchanging is None else one.authorities_exchanging
        yield (
            *(f"{one.day:%Y-%m}", one.day, one.agreements_signed, one.agreements_in_force),
            *(one.protocols_signed, one.protocols_in_force, one.authorities_in_force, exchanging),
        )
