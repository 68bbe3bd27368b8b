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
