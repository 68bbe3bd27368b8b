"""Builds the delivery job of a recipient out of its run: for the night and for housekeeping."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from posixpath import normpath

import sqlalchemy as sa

from pipeline.core.engine import small
from pipeline.core.run import RunContext
from pipeline.core.staging import purge_leftover, try_folder
from pipeline.delivery.hosts import (
    drop_place_of,
    host_at,
    host_of,
    sealed_signing_key,
    way_back_host_of,
    way_back_settings,
)
from pipeline.delivery.job import Delivery
from pipeline.delivery.recipients import RecipientSettings, way_back_beside
from pipeline.delivery.references import reference_key
from pipeline.delivery.sftp.folder import SftpHost
from pipeline.delivery.sftp.log import nobody_came
from pipeline.delivery.signature import SigningKey, signing_key_of
from pipeline.followup.pickup import record_acknowledgements
from pipeline.followup.way_back import WayBack, take_in_returned
from pipeline.indicators.edition_file import sheets_to_send
from pipeline.indicators.ledger import read_sheets
from pipeline.indicators.sheet_file import sheet_enclosure
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.db.signing_keys import SigningKeyRecords
from pipeline.ledger.db.suppression import suppression_records
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import NightDrop
from pipeline.ledger.installation import require_installation
from pipeline.ledger.persons import ledger_key, ledger_key_of
from pipeline.ledger.signing_keys import KeyAct, SigningKeyAct

AGENCYS_HOST = "drop_host"


def build_delivery(context: RunContext, recipient: RecipientSettings, *, sending: bool) -> Delivery:
    """Build the job of one recipient, before any connection: `sending` as of `host_of`.

    Raises SettingsError (as `host_of`, without the two keys, or for another installation's ledger), LedgerUnavailable.
    """
    ledger, installation = open_ledger(context.ledger), require_installation(context)
    sheets = read_sheets(ledger.engine, recipient.kbo)
    host = host_of(recipient, context.connections, context.settings, sending=sending)
    place = drop_place_of(recipient, context.connections, installation)
    way = _way_back(context, recipient, host, place) if recipient.way_back else None
    return Delivery(
        kbo=recipient.kbo,
        night=context.night,
        run=context.run,
        agency=context.agency,
        ledger=ledger,
        host=host,
        recipient=recipient,
        key=reference_key(context.connections),
        persons=ledger_key(context.connections),
        keys=lambda key_id: ledger_key_of(context.connections, key_id),
        suppression=suppression_records(ledger.engine, context.connections),
        settings=small(context.settings),
        clock=context.clock,
        place=place,
        host_at=lambda place: host_at(place, context.connections, context.settings),
        take_in=record_acknowledgements,
        nobody_came=lambda drop: _nobody_came(context, recipient, drop),
        intake=(lambda task: take_in_returned(task, way)) if way else None,
        signing_key=lambda: _signing_key(context, recipient, ledger.engine),
        signer_of=lambda fingerprint: signing_key_of(context.connections, fingerprint),
        memory=ledger,
        enclosures=lambda standing: [
            sheet_enclosure(sheet, recipient.formats) for sheet in sheets_to_send(sheets, standing)
        ],
    )


def _way_back(context: RunContext, recipient: RecipientSettings, host: SftpHost, here: DropPlace) -> WayBack:
    """At a former place the folder is the one of today's settings, or where the drops lay elsewhere, the one beside."""

    def way_back_at(place: DropPlace | None) -> SftpHost:
        if place is None or place.is_same(here):
            return way_back_host_of(recipient, host)
        is_here = normpath(place.folder) == normpath(here.folder)
        folder = recipient.folder_of_way_back if is_here else way_back_beside(place.folder)
        return host_at(replace(place, folder=folder), context.connections, way_back_settings(context.settings))

    return WayBack(
        kbo=recipient.kbo,
        host_at=way_back_at,
        keys=lambda key_id: ledger_key_of(context.connections, key_id),
        ahead=timedelta(minutes=context.settings.max_clock_skew_minutes),
        most_share=context.settings.max_returned_share,
        scratch=lambda: _scratch(context.folder / "receipts" / recipient.kbo),
    )


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    private = try_folder(folder)
    try:
        yield private
    finally:
        purge_leftover(private)


def _signing_key(context: RunContext, recipient: RecipientSettings, engine: sa.Engine) -> SigningKey:
    """The one that the recipient's seal names, on record before it signs.

    Raises SettingsError for one that is not to be had, or was ended or revoked; LedgerUnavailable.
    """
    key, reason = sealed_signing_key(recipient, context.connections), "it signed for the first time"
    first = SigningKeyAct(key.fingerprint, key.public_line, KeyAct.USE, context.clock(), context.run, reason)
    SigningKeyRecords(engine).use(first)
    return key


def _nobody_came(context: RunContext, recipient: RecipientSettings, drop: NightDrop) -> bool:
    """By the log of the agency's host; a recipient's own host gives none."""
    path, place = context.settings.sftp_log, drop.contents.place or recipient
    if not path or place.connection != AGENCYS_HOST:
        return False
    return nobody_came(Path(path), place.account, drop.contents.go_name)
