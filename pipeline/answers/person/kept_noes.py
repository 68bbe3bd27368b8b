"""What the suppression list keeps of one parent: for whom a no stands, since when and for how long; in Dutch. Pure.

The list is in the ledger, so that no no is lost with the agency's tables (pipeline/ledger/suppression.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pipeline.core.documents import dutch
from pipeline.core.documents.document import Block, Text
from pipeline.core.documents.table import Table
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.ledger.returns import ReturnKind
from pipeline.ledger.suppression import Lift, kept_until

NoOfRow = tuple[Kbo | None, datetime | None, datetime | None, int | None]
"""For whom (None: everyone), from when it counts, when it was recorded, and the returned row, if it is of one: one no,
whatever the key of its lines."""


@dataclass(frozen=True)
class KeptLine:
    """One line of the list about this parent. `night`: on which it was kept; `returned_row`: None of a no of the
    agency's."""

    id: int
    night: date
    kbo: Kbo | None
    counts_from: datetime | None
    recorded_at: datetime | None
    returned_row: int | None = None


@dataclass(frozen=True)
class KeptNo:
    """One no of the list. `kbo`: None for everyone. `since`: the night on which it was first kept; `until`: the last
    day of its newest line. `lifts`: of that line. `is_returned`: the parent said it to the recipient itself."""

    kbo: Kbo | None
    since: date
    until: date
    lifts: tuple[Lift, ...]
    is_returned: bool = False


@dataclass(frozen=True)
class ReturnedWord:
    """What one recipient returned of this parent, and when it was taken in."""

    kbo: Kbo
    at: datetime
    kind: ReturnKind


def kept_noes(lines: Iterable[KeptLine], lifts: Sequence[Lift], child_age_limit_years: int) -> tuple[KeptNo, ...]:
    """A line is written anew each year, and under each key of the ledger: those of one no are told as one."""
    by_no: dict[NoOfRow, list[KeptLine]] = {}
    for line in sorted(lines, key=lambda line: line.id):
        by_no.setdefault((line.kbo, line.counts_from, line.recorded_at, line.returned_row), []).append(line)
    return tuple(
        KeptNo(
            same[0].kbo,
            same[0].night,
            kept_until(same[-1].night, child_age_limit_years),
            tuple(lift for lift in lifts if lift.kept_no == same[-1].id),
            same[0].returned_row is not None,
        )
        for same in by_no.values()
    )


_WHY = (
    "Wie neen zei tegen het delen, staat op een lijst in het register van verzendingen. Zo blijft dat neen gelden, ook "
    "als het bij Kind en Gezin verloren zou gaan of anders gelezen zou worden. Een latere toestemming gaat voor; ook "
    "kan een bevoegde persoon het opheffen, en dat wordt geregistreerd.",
    "De lijst bevat geen naam, adres, telefoon, e-mail of nummer. Ze bevat onder een sleutel gehashte kenmerken van uw "
    "dossier, van uw rijksregister- of BIS-nummer en van de registratie van het neen, met voor wie en vanaf wanneer "
    "het telt. Zolang u een dossier hebt, wordt elke regel jaarlijks vernieuwd; daarna verdwijnen die kenmerken na de "
    "dag in de kolom 'Bewaard tot en met'.",
)


def kept_noes_table(noes: Sequence[KeptNo], names: Mapping[str, str]) -> tuple[Block, ...]:
    """`names`: of recipients, by KBO."""
    if not noes:
        return (Text("Op de lijst van de bezwaren staat niets over u."),)
    rows = tuple(
        (_for_whom(no.kbo, names), dutch.short_day(no.since), dutch.short_day(no.until), _state(no, names))
        for no in noes
    )
    columns = ("Voor", "Bewaard sinds", "Bewaard tot en met", "Stand")
    return (*map(Text, _WHY), Table("Op de lijst van de bezwaren", columns, rows, (6, 4, 4, 6)))


def _for_whom(kbo: Kbo | None, names: Mapping[str, str]) -> str:
    return dutch.recipient(kbo, names.get(kbo)) if kbo else "elke ontvanger"


def _state(no: KeptNo, names: Mapping[str, str]) -> str:
    """By whom a no was lifted is not told: that is about another person."""
    lifts = [
        f"opgeheven op {dutch.short_day(local_day(lift.at))} voor {_for_whom(lift.kbo, names)}" for lift in no.lifts
    ]
    said = ["u zei het daar zelf"] if no.is_returned else []
    return "; ".join([*said, *(lifts or ["niet opgeheven"])])


_KINDS = {
    ReturnKind.NO_CONTACT: "u wilt geen contact: dat telt daar als een neen",
    ReturnKind.MOVED: "u bent verhuisd",
    ReturnKind.WRONG_DATA: "uw gegevens kloppen niet",
}


def returned_table(words: Sequence[ReturnedWord], names: Mapping[str, str]) -> tuple[Block, ...]:
    """Nothing where no recipient ever returned anything."""
    rows = tuple((dutch.short_instant(word.at), _for_whom(word.kbo, names), _KINDS[word.kind]) for word in words)
    columns = ("Op", "Ontvanger", "Wat die meldde")
    return (Table("Wat een ontvanger over u terugmeldde", columns, rows, (4, 5, 8)),) if rows else ()
