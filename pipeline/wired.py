"""A recipient's delivery with its ways to the outside, as its run has them: for the night and for housekeeping."""

from dataclasses import replace

from pipeline.adapters.hosts import host_of
from pipeline.adapters.ledger_db import open_ledger
from pipeline.adapters.ledger_sheets import read_sheets
from pipeline.deliver import Delivery
from pipeline.night import Night, ledger_key, ledger_key_of, reference_key
from pipeline.recipients import RecipientSettings


def delivery(night: Night, recipient: RecipientSettings, *, sending: bool, overtaken: bool = False) -> Delivery:
    """Connects to no host yet. `sending` as of `host_of`, `overtaken` as of `Delivery`.

    Raises SettingsError (as `host_of`, and without the two keys) and LedgerUnavailable.
    """
    ledger = open_ledger(night.ledger)
    return Delivery(
        kbo=recipient.kbo,
        night=night.date,
        run=night.run,
        agency=night.agency,
        ledger=ledger,
        host=host_of(recipient, night.connections, night.settings, sending=sending),
        recipient=recipient,
        key=reference_key(night.connections),
        persons=ledger_key(night.connections),
        keys=lambda key_id: ledger_key_of(night.connections, key_id),
        settings=replace(night.settings, duckdb_threads=1),  # small, and several run at once
        clock=night.clock,
        overtaken=overtaken,
        sheets=read_sheets(ledger.engine, recipient.kbo),
    )
