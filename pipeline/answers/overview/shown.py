"""What the page and the annex show, as texts: the same figures as the workbook's, chosen and in words. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.answers.overview.model import DECREE_DAY, Overview, PaperKind
from pipeline.answers.overview.model import AuthorityState as State
from pipeline.answers.overview.places import Place
from pipeline.answers.overview.tables import UNKNOWN, Cell, Row, Table, tables
from pipeline.answers.overview.texts import (
    KINDS,
    PAPER_STATES,
    STATES,
    drops_known,
    explained,
    in_force,
    legal_basis,
    signed,
)
from pipeline.core.documents import dutch

PLACE_COLUMNS = ("Gemeente", "Provincie", "Bestuur", "Stand")
_OF_AN_AUTHORITY = (
    *("Bestuur", "KBO-nummer", "Stand", "Gemeenten", "Provincie", "Lokale teams"),
    *("Overeenkomsten van kracht", "Protocollen van kracht", "Laatste levering"),
)
_OF_A_TEAM = (
    *("Lokaal team", "Overeenkomsten gesloten", "Van kracht", "Te vernieuwen", "Beëindigd"),
    *("Besturen met een lopende overeenkomst", "Waarvan wisselt uit"),
)
_OF_A_MONTH = (
    *("Maand", "Overeenkomsten gesloten", "Overeenkomsten van kracht", "Protocollen gesloten"),
    *("Protocollen van kracht", "Besturen met beide van kracht", "Besturen die uitwisselen"),
)


@dataclass(frozen=True)
class Figure:
    """A number to be read from afar, what it counts, and what goes with it."""

    number: str
    what: str
    beside: str


@dataclass(frozen=True)
class Sheet:
    """A table of texts; `numeric` says of each column whether it holds numbers."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def figures(overview: Overview) -> tuple[Figure, ...]:
    """The answer in three numbers."""
    papers = ((PaperKind.AGREEMENT, "samenwerkingsovereenkomsten"), (PaperKind.PROTOCOL, "protocollen"))
    return (
        Figure(_exchanging(overview), "besturen wisselen uit", f"van {len(overview.authorities)} in de registers"),
        *(
            Figure(str(in_force(overview, kind)), f"{name} van kracht", f"{signed(overview, kind)} gesloten in totaal")
            for kind, name in papers
        ),
    )


def by_state(overview: Overview) -> tuple[tuple[State, str, str, str], ...]:
    """Each state with its name, its number of authorities and its meaning, the furthest first."""
    meaning = explained(overview)
    return tuple((state, STATES[state], _number(overview, state), meaning[state]) for state in reversed(State))


def papers(overview: Overview) -> Sheet:
    """Papers by kind, legal basis and state, and the legal persons that have one."""
    rows: tuple[Row, ...] = tuple(
        (
            *(KINDS[one.kind], legal_basis(one.legal_basis), one.signed),
            *(one.states.get(state, 0) for state in PAPER_STATES),
            *(one.recipients, one.recipients_in_force),
        )
        for one in overview.counts
    )
    names = tuple(name.capitalize() for name in PAPER_STATES.values())
    columns = ("Soort", "Rechtsgrond", "Gesloten", *names, "Rechtspersonen", "Waarvan van kracht")
    return _sheet("Overeenkomsten en protocollen naar soort, rechtsgrond en stand", columns, rows)


def sheets(overview: Overview) -> dict[str, Sheet]:
    """The page's tables by the key of the workbook's."""
    made = {one.key: one for one in tables(overview)}
    provinces = made["provincies"]
    return {
        "provincies": _sheet("Besturen per provincie, naar stand", provinces.columns, provinces.rows),
        "teams": _chosen("Samenwerkingsovereenkomsten per lokaal team", made["teams"], _OF_A_TEAM),
        "evolutie": _chosen("Stand op de laatste dag van elke maand", made["evolutie"], _OF_A_MONTH),
        "besturen": _chosen("De besturen op naam", made["besturen"], _OF_AN_AUTHORITY),
    }


def municipalities(places: Sequence[Place]) -> Sheet:
    """What the map shows, for who cannot see it."""
    rows = tuple((one.municipality.name, one.municipality.province, one.served_by, STATES[one.state]) for one in places)
    return _sheet("De kaart als tabel: elke gemeente met haar bestuur en de stand", PLACE_COLUMNS, rows)


def legend(overview: Overview, places: Sequence[Place]) -> tuple[tuple[State, str], ...]:
    """Every state, with the number of municipalities in it."""
    found = Counter(one.state for one in places)

    def number(state: State) -> str:
        return UNKNOWN if _is_unknown(overview, state) else dutch.count(found[state], "gemeente", "gemeenten")

    return tuple((state, f"{STATES[state]} ({number(state)})") for state in reversed(State))


def beside_the_map(places: Sequence[Place]) -> tuple[str, ...]:
    """What the map cannot show, or shows as if nothing were signed."""
    doubtful = sum(len(one.authorities) != 1 for one in places)
    unknown = [f"{one.municipality.name} ({one.municipality.nis_code})" for one in places if one.outline is None]
    told = (
        f"Bij {dutch.count(doubtful, 'gemeente', 'gemeenten')} is er niet precies één bestuur; er wordt niets gedeeld, "
        "en op de kaart staat er: niets ondertekend."
    )
    missing = f"Niet op de kaart, omdat de grens niet bekend is: {', '.join(unknown)}."
    return (*([told] if doubtful else []), *([missing] if unknown else []))


def names(overview: Overview) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Who has signed something, by state, the furthest first."""
    return tuple(
        (f"{STATES[state].capitalize()} ({len(found)})", tuple(one.name for one in found))
        for state in reversed(State)
        if state is not State.NONE and (found := overview.of(state))
    )


def _exchanging(overview: Overview) -> str:
    return _number(overview, State.EXCHANGING)


def _number(overview: Overview, state: State) -> str:
    return UNKNOWN if _is_unknown(overview, state) else str(len(overview.of(state)))


def _is_unknown(overview: Overview, state: State) -> bool:
    return state is State.EXCHANGING and overview.as_of >= DECREE_DAY and not drops_known(overview)


def _chosen(caption: str, table: Table, columns: Sequence[str]) -> Sheet:
    at = [table.columns.index(column) for column in columns]
    return _sheet(caption, columns, tuple(tuple(row[index] for index in at) for row in table.rows))


def _sheet(caption: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Sheet:
    numeric = tuple(
        bool(rows) and all(isinstance(row[at], int) or row[at] == UNKNOWN for row in rows) for at in range(len(columns))
    )
    return Sheet(caption, tuple(columns), tuple(tuple(_text(cell) for cell in row) for row in rows), numeric)


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    return dutch.short_day(cell) if isinstance(cell, date) else str(cell)
