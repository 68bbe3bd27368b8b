"""What an agency does to a no between nights, as `tests.support.deliveries.Agency` has it: 201 and on are of Gent."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.model import Kbo, Release
from pipeline.followup.reconcile import reconcile_night, withdraw_night
from tests.support.deliveries import Agency
from tests.support.worlds.small_world import GENT, LEUVEN, execute, person

LOST = r"^feed consent_event: rule lost_noes, (\d+) noes of the ledger are gone; .*withdrawals lift"
"""The error of a decision once the agency lost a no."""
Night = Callable[[Agency], object]


def delivered_once(folder: Path) -> Agency:
    """Gent has its first drop, with three parents."""
    made = Agency(folder)
    made.deliver(made.decide_unchecked())
    return made


def says(agency: Agency, parent: int, kbo: str, kind: str = "withdrawal", text: str | None = None) -> int:
    """An event of now, for whomever; its number. A grant without a `text` is malformed."""
    at, number = agency.clock().isoformat(sep=" "), execute(agency.uri, "select max(event_id) from consent_event")[0][0]
    agency.change(
        "insert into consent_event (event_id, parent_id, kbo, kind, text_version, fields, occurred_at, recorded_at)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        number + 1, parent, kbo, kind, text, "name,email" if kind == "grant" else None, at, at,
    )  # fmt: skip
    return int(number) + 1


def register(agency: Agency, kbo: Kbo, nis_code: str) -> None:
    """A recipient that serves there from now on."""
    agency.change("insert into recipient (kbo, name, kind) values (?, 'OCMW', 'OCMW')", kbo)
    agency.change(
        "insert into recipient_municipality (kbo, nis_code, valid_from) values (?, ?, '2019-01-01')", kbo, nis_code
    )


def next_night(agency: Agency, nights: int = 1) -> Release:
    """Decided, reconciled and delivered, as a run does."""
    decided = agency.decide_unchecked()
    run = agency.night(nights)
    _, before = withdraw_night(run, decided, agency.bound)
    reconcile_night(run, agency.checked, decided, before)
    agency.finish(decided, nights=nights)
    return decided


def is_same_person(agency: Agency, parent: int, other: int) -> None:
    """The parent has the number of the other, by mistake; or its own again."""
    agency.change("update parent set insz = ? where parent_id = ?", person(other)["insz"], parent)


def is_replaced(agency: Agency, parent: int, by: int) -> None:
    """The person gets another row, with a grant that was recorded long before."""
    agency.change("update parent set parent_id = ? where parent_id = ?", by, parent)
    agency.change("update residence set parent_id = ? where parent_id = ?", by, parent)
    agency.change("update consent_event set parent_id = ? where parent_id = ? and kind = 'grant'", by, parent)


def is_taken_for_the_other(agency: Agency) -> None:
    is_same_person(agency, 203, 204)
    says(agency, 204, GENT)


@dataclass(frozen=True)
class ChangedNo:
    """`say`: a parent says no, and a night keeps it; `change`: its event is there, and the gate does not count it any
    more for the parent `withheld`, whom the list then withholds."""

    say: Callable[[Agency], object]
    change: Callable[[Agency], object]
    withheld: int


CHANGES = (
    # 202's no could not be placed, and was a no to everyone; then its recipient is registered, elsewhere.
    ChangedNo(lambda agency: says(agency, 202, LEUVEN), lambda agency: register(agency, LEUVEN, "24062"), 202),
    # 204 said no; the INSZ of 203 was that of 204 by mistake, and is set right.
    ChangedNo(is_taken_for_the_other, lambda agency: is_same_person(agency, 203, 203), 203),
    # The person of 205 said no, and gets another row.
    ChangedNo(lambda agency: says(agency, 205, GENT), lambda agency: is_replaced(agency, 205, 207), 207),
)
"""Each of parents of its own, among the six of Gent."""


def a_kbo_is_registered(agency: Agency, night: Night) -> None:
    CHANGES[0].say(agency)
    night(agency)
    assert agency.parents == [201, 203]
    CHANGES[0].change(agency)
