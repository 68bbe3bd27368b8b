"""Remarks beside the figures of the overview, in Dutch. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.answers.overview.model import (
    DECREE_DAY,
    Authority,
    AuthorityState,
    OverviewQuery,
    PaperKind,
    PaperState,
)
from pipeline.core.documents import dutch
from pipeline.core.model import Kbo

NAMED = 10
"""So many are named; the others are counted."""


@dataclass(frozen=True)
class RetiredCode:
    """A NIS code that a recipient serves by the register, and that is no municipality on the day.

    `name`: its last name, None for a code that never existed; `successor`: the municipality that has its area now.
    """

    kbo: str
    nis_code: str
    name: str | None
    successor: str | None


def overview_remarks(
    query: OverviewQuery,
    authorities: Sequence[Authority],
    unserved: Sequence[tuple[str, int]],
    retired: Sequence[RetiredCode],
) -> Iterator[str]:
    """One text each, the weightiest first. `unserved`: names of municipalities that not exactly one recipient serves,
    each with the number of recipients that claim to."""
    if query.as_of < DECREE_DAY:
        yield (
            f"Op {dutch.day(query.as_of)} kon nog niets gedeeld worden: het decreet van 4 februari 2022 verscheen op "
            f"{dutch.day(DECREE_DAY)} in het Belgisch Staatsblad. Alle aantallen zijn daarom nul."
        )
        return
    yield from _of_knowledge(query)
    yield from _of_papers(query, authorities)
    yield from _of_retired_codes(retired, {authority.kbo: authority.name for authority in authorities})
    yield from _of_unserved(unserved)


def _of_knowledge(query: OverviewQuery) -> Iterator[str]:
    if query.known_until < query.as_of:
        yield (
            f"Dit is wat bekend was op {dutch.instant(query.known_at)}: wat daarna over deze dag is vastgelegd, "
            "telt niet mee."
        )
    if query.ledger_since is None:
        yield "Het register van verzendingen is leeg: welke besturen gegevens uitwisselen, is niet bekend."
    elif query.known_until < query.as_of:
        yield (
            f"Het register van verzendingen is maar tot {dutch.day(query.known_until)} bekend: welke besturen op deze "
            "dag gegevens uitwisselden, is niet bekend."
        )
    elif not query.knows_drops_on(query.as_of):
        yield (
            f"Het register van verzendingen begint op {dutch.day(query.ledger_begins)}: welke besturen op deze dag "
            "gegevens uitwisselden, is niet bekend."
        )
    elif not query.knows_drops_on(query.window_begins):
        yield (
            f"Het register van verzendingen begint pas op {dutch.day(query.ledger_begins)}: leveringen van daarvoor "
            "zijn niet bekend en tellen niet mee."
        )


def _of_papers(query: OverviewQuery, authorities: Sequence[Authority]) -> Iterator[str]:
    papers = [paper for authority in authorities for paper in authority.papers]
    if not any(paper.kind is PaperKind.AGREEMENT for paper in papers):
        yield "De registers bevatten voor deze dag geen enkele samenwerkingsovereenkomst."
    if not any(paper.kind is PaperKind.PROTOCOL and paper.is_this_flow for paper in papers):
        yield "De registers bevatten voor deze dag geen enkel protocol onder het decreet."
    if wrong := sum(paper.state is PaperState.ERROR for paper in papers):
        asks = dutch.count(wrong, "stuk vraagt", "stukken vragen")
        yield f"{asks} meer dan het decreet toelaat, of een onmogelijke drempel: daaronder wordt niets gedeeld."
    stopped = [
        authority.name
        for authority in authorities
        if authority.state not in (AuthorityState.EXCHANGING, AuthorityState.IN_FORCE)
        and authority.last_drop is not None
        and query.is_in_window(authority.last_drop)
    ]
    if stopped:
        yield (
            f"Kreeg nog een levering in de laatste {query.window_days} dagen, maar heeft op deze dag geen overeenkomst "
            f"en protocol die beide van kracht zijn, en telt dus niet als uitwisselend: {_named(stopped)}."
        )
    if strangers := [authority.name for authority in authorities if not authority.kind]:
        yield f"Heeft stukken of een werkgebied, maar staat niet in het register van besturen: {_named(strangers)}."


def _of_retired_codes(retired: Sequence[RetiredCode], names: Mapping[Kbo, str]) -> Iterator[str]:
    for code in retired[:NAMED]:
        was = f" ({code.name})" if code.name else ""
        now = f"; het gebied hoort nu bij {code.successor}" if code.successor else ""
        yield (
            f"{names.get(Kbo(code.kbo), dutch.recipient(code.kbo, None))} bedient volgens het register NIS-code "
            f"{code.nis_code}{was}, op deze dag geen gemeente{now}: daar wordt niets gedeeld."
        )
    if len(retired) > NAMED:
        yield f"Zo zijn er nog {len(retired) - NAMED} andere NIS-codes in het register die geen gemeente zijn."


def _of_unserved(unserved: Sequence[tuple[str, int]]) -> Iterator[str]:
    if several := [name for name, recipients in unserved if recipients > 1]:
        yield f"Gemeenten waarvoor meer dan één bestuur instaat, zodat daar niets gedeeld wordt: {_named(several)}."
    if nobody := [name for name, recipients in unserved if recipients <= 1]:
        yield f"Gemeenten waarvoor volgens het register geen bestuur instaat: {_named(nobody)}."


def _named(names: Sequence[str]) -> str:
    if len(names) <= NAMED:
        return dutch.both(names)
    return f"{', '.join(names[:NAMED])} en {len(names) - NAMED} andere"
