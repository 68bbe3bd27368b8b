"""One run as its tasks see it: which night, and the ways to the outside. Pure: the clock is passed in."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from pipeline.core.connections import Connections, require
from pipeline.core.object_store import ObjectStore, store_of
from pipeline.core.run_staging import FolderStaging, RunStaging, StoreStaging
from pipeline.core.settings import Settings
from pipeline.core.store_address import is_store
from pipeline.core.write_once import OncePlace


@dataclass(frozen=True)
class RunContext:
    """One run: its id in Airflow, its night (the local date), its settings, connections and clock.

    `work`: the folder of the task alone, where staging is an object store.
    """

    run: str
    night: date
    settings: Settings
    connections: Connections
    clock: Callable[[], datetime]
    work: Path | None = None

    @property
    def folder(self) -> Path:
        """Where a task works on this machine: the run's own folder in staging, where that is a folder."""
        return self.work or self.settings.staging_folder / folder_name(self.run)

    @cached_property
    def staging(self) -> RunStaging:
        """Raises SettingsError."""
        if (store := self.store("staging")) is None:
            return FolderStaging(self.folder)
        return StoreStaging(store, folder_name(self.run), self.folder)

    def store(self, setting: str) -> ObjectStore | None:
        """The object store that this setting names; None for a folder. Raises SettingsError."""
        return store_of(self.settings, setting, self.connections)

    @property
    def anchors(self) -> OncePlace:
        """Where the heads of the ledger's chain are stored. Raises SettingsError."""
        return self.store("anchors") or self.settings.anchors_folder

    @property
    def docs(self) -> Path:
        """The folder for the Data Docs of the run's checks; in a store they are put after the task (core/pages.py)."""
        if is_store(self.settings.data_docs):
            return self.folder / "pages"
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
