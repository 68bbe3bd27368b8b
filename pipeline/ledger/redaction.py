"""Redact what is past its retention, one recipient after another; for nights, housekeeping and `ledger redact`."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from pipeline.core.connections import Connections, require
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.run import RunContext
from pipeline.core.write_once import OncePlace
from pipeline.ledger.anchors import goes_on_from_anchors
from pipeline.ledger.db.engine import transaction
from pipeline.ledger.db.ledger import LedgerDb, open_existing_ledger
from pipeline.ledger.db.redaction import redact, redact_again, redact_look_ups
from pipeline.ledger.db.suppression import redact_kept_noes
from pipeline.ledger.installation import require_installation
from pipeline.ledger.redacted_lines import put_redacted, read_redacted

log = logging.getLogger(__name__)

ROLE = "ledger_db_redaction"
"""The connection of the one role that may redact, where there is one; else `ledger_db`."""


def redact_due(connections: Connections, at: datetime, anchors: OncePlace) -> dict[Kbo, tuple[int, int]]:
    """By recipient, how many disclosures and withdrawals are about nobody from now on; only where there were any.

    Each recipient's in a transaction of its own, once its lines are noted in the folder `anchors`. Raises
    LedgerUnavailable or SettingsError.
    """
    ledger = _ledger(connections)
    today, done = local_day(at), {}
    for kbo in ledger.recipients():
        with transaction(ledger.engine) as connection:
            counts = redact(connection, kbo, today, at, partial(put_redacted, anchors, at))
        if any(counts):
            done[kbo] = counts
            log.info("recipient %s: %d disclosures and %d withdrawals redacted", kbo, *counts)
    return done


@dataclass(frozen=True)
class Redacted:
    """How many lines are about nobody from now on. `again`: that a backup had brought back, None where none was put
    back; `by_recipient`: disclosures and withdrawals; `noes`: of the suppression list."""

    again: int | None
    by_recipient: Mapping[Kbo, tuple[int, int]]
    look_ups: int
    noes: int


def redact_all_due(context: RunContext) -> Redacted:
    """All that is due, at the beginning of a night and of each hour: before anything else is done with the ledger.

    In a ledger that does not go on from its anchors, first what was redacted since its backup: also a line of which it
    does not know any more that its notice was acknowledged. Raises as `redact_due`, and SettingsError for the ledger of
    another installation.
    """
    anchors = context.anchors
    require_installation(context)  # makes the ledger, the first time
    connections, at, settings = context.connections, context.clock(), context.settings
    return Redacted(
        again=None if goes_on_from_anchors(context) else redact_restored(connections, at, anchors),
        by_recipient=redact_due(connections, at, anchors),
        look_ups=redact_look_ups_due(connections, at, settings.look_up_days),
        noes=redact_kept_noes_due(connections, at, settings.child_age_limit_years),
    )


def redact_restored(connections: Connections, at: datetime, anchors: OncePlace) -> int:
    """How many lines were redacted again that a backup brought back. Raises as `redact_due`."""
    with transaction(_ledger(connections).engine) as connection:
        count = redact_again(connection, at, read_redacted(anchors))
    if count:
        log.warning("%d lines were redacted again: a backup of the ledger was put back", count)
    return count


def redact_look_ups_due(connections: Connections, at: datetime, days: float) -> int:
    """How many look-ups older than so many days are about nobody from now on. Raises as `redact_due` does."""
    with transaction(_ledger(connections).engine) as connection:
        count = redact_look_ups(connection, at - timedelta(days=days))
    if count:
        log.info("%d look-ups redacted", count)
    return count


def redact_kept_noes_due(connections: Connections, at: datetime, child_age_limit_years: int) -> int:
    """How many lines of the suppression list are about nobody from now on, as their parents can be in no population any
    more. Raises as `redact_due` does."""
    with transaction(_ledger(connections).engine) as connection:
        count = redact_kept_noes(connection, local_day(at), child_age_limit_years)
    if count:
        log.info("%d lines of the suppression list redacted", count)
    return count


def _ledger(connections: Connections) -> LedgerDb:
    return open_existing_ledger(require(connections, ROLE if connections(ROLE) else "ledger_db").database_uri)
