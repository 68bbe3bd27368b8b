"""One run as its tasks see it: which night, and the ways to the outside. Pure: the clock is passed in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipeline.connections import Connections, require
from pipeline.errors import SettingsError
from pipeline.persons import LedgerKey
from pipeline.references import ReferenceKey
from pipeline.settings import Settings


@dataclass(frozen=True)
class Night:
    """One run: its id in Airflow, its local date, and its ways to the outside."""

    run: str
    date: date
    settings: Settings
    connections: Connections
    clock: Callable[[], datetime]

    @property
    def folder(self) -> Path:
        """The run's own folder in staging."""
        return self.settings.staging_folder / folder_name(self.run)

    @property
    def docs(self) -> Path:
        """Where the Data Docs of the run's checks are built."""
        return Path(self.settings.data_docs).absolute() / folder_name(self.run)

    @property
    def agency(self) -> str:
        """Address of the agency's database."""
        return require(self.connections, "agency_db").database_uri

    @property
    def ledger(self) -> str:
        """Address of the ledger's database."""
        return require(self.connections, "ledger_db").database_uri


def folder_name(run: str) -> str:
    """A run's id as the name of a folder."""
    return re.sub(r"[^0-9A-Za-z_+-]", "_", run)


def reference_key(connections: Connections) -> ReferenceKey:
    """The key of the opaque references: connection `reference_key`, login its id, password the base64 of its secret."""
    return ReferenceKey.parse(_key(connections, "reference_key"))


def ledger_key(connections: Connections) -> LedgerKey:
    """The key of the ledger's hashes of persons: connection `ledger_key`, likewise."""
    return LedgerKey.parse(_key(connections, "ledger_key"))


def ledger_key_of(connections: Connections, key_id: str) -> LedgerKey:
    """The ledger's key of then: the current one, or after a rotation connection `ledger_key_<id>`.

    Raises SettingsError when that key is not kept.
    """
    current, conn_id = ledger_key(connections), f"ledger_key_{key_id}"
    if current.id == key_id:
        return current
    if connections(conn_id) is None:
        raise SettingsError(f"ledger key {key_id}, used then, is no longer connection ledger_key: keep it as {conn_id}")
    found = LedgerKey.parse(_key(connections, conn_id))
    if found.id != key_id:
        raise SettingsError(f"connection {conn_id} holds ledger key {found.id}: store key {key_id} in it")
    return found


def _key(connections: Connections, conn_id: str) -> str:
    found = require(connections, conn_id)
    return f"{found.login or ''}:{found.password or ''}"
