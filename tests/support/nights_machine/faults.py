"""Faults that are planted in the product, one for each rule: the machine has to find every one of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from pipeline.delivery import deliver
from pipeline.delivery.deliver import AgencyFinalCheck
from pipeline.delivery.session import HostSession
from pipeline.followup import pickup, reconcile
from pipeline.ledger import chain
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.events import REMOVAL, DeliveryState, Kind, NightDrop
from pipeline.ledger.notices import Notice
from pipeline.tasks import housekeeping, nightly_delivery, wiring

Plant = Callable[[pytest.MonkeyPatch], object]


def older_over_newer(patch: pytest.MonkeyPatch) -> None:
    made = wiring.build_delivery
    patch.setattr(DeliveryState, "overtaken", False)
    patch.setattr(nightly_delivery, "build_delivery", lambda *what, overtaken=False, **how: made(*what, **how))


def then_and_not_now(patch: pytest.MonkeyPatch) -> None:
    """What was rendered is sent, whatever happened meanwhile."""
    patch.setattr(AgencyFinalCheck, "__call__", lambda self: None)


def a_kill_forgets_a_drop(patch: pytest.MonkeyPatch) -> None:
    """What counts, and is not on record yet, is taken for a try in vain."""
    patch.setattr(HostSession, "record_if_counted", lambda self, drop: False)


def nothing_is_recalled(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pickup, "_recall_withdrawn", lambda session, drop: False)


def nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    def notify(*_: object) -> tuple[Notice, ...]:
        return ()

    patch.setattr(housekeeping, "_notify", notify)


def nobody_is_out(patch: pytest.MonkeyPatch) -> None:
    """No withdrawal is put on record, and none is missed."""
    patch.setattr(LedgerDb, "record_withdrawals", lambda self, withdrawals: 0)
    patch.setattr(reconcile, "require_match", lambda results: None)
    patch.setattr(deliver, "withdraw", lambda *_: 0)
    patch.setattr(housekeeping, "withdraw", lambda *_: 0)


def an_old_drop_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DeliveryState, "outdated", ())


def all_is_taken_for_fetched(patch: pytest.MonkeyPatch) -> None:
    def record_if_fetched(self: HostSession, drop: NightDrop) -> bool:
        if drop.kind in REMOVAL:
            return False
        self._remove_files(drop)
        self.task.record(drop.night, Kind.FETCHED, drop.contents)
        return True

    patch.setattr(HostSession, "record_if_fetched", record_if_fetched)


def who_is_not_covered_keeps_a_drop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(HostSession, "remove_drop", lambda self, drop, why=Kind.WITHDRAWING: False)


def a_line_is_not_chained(patch: pytest.MonkeyPatch) -> None:
    """A link says less than was appended."""
    made = chain.link
    patch.setattr(chain, "link", lambda last, at, hashed: made(last, at, {t: rows[1:] for t, rows in hashed.items()}))


FAULTS: dict[str, Plant] = {
    plant.__name__.replace("_", " "): plant
    for plant in (
        older_over_newer,
        then_and_not_now,
        a_kill_forgets_a_drop,
        nothing_is_recalled,
        nobody_is_told,
        nobody_is_out,
        an_old_drop_stays,
        all_is_taken_for_fetched,
        who_is_not_covered_keeps_a_drop,
        a_line_is_not_chained,
    )
}
EVERY_FAULT = tuple(FAULTS)


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product with that fault."""
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name](patch)
        yield
