"""A ledger and an agency on a real PostgreSQL under exactly the roles of docs/deployment.md."""

import itertools
import re
from contextlib import closing
from dataclasses import dataclass

import psycopg2
import pytest
from psycopg2 import errors

from pipeline.ledger.db.ledger import open_ledger
from tests.support import PROJECT

_numbers = itertools.count(1)


@dataclass(frozen=True)
class RoledLedger:
    """One ledger, made by its owner; the addresses of it as each role."""

    owner: str
    writer: str
    redactor: str

    def refuses(self, role: str, statement: str) -> None:
        """For want of rights, not because a trigger said so."""
        with (
            closing(psycopg2.connect(role)) as connection,
            connection.cursor() as cursor,
            pytest.raises(errors.InsufficientPrivilege),
        ):
            cursor.execute(statement)

    def may(self, role: str, table: str, act: str) -> bool:
        asked = "has_any_column_privilege" if act == "update" else "has_table_privilege"
        return bool(_asked(role, f"select {asked}(%s, %s)", table, act)[0][0])

    def updatable(self, role: str) -> set[tuple[str, str]]:
        """Tables and their columns that the role may change."""
        query = (
            "select table_name, column_name from information_schema.columns where table_schema = 'public'"
            " and has_column_privilege(table_name, column_name, 'update')"
        )
        return set(_asked(role, query))


def _asked(role: str, query: str, *values: str) -> list[tuple[str, ...]]:
    with closing(psycopg2.connect(role)) as connection, connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def roled_ledger(owner: str) -> RoledLedger:
    """Made in an empty database, with the rights of the page."""
    open_ledger(owner)
    return RoledLedger(owner, *_granted(owner, ("ledger_writer", "ledger_redactor")))


def as_reader(owner: str) -> str:
    """The agency's database, as the role of the page that only reads it."""
    return _granted(owner, ("gegevensdeling_reader",))[0]


def _granted(owner: str, roles: tuple[str, ...]) -> list[str]:
    """The address for each of the roles, made with names of their own, after the page's block of them was run."""
    number, text = next(_numbers), _block(roles[0])
    with closing(psycopg2.connect(owner)) as connection, connection, connection.cursor() as cursor:
        for role in roles:
            cursor.execute(f"create role {role}_{number} login password 'secret'")
            text = re.sub(rf"\b{role}\b", f"{role}_{number}", text)
        cursor.execute(text)
    rest = owner.split("@", 1)[1]
    return [f"postgresql://{role}_{number}:secret@{rest}" for role in roles]


def _block(role: str) -> str:
    """The block of the page that names the role."""
    blocks = re.findall(r"```sql\n(.*?)```", (PROJECT / "docs" / "deployment.md").read_text(), re.DOTALL)
    (mine,) = [block for block in blocks if role in block]
    return str(mine)
