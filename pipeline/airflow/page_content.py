"""What the page "Gegevensdeling" says, in Dutch, before page.html.jinja gives it its form. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from pipeline.airflow.last_night import ApprovalQuestion, DeliveryStatus, NightRun, RecipientStatus, filter_statuses
from pipeline.core.documents import dutch
from pipeline.core.documents.table import Table
from pipeline.core.model import Kbo
from pipeline.ledger.interventions import Intervention, InterventionAct, current_suspension

STATUSES: Mapping[DeliveryStatus, tuple[str, str]] = {
    DeliveryStatus.FAILED: (
        "mislukt",
        "De levering mislukte: volg de link, lees de fout, herstel de oorzaak en wis die taak.",
    ),
    DeliveryStatus.UNKNOWN: (
        "onbekend",
        "Airflow en het grootboek zeggen samen niets waarop te bouwen valt: bekijk de taak.",
    ),
    DeliveryStatus.OVERDUE: (
        "te laat",
        "Er ligt een levering, maar de ontvanger haalde langer dan afgesproken niets op.",
    ),
    DeliveryStatus.LOST: (
        "verdwenen",
        "De levering is weg van de host (vernietigd, of een back-up teruggezet); of ze opgehaald werd, is onbekend.",
    ),
    DeliveryStatus.EXPIRED: ("vervallen", "De levering lag er te lang en is weggenomen."),
    DeliveryStatus.TAKEN_BACK: ("teruggenomen", "De levering is weggenomen en er kwam niets in de plaats."),
    DeliveryStatus.SUSPENDED: (
        "opgeschort",
        "De ontvanger is opgeschort: er ging niets weg, en wat er lag is weggenomen.",
    ),
    DeliveryStatus.WAITING: ("wacht", "De taak is nog niet klaar."),
    DeliveryStatus.NOT_COVERED: ("niet gedekt", "Er zijn geen overeenkomst en protocol van kracht: er ging niets weg."),
    DeliveryStatus.SUPERSEDED: ("ingehaald", "Een levering van een nieuwere nacht telt al: er ging niets weg."),
    DeliveryStatus.ALREADY_THERE: (
        "stond er al",
        "Een eerdere run van dezelfde nacht leverde al; niets ging twee keer weg.",
    ),
    DeliveryStatus.DELIVERED: ("geleverd", "De levering staat klaar en is nog niet opgehaald."),
    DeliveryStatus.FETCHED: ("opgehaald", "De ontvanger nam de levering weg."),
    DeliveryStatus.READ: ("gelezen", "Volgens het logboek van de host las de ontvanger elk bestand tot het einde."),
    DeliveryStatus.ACKNOWLEDGED: ("bevestigd", "De ontvanger bevestigde de ontvangst."),
}
"""What a reader sees of each, and what it means."""

NO_RUN = "Er is nog geen nacht geweest."
NOT_YOURS = "U mag in Airflow de runs en taken van deze nacht niet zien."
NO_LEDGER = "Het grootboek is niet te bereiken: wat er van de leveringen werd, is hier niet te zien."

HELD = "Deze nacht wacht op het antwoord van een goedkeurder: er is nog niets geleverd."

_ASKS_FOR_SOMEBODY = frozenset(
    {
        DeliveryStatus.FAILED,
        DeliveryStatus.UNKNOWN,
        DeliveryStatus.OVERDUE,
        DeliveryStatus.LOST,
        DeliveryStatus.EXPIRED,
        DeliveryStatus.SUSPENDED,
    }
)
_STATES = {"success": "geslaagd", "failed": "mislukt", "running": "bezig", "queued": "in de wachtrij"}


@dataclass(frozen=True)
class RecipientRow:
    """One recipient; `instants`: since when, delivered, fetched or read, acknowledged. `task`: address and words.
    `signed_by`: the fingerprint of the key that signed the drop, as the recipient sees it."""

    name: str
    kbo: str
    status: str
    is_marked: bool
    instants: tuple[str, ...]
    task: tuple[str, str] | None
    signed_by: str = "-"


@dataclass(frozen=True)
class NightPage:
    """`stopped`: the tasks before the deliveries that failed, and `tally`: the number of each status, with links."""

    day: str
    state: str
    is_red: bool
    address: str
    stopped: tuple[tuple[str, str], ...]
    tally: tuple[tuple[str, int, str, bool], ...]
    options: tuple[tuple[str, str, bool], ...]
    text: str
    rows: tuple[RecipientRow, ...]
    says: str


def night_page(
    run: NightRun, found: Sequence[RecipientStatus], status: DeliveryStatus | None, text: str, ui: str
) -> NightPage:
    """The recipients of that status and text; `ui`: the path from the page to Airflow's own pages, with a slash."""
    shown, address = filter_statuses(found, status, text), f"{ui}dags/nightly_delivery/runs/{quote(run.run, safe='')}"
    return NightPage(
        day=dutch.day(run.night),
        state=_STATES.get(run.state, run.state),
        is_red=run.state == "failed",
        address=address,
        stopped=tuple((task, f"{address}/tasks/{quote(task, safe='')}") for task in run.stopped),
        tally=tuple(_tally(found, status, text)),
        options=tuple((each.value, says, each is status) for each, (says, _) in STATUSES.items()),
        text=text,
        rows=tuple(_row(one, address) for one in shown),
        says=f"{len(shown)} van {dutch.count(len(found), 'ontvanger', 'ontvangers')}",
    )


def question_table(question: ApprovalQuestion) -> Table:
    """Each rule that holds the night, with its figures."""
    columns = ("Tabel", "Wat", "Regel", "Vorige nacht", "Vannacht", "Verschil", "Grens")
    rows = tuple(rule for rule in question.rules if len(rule) == len(columns))
    return Table("Wat afwijkt van de vorige nacht", columns, rows)


def held_notices(run: NightRun, found: Sequence[RecipientStatus]) -> list[str]:
    """What the page says of a night that waits for an answer: also which drops were taken back without one."""
    if not run.is_held:
        return []
    taken_back = sum(one.status is DeliveryStatus.TAKEN_BACK for one in found)
    if not taken_back:
        return [HELD]
    drops = dutch.count(taken_back, "levering werd", "leveringen werden")
    return [
        HELD,
        f"{drops} intussen teruggenomen, zoals wanneer een ouder erin neen zei: daarvoor is geen antwoord nodig. "
        "De intrekkingen en de berichten daarover wachten op het antwoord.",
    ]


def _tally(
    found: Sequence[RecipientStatus], status: DeliveryStatus | None, text: str
) -> Iterator[tuple[str, int, str, bool]]:
    counts = Counter(one.status for one in found)
    for each in DeliveryStatus:
        if counts[each]:
            yield STATUSES[each][0], counts[each], f"?{urlencode({'stand': each.value, 'zoek': text})}", each is status


def _row(one: RecipientStatus, run: str) -> RecipientRow:
    words = "naar de mislukte taak" if one.status is DeliveryStatus.FAILED else "naar de taak"
    return RecipientRow(
        name=one.name or "(naam niet bekend)",
        kbo=dutch.kbo(one.kbo) if one.kbo else "-",
        status=STATUSES[one.status][0],
        is_marked=one.status in _ASKS_FOR_SOMEBODY,
        instants=tuple(map(dutch.short_instant, (one.since, one.delivered_at, one.taken_in_at, one.acknowledged_at))),
        task=(f"{run}/tasks/deliver/mapped/{one.task.place}", words) if one.task else None,
        signed_by=one.signed_by or "-",
    )


def intervention_sentences(acts: Sequence[Intervention], since: datetime, names: Mapping[Kbo, str]) -> list[str]:
    """Who is suspended now, and who was resumed, or lost a place, since then. The reasons are in the ledger alone."""
    history: dict[Kbo, list[Intervention]] = {}
    for act in acts:
        history.setdefault(act.kbo, []).append(act)
    said = [one for mine in history.values() if (one := current_suspension(mine))]
    suspended = {one.kbo for one in said}
    newest = {(act.kbo, act.act): act for act in acts if act.act is not InterventionAct.SUSPEND and act.at >= since}
    said += [act for act in newest.values() if act.act is InterventionAct.DESTROYED or act.kbo not in suspended]
    said.sort(key=lambda one: (list(InterventionAct).index(one.act), one.at))
    who = {one.kbo: f"{names.get(one.kbo, '')} ({dutch.kbo(one.kbo)})".strip() for one in said}
    return [f"{_ACTS[one.act]} {dutch.instant(one.at)}: {who[one.kbo]}." for one in said]


_ACTS = {
    InterventionAct.SUSPEND: "Opgeschort sinds",
    InterventionAct.RESUME: "Hervat op",
    InterventionAct.DESTROYED: "Plaats vernietigd verklaard op",
}


_FILE = re.compile(r".*?\d{4}-\d\d-\d\d-?(.*)\.(\w+)")


def download_links(files: Mapping[str, str]) -> list[tuple[str, str]]:
    """What each file of the overview is called on the page, and its address; by name. Tables come last."""
    named = [(_FILE.fullmatch(name), name, address) for name, address in sorted(files.items())]
    called = [(f"{found[2].upper()} {found[1]}".strip() if found else name, address) for found, name, address in named]
    return sorted(called, key=lambda one: one[0].startswith("CSV"))


def parse_status(asked: str) -> DeliveryStatus | None:
    """The status that was chosen; None for all, and for a text that names none."""
    return next((status for status in DeliveryStatus if status.value == asked), None)
