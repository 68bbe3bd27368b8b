"""What a look at the ledger tells that makes, migrates and claims nothing."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from pipeline.core.model import Head
from pipeline.ledger.db.chain import head
from pipeline.ledger.db.engine import engine_to_look, ledger_snapshot
from pipeline.ledger.db.installations import newest_owner
from pipeline.ledger.db.tables import CHAINED, REDACTED, VERSION_TABLE
from pipeline.ledger.owner import Installation

CHANGES = ("update", "delete", "truncate")


@dataclass(frozen=True)
class LedgerHealth:
    """`version` is None where there are no tables; the rest is of the newest version alone.

    `anchored`: where the chain stood at the link that was anchored last. `inserts`: the tables of the chain to which
    the role may append, `changes`: those of which it may change whole lines; None on SQLite, which knows no roles.
    `redacts`: whether the role may empty each column that a redaction empties.
    """

    version: str | None
    head: Head = field(default_factory=Head)
    anchored: Head = field(default_factory=Head)
    owner: Installation | None = None
    inserts: frozenset[str] | None = None
    changes: frozenset[str] | None = None
    redacts: bool | None = None


def read_ledger_health(uri: str, anchored: int, newest: str) -> LedgerHealth:
    """`newest`: the version that this code knows. Raises LedgerUnavailable, or SettingsError where there is none."""
    with ledger_snapshot(engine_to_look(uri)) as connection:
        if not connection.dialect.has_table(connection, VERSION_TABLE):
            return LedgerHealth(None)
        version = connection.execute(sa.text(f"select version_num from {VERSION_TABLE}")).scalar_one()
        if version != newest:
            return LedgerHealth(version)
        stood = head(connection), head(connection, anchored), newest_owner(connection)
        return LedgerHealth(version, *stood, *(_rights(connection) if _has_roles(connection) else ()))


def _has_roles(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _rights(connection: sa.Connection) -> tuple[frozenset[str], frozenset[str], bool]:
    def may(table: str, act: str) -> bool:
        asked = sa.select(sa.func.has_table_privilege(table, act))
        return bool(connection.execute(asked).scalar_one())

    def may_empty(table: str, column: str) -> bool:
        asked = sa.select(sa.func.has_column_privilege(table, column, "update"))
        return bool(connection.execute(asked).scalar_one())

    inserts = frozenset(table for table in CHAINED if may(table, "insert"))
    changes = frozenset(table for table in CHAINED if any(may(table, act) for act in CHANGES))
    about = {table: columns for table, known in CHAINED.items() if (columns := known.info[REDACTED])}
    return inserts, changes, all(may_empty(table, each) for table in about for each in (*about[table], "salt"))
