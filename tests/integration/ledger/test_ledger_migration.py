"""Ledgers of before the chain, with lines in them: brought to the newest schema, chained as they are found, and no less
append-only."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import DBAPIError

from pipeline.core.model import GENESIS, Head, Kbo
from pipeline.ledger.db import engine as ledger_engine
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.disclosures import Holding
from pipeline.ledger.events import Contents, Kind
from pipeline.ledger.verify import verify
from tests.support.worlds.books import Book

MIGRATIONS = Path(ledger_engine.__file__).with_name("migrations")
GENT = Kbo("0212214125")
NIGHT = date(2026, 6, 15)
AT = {"sqlite": "'2026-06-15 01:30:00.000000+00:00'", "postgresql": "timestamptz '2026-06-15 01:30:00+00:00'"}
BYTES = {"sqlite": "x'00ff'", "postgresql": "'\\x00ff'::bytea"}


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return fresh()


def old(uri: str, version: str, *statements: str) -> None:
    """A ledger as that version made it, with these lines."""
    engine = sa.create_engine(uri.replace("postgresql:", "postgresql+psycopg2:"))
    with engine.begin() as connection:
        config = Config(attributes={"connection": connection})
        config.set_main_option("script_location", str(MIGRATIONS))
        command.upgrade(config, version)
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()


def events(uri: str) -> list[str]:
    """What a night of version 0001 left."""
    kinds = enumerate((Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED), 1)
    names = "id, kbo, night, run_id, kind, at, sequence, stem, rows, data_sha256, manifest, manifest_sha256"
    drop = """1, 'S', 2, '{"S.csv": "aa"}', 'S.json', 'cc'"""
    return [
        f"insert into drop_number (kbo, night, sequence) values ('{GENT}', '{NIGHT}', 1)",
        *(
            f"insert into publication_event ({names}) "
            f"values ({id_}, '{GENT}', '{NIGHT}', 'run', '{kind}', {AT[uri.split(':')[0]]}, {drop})"
            for id_, kind in kinds
        ),
    ]


def persons(uri: str) -> list[str]:
    """And one of version 0002."""
    kind = uri.split(":")[0]
    line = "kbo, night, sequence, manifest_sha256, reference, person, insz, key_id, fields, agreements, protocols"
    given = f"""'{GENT}', '{NIGHT}', 1, 'cc', '%s', {BYTES[kind]}, %s, 'key', '["name"]', '["A"]', '["P"]', %d, 'v1'"""
    told = "kbo, reference, person, key_id, cause, after_sequence, run_id, night, at"
    answered = "run_id, night, at, decision, reason, held"
    return [
        f"insert into disclosure ({line}, consent_event, text_version) values ({given % ('R1', BYTES[kind], 2**40)})",
        f"insert into disclosure ({line}, consent_event, text_version) values ({given % ('R2', 'null', 7)})",
        f"insert into withdrawal ({told}) values "
        f"('{GENT}', 'R1', {BYTES[kind]}, 'key', 'withdrawn', 1, 'run', '{NIGHT}', {AT[kind]})",
        f"insert into answer ({answered}) values ('run', '{NIGHT}', {AT[kind]}, 'approved', 'counted', '[]')",
    ]


def holds(ledger: LedgerDb, tmp_path: Path) -> None:
    folder = tmp_path / "none put yet"
    folder.mkdir(exist_ok=True)
    says = [problem.says for problem in verify(ledger, folder, (), date(2026, 6, 16)).problems]
    assert says == ["there is none at all: a tail that was cut off would not show"]


def test_what_was_there_goes_into_a_first_link(uri: str, tmp_path: Path) -> None:
    old(uri, "0002", *events(uri), *persons(uri))
    ledger = open_ledger(uri)
    assert ledger.head().n == 1
    with ledger.engine.begin() as connection:
        (shares,) = connection.execute(sa.text("select shares from link")).one()
    assert all(f'"{table}"' in str(shares).replace("'", '"') for table in ("answer", "disclosure", "withdrawal"))
    holds(ledger, tmp_path)


def test_nothing_of_it_is_lost(uri: str) -> None:
    old(uri, "0002", *events(uri), *persons(uri))
    ledger = open_ledger(uri)
    assert [event.kind for event in ledger.events(GENT)] == [Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED]
    assert ledger.events(GENT)[0].contents == Contents(1, "S", 2, {"S.csv": "aa"}, "S.json", "cc")
    assert ledger.events(GENT)[0].at == datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
    assert ledger.holdings(GENT) == (Holding("R2", b"\x00\xff", "key", 1),)
    assert [(one.consent_event, one.retention_days) for one in ledger.disclosures(GENT, "cc")] == [
        (2**40, None),
        (7, None),
    ]
    assert [one.cause for one in ledger.withdrawals(GENT)] == ["withdrawn"]
    assert [one.reason for one in ledger.answers("run")] == ["counted"]


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_a_ledger_of_each_version_goes_on(uri: str, tmp_path: Path, version: str) -> None:
    old(uri, version, *events(uri))
    book = Book(uri, tmp_path / "anchors")
    book.drop(16, 1, 2)
    assert book.ledger.head().n == 4
    assert book.rows("select max(id) from publication_event") == [(6,)]
    book.anchor()
    assert book.problems() == []
    book.tamper("update publication_event set rows = 3 where id = 2")
    assert [(problem.where, problem.link) for problem in book.problems()] == [("publication_event", 1)]


def test_notices_go_on_telling_of_the_withdrawals_they_told_of(uri: str, tmp_path: Path) -> None:
    """Version 0006 copies the table in SQLite; the chain over it stays as it was."""
    old(uri, "0002", *events(uri), *persons(uri))
    note = f"insert into notice_line (id, kbo, number, withdrawal, link) values (1, '{GENT}', 1, 1, 1)"
    old(uri, "0005", note)
    ledger = open_ledger(uri)
    assert ledger.not_notified(GENT) == () and [one.cause for one in ledger.withdrawals(GENT)] == ["withdrawn"]
    with ledger.engine.begin() as connection:
        assert connection.execute(sa.text("select withdrawal from notice_line")).scalars().all() == [1]
        if uri.startswith("sqlite"):
            assert connection.execute(sa.text("pragma foreign_key_check")).all() == []
    spoken = [problem.says for problem in verify(ledger, tmp_path, (), date(2026, 6, 16)).problems]
    assert not [says for says in spoken if "withdrawal" in says]


@pytest.mark.parametrize("version", ["0001", "0002"])
def test_an_empty_one_begins_at_the_beginning(uri: str, version: str) -> None:
    old(uri, version)
    assert open_ledger(uri).head() == Head(0, GENESIS)


@pytest.mark.parametrize("table", ["publication_event", "disclosure", "withdrawal", "answer", "link"])
@pytest.mark.parametrize("act", ["update {} set {} = {}", "delete from {}"])
def test_it_is_as_append_only_as_before(uri: str, table: str, act: str) -> None:
    old(uri, "0002", *events(uri), *persons(uri))
    column = "n" if table == "link" else "id"
    with pytest.raises(DBAPIError, match="append-only"), open_ledger(uri).engine.begin() as connection:
        connection.execute(sa.text(act.format(table, column, column)))


@pytest.mark.parametrize("table", ["publication_event", "disclosure", "withdrawal", "answer", "link"])
def test_nothing_is_replaced_in_sqlite(tmp_path: Path, table: str) -> None:
    uri = f"sqlite:///{tmp_path / 'l'}"
    old(uri, "0002", *events(uri), *persons(uri))
    with pytest.raises(DBAPIError, match="append-only"), open_ledger(uri).engine.begin() as connection:
        connection.execute(sa.text(f"insert or replace into {table} select * from {table}"))


def test_ids_are_never_given_out_again_in_sqlite(tmp_path: Path) -> None:
    """The copied table still counts on."""
    uri = f"sqlite:///{tmp_path / 'l'}"
    old(uri, "0001", *events(uri))
    open_ledger(uri)
    with closing(sqlite3.connect(tmp_path / "l")) as connection:
        (sql,) = connection.execute("select sql from sqlite_master where name = 'publication_event'").fetchone()
        assert "AUTOINCREMENT" in sql.upper()
        assert connection.execute("select seq from sqlite_sequence where name = 'publication_event'").fetchall() == [
            (3,)
        ]


def test_many_tasks_may_migrate_it_at_once(uri: str) -> None:
    from concurrent.futures import ThreadPoolExecutor

    old(uri, "0001", *events(uri))
    with ThreadPoolExecutor(4) as pool:
        assert {ledger.head().n for ledger in pool.map(open_ledger, [uri] * 4)} == {1}
