"""What a reader of the overview must know beside its figures, in Dutch. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.answers.overview.asked import Asked
from pipeline.answers.overview.model import DECREE_DAY, Authority, AuthorityState, PaperKind, PaperState
from pipeline.answers.overview.states import of_this_flow
from pipeline.core.documents import dutch

NAMED = 10
"""So many are named; the others are counted."""


@dataclass(frozen=True)
class Unserved:
    """A municipality of the day that no one recipient serves; how many claim to."""

    name: str
    recipients: int


@dataclass(frozen=True)
class Gone:
    """A code that a recipient serves by the register, and that is no municipality on the day.

    `name`: what it was called, None for a code that never was; `successor`: what it went into by then.
    """

    kbo: str
    nis_code: str
    name: str | None
    successor: str | None


@dataclass(frozen=True)
class Places:
    """What of the territory does not go as it should."""

    unserved: tuple[Unserved, ...] = ()
    gone: tuple[Gone, ...] = ()


def remarks(asked: Asked, authorities: Sequence[Authority], places: Places) -> Iterator[str]:
    """One text each, the weightiest first."""
    if asked.as_of < DECREE_DAY:
        yield (
            f"Op {dutch.day(asked.as_of)} kon nog niets gedeeld worden: het decreet van 4 februari 2022 verscheen op "
            f"{dutch.day(DECREE_DAY)} in het Belgisch Staatsblad. Alle aantallen zijn daarom nul."
        )
        return
    yield from _of_knowledge(asked)
    yield from _of_papers(asked, authorities)
    yield from _of_places(places, {one.kbo: one.name for one in authorities})


def _of_knowledge(asked: Asked) -> Iterator[str]:
    if asked.known_until < asked.as_of:
        yield (
            f"Dit is wat bekend was op {dutch.instant(asked.known_at)}: wat daarna over deze dag is vastgelegd, "
            "telt niet mee."
        )
    if asked.ledger_since is None:
        yield "Het register van verzendingen is leeg: welke besturen gegevens uitwisselen, is niet bekend."
    elif asked.known_until < asked.as_of:
        yield (
            f"Het register van verzendingen is maar tot {dutch.day(asked.known_until)} bekend: welke besturen op deze "
            "dag gegevens uitwisselden, is niet bekend."
        )
    elif not asked.knows_drops_on(asked.as_of):
        yield (
            f"Het register van verzendingen begint op {dutch.day(asked.ledger_begins)}: welke besturen op deze dag "
            "gegevens uitwisselden, is niet bekend."
        )
    elif not asked.knows_drops_on(asked.window_begins):
        yield (
            f"Het register van verzendingen begint pas op {dutch.day(asked.ledger_begins)}: leveringen van daarvoor "
            "zijn niet bekend en tellen niet mee."
        )


def _of_papers(asked: Asked, authorities: Sequence[Authority]) -> Iterator[str]:
    papers = [paper for one in authorities for paper in one.papers]
    if not any(paper.kind is PaperKind.AGREEMENT for paper in papers):
        yield "De registers bevatten voor deze dag geen enkele samenwerkingsovereenkomst."
    if not any(paper.kind is PaperKind.PROTOCOL and of_this_flow(paper) for paper in papers):
        yield "De registers bevatten voor deze dag geen enkel protocol onder het decreet."
    if wrong := sum(paper.state is PaperState.ERROR for paper in papers):
        asks = dutch.count(wrong, "stuk vraagt", "stukken vragen")
        yield f"{asks} meer dan het decreet toelaat, of een onmogelijke drempel: daaronder wordt niets gedeeld."
    stopped = [
        one.name
        for one in authorities
        if one.state not in (AuthorityState.EXCHANGING, AuthorityState.IN_FORCE)
        and one.last_drop is not None
        and asked.is_in_window(one.last_drop)
    ]
    if stopped:
        yield (
            f"Kreeg nog een levering in de laatste {asked.window_days} dagen, maar heeft op deze dag geen overeenkomst "
            f"en protocol die beide van kracht zijn, en telt dus niet als uitwisselend: {_named(stopped)}."
        )
    strangers = [one.name for one in authorities if not one.kind]
    if strangers:
        yield f"Heeft stukken of een werkgebied, maar staat niet in het register van besturen: {_named(strangers)}."


def _of_places(places: Places, names: dict[str, str]) -> Iterator[str]:
    for one in places.gone[:NAMED]:
        was = f" ({one.name})" if one.name else ""
        now = f"; het gebied hoort nu bij {one.successor}" if one.successor else ""
        yield (
            f"{names.get(one.kbo, dutch.recipient(one.kbo, None))} bedient volgens het register NIS-code {one.nis_code}"
            f"{was}, op deze dag geen gemeente{now}: daar wordt niets gedeeld."
        )
    if len(places.gone) > NAMED:
        yield f"Zo zijn er nog {len(places.gone) - NAMED} andere NIS-codes in het register die geen gemeente zijn."
    several = [one.name for one in places.unserved if one.recipients > 1]
    if several:
        yield f"Gemeenten waarvoor meer dan één bestuur instaat, zodat daar niets gedeeld wordt: {_named(several)}."
    nobody = [one.name for one in places.unserved if one.recipients <= 1]
    if nobody:
        yield f"Gemeenten waarvoor volgens het register geen bestuur instaat: {_named(nobody)}."


def _named(names: Sequence[str]) -> str:
    if len(names) <= NAMED:
        return dutch.both(names)
    return f"{', '.join(names[:NAMED])} en {len(names) - NAMED} andere"
