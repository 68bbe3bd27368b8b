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

REDACTED = "redacted"
"""In a table's `info`: the columns that say whom a line is about, which go when it is redacted, with its salt."""


def _chained(name: str, *columns: sa.schema.SchemaItem, redacted: tuple[str, ...] = ()) -> sa.Table:
    """An append-only table whose lines stand in the chain: only pipeline/ledger/db/chain.py appends them, with an id
    and the number of their link; with `redacted` columns also with a commitment to those, `who_sha256`, and its salt.
    """
    committed = (sa.Column("salt", sa.LargeBinary), sa.Column("who_sha256", sa.String(64), nullable=False))
    own = [item for item in columns if isinstance(item, sa.Column)]
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        *own,
        *(committed if redacted else ()),
        sa.Column("link", sa.Integer, sa.ForeignKey("link.n", name=f"{name}_in_a_link"), nullable=False),
        *(item for item in columns if not isinstance(item, sa.Column)),
        sa.Index(f"{name}_of_link", "link"),
        info={REDACTED: redacted},
        sqlite_autoincrement=True,
    )


link = sa.Table(
    "link",
    metadata,
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("shares", sa.JSON, nullable=False),
    sa.Column("head_sha256", sa.String(64), nullable=False),
)
"""Append-only. The chain of pipeline/ledger/chain.py; `shares`: by table, how many lines and their SHA-256."""

drop_number = sa.Table(
    "drop_number",
    metadata,
    sa.Column("kbo", sa.String(10), primary_key=True),
    sa.Column("night", sa.Date, primary_key=True),
    sa.Column("edition", sa.Integer, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.UniqueConstraint("kbo", "sequence", name="one_night_a_number"),
    sa.UniqueConstraint("kbo", "night", "sequence", name="drop_number_referred_to"),
)
"""Append-only, and not in the chain: the number of a recipient's night, taken by its first intent, which has it too.
Edition 1 is the night's drop; the next ones replace what was recalled."""

publication_event = _chained(
    "publication_event",
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
    sa.Column("place", sa.JSON(none_as_null=True)),
    sa.Column("signature_sha256", sa.String(64)),
    sa.Column("signed_by", sa.String(64)),
    sa.Column("sizes", sa.JSON(none_as_null=True)),
    sa.ForeignKeyConstraint(
        ["kbo", "night", "sequence"],
        ["drop_number.kbo", "drop_number.night", "drop_number.sequence"],
        name="one_number_a_night",
    ),
    sa.Index("publication_event_of_recipient", "kbo", "night", "id"),
)
"""Append-only. One line an event of pipeline/ledger/events.py; from `sequence` on NULL for a remark. `place`: where
the drop lies (pipeline/ledger/drop_place.py), `signed_by`: the fingerprint of the key that signed its manifest;
`sizes`: the bytes of each file by name; NULL in a line from before there was such a column."""

accepted_night = sa.Table(
    "accepted_night",
    metadata,
    sa.Column("run_id", sa.String(250), primary_key=True),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("watermark", sa.LargeBinary, nullable=False),
    sa.Column("kept", sa.Text),
)
"""What a run's checks saw and accepted, for the next run to compare with; only the newest nights are kept.
`kept`: the watermark's own sums (JSON of pipeline/core/loads.py), which every look reads; NULL in an old line."""

seen_load = sa.Table(
    "seen_load",
    metadata,
    sa.Column("feed", sa.String(64), primary_key=True),
    sa.Column("produced_at", Instant, primary_key=True),
    sa.Column("rows", sa.BigInteger, primary_key=True, autoincrement=False),
)
"""Of each feed the newest load that a look believed, and the most rows: the greatest of its lines. A line is never
changed, and goes once another is no older and has no fewer rows: so both only ever move forward."""

load_wait = sa.Table(
    "load_wait",
    metadata,
    sa.Column("kbo", sa.String(10), primary_key=True),
    sa.Column("since", Instant, nullable=False),
    sa.Column("last", Instant, nullable=False),
)
"""For whom housekeeping found a load under way: since when, and when last. A look that is believed ends it."""

night_summary = sa.Table(
    "night_summary",
    metadata,
    sa.Column("run_id", sa.String(250), primary_key=True),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
)
"""What a run came to, in counts (JSON of pipeline/tasks/summary.py)."""

disclosure = _chained(
    "disclosure",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("manifest_sha256", sa.String(64), nullable=False),
    sa.Column("reference", sa.String(32)),
    sa.Column("person", sa.LargeBinary),
    sa.Column("insz", sa.LargeBinary),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("fields", sa.String(100), nullable=False),
    sa.Column("agreements", sa.Text, nullable=False),
    sa.Column("protocols", sa.Text, nullable=False),
    sa.Column("consent_event", sa.BigInteger),
    sa.Column("text_version", sa.Text, nullable=False),
    sa.Column("retention_days", sa.Integer),
    sa.Column("cells", sa.LargeBinary),
    sa.ForeignKeyConstraint(
        ["kbo", "night", "sequence"],
        ["drop_number.kbo", "drop_number.night", "drop_number.sequence"],
        name="disclosed_in_a_drop",
    ),
    sa.UniqueConstraint("kbo", "reference", "sequence", "manifest_sha256", name="one_line_a_person_and_drop"),
    sa.Index("disclosure_of_person", "person"),
    sa.Index("disclosure_of_insz", "insz"),
    redacted=("reference", "person", "insz", "consent_event", "cells"),
)
"""Append-only, redacted after its retention. One parent in one drop (pipeline/ledger/disclosures.py); a disclosure once
the drop with that manifest counted.

Fields and papers are JSON lists of ids. `retention_days` is NULL for a line from before there was such a column: it is
never redacted. The agency's consent event says whom a line is about as well as a hash of the person does. `cells`: a
keyed hash of the row as it went out (pipeline/delivery/changes.py); NULL in a line from before there was such a column.
"""

withdrawal = _chained(
    "withdrawal",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("reference", sa.String(32)),
    sa.Column("person", sa.LargeBinary),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("cause", sa.String(32), nullable=False),
    sa.Column("after_sequence", sa.Integer, nullable=False),
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("told", sa.String(32)),
    sa.UniqueConstraint("kbo", "reference", "after_sequence", "link", name="one_withdrawal_a_disclosure"),
    redacted=("reference", "person"),
)
"""Append-only, redacted with the lines of its parent. What a recipient must be told to use no more.

A number may be rendered anew, with other parents, until it counts: a withdrawal is about the rendering before it."""

answer = _chained(
    "answer",
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("decision", sa.String(16), nullable=False),
    sa.Column("approver_id", sa.Text),
    sa.Column("approver", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("held", sa.Text, nullable=False),
)
"""Append-only. What a person said of a run that was held; `held` is the JSON of pipeline/gate/approval.py."""

notice_event = _chained(
    "notice_event",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("step", sa.String(32), nullable=False),
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("stem", sa.String(250), nullable=False),
    sa.Column("file", sa.String(250), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("place", sa.JSON(none_as_null=True)),
    sa.Column("repeats", sa.Integer),
    sa.Column("manifest_sha256", sa.String(64)),
    sa.Column("signature_sha256", sa.String(64)),
    sa.Column("signed_by", sa.String(64)),
    sa.Column("sizes", sa.JSON(none_as_null=True)),
    sa.Index("notice_event_of_recipient", "kbo", "id"),
)
"""Append-only. One line a step of pipeline/ledger/notices.py. `place`: as of publication_event. `repeats`: the number
of the first notice that said the same, whose lines are those of the repeat too. `signed_by`: the fingerprint of the key
that signed the manifest; that and both hashes are NULL of a notice from before notices had manifests. `sizes`: as of
publication_event."""

notice_line = _chained(
    "notice_line",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("withdrawal", sa.Integer, sa.ForeignKey("withdrawal.id", name="tells_of"), nullable=False),
    sa.UniqueConstraint("withdrawal", name="told_once"),
    sa.Index("notice_line_of_notice", "kbo", "number"),
)
"""Append-only. Which withdrawals stand in which notice; written with its first intent, each once."""

notice_resend = _chained(
    "notice_resend",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("first", sa.Integer, nullable=False),
    sa.Column("newest", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.UniqueConstraint("kbo", "newest", name="one_resend_a_notice"),
)
"""Append-only. Who asked that a notice be said again (pipeline/ledger/notice_series.py)."""

restoration = _chained(
    "restoration",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("drop_number", sa.Integer, nullable=False),
    sa.Column("notice_number", sa.Integer, nullable=False),
    sa.Index("restoration_of_recipient", "kbo", "id"),
)
"""Append-only. A backup of the ledger was put back: from which numbers on this recipient's next drop and notice are
numbered, so that none of which the backup did not know is used again (pipeline/ledger/restoration.py)."""

redaction = _chained(
    "redaction",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("disclosures", sa.Integer, nullable=False),
    sa.Column("withdrawals", sa.Integer, nullable=False),
    sa.Column("returned_rows", sa.Integer),
)
"""Append-only. How many lines about a recipient's parents were redacted at once: one that is redacted and not counted
here was redacted by somebody else."""

look_up = _chained(
    "look_up",
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("what", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("person", sa.LargeBinary),
    sa.Column("insz", sa.LargeBinary),
    sa.Column("key_id", sa.String(64)),
    redacted=("person", "insz"),
)
"""Append-only. Each look-up: its user, its question and the person (pipeline/answers/lookup.py), written before the
answer is shown."""

kept_no = _chained(
    "kept_no",
    sa.Column("night", sa.Date, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.Column("person", sa.LargeBinary),
    sa.Column("insz", sa.LargeBinary),
    sa.Column("event", sa.LargeBinary),
    sa.Column("kbo", sa.String(10)),
    sa.Column("is_own", sa.Boolean, nullable=False),
    sa.Column("is_grant", sa.Boolean, nullable=False),
    sa.Column("counts_from", Instant),
    sa.Column("recorded_at", Instant),
    sa.Column("returned_row", sa.Integer),
    sa.Index("kept_no_of_event", "event"),
    redacted=("person", "insz", "event", "counts_from", "recorded_at"),
)
"""Append-only, redacted once its parent cannot be in the population any more. The suppression list
(pipeline/ledger/suppression.py): a parent row to which a consent event counted as a no, for one recipient or (NULL) for
everyone. An event's own instants say which one it is as well as its hash does. `returned_row`: the id of the row in
which the recipient itself said it; NULL of a no of the agency's."""

lifted_no = _chained(
    "lifted_no",
    sa.Column("kept_no", sa.Integer, sa.ForeignKey("kept_no.id", name="lifts"), nullable=False),
    sa.Column("kbo", sa.String(10)),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
"""Append-only. Which line of the suppression list a named person lifted, for whom (NULL: everyone) and why."""

returned_file = _chained(
    "returned_file",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("name", sa.String(250), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("run_id", sa.String(250), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("refused", sa.Text, nullable=False),
    sa.Column("fault", sa.String(32), nullable=False),
    sa.Column("over_share", sa.Boolean, nullable=False),
    sa.UniqueConstraint("kbo", "name", "sha256", name="one_line_a_returned_file"),
)
"""Append-only. A file of the way back as it was taken in (pipeline/ledger/returns.py)."""

returned_row = _chained(
    "returned_row",
    sa.Column("file", sa.Integer, sa.ForeignKey("returned_file.id", name="returned_in"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("reference", sa.String(32)),
    sa.Column("person", sa.LargeBinary),
    sa.Column("insz", sa.LargeBinary),
    sa.Column("key_id", sa.String(64), nullable=False),
    sa.UniqueConstraint("file", "number", name="one_line_a_returned_row"),
    redacted=("reference", "person", "insz"),
)
"""Append-only, redacted with the disclosures of its recipient. One row of such a file that was taken in."""

indicator_sheet = _chained(
    "indicator_sheet",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("year", sa.Integer, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("lines", sa.Text, nullable=False),
    sa.Column("csv", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("released_at", Instant, nullable=False),
    sa.Column("released_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.UniqueConstraint("kbo", "year", "edition", name="one_sheet_an_edition"),
)
"""Append-only. A recipient's figures of one year, protected, as they were released
(pipeline/indicators/edition_file.py): the lines as JSON, and the very text of the CSV with its SHA-256. Which drops
brought it stands in their files' names."""

kept_overview = _chained(
    "kept_overview",
    sa.Column("as_of", sa.Date, nullable=False),
    sa.Column("known_at", Instant, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("files", sa.LargeBinary, nullable=False),
)
"""Append-only. An answer to parliament as it was given (pipeline/answers/overview/kept.py); its id is its number.
`files`: all its files, packed, with their SHA-256."""

installation = _chained(
    "installation",
    sa.Column("installation", sa.String(64), nullable=False),
    sa.Column("machine", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
"""Append-only. Whose this ledger is: the installation of the newest line alone may write it
(pipeline/ledger/installation.py)."""

intervention = _chained(
    "intervention",
    sa.Column("kbo", sa.String(10), nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("place", sa.JSON(none_as_null=True)),
    sa.Index("intervention_of_recipient", "kbo", "id"),
)
"""Append-only. What a named person recorded of one recipient (pipeline/ledger/interventions.py); `place`: the one that
was destroyed, NULL of any other act."""

signing_key_act = _chained(
    "signing_key_act",
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("public_line", sa.Text, nullable=False),
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_by", sa.Text),
    sa.Column("since", Instant),
    sa.Index("signing_key_act_of_key", "fingerprint", "id"),
)
"""Append-only. What became of the agency's signing keys (pipeline/ledger/signing_keys.py); `decided_by` and `since`, of
a revocation alone: who decided it, and from when on the key was in others' hands."""

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

CHAINED: dict[str, sa.Table] = {table.name: table for table in metadata.sorted_tables if REDACTED in table.info}
"""Every table whose lines stand in the chain, by name."""
