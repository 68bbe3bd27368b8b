"""Builds the delivery job of a recipient out of its run: for the night and for housekeeping."""

from dataclasses import replace

from pipeline.core.run import RunContext
from pipeline.delivery.hosts import host_of
from pipeline.delivery.job import Delivery
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import reference_key
from pipeline.indicators.edition_file import sheets_to_send
from pipeline.indicators.ledger import read_sheets
from pipeline.indicators.sheet_file import sheet_enclosure
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.persons import ledger_key, ledger_key_of


def build_delivery(
    context: RunContext, recipient: RecipientSettings, *, sending: bool, overtaken: bool = False
) -> Delivery:
    """Build the job of one recipient, before any connection: `sending` as of `host_of`, `overtaken` as of `Delivery`.

    Raises SettingsError (as `host_of`, and without the two keys) and LedgerUnavailable.
    """
    ledger = open_ledger(context.ledger)
    sheets = read_sheets(ledger.engine, recipient.kbo)
    return Delivery(
        kbo=recipient.kbo,
        night=context.night,
        run=context.run,
        agency=context.agency,
        ledger=ledger,
        host=host_of(recipient, context.connections, context.settings, sending=sending),
        recipient=recipient,
        key=reference_key(context.connections),
        persons=ledger_key(context.connections),
        keys=lambda key_id: ledger_key_of(context.connections, key_id),
        settings=replace(context.settings, duckdb_threads=1),  # small, and several run at once
        clock=context.clock,
        overtaken=overtaken,
        enclosures=lambda standing: [
            sheet_enclosure(sheet, recipient.formats) for sheet in sheets_to_send(sheets, standing)
        ],
    )
