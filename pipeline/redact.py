"""Redact what is past its retention, one recipient after another; for housekeeping, and for `ledger redact`."""

import logging
from datetime import datetime

from pipeline.adapters.ledger_db import open_existing_ledger
from pipeline.adapters.ledger_engine import speaking
from pipeline.adapters.ledger_redaction import redact
from pipeline.connections import Connections, require
from pipeline.model import BRUSSELS, Kbo

log = logging.getLogger(__name__)

ROLE = "ledger_db_redaction"
"""The connection of the one role that may redact, where there is one; else `ledger_db`."""


def redact_due(connections: Connections, at: datetime) -> dict[Kbo, tuple[int, int]]:
    """By recipient, how many disclosures and withdrawals are about nobody from now on; only where there were any.

    Each recipient's in a transaction of its own. Raises LedgerUnavailable or SettingsError.
    """
    ledger = open_existing_ledger(require(connections, ROLE if connections(ROLE) else "ledger_db").database_uri)
    today, done = at.astimezone(BRUSSELS).date(), {}
    for kbo in ledger.recipients():
        with speaking(), ledger.engine.begin() as connection:
            counts = redact(connection, kbo, today, at)
        if any(counts):
            done[kbo] = counts
            log.info("recipient %s: %d disclosures and %d withdrawals redacted", kbo, *counts)
    return done
