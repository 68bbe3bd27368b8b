"""Redact what is past its retention, one recipient after another; for housekeeping, and for `ledger redact`."""

import logging
from datetime import datetime, timedelta

from pipeline.core.connections import Connections, require
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.ledger.db.engine import ledger_errors
from pipeline.ledger.db.ledger import LedgerDb, open_existing_ledger
from pipeline.ledger.db.redaction import redact, redact_look_ups

log = logging.getLogger(__name__)

ROLE = "ledger_db_redaction"
"""The connection of the one role that may redact, where there is one; else `ledger_db`."""


def redact_due(connections: Connections, at: datetime) -> dict[Kbo, tuple[int, int]]:
    """By recipient, how many disclosures and withdrawals are about nobody from now on; only where there were any.

    Each recipient's in a transaction of its own. Raises LedgerUnavailable or SettingsError.
    """
    ledger = _ledger(connections)
    today, done = local_day(at), {}
    for kbo in ledger.recipients():
        with ledger_errors(), ledger.engine.begin() as connection:
            counts = redact(connection, kbo, today, at)
        if any(counts):
            done[kbo] = counts
            log.info("recipient %s: %d disclosures and %d withdrawals redacted", kbo, *counts)
    return done


def redact_look_ups_due(connections: Connections, at: datetime, days: float) -> int:
    """How many look-ups older than so many days are about nobody from now on. Raises as `redact_due` does."""
    with ledger_errors(), _ledger(connections).engine.begin() as connection:
        count = redact_look_ups(connection, at - timedelta(days=days))
    if count:
        log.info("%d look-ups redacted", count)
    return count


def _ledger(connections: Connections) -> LedgerDb:
    return open_existing_ledger(require(connections, ROLE if connections(ROLE) else "ledger_db").database_uri)
