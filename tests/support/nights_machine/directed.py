"""Histories that are told step by step: each meets what one fault gets wrong, and random ones seldom do.

Without a fault nothing differs in any of them: `make proof` tells each so first.
"""

from collections.abc import Callable
from datetime import date

from tests.support.nights_machine.agency import GENT, MERELBEKE, says_no
from tests.support.nights_machine.driven import Difference
from tests.support.nights_machine.history import Trouble
from tests.support.nights_machine.machine import NightsMachine

QUIET = ("nothing", 1, 101)
Told = Callable[[NightsMachine], object]


def half_load(told: NightsMachine) -> None:
    told.load_fails("child", 1)
    told.hour(*QUIET)


def restored_agency(told: NightsMachine) -> None:
    told.night(*QUIET, is_strict=False)
    told.says_no(101, MERELBEKE, "plain")
    told.host_goes_or_comes_back(GENT)
    told.night(*QUIET, is_strict=False)
    told.backup_of_the_agency(back=1)
    told.host_goes_or_comes_back(GENT)
    told.clears_a_delivery(0, GENT, *QUIET)


def registered_later(told: NightsMachine) -> None:
    told.says_no(201, GENT, "to one not registered yet")
    told.night(*QUIET, is_strict=False)
    told.recipient_is_registered_later()
    told.night(*QUIET, is_strict=False)


def other_row(told: NightsMachine) -> None:
    told.says_no(203, GENT, "of the other row")
    told.night(*QUIET, is_strict=False)


def not_placed(told: NightsMachine) -> None:
    told.says_no(201, GENT, "other spelling")
    told.night(*QUIET, is_strict=False)


def clock_ahead(told: NightsMachine) -> None:
    for _ in range(4):
        told.clock_drifts(slower=False)
    told.says_no(201, GENT, "plain")
    told.hour(*QUIET)


def grant_recorded_ahead(told: NightsMachine) -> None:
    told.says_no(201, GENT, "plain")
    told.host_goes_or_comes_back(GENT)
    told.night(*QUIET, is_strict=False)
    told.host_goes_or_comes_back(GENT)
    told.says_yes(201, minutes=4)
    told.clears(0, "extract", *QUIET)


def overtaken(told: NightsMachine) -> None:
    told.host_goes_or_comes_back(GENT)
    told.night(*QUIET, is_strict=False)
    told.host_goes_or_comes_back(GENT)
    told.night(*QUIET, is_strict=False)
    told.clears_a_delivery(1, GENT, *QUIET)


def killed_at_go(told: NightsMachine) -> None:
    told.night("killed at GO", 1, 201, is_strict=False)
    told.night(*QUIET, is_strict=False)


def held(told: NightsMachine) -> None:
    told.says_no(201, GENT, "plain")
    told.says_no(202, GENT, "plain")
    told.night(*QUIET, is_strict=True)


def says_no_by_day(told: NightsMachine) -> None:
    told.says_no(201, GENT, "plain")
    told.hour(*QUIET)


def moved(told: NightsMachine) -> None:
    told.recipient_moves(GENT, "/uit")
    told.night(*QUIET, is_strict=False)


def suspended(told: NightsMachine) -> None:
    told.is_suspended_or_resumed(GENT)
    told.hour(*QUIET)


def coverage_ends(told: NightsMachine) -> None:
    told.papers_change(GENT, "agreement ends")
    told.night(*QUIET, is_strict=False)


def early_ack(told: NightsMachine) -> None:
    told.puts_an_early_ack(GENT)
    told.night(*QUIET, is_strict=False)


def notice_cut_off(told: NightsMachine) -> None:
    told.says_no(201, GENT, "plain")
    told.hour("killed before GO", 1, 201)
    told.clears_its_folder(GENT)
    told.hour(*QUIET)


def told_twice(told: NightsMachine) -> None:
    for parent in (201, 202):
        told.says_no(parent, GENT, "plain")
        told.hour(*QUIET)


def taken_before_it_counts(told: NightsMachine) -> None:
    told.night("taken before GO", 1, 201, is_strict=False)


def taken_and_left_out(told: NightsMachine) -> None:
    """In what was taken is somebody who was withdrawn before, and says no again before anything counts."""

    def taken_and_no() -> None:
        told.history.takes_early(GENT)
        says_no(told.history.agency, 201, GENT, "plain", told.history.now)
        told.history.changed()

    told.says_no(201, GENT, "plain")
    told.night(*QUIET, is_strict=False)
    told.says_yes(201, minutes=0)
    told.do(lambda: told.one_night(Trouble(1, taken_and_no, at_go="put")), falls=True)


def returned(told: NightsMachine) -> None:
    """On a day without an accepted night, while the agency is half loaded."""
    told.returns_a_no(201)
    told.load_fails("child", 1)
    told.night(*QUIET, is_strict=False)


def returned_and_granted(told: NightsMachine) -> None:
    """A grant of before it, one that is later in one way alone, and a later one; then the same file again."""
    told.says_yes(201, minutes=4)
    told.returns_a_no(201)
    told.hour(*QUIET)
    history = told.history
    before = history.now
    history.wait(minutes=8)
    told.changes(lambda: history.agency.consent(history.now, parent_id=201, kbo=GENT, kind="grant", occurred_at=before))
    told.night(*QUIET, is_strict=False)
    history.wait(minutes=8)
    told.says_yes(201, minutes=0)
    told.returns_a_file_again(0, None)
    told.clears_the_way_back(GENT)
    told.returns_a_file_again(0, None)
    told.night(*QUIET, is_strict=False)


def returned_by_another(told: NightsMachine) -> None:
    """Of a person with a row at each recipient; in the other's folder; and of a parent whom it never had."""
    told.papers_change(MERELBEKE, "renewed")
    told.night(*QUIET, is_strict=False)
    told.returns_a_no_of_anothers(GENT, 101)
    told.returns_a_no(203)
    told.returns_a_file_again(0, MERELBEKE)
    told.night(*QUIET, is_strict=False)


def returned_and_undone(told: NightsMachine) -> None:
    told.returns_a_no(201)
    told.returns_a_no(203)
    told.hour(*QUIET)
    told.returned_no_is_lifted(GENT, 201)
    told.night(*QUIET, is_strict=False)
    told.returned_file_is_undone(0)
    told.returns_a_file_again(0, None)
    told.night(*QUIET, is_strict=False)


DIRECTED: dict[str, Told] = {
    "a half load is believed": half_load,
    "a restored agency is believed": restored_agency,
    "the list binds nobody": registered_later,
    "a no of the other row is ignored": other_row,
    "a no that cannot be placed is ignored": not_placed,
    "a row recorded ahead is not looked for": clock_ahead,
    "a row recorded ahead is believed": grant_recorded_ahead,
    "older over newer": overtaken,
    "a kill forgets a drop": killed_at_go,
    "a held night leaves a drop with a no": held,
    "nothing is recalled": says_no_by_day,
    "a former place is not emptied": moved,
    "a suspended recipient is served": suspended,
    "who is not covered keeps a drop": coverage_ends,
    "an early ACK counts": early_ack,
    "a notice counts unseen": notice_cut_off,
    "a notice is not chained": told_twice,
    "a notice is not signed": says_no_by_day,
    "a drop counts without its files": taken_before_it_counts,
    "what was taken early is forgotten": taken_and_left_out,
    "a returned no waits for the agency": returned,
    "a returned no is lifted by any grant": returned_and_granted,
    "a returned no is everybody's": returned_by_another,
    "a returned no is never undone": returned_and_undone,
}
"""By fault."""


class ToldMachine(NightsMachine):
    """As long as it is told."""

    least_nights = 0


def differs(history: Told) -> str:
    """How it differed, in words; empty where it did not."""
    told = ToldMachine()
    try:
        try:
            told.begins(True, (date(2025, 6, 16), False, True), 99, 0, [QUIET])
            history(told)
        finally:
            told.teardown()
    except Difference as error:
        return str(error)
    return ""
