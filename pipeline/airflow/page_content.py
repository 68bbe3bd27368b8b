"""What the page "Gegevensdeling" says, in Dutch, before page.html.jinja gives it its form. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pipeline.airflow.last_night import Fared, Fate, Run, chosen
from pipeline.core.documents import dutch

FATES: Mapping[Fate, tuple[str, str]] = {
    Fate.FAILED: ("mislukt", "De levering mislukte: volg de link, lees de fout, herstel de oorzaak en wis die taak."),
    Fate.UNKNOWN: ("onbekend", "Airflow en het grootboek zeggen samen niets waarop te bouwen valt: bekijk de taak."),
    Fate.OVERDUE: ("te laat", "Er ligt een levering, maar de ontvanger haalde langer dan afgesproken niets op."),
    Fate.EXPIRED: ("vervallen", "De levering lag er te lang en is weggenomen."),
    Fate.TAKEN_BACK: ("teruggenomen", "De levering is weggenomen en er kwam niets in de plaats."),
    Fate.WAITING: ("wacht", "De taak is nog niet klaar."),
    Fate.NOT_COVERED: ("niet gedekt", "Er zijn geen overeenkomst en protocol van kracht: er ging niets weg."),
    Fate.SUPERSEDED: ("ingehaald", "Er was al een nieuwere nacht begonnen: er ging niets weg."),
    Fate.ALREADY_THERE: ("stond er al", "Een eerdere run van dezelfde nacht leverde al; niets ging twee keer weg."),
    Fate.DELIVERED: ("geleverd", "De levering staat klaar en is nog niet opgehaald."),
    Fate.FETCHED: ("opgehaald", "De ontvanger nam de levering weg."),
    Fate.READ: ("gelezen", "Volgens het logboek van de host las de ontvanger elk bestand tot het einde."),
    Fate.ACKNOWLEDGED: ("bevestigd", "De ontvanger bevestigde de ontvangst."),
}
"""What a reader sees of each, and what it means."""

NO_RUN = "Er is nog geen nacht geweest."
NOT_YOURS = "U mag in Airflow de runs en taken van deze nacht niet zien."
NO_LEDGER = "Het grootboek is niet te bereiken: wat er van de leveringen werd, is hier niet te zien."

_ASKS_FOR_SOMEBODY = frozenset({Fate.FAILED, Fate.UNKNOWN, Fate.OVERDUE, Fate.EXPIRED})
_STATES = {"success": "geslaagd", "failed": "mislukt", "running": "bezig", "queued": "in de wachtrij"}


@dataclass(frozen=True)
class Row:
    """One recipient; `instants`: since when, delivered, fetched or read, acknowledged. `task`: address and words."""

    name: str
    kbo: str
    fate: str
    is_marked: bool
    instants: tuple[str, ...]
    task: tuple[str, str] | None


@dataclass(frozen=True)
class Night:
    """`stopped`: the tasks before the deliveries that failed, and `tally`: the number of each fate, with addresses."""

    day: str
    state: str
    is_red: bool
    address: str
    stopped: tuple[tuple[str, str], ...]
    tally: tuple[tuple[str, int, str, bool], ...]
    options: tuple[tuple[str, str, bool], ...]
    text: str
    rows: tuple[Row, ...]
    says: str


def night(run: Run, found: Sequence[Fared], fate: Fate | None, text: str, ui: str) -> Night:
    """The recipients of that fate and text; `ui`: the way from the page to Airflow's own pages, ending with a slash."""
    shown, address = chosen(found, fate, text), f"{ui}dags/nightly_delivery/runs/{quote(run.run, safe='')}"
    return Night(
        day=dutch.day(run.night),
        state=_STATES.get(run.state, run.state),
        is_red=run.state == "failed",
        address=address,
        stopped=tuple((task, f"{address}/tasks/{quote(task, safe='')}") for task in run.stopped),
        tally=tuple(_tally(found, fate, text)),
        options=tuple((each.value, says, each is fate) for each, (says, _) in FATES.items()),
        text=text,
        rows=tuple(_row(one, address) for one in shown),
        says=f"{len(shown)} van {dutch.count(len(found), 'ontvanger', 'ontvangers')}",
    )


def _tally(found: Sequence[Fared], fate: Fate | None, text: str) -> Iterator[tuple[str, int, str, bool]]:
    counts = Counter(one.fate for one in found)
    for each in Fate:
        if counts[each]:
            yield FATES[each][0], counts[each], f"?{urlencode({'stand': each.value, 'zoek': text})}", each is fate


def _row(one: Fared, run: str) -> Row:
    words = "naar de mislukte taak" if one.fate is Fate.FAILED else "naar de taak"
    return Row(
        name=one.name or "(naam niet bekend)",
        kbo=dutch.kbo(one.kbo) if one.kbo else "-",
        fate=FATES[one.fate][0],
        is_marked=one.fate in _ASKS_FOR_SOMEBODY,
        instants=tuple(map(dutch.short_instant, (one.since, one.delivered_at, one.taken_in_at, one.acknowledged_at))),
        task=(f"{run}/tasks/deliver/mapped/{one.turn.place}", words) if one.turn else None,
    )


_FILE = re.compile(r".*?\d{4}-\d\d-\d\d-?(.*)\.(\w+)")


def downloads(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """What each file of the overview is called on the page, and its address; by name. Tables come last."""
    named = [(_FILE.fullmatch(name), name, address) for name, address in sorted(files.items())]
    called = [(f"{found[2].upper()} {found[1]}".strip() if found else name, address) for found, name, address in named]
    return sorted(called, key=lambda one: one[0].startswith("CSV"))


def fate_of(asked: str) -> Fate | None:
    """The fate that was chosen; None for all, and for what is none."""
    return next((fate for fate in Fate if fate.value == asked), None)
