"""Take away a drop that lies unfetched with somebody who said no, whatever the state of the night (DOMAIN).

The no is kept on the suppression list first: what was acted on, the agency may not lose. Nothing else follows from it:
the recall is on record, and needs no approver; the withdrawal and its notice wait for a night that is accepted, and so
does a drop in its place.
"""

import logging
from collections.abc import Collection
from pathlib import Path

from pipeline.delivery.job import Delivery
from pipeline.delivery.session import Task
from pipeline.delivery.troubles import HostTroubles
from pipeline.delivery.visit import connected
from pipeline.followup.pickup import FollowupResult
from pipeline.gate.seen_noes import seen_noes
from pipeline.ledger.events import Kind, NightDrop
from pipeline.ledger.persons import person_hashes
from pipeline.ledger.withdrawals import Keys

log = logging.getLogger(__name__)


def recall_seen_noes(job: Delivery, folder: Path) -> FollowupResult:
    """How many drops were recalled; connects only when there is one to take away.

    Raises as `seen_noes`, and DeliveryTransient, DeliveryRefused, LedgerConflict or LedgerUnavailable.
    """
    noes = seen_noes(job.kbo, job.source, job.suppression.read(), job.settings, job.clock, folder)
    with job.task() as task:
        lying = [(drop, _held(task, drop, noes.parents, job.keys)) for drop in task.delivery_state().on_host]
        drops = [drop for drop, parents in lying if parents]
        if not drops:
            return FollowupResult(job.kbo)
        job.suppression.keep(noes.of({parent for _, parents in lying for parent in parents}), job.night, noes.at)
        recalled = 0
        with connected(task, job.host, troubles := HostTroubles()) as session:
            for drop in session.those_here(drops):
                with session.aside():
                    recalled += session.remove_drop(drop, Kind.RECALLING)
    troubles.raise_first()
    log.warning("%s: %d drops taken away: a parent in them said no since the last accepted night", job.kbo, recalled)
    return FollowupResult(job.kbo, recalled=recalled)


def _held(task: Task, drop: NightDrop, parents: Collection[int], keys: Keys) -> set[int]:
    """Which of these parents are in the drop, whichever key the ledger's hash was made with."""
    lines = task.log.disclosures(drop.contents.manifest_sha256)
    in_drop = {(line.key_id, line.person) for line in lines}
    return {
        parent
        for key_id in {line.key_id for line in lines}
        for parent, person in zip(parents, person_hashes(keys(key_id), parents), strict=True)
        if (key_id, person) in in_drop
    }
