"""The content of the page and the annex: the workbook's figures, chosen and in words. Pure."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from pipeline.answers.overview.model import AuthorityState as State
from pipeline.answers.overview.model import Overview, PaperKind
from pipeline.answers.overview.places import Place, served_places
from pipeline.answers.overview.style import swatch
from pipeline.answers.overview.tables import count_or_unknown, overview_tables
from pipeline.answers.overview.texts import (
    KINDS,
    PAPER_STATES,
    STATES,
    in_force,
    legal_basis,
    no_map,
    no_timeline,
    signed,
    state_meanings,
)
from pipeline.core.documents import dutch
from pipeline.core.documents.table import UNKNOWN, Row, Table

_NOT_OF_AN_AUTHORITY = ("Soort", "NIS-codes", "Overeenkomsten gesloten", "Protocollen gesloten")


def key_figures(overview: Overview) -> list[dict[str, str]]:
    """The answer in three figures: a number in large print, the thing counted, and a text beside the number."""
    exchanging = count_or_unknown(overview, State.EXCHANGING, overview.authorities)
    agreements, protocols = (
        (in_force(overview, kind), f"{signed(overview, kind)} gesloten in totaal")
        for kind in (PaperKind.AGREEMENT, PaperKind.PROTOCOL)
    )
    rows = (
        (exchanging, "besturen wisselen uit", f"van {len(overview.authorities)} in de registers"),
        (agreements[0], "samenwerkingsovereenkomsten van kracht", agreements[1]),
        (protocols[0], "protocollen van kracht", protocols[1]),
    )
    return [{"number": str(number), "what": what, "beside": beside} for number, what, beside in rows]


def state_rows(overview: Overview) -> list[tuple[State, str, str, str]]:
    """Each state with its name, its number of authorities and its meaning, the furthest first."""
    meanings = state_meanings(overview)
    return [
        (state, STATES[state], str(count_or_unknown(overview, state, overview.authorities)), meanings[state])
        for state in reversed(State)
    ]


def papers_table(overview: Overview) -> Table:
    """Papers by kind, legal basis and state, and the legal persons that have one."""
    rows: tuple[Row, ...] = tuple(
        (
            *(KINDS[papers.kind], legal_basis(papers.legal_basis), papers.known),
            *(papers.states.get(state, 0) for state in PAPER_STATES),
            *(papers.signed, papers.recipients, papers.recipients_in_force),
        )
        for papers in overview.counts
    )
    names = tuple(name.capitalize() for name in PAPER_STATES.values())
    columns = ("Soort", "Rechtsgrond", "In het register", *names, "Gesloten", "Rechtspersonen", "Waarvan van kracht")
    return Table("Overeenkomsten en protocollen naar soort, rechtsgrond en stand", columns, rows)


def page_tables(overview: Overview) -> dict[str, Table]:
    """The page's tables by the key of the workbook's."""
    made = {table.key: table for table in overview_tables(overview)}
    chosen = {
        "provincies": ("Besturen per provincie, naar stand", made["provincies"].columns),
        "teams": ("Samenwerkingsovereenkomsten per lokaal team", made["teams"].columns),
        "evolutie": ("Stand op de laatste dag van elke maand", _without(made["evolutie"], ("Peildag",))),
        "besturen": ("De besturen op naam, elk met zijn stand", _without(made["besturen"], _NOT_OF_AN_AUTHORITY)),
    }
    return {key: replace(made[key].select(columns), caption=caption) for key, (caption, columns) in chosen.items()}


def _without(table: Table, columns: Collection[str]) -> tuple[str, ...]:
    return tuple(column for column in table.columns if column not in columns)


def municipalities_table(places: Sequence[Place]) -> Table:
    """The map as a table, for a reader who cannot see the map."""
    columns = ("Gemeente", "Provincie", "Bestuur", "Stand")
    rows = tuple(
        (place.municipality.name, place.municipality.province, place.served_by, STATES[place.state]) for place in places
    )
    return Table("De kaart als tabel: elke gemeente met haar bestuur en de stand", columns, rows)


def legend(overview: Overview, places: Sequence[Place]) -> list[tuple[State, str]]:
    """Every state, with the number of municipalities in it."""
    counts = Counter(place.state for place in places)
    numbers = {state: dutch.count(counts[state], "gemeente", "gemeenten") for state in State}
    numbers |= {state: UNKNOWN for state in State if count_or_unknown(overview, state, ()) == UNKNOWN}
    return [(state, f"{STATES[state]} ({numbers[state]})") for state in reversed(State)]


def map_content(overview: Overview) -> dict[str, Any]:
    """The map as an SVG element, its text for a screen reader, legend, remarks and table; empty without a map."""
    if no_map(overview):
        return {}
    from pipeline.answers.overview.map import MEANING, choropleth

    places = served_places(overview)
    counted = legend(overview, places)
    return {
        "svg": choropleth(overview),
        "alt": f"{MEANING.format(day=dutch.day(overview.as_of))}: {', '.join(name for _, name in counted)}",
        "legend": [(swatch(state, alone=False), name) for state, name in counted],
        "beside": map_remarks(places),
        "table": municipalities_table(places),
    }


def map_remarks(places: Sequence[Place]) -> list[str]:
    """Places that are not on the map, or are on the map as if nothing were signed."""
    unknown = [place.municipality for place in places if not place.municipality.polygons]
    remarks = []
    if doubtful := sum(len(place.authorities) != 1 for place in places):
        remarks.append(
            f"Bij {dutch.count(doubtful, 'gemeente', 'gemeenten')} is er niet precies één bestuur; er wordt niets "
            "gedeeld, en op de kaart staat er: niets ondertekend."
        )
    if unknown:
        names = ", ".join(f"{municipality.name} ({municipality.nis_code})" for municipality in unknown)
        remarks.append(f"Niet op de kaart, omdat de grens niet bekend is: {names}.")
    return remarks


def names_by_state(overview: Overview) -> list[tuple[str, list[str]]]:
    """The names of all authorities that have signed a paper, by state, the furthest first."""
    return [
        (f"{STATES[state].capitalize()} ({len(authorities)})", [authority.name for authority in authorities])
        for state in reversed(State)
        if state is not State.NONE and (authorities := overview.of(state))
    ]


def timelines(overview: Overview) -> list[tuple[str, str]]:
    """The timelines by name, as SVG elements; none where there is nothing to draw."""
    if no_timeline(overview):
        return []
    from pipeline.answers.overview.timeline import authorities_timeline, papers_timeline

    return [
        ("Overeenkomsten en protocollen", papers_timeline(overview.months)),
        ("Besturen", authorities_timeline(overview.months)),
    ]
