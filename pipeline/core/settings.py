"""Settings, parsed once from the environment: `GEGEVENSDELING_<NAME>`, each with a default.

The assumptions of DOMAIN.md are settings, so that a decision on one of them changes no rule.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.core.store_address import is_store

PREFIX = "GEGEVENSDELING_"

AT_MOST = {
    "min_rows_for_shares": 1000,
    "max_noes_of_unknown_parent": 1000,
    "max_last_look_seconds": 5,
    "answer_hours": 24,
    "load_patience_minutes": 240,
    "overview_window_days": 31,
    "feeds_due_hour": 23,
    "night_due_hour": 23,
}
"""Beyond these bounds a setting would switch off its own safeguard."""
AT_LEAST = {"small_cell_threshold": 5}
"""Below these, likewise."""
MAY_BE_ZERO = {"max_noes_of_unknown_parent", "duckdb_memory_mb"}
"""A count of which none at all is a bound, and what is derived when it is 0; every other number is above 0."""


@dataclass(frozen=True)
class Settings:
    """Shares are of 1; ages, times and timeouts carry their unit in the name."""

    staging: str = "staging"
    """Folder (or file:// address) for the files between tasks, or an object store: s3://bucket/prefix."""
    staging_is_shared: str = ""
    """`yes`: every machine on which tasks run sees the folder of staging under the same path."""
    scratch: str = "scratch"
    """Folder of each machine in which a task works where staging is a store; nothing in it outlives its task."""
    store_timeout_seconds: float = 60
    """Bound on one request to an object store: reading a file whole, or writing 8 MB of it."""
    staging_days: float = 14
    """How long a run with a failed step keeps the files for its re-runs (ids and outcomes, no values)."""
    rows_days: float = 1
    """How long the rows of a run that ended badly stay in staging at most."""
    docs_days: float = 400
    """How long Data Docs (counts) and overviews are kept."""
    recipients: str = "recipients.toml"
    """Path of the recipients' settings."""
    data_docs: str = "data_docs"
    """Folder for the Data Docs of each night's checks, or s3://bucket/prefix in the store of staging."""
    overviews: str = "overviews"
    """Folder for the overviews of the authorities, which Airflow's page shows, or s3://bucket/prefix likewise."""
    anchors: str = "anchors"
    """Folder, outside the ledger's database, to which each run adds the head of the ledger's chain, or an object store:
    s3://bucket/prefix, whose bucket is not staging's."""

    alerts: str = "alerts"
    """Folder in which is kept what was told of alerts; one for all workers."""
    alert_operations: str = ""
    """Who is told what goes wrong: e-mail addresses, comma-separated. Empty: nobody."""
    alert_approvers: str = ""
    """Who is told that a run is held, likewise."""
    alert_privacy: str = ""
    """Who is told of notices not acknowledged and of a broken chain, likewise."""
    alert_notifier: str = "pipeline.airflow.mail_notifier.MailNotifier"
    """Class path of the notifier of Airflow that carries an alert."""
    alert_notifier_arguments: str = '{"to": "{to}", "subject": "{subject}", "text": "{text}"}'
    """Its arguments, as JSON; {to}, {subject} and {text} are filled in."""
    feeds_due_hour: float = 3
    """At this hour (3.5 is 3.30) of the night every feed was loaded within a day, or an alert tells which was not."""
    night_due_hour: float = 6
    """At this hour a night has ended, or an alert tells that it did not, or never began."""

    lineage_url: str = ""
    """Address to which OpenLineage events of each night are sent. Empty: none are made."""

    approvers: str = ""
    """Who may approve a held run: user ids of Airflow's login, comma-separated. Empty: nobody can."""
    answer_hours: float = 8
    """How long a held run waits for an answer before it fails."""
    decisions_days: float = 400
    """How long the ledger keeps each night's decisions (keyed hashes), for replays: 10 MB a night for half a million
    parents."""

    look_up_days: float = 3650
    """Assumption: how long the ledger tells whom a look-up was about: ten years, as the law of 8 August 1983 (art. 17)
    asks of those of the national register."""
    contact: str = ""
    """Path of the agency's own words on how it can be reached, for its answers to persons; empty: ours, an assumption
    (pipeline/answers/contact.txt)."""
    notice_ack_days: float = 7
    """Assumption: within so many days a recipient acknowledges a notice of withdrawals; then it is overdue."""
    overview_window_days: int = 7
    """Assumption: an authority exchanges on a day when a drop counted within so many days up to and with it."""
    sftp_log: str = ""
    """Path of the agency's host's log of internal-sftp, from which is seen who read a drop. Empty: it is not used."""

    small_cell_threshold: int = 5
    """A smaller number of children than this is never shown in an indicator sheet, and what is shown is rounded down to
    a multiple of it."""
    child_age_limit_years: int = 3
    """Assumption: a child counts until this birthday."""

    max_feed_age_hours: float = 26
    """A feed older than this at the instant of the decision is stale."""
    load_patience_minutes: float = 30
    """For so long a night and a delivery are tried again while the agency's load is under way; then they are red."""
    max_clock_skew_minutes: float = 5
    """A feed produced, or a row recorded, later than this from now comes from the future; a row recorded earlier than
    this before last night's load, and not in it, was written into the past."""
    max_change_share: float = 0.2
    """Parents, grants or withdrawals up or down by more than this since last night hold the run; families, children or
    their homes on 31 December down by more."""
    max_noes_of_unknown_parent: float = 0
    """More withdrawals or malformed grants than this, recorded since last night for a parent that the agency does not
    have, hold the run: they can be applied to nobody."""
    max_returned_share: float = 0.1
    """A recipient that returns of more of its parents than this, within a day, that they want no contact, is taken at
    its word, and a person is told."""
    max_quarantined_share: float = 0.05
    """More parents quarantined than this stop the run."""
    max_unknown_municipality_share: float = 0.05
    """More current residences with an unknown municipality than this stop the run."""
    max_doubtful_share: float = 0.01
    """Of a municipality's children more than this in doubt: no figures of that year. Of all children more than this in
    no known municipality: no figures at all."""
    min_rows_for_shares: int = 100
    """Of fewer rows than this no share is worth judging; those that went wrong are withheld all the same."""

    connect_timeout_seconds: float = 15
    """Bound on each of: TCP connect, SSH banner, keys, authentication, opening the channel."""
    channel_timeout_seconds: float = 30
    """Bound on any one answer of the recipient's host, from its first byte to its last."""
    max_last_look_seconds: float = 1
    """From the final check at agency_db to the instant of renaming the GO file: when more passes, it looks again."""
    delivery_deadline_seconds: float = 300
    """Bound on one whole delivery: the transport is closed when it passes."""
    duckdb_memory_mb: int = 0
    """DuckDB's own limit; it spills to staging above it. 0: derived from the machine (pipeline/core/memory.py)."""
    duckdb_threads: int = 2

    def __post_init__(self) -> None:
        for name, most in AT_MOST.items():
            if getattr(self, name) > most:
                raise SettingsError(f"{PREFIX}{name.upper()} is a safeguard: it can be at most {most:g}")
        for name, least in AT_LEAST.items():
            if getattr(self, name) < least:
                raise SettingsError(f"{PREFIX}{name.upper()} is a safeguard: it must be at least {least:g}")
        for field in fields(self):
            value = getattr(self, field.name)
            below = 1 if field.name.endswith("_share") else math.inf
            least_is_zero = value == 0 and field.name in MAY_BE_ZERO
            if not isinstance(value, str) and not 0 < value < below and not least_is_zero:
                raise SettingsError(f"{PREFIX}{field.name.upper()} must be above 0{' and below 1' * (below == 1)}")

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Raises SettingsError for a value that does not parse, or a name that is no setting."""
        known = {PREFIX + field.name.upper(): field for field in fields(cls)}
        unknown = sorted(k for k in environment if k.startswith(PREFIX) and k not in known)
        if unknown:
            raise SettingsError(f"unknown setting {unknown[0]}: see pipeline/core/settings.py for the list")
        given = {key: field for key, field in known.items() if key in environment}
        return cls(**{field.name: _parse(key, field.type, environment[key]) for key, field in given.items()})

    @property
    def approver_ids(self) -> tuple[str, ...]:
        """The approvers' ids, each once and sorted."""
        return tuple(sorted({name.strip() for name in self.approvers.split(",")} - {""}))

    @property
    def anchors_folder(self) -> Path:
        return Path(self.anchors).absolute()

    @property
    def staging_folder(self) -> Path:
        """Where a task works on this machine: staging itself, where it is a folder; there what rests between tasks is.

        Raises SettingsError for a scheme other than file and s3.
        """
        if self.staging_is_shared not in ("", "yes"):
            raise SettingsError(f"{PREFIX}STAGING_IS_SHARED is yes, or empty")
        if is_store(self.staging):
            return Path(self.scratch).absolute()
        scheme, _, rest = self.staging.rpartition("://")
        if scheme not in ("", "file"):
            raise SettingsError(
                f"staging on {scheme}:// is not supported: set {PREFIX}STAGING to a folder or s3://bucket/prefix"
            )
        return Path(rest).absolute()


def _parse(key: str, kind: Any, text: str) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise SettingsError(f"{key} is not {'a whole number' if kind is int else 'a number'}") from None
