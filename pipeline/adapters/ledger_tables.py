"""The ledger's tables for SQLAlchemy Core; the migrations make them, and a test holds the two together."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

VERSION_TABLE = "ledger_version"
"""Not Alembic's default name: Airflow keeps its own there, and may share the database."""


class Instant(TypeDecorator[datetime]):
    """An aware instant, stored in UTC: timestamptz in PostgreSQL, ISO text of one width in SQLite (it sorts)."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str] | TypeEngine[datetime]:
        return sa.Text() if dialect.name == "sqlite" else sa.DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        utc = value.astimezone(UTC)
        return utc.isoformat(" ", "microseconds") if dialect.name == "sqlite" else utc

    def process_result_value(self, value: str | datetime | None, dialect: Dialect) -> datetime | None:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        return instant.astimezone(UTC) if instant else None


metadata = sa.MetaData()

drop_number = sa.Table(
    "drop_number",
    metadata,
    sa.Column("kbo", sa.String(10), primary_key=True),
    sa.Column("night", sa.Date, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.UniqueConstraint("kbo", "sequence", name="one_night_a_number"),
    sa.UniqueConstraint("kbo", "night", "sequence", name="drop_number_referred_to"),
)
"""Append-only. The number of a recipient's night, taken by its first intent and kept."""

publication_event = sa.Table(
    "publication_event",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("sequence", sa.Integer),
    sa.Column("stem", sa.String(250)),
    sa.Column("rows", sa.Integer),
    sa.Column("data_sha256", sa.JSON(none_as_null=True)),
    sa.Column("manifest", sa.String(250)),
    sa.Column("manifest_sha256", sa.String(64)),
    sa.Column("window_ms", sa.Integer),
    sa.ForeignKeyConstraint(
        ["kbo", "night", "sequence"],
        ["drop_number.kbo", "drop_number.night", "drop_number.sequence"],
        name="one_number_a_night",
    ),
    sa.Index("publication_event_of_recipient", "kbo", "night", "id"),
    sqlite_autoincrement=True,
)
"""Append-only. One line an event of pipeline/ledger.py; from `sequence` on NULL for a remark."""

accepted_night = sa.Table(
    "accepted_night",
    metadata,
    sa.Column("run_id", sa.String(250), primary_key=True),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("watermark", sa.LargeBinary, nullable=False),
)
"""What a run's checks saw and accepted, for the next run to compare with; only the newest nights are kept."""

night_summary = sa.Table(
    "night_summary",
    metadata,
    sa.Column("run_id", sa.String(250), primary_key=True),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
)
"""What a run came to, in counts (JSON of pipeline/summary.py)."""

disclosure = sa.Table(
    "disclosure",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("manifest_sha256", sa.String(64), nullable=False),
    sa.Column("reference", sa.String(32), nullable=False),
    sa.Column("person", sa.LargeBinary, nullable=False),
    sa.Column("insz", sa.LargeBinary),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("fields", sa.String(100), nullable=False),
    sa.Column("agreements", sa.Text, nullable=False),
    sa.Column("protocols", sa.Text, nullable=False),
    sa.Column("consent_event", sa.BigInteger, nullable=False),
    sa.Column("text_version", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["kbo", "night", "sequence"],
        ["drop_number.kbo", "drop_number.night", "drop_number.sequence"],
        name="disclosed_in_a_drop",
    ),
    sa.UniqueConstraint("kbo", "reference", "sequence", "manifest_sha256", name="one_line_a_person_and_drop"),
    sa.Index("disclosure_of_person", "person"),
    sqlite_autoincrement=True,
)
"""Append-only. One parent in one drop (pipeline/disclosure.py); a disclosure once the drop with that manifest counted.

Fields and papers are JSON lists of ids."""

withdrawal = sa.Table(
    "withdrawal",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("reference", sa.String(32), nullable=False),
    sa.Column("person", sa.LargeBinary, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("cause", sa.String(32), nullable=False),
    sa.Column("after_sequence", sa.Integer, nullable=False),
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.UniqueConstraint("kbo", "reference", "after_sequence", name="one_withdrawal_a_disclosure"),
    sqlite_autoincrement=True,
)
"""Append-only. What a recipient must be told to use no more."""

answer = sa.Table(
    "answer",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("decision", sa.String(16), nullable=False),
    sa.Column("approver_id", sa.Text),
    sa.Column("approver", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("held", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""Append-only. What a person said of a run that was held; `held` is the JSON of pipeline/approval.py."""

night_decisions = sa.Table(
    "night_decisions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("decisions", sa.LargeBinary, nullable=False),
    sa.Index("night_decisions_by_instant", "decided_at"),
    sqlite_autoincrement=True,
)
"""Written once and never changed; deleted after its retention. A night's decisions by keyed hash, for replays."""
