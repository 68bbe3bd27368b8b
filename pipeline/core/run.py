"""One run as its tasks see it: which night, and the ways to the outside. Pure: the clock is passed in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pipeline.core.connections import Connections, require
from pipeline.core.settings import Settings
from pipeline.core.staging import Staging


@dataclass(frozen=True)
class RunContext:
    """One run: its id in Airflow, its night (the local date), its settings, connections and clock."""

    run: str
    night: date
    settings: Settings
    connections: Connections
    clock: Callable[[], datetime]

    @property
    def folder(self) -> Path:
        """The run's own folder in staging."""
        return self.settings.staging_folder / folder_name(self.run)

    @property
    def staging(self) -> Staging:
        return Staging(self.folder)

    @property
    def docs(self) -> Path:
        """The folder for the Data Docs of the run's checks."""
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
