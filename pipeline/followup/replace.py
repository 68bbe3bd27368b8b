"""Replace a recalled drop at once: same night, next number, decided anew.

No parent is added: each was in the recalled drop, may go now, and has no withdrawal on record since. A parent who
consented again waits for a night, whose feeds are compared with the night before. The manifest follows on the recalled
drop's. A night that begins meanwhile takes the replacement's place.
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
from pipeline.ledger.events import DISCLOSED, Kind
from pipeline.ledger.persons import person_hashes
from pipeline.ledger.withdrawals import Keys


def replace_recalled(job: Delivery, ledger_head: Head, folder: Path) -> Publication | None:
    """Replace the recipient's newest drop that counted, of any night, if it was recalled and has no replacement that
    counts: a newer night that was only begun takes nothing's place.

    None when there is nothing to replace, or when the recipient was found not to be covered: the next night decides.
    The caller purges `folder`. Raises what `deliver` does.
    """
    with job.ledger.delivering(job.kbo) as records:
        counted = [drop for drop in records.delivery_state(job.night).drops if drop.kind in DISCLOSED]
        if not counted:
            return None
        night = counted[-1].night
        standing = records.delivery_state(night)
        recalled = standing.to_replace
        if recalled is None or any(kind is Kind.NOT_COVERED for kind, _ in standing.remarks):
            return None
        held = {holding.reference for holding in records.holdings()}
        lines = [line for line in records.disclosures(recalled.contents.manifest_sha256) if line.reference in held]
    replacing = replace(job, night=night, replacing=True)
    return deliver_among(replacing, lambda seen: still_allowed(seen, lines, job.keys), ledger_head, folder)


def still_allowed(seen: CurrentDecision, lines: Sequence[Disclosure], keys: Keys) -> pa.Array:
    """The parents (int64) who may go now and whom one of these lines is about."""
    parents = seen.allowed.rows["parent_id"].to_pylist()
    in_drop: set[int] = set()
    for key_id in {line.key_id for line in lines}:
        hashes = {line.person for line in lines if line.key_id == key_id}
        now_hashed = zip(parents, person_hashes(keys(key_id), parents), strict=True)
        in_drop.update(parent for parent, person in now_hashed if person in hashes)
    return pa.array([parent for parent in parents if parent in in_drop], pa.int64())
