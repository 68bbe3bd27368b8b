"""The overview as tables with Dutch headers, for CSV and XLSX. Pure; every row follows from the Overview alone."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date

from pipeline.answers.overview.attention import attention_points
from pipeline.answers.overview.model import (
    DECREE_DAY,
    Authority,
    AuthorityState,
    Overview,
    Paper,
    PaperKind,
    PaperState,
)
from pipeline.answers.overview.texts import KINDS, MISSING, PAPER_STATES, STATES, definitions, legal_basis
from pipeline.core.documents import dutch
from pipeline.core.documents.table import UNKNOWN, Cell, Row, Table

NOWHERE = "(geen gemeente)"
"""In place of a province, for an authority that serves no municipality on the day."""
NO_TEAM = "(geen lokaal team)"
"""In place of a local team, for an agreement that names none."""
TOTAL = "Totaal"

_SUMMARY = ("Onderwerp", "Rechtsgrond", "Gegeven", "Waarde")
_AUTHORITY = (
    *("Bestuur", "KBO-nummer", "Soort", "Stand", "Gemeenten", "NIS-codes", "Provincie", "Lokale teams"),
    *("Overeenkomsten gesloten", "Overeenkomsten van kracht", "Protocollen gesloten", "Protocollen van kracht"),
    "Laatste levering",
)
_PAPER = (
    *("Soort", "Nummer", "Rechtsgrond", "Bestuur", "KBO-nummer", "Lokaal team", "Stand"),
    *("Ondertekend op", "Begint op", "Laatste dag", "Ontbreekt nog", "Aandachtspunten"),
)
_PROVINCE = (
    *("Provincie", "Gemeenten", "Waarvan zonder bestuur", "Besturen"),
    *(STATES[state].capitalize() for state in AuthorityState),
)
_TEAM = (
    *("Lokaal team", "Overeenkomsten in het register"),
    *(PAPER_STATES[state].capitalize() for state in PaperState),
    *("Gesloten", "Besturen met een lopende overeenkomst", "Waarvan wisselt uit"),
)
_MONTH = (
    *("Maand", "Peildag", "Overeenkomsten gesloten", "Overeenkomsten van kracht", "Protocollen gesloten"),
    *("Protocollen van kracht", "Besturen met beide van kracht", "Besturen die uitwisselen"),
)


def overview_tables(overview: Overview) -> tuple[Table, ...]:
    """Summary, authorities, papers, by province, by local team, by month, and what the words mean."""
    authorities = (_authority(authority, overview.as_of) for authority in overview.authorities)
    return (
        Table("Samenvatting", _SUMMARY, tuple(_summary(overview)), key="samenvatting"),
        Table("Besturen", _AUTHORITY, tuple(authorities), key="besturen"),
        Table("Overeenkomsten en protocollen", _PAPER, tuple(_papers(overview)), key="papieren"),
        Table("Per provincie", _PROVINCE, tuple(_provinces(overview)), key="provincies"),
        Table("Per lokaal team", _TEAM, tuple(_teams(overview)), key="teams"),
        Table("Evolutie", _MONTH, tuple(_months(overview)), key="evolutie"),
        Table("Toelichting", ("Begrip", "Betekenis"), tuple(definitions(overview)), key="toelichting"),
    )


def count_or_unknown(overview: Overview, state: AuthorityState, authorities: Collection[Authority]) -> int | str:
    """How many of these authorities are in that state."""
    if state is AuthorityState.EXCHANGING and overview.as_of >= DECREE_DAY and not overview.drops_known:
        return UNKNOWN
    return sum(authority.state is state for authority in authorities)


def _summary(overview: Overview) -> Iterator[Row]:
    since = overview.ledger_since.isoformat() if overview.ledger_since else UNKNOWN
    if overview.number is not None:
        yield "Overzicht", None, "Nummer van het antwoord", overview.number
    yield "Overzicht", None, "Peildag", overview.as_of
    yield "Overzicht", None, "Met wat bekend was op", overview.known_at.isoformat()
    yield "Overzicht", None, "Een levering telt zoveel dagen als uitwisseling", overview.window_days
    yield "Overzicht", None, "Leveringen bekend sinds", since
    for state, count in zip(AuthorityState, _by_state(overview, overview.authorities), strict=True):
        yield "Besturen", None, STATES[state].capitalize(), count
    yield "Besturen", None, "Totaal", len(overview.authorities)
    for papers in overview.counts:
        kind, basis = KINDS[papers.kind].capitalize(), legal_basis(papers.legal_basis)
        yield kind, basis, "In het register (de som van de standen)", papers.known
        yield kind, basis, "Gesloten (ondertekend, wat er nadien ook mee gebeurde)", papers.signed
        for paper_state in PaperState:
            yield kind, basis, f"Stand: {PAPER_STATES[paper_state]}", papers.states[paper_state]
        yield kind, basis, "Rechtspersonen met een ondertekend en niet beëindigd stuk", papers.recipients
        yield kind, basis, "Rechtspersonen met een stuk dat van kracht is", papers.recipients_in_force
    for remark in overview.remarks:
        yield "Opmerking", None, remark, None


def _authority(authority: Authority, day: date) -> Row:
    places = authority.municipalities
    return (
        *(authority.name, dutch.kbo(authority.kbo), authority.kind, STATES[authority.state]),
        *(", ".join(place.name for place in places), ", ".join(place.nis_code for place in places)),
        *(", ".join(sorted({place.province for place in places})), ", ".join(authority.teams)),
        *_signed_and_in_force(authority, PaperKind.AGREEMENT, day),
        *_signed_and_in_force(authority, PaperKind.PROTOCOL, day),
        authority.last_drop,
    )


def _signed_and_in_force(authority: Authority, kind: PaperKind, day: date) -> tuple[int, int]:
    """The numbers of papers of this flow."""
    papers = [paper for paper in authority.papers if paper.kind is kind and paper.is_this_flow]
    return sum(paper.is_signed(day) for paper in papers), sum(paper.state is PaperState.IN_FORCE for paper in papers)


def _papers(overview: Overview) -> Iterator[Row]:
    for authority in overview.authorities:
        name, kbo = authority.name, dutch.kbo(authority.kbo)
        for paper in authority.papers:
            yield (
                *(KINDS[paper.kind], paper.paper_id, legal_basis(paper.legal_basis), name, kbo),
                *(paper.team, PAPER_STATES[paper.state], paper.signed_on, paper.valid_from, paper.until),
                ", ".join(MISSING[name] for name in paper.missing),
                "; ".join(attention_points(paper, overview.as_of)),
            )


def _provinces(overview: Overview) -> Iterator[Row]:
    """An authority that serves in two provinces is in both, and once in the total; every municipality is in one."""
    unserved = Counter(place.province for place in overview.unserved)
    served = Counter(place.province for authority in overview.authorities for place in authority.municipalities)
    for name in sorted(served.keys() | unserved.keys()):
        here = [one for one in overview.authorities if any(place.province == name for place in one.municipalities)]
        yield name, served[name] + unserved[name], unserved[name], len(here), *_by_state(overview, here)
    nowhere = [authority for authority in overview.authorities if not authority.municipalities]
    if nowhere:
        yield NOWHERE, 0, 0, len(nowhere), *_by_state(overview, nowhere)
    places = served.total() + unserved.total(), unserved.total()
    yield TOTAL, *places, len(overview.authorities), *_by_state(overview, overview.authorities)


def _by_state(overview: Overview, authorities: Collection[Authority]) -> tuple[Cell, ...]:
    return tuple(count_or_unknown(overview, state, authorities) for state in AuthorityState)


def _teams(overview: Overview) -> Iterator[Row]:
    """Every local team, with agreements or without; an authority is in the row of each of its teams, and once in the
    total."""
    agreements: dict[str, list[tuple[Paper, Authority]]] = {team: [] for team in overview.teams}
    for authority in overview.authorities:
        for paper in authority.papers:
            if paper.kind is PaperKind.AGREEMENT:
                agreements.setdefault(paper.team or NO_TEAM, []).append((paper, authority))
    for team, pairs in sorted(agreements.items()):
        yield _team(overview, team, pairs)
    if agreements:
        yield _team(overview, TOTAL, [pair for pairs in agreements.values() for pair in pairs])


def _team(overview: Overview, name: str, pairs: Sequence[tuple[Paper, Authority]]) -> Row:
    states = Counter(paper.state for paper, _ in pairs)
    signed = sum(paper.is_signed(overview.as_of) for paper, _ in pairs)
    lasting = {authority for paper, authority in pairs if paper.lasts(overview.as_of)}
    exchanging = count_or_unknown(overview, AuthorityState.EXCHANGING, lasting)
    return name, len(pairs), *(states[state] for state in PaperState), signed, len(lasting), exchanging


def _months(overview: Overview) -> Iterator[Row]:
    for month in overview.months:
        exchanging = UNKNOWN if month.authorities_exchanging is None else month.authorities_exchanging
        yield (
            *(f"{month.day:%Y-%m}", month.day, month.agreements_signed, month.agreements_in_force),
            *(month.protocols_signed, month.protocols_in_force, month.authorities_in_force, exchanging),
        )
