"""What the commands share: the time, the settings, the databases, and a folder for the duration of a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.core.connections import from_environment, require
from pipeline.core.errors import SettingsError
from pipeline.core.loads import AgencySource
from pipeline.core.local_time import local_day
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings
from pipeline.core.staging import private_folder
from pipeline.core.write_once import OncePlace
from pipeline.ledger.anchors import require_anchored
from pipeline.ledger.db.ledger import LedgerDb, open_existing_ledger
from pipeline.ledger.installation import require_installation


@dataclass(frozen=True)
class CommandContext:
    """One command: its settings and the instant at which it started (UTC)."""

    settings: Settings
    now: datetime

    @classmethod
    def load(cls) -> "CommandContext":
        """From the environment. Raises SettingsError."""
        return cls(Settings.load(), datetime.now(UTC))

    @property
    def today(self) -> date:
        """The local date in Brussels."""
        return local_day(self.now)

    @property
    def agency(self) -> str:
        """Address of the agency's database. Raises SettingsError without a connection."""
        return require(from_environment, "agency_db").database_uri

    @cached_property
    def ledger(self) -> LedgerDb:
        """Raises SettingsError without a connection or a ledger, LedgerUnavailable when the ledger cannot be read."""
        return open_existing_ledger(require(from_environment, "ledger_db").database_uri)

    def ledger_of_ours(self, name: str) -> LedgerDb:
        """To write in. Raises as `ledger`, and SettingsError for that of another installation."""
        self.require_ledger()
        require_installation(self.run(name))
        return self.ledger

    def anchored_ledger(self, name: str) -> LedgerDb:
        """As `ledger_of_ours`; one that does not go on from its anchors may lack what the writing would rest on."""
        ledger = self.ledger_of_ours(name)
        require_anchored(self.run(name))
        return ledger

    @property
    def anchors(self) -> OncePlace:
        """Raises SettingsError."""
        return self.run("anchors").anchors

    @property
    def has_ledger(self) -> bool:
        """Whether there is one yet: before the first night there is none. Raises LedgerUnavailable."""
        try:
            self.require_ledger()
        except SettingsError:
            return False
        return True

    def require_ledger(self) -> None:
        """Raises as `ledger`: before anything that would make one where there is none."""
        _ = self.ledger

    def run(self, name: str) -> RunContext:
        """As the tasks have theirs, under the name of the command."""
        return RunContext(name, self.today, self.settings, from_environment, lambda: self.now)

    @property
    def source(self) -> AgencySource:
        """The agency, with what the ledger knows of its feeds; a preview needs no ledger. Raises as the two above."""
        return AgencySource(self.agency, self.ledger if from_environment("ledger_db") else None)

    @contextmanager
    def scratch(self, command: str) -> Iterator[Path]:
        """A folder in staging, closed to others and removed at the end."""
        with TemporaryDirectory(prefix=f"{command}-", dir=private_folder(self.settings.staging_folder)) as folder:
            yield Path(folder)
