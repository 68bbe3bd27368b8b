"""What an agency does to a no between nights, as `tests.support.deliveries.Agency` has it: 202 and 203 are Gent's."""

from collections.abc import Callable

from pipeline.core.model import Kbo, Release
from pipeline.followup.reconcile import reconcile_night, withdraw_night
from tests.support.deliveries import Agency
from tests.support.worlds.small_world import GENT, LEUVEN, execute, person

LOST = r"^feed consent_event: rule lost_noes, (\d+) noes of the ledger are gone; .*withdrawals lift"
"""The error of a decision once the agency lost a no."""
Night = Callable[[Agency], object]


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
    decided = agency.decide()
    run = agency.night(nights)
    _, before = withdraw_night(run, decided)
    reconcile_night(run, agency.checked, decided, before)
    agency.finish(decided, nights=nights)
    return decided


def a_kbo_is_registered(agency: Agency, night: Night = next_night) -> None:
    """202's no could not be placed, and was a no to everyone; then its recipient is registered, elsewhere."""
    says(agency, 202, LEUVEN)
    night(agency)
    assert agency.parents == [201, 203]
    register(agency, LEUVEN, "24062")


def an_insz_is_corrected(agency: Agency, night: Night = next_night) -> None:
    """203 said no; the INSZ of 202 was 203's by mistake, and is set right."""
    agency.change("update parent set insz = ? where parent_id = 202", person(203)["insz"])
    says(agency, 203, GENT)
    night(agency)
    assert agency.parents == [201]
    agency.change("update parent set insz = ? where parent_id = 202", person(202)["insz"])


def a_row_is_replaced(agency: Agency, night: Night = next_night) -> None:
    """The person of 202 said no, and gets another row, with a grant that was recorded long before."""
    says(agency, 202, GENT)
    night(agency)
    agency.change("update parent set parent_id = 204 where parent_id = 202")
    agency.change("update residence set parent_id = 204 where parent_id = 202")
    agency.change("update consent_event set parent_id = 204 where parent_id = 202 and kind = 'grant'")


CHANGED: dict[str, tuple[Callable[[Agency, Night], None], int, list[int]]] = {
    "a KBO was registered": (a_kbo_is_registered, 202, [201, 203]),
    "an INSZ was corrected": (an_insz_is_corrected, 202, [201]),
    "the row was replaced": (a_row_is_replaced, 204, [201, 203]),
}
"""What changed, whom the list then withholds, and who is in the drop."""
