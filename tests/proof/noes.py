"""How the noes of the random histories were written down: a proof says little about a kind that it never met."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, timedelta

from pipeline.core.local_time import BRUSSELS
from tests.spec.batch import ROOM
from tests.support.reference.gate import Night, is_no, is_placed
from tests.support.reference.gate.consent import rows_of_person
from tests.support.worlds.tables import Row

LATE = timedelta(days=1)


def is_late(night: Night, no: Row) -> bool:
    """Recorded a day or more after it occurred."""
    occurred, recorded = no["occurred_at"], no["recorded_at"]
    return occurred is not None and recorded is not None and recorded - occurred >= LATE


def is_misdated(night: Night, no: Row) -> bool:
    """Without a date that is possible, dated by day, or dated ahead of its recording."""
    occurred, recorded = no["occurred_at"], no["recorded_at"]
    if occurred is None:
        return True
    clocks = [occurred.astimezone(zone).time() for zone in (BRUSSELS, UTC)]
    is_by_day = any((clock.hour, clock.minute, clock.second) == (0, 0, 0) for clock in clocks)
    return is_by_day or (recorded is not None and occurred > recorded)


def is_misaddressed(night: Night, no: Row) -> bool:
    """For nobody who can be found, so for everyone."""
    return not is_placed(night, no["kbo"])


def is_doubled(night: Night, no: Row) -> bool:
    """Of a person whom another row is about as well."""
    (parent,) = night.rows("parent", parent_id=no["parent_id"])
    return len(rows_of_person(night, parent)) > 1


def is_malformed(night: Night, no: Row) -> bool:
    """Of an unknown kind, or a grant that is none."""
    return no["kind"] != "withdrawal"


KINDS: dict[str, Callable[[Night, Row], bool]] = {
    "late": is_late,
    "misdated": is_misdated,
    "misaddressed": is_misaddressed,
    "doubled": is_doubled,
    "malformed": is_malformed,
}


def noes(night: Night) -> list[Row]:
    """The noes that are known."""
    return [event for event in night.rows("consent_event") if is_no(event)]


def histories_by_kind(night: Night) -> Counter[str]:
    """In how many histories there is a no of each kind."""
    found = {(no["parent_id"] // ROOM, kind) for no in noes(night) for kind, holds in KINDS.items() if holds(night, no)}
    return Counter(kind for _, kind in found)


def noes_by_kind(night: Night) -> Counter[str]:
    """How many noes there are of each kind; one may be of several."""
    return Counter(kind for no in noes(night) for kind, holds in KINDS.items() if holds(night, no))
