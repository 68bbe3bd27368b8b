"""Faults that are planted in the product, one or more for each rule: the machine has to find every one of them.

Each names what it changes in the code of today: where that is gone, planting fails, and the fault is to be made anew.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pipeline.core import engine
from pipeline.core.model import Moment
from pipeline.delivery import deliver, publish
from pipeline.delivery.deliver import AgencyFinalCheck
from pipeline.delivery.session import HostSession, Task
from pipeline.followup import notice_files, notify, pickup, reconcile
from pipeline.followup.notify import NoticeSender
from pipeline.followup.pickup import FollowupResult
from pipeline.gate import clocks
from pipeline.gate.suppression import AppliedList
from pipeline.ledger import chain
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.records import RecipientRecords
from pipeline.ledger.events import REMOVAL, DeliveryState, Kind, NightDrop
from pipeline.ledger.notices import Notice
from pipeline.source import look
from pipeline.tasks import housekeeping, nightly_delivery

Plant = Callable[[pytest.MonkeyPatch], object]
Changes = dict[str, tuple[str, str]]
"""By file under sql/: what stands there, and what is planted in its place."""


class PlantGone(Exception):
    """What a fault would change is not in the code any more."""


def in_sql(changes: Changes) -> Plant:
    """A fault in these files: the engine reads a copy of sql/ that has it."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        folder = Path(_folders.enter_context(TemporaryDirectory())) / "sql"
        shutil.copytree(engine.SQL, folder)
        for name, (before, after) in changes.items():
            text = (folder / name).read_text("utf-8")
            if before not in text:
                raise PlantGone(f"sql/{name} has no {before!r}: make this fault anew")
            (folder / name).write_text(text.replace(before, after), "utf-8")
        patch.setattr(engine, "SQL", folder)

    return plant


_folders = ExitStack()


# Believing the agency


def a_half_load_is_believed(patch: pytest.MonkeyPatch) -> None:
    """A look skips the control rows."""
    patch.setattr(look, "require_whole", lambda *_: None)


def a_restored_agency_is_believed(patch: pytest.MonkeyPatch) -> None:
    """Neither the suppression list nor what was seen before stops a look."""
    patch.setattr(AppliedList, "require_none_lost", lambda self: self)
    patch.setattr(look, "require_kept_rows", lambda *_: None)
    patch.setattr(nightly_delivery, "require_seen_rows", lambda *_: None)


the_list_binds_nobody = in_sql(
    {
        "gate/suppression/8_decision.sql": (
            "withheld_by_list using",
            "(from withheld_by_list where false) as none using",
        ),
        "followup/noes_kept.sql": ("where against.kbo is not null", "where false and against.kbo is not null"),
    }
)
a_no_of_the_other_row_is_ignored = in_sql({
    "gate/13_same_person.sql": ("coalesce(insz_digits(insz), 'row ' || parent_id)", "'row ' || parent_id"),
    "gate/suppression/7_withheld_by_list.sql": ("kept.insz = hashed.insz", "kept.insz = hashed.insz and false"),
    "followup/withdrawals_recorded.sql": ("insz_digits(insz) as number", "null::varchar as number"),
    "followup/noes_kept.sql": ("'insz:' || insz_digits(insz)", "'no number of ' || parent_id"),
})  # fmt: skip
a_no_that_cannot_be_placed_is_ignored = in_sql(
    {
        "gate/14_known_event.sql": (
            "coalesce(kbo in (select kbo from placed), false) as is_placed",
            "true as is_placed",
        ),
        "followup/withdrawals_recorded.sql": ("and placed.kbo is null as is_to_all", "and false as is_to_all"),
    }
)


def a_row_recorded_ahead_is_not_looked_for(patch: pytest.MonkeyPatch) -> None:
    """A no that the agency's faster clock recorded waits for our clock."""
    patch.setattr(clocks, "has_rows_ahead", lambda *_: False)


def a_row_recorded_ahead_is_believed(patch: pytest.MonkeyPatch) -> None:
    """A grant does not wait for its time."""

    def now(at: datetime, clock: datetime, skew_minutes: float) -> Moment:
        return Moment(at, max(at, clock) + timedelta(minutes=skew_minutes))

    patch.setattr(Moment, "now", now)


def then_and_not_now(patch: pytest.MonkeyPatch) -> None:
    """What was rendered is sent, whatever happened meanwhile."""
    patch.setattr(AgencyFinalCheck, "__call__", lambda self: None)


# The drop and its place


def older_over_newer(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DeliveryState, "overtaken", False)


def a_kill_forgets_a_drop(patch: pytest.MonkeyPatch) -> None:
    """What counts, and is not on record yet, is taken for a try in vain."""
    patch.setattr(HostSession, "record_if_counted", lambda self, drop: False)


def a_held_night_leaves_a_drop_with_a_no(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(housekeeping, "_recall", lambda job, folder: FollowupResult(job.kbo))


def nothing_is_recalled(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pickup, "_recall_withdrawn", lambda session, drop: False)


def an_old_drop_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DeliveryState, "outdated", ())


def a_former_place_is_not_emptied(patch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def emptied(job: object) -> Iterator[list[int]]:
        yield []

    patch.setattr(publish, "empty_former_places", lambda *_: 0)
    patch.setattr(housekeeping, "former_places_emptied", emptied)


def a_suspended_recipient_is_served(patch: pytest.MonkeyPatch) -> None:
    """What lies there stays, and a delivery goes on."""
    patch.setattr(publish, "_suspended", lambda job, task: publish.Plan(job.kbo, job.night, *_numbers(task)))
    patch.setattr(housekeeping, "_take_away", lambda job: FollowupResult(job.kbo))


def _numbers(task: Task) -> tuple[int, str | None]:
    standing = task.delivery_state()
    return standing.sequence, standing.previous_manifest_sha256


def all_is_taken_for_fetched(patch: pytest.MonkeyPatch) -> None:
    def record_if_fetched(self: HostSession, drop: NightDrop) -> Kind | None:
        if drop.kind in REMOVAL:
            return None
        self._remove_files(drop)
        self.task.record(drop.night, Kind.FETCHED, drop.contents)
        return Kind.FETCHED

    patch.setattr(HostSession, "record_if_fetched", record_if_fetched)


def who_is_not_covered_keeps_a_drop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(publish, "empty_of_drops", lambda session, why: 0)


# Who is told, and the record


def an_early_ack_counts(patch: pytest.MonkeyPatch) -> None:
    """An ACK file that lay there before its drop counted is taken for an answer."""
    patch.setattr(NightDrop, "has_early_ack", False)


def a_notice_counts_unseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(NoticeSender, "_is_seen_whole", lambda self, notice: True)


def a_notice_is_not_chained(patch: pytest.MonkeyPatch) -> None:
    """Its manifest names none before it."""
    patch.setattr(notify, "manifest_before", lambda *_: None)


def a_notice_is_not_signed(patch: pytest.MonkeyPatch) -> None:
    made = notice_files.write_file
    patch.setattr(notice_files, "write_file", lambda path, said: made(path, b"" if path.endswith(".sig") else said))


def nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    def tells_nobody(*_: object) -> tuple[Notice, ...]:
        return ()

    patch.setattr(housekeeping, "_notify", tells_nobody)


def nobody_is_out(patch: pytest.MonkeyPatch) -> None:
    """No withdrawal is put on record, and none is missed."""
    patch.setattr(LedgerDb, "record_withdrawals", lambda self, withdrawals: 0)
    patch.setattr(reconcile, "require_match", lambda results: None)
    patch.setattr(deliver, "withdraw", lambda *_: 0)
    patch.setattr(housekeeping, "withdraw", lambda *_: 0)


def a_line_is_not_chained(patch: pytest.MonkeyPatch) -> None:
    """A link says less than was appended."""
    made = chain.link
    patch.setattr(chain, "link", lambda last, at, hashed: made(last, at, {t: rows[1:] for t, rows in hashed.items()}))


def a_drop_counts_without_its_files(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks again before the GO file."""
    patch.setattr(publish, "_require_all_there", lambda session, drop: None)


def what_was_taken_early_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(HostSession, "record_taken", lambda self, night, contents: None)


# The way back


def a_returned_no_waits_for_the_agency(patch: pytest.MonkeyPatch) -> None:
    """What lies there with that parent waits for a look."""
    patch.setattr(RecipientRecords, "returned_since", lambda self, contents: 0)


a_returned_no_is_lifted_by_any_grant = in_sql({
    "gate/suppression/7_withheld_by_list.sql": (
        "    and consent.occurred_at > stands.counts_from\n",
        "    and (returned_row is not null or consent.occurred_at > stands.counts_from)\n",
    ),
    "followup/noes_kept.sql": (
        "latest.occurred_at > counts_from and",
        "(id in (select id from kept_no where returned_row is not null) or latest.occurred_at > counts_from) and",
    ),
})  # fmt: skip


a_returned_no_is_everybodys = in_sql({
    "gate/suppression/7_withheld_by_list.sql": (
        "(kept_kbo is null or kept_kbo = stands.kbo)",
        "(kept_kbo is null or kept_kbo = stands.kbo or returned_row is not null)",
    )
})  # fmt: skip
a_returned_no_is_never_undone = in_sql({
    "gate/suppression/7_withheld_by_list.sql": (
        "select 1 from lifted_no where", "select 1 from lifted_no where returned_row is null and",
    ),
    "followup/noes_kept.sql": ("where against.kbo is not null", "where against.kbo is not null and false"),
})  # fmt: skip

FAULTS: dict[str, Plant] = {
    "a half load is believed": a_half_load_is_believed,
    "a restored agency is believed": a_restored_agency_is_believed,
    "the list binds nobody": the_list_binds_nobody,
    "a no of the other row is ignored": a_no_of_the_other_row_is_ignored,
    "a no that cannot be placed is ignored": a_no_that_cannot_be_placed_is_ignored,
    "a row recorded ahead is not looked for": a_row_recorded_ahead_is_not_looked_for,
    "a row recorded ahead is believed": a_row_recorded_ahead_is_believed,
    "then and not now": then_and_not_now,
    "older over newer": older_over_newer,
    "a kill forgets a drop": a_kill_forgets_a_drop,
    "a held night leaves a drop with a no": a_held_night_leaves_a_drop_with_a_no,
    "nothing is recalled": nothing_is_recalled,
    "an old drop stays": an_old_drop_stays,
    "a former place is not emptied": a_former_place_is_not_emptied,
    "a suspended recipient is served": a_suspended_recipient_is_served,
    "all is taken for fetched": all_is_taken_for_fetched,
    "who is not covered keeps a drop": who_is_not_covered_keeps_a_drop,
    "an early ACK counts": an_early_ack_counts,
    "a notice counts unseen": a_notice_counts_unseen,
    "a notice is not chained": a_notice_is_not_chained,
    "a notice is not signed": a_notice_is_not_signed,
    "nobody is told": nobody_is_told,
    "nobody is out": nobody_is_out,
    "a line is not chained": a_line_is_not_chained,
    "a drop counts without its files": a_drop_counts_without_its_files,
    "what was taken early is forgotten": what_was_taken_early_is_forgotten,
    "a returned no waits for the agency": a_returned_no_waits_for_the_agency,
    "a returned no is lifted by any grant": a_returned_no_is_lifted_by_any_grant,
    "a returned no is everybody's": a_returned_no_is_everybodys,
    "a returned no is never undone": a_returned_no_is_never_undone,
}
EVERY_FAULT = tuple(FAULTS)


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The product with that fault."""
    with _folders, pytest.MonkeyPatch.context() as patch:
        FAULTS[name](patch)
        yield
