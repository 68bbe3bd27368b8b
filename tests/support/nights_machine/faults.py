"""Faults that are planted in the product, one for each rule: the machine has to find every one of them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import pipeline.core.engine as adapter
from pipeline.core.model import CheckedSnapshot, HeldSnapshot
from pipeline.delivery import deliver
from pipeline.delivery.deliver import AgencyFinalCheck
from pipeline.delivery.session import HostSession
from pipeline.followup import pickup, reconcile
from pipeline.gate import release
from pipeline.ledger import chain
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.events import REMOVAL, DeliveryState, Kind, NightDrop
from pipeline.ledger.notices import Notice
from pipeline.source import look
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


def a_held_night_goes_on(patch: pytest.MonkeyPatch) -> None:
    def let_go(_: object, checked: CheckedSnapshot | HeldSnapshot) -> CheckedSnapshot:
        return checked.but_held if isinstance(checked, HeldSnapshot) else checked

    patch.setattr(nightly_delivery, "require_approved", let_go)


def a_line_is_not_chained(patch: pytest.MonkeyPatch) -> None:
    """A link says less than was appended."""
    made = chain.link
    patch.setattr(chain, "link", lambda last, at, hashed: made(last, at, {t: rows[1:] for t, rows in hashed.items()}))


def what_is_ahead_waits(patch: pytest.MonkeyPatch) -> None:
    """A no that the agency's clock dates ahead of ours waits for its time."""
    patch.setattr(release, "as_if_recorded_now", lambda *_: nullcontext())


def a_half_load_is_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(look, "require_whole", lambda *_: None)


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
        a_held_night_goes_on,
        a_line_is_not_chained,
        what_is_ahead_waits,
        a_half_load_is_believed,
    )
}
OTHER_SQL = {
    "a no to nobody counts for nobody": ("gate/15_counting_no.sql", "not is_placed as is_to_all", "false as is_to_all"),
    "two rows are two persons": ("gate/13_same_person.sql", "insz_digits(insz)", "null"),
}
"""By name: the file, and what stands in it instead of what."""
EVERY_FAULT = (*FAULTS, *OTHER_SQL)


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product with that fault."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        if name in FAULTS:
            FAULTS[name](patch)
        else:
            file, original, other = OTHER_SQL[name]
            copy = shutil.copytree(adapter.SQL, Path(folder) / "sql")
            text = (copy / file).read_text("utf-8")
            assert original in text, f"{file} says it in other words: {original}"
            (copy / file).write_text(text.replace(original, other), encoding="utf-8")
            patch.setattr(adapter, "SQL", copy)
        yield
