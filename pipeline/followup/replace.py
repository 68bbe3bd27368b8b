"""A drop that was recalled gets a successor at once: of the same night, under the next number, decided anew.

Nobody comes in by it: who was in the recalled drop, may go now, and has no withdrawal on record since (who consented
again waits for a night, whose feeds are compared with the last). Its manifest follows on the recalled one's. A night
that begins meanwhile takes its place.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from pipeline.core.model import Head, Publication
from pipeline.delivery.deliver import deliver_among
from pipeline.delivery.job import Delivery
from pipeline.gate.current import CurrentDecision
from pipeline.ledger.disclosures import Disclosure
from pipeline.ledger.events import Kind
from pipeline.ledger.persons import persons
from pipeline.ledger.withdrawals import Keys


def replace_recalled(job: Delivery, ledger_head: Head, folder: Path) -> Publication | None:
    """Replace the recipient's newest drop, if it was recalled and has no replacement that counts; else None.

    One that was found not to be covered any more waits for the next night. Whatever night `job` names. What rests in
    `folder` is for the caller to purge. Raises what `deliver` does.
    """
    with job.ledger.delivering(job.kbo) as pages:
        drops = pages.standing(job.night).drops
        if not drops:
            return None
        night = drops[-1].night
        standing = pages.standing(night)
        recalled = standing.to_replace
        if recalled is None or any(kind is Kind.NOT_COVERED for kind, _ in standing.remarks):
            return None
        held = {holding.reference for holding in pages.holdings()}
        lines = [one for one in pages.lines_of(recalled.contents.manifest_sha256) if one.reference in held]
    replacing = replace(job, night=night, replacing=True)
    return deliver_among(replacing, lambda seen: still_allowed(seen, lines, job.keys), ledger_head, folder)


def still_allowed(seen: CurrentDecision, lines: Sequence[Disclosure], keys: Keys) -> pa.Array:
    """The parents that may go now and that these lines are about."""
    parents = seen.allowed.rows["parent_id"].to_pylist()
    had = {key_id: {line.person for line in lines if line.key_id == key_id} for key_id in {one.key_id for one in lines}}
    among = {
        parent
        for key_id, known in had.items()
        for parent, person in zip(parents, persons(keys(key_id), parents), strict=True)
        if person in known
    }
    return pa.array([parent for parent in parents if parent in among], pa.int64())
