"""A ledger on PostgreSQL whose server answers no more is given up: a sentence, in a bounded time."""

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from pipeline.core.errors import LedgerUnavailable
from pipeline.core.model import Kbo
from pipeline.ledger.db import engine as ledger_engine
from pipeline.ledger.db.engine import connect, ledger_errors, ledger_snapshot, recipient_lock, transaction
from pipeline.ledger.db.watched import WatchedConnection
from tests.support.servers.stopped import stopped

SAYS = r"^the ledger cannot be read or written \((OperationalError|InterfaceError)\): nothing is sent without it"


@pytest.fixture
def uri(postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(WatchedConnection, "patience", 1.0)
    return postgres()


@pytest.fixture
def bounded() -> object:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 15


def test_a_statement_is_given_up(uri: str, bounded: None) -> None:
    engine = connect(uri)
    with pytest.raises(LedgerUnavailable, match=SAYS), transaction(engine) as connection, stopped(uri):
        connection.execute(sa.text("select 1"))


def test_so_is_a_commit(uri: str, bounded: None) -> None:
    engine = connect(uri)
    with engine.begin() as connection:
        connection.execute(sa.text("create table written (number int)"))
    with pytest.raises(LedgerUnavailable, match=SAYS), ledger_errors(), engine.connect() as connection:
        connection.execute(sa.text("insert into written values (1)"))
        with stopped(uri):
            connection.commit()


def test_so_is_a_delivery_under_its_lock(uri: str, bounded: None) -> None:
    engine = connect(uri)
    with (
        pytest.raises(LedgerUnavailable, match=SAYS),
        recipient_lock(engine, Kbo("0212214125")) as (connection, _),
        stopped(uri),
        transaction(connection) as inside,
    ):
        inside.execute(sa.text("select 1"))


def test_so_is_a_long_look(uri: str, bounded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(uri)
    monkeypatch.setattr(ledger_engine, "READING_SECONDS", 2)
    with pytest.raises(LedgerUnavailable, match=SAYS), ledger_snapshot(engine) as connection, stopped(uri):
        connection.execute(sa.text("select 1"))


def test_so_is_one_in_the_middle_of_its_rows(uri: str, bounded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(uri)
    monkeypatch.setattr(ledger_engine, "READING_SECONDS", 2)
    with pytest.raises(LedgerUnavailable, match=SAYS), ledger_snapshot(engine) as connection:
        query = sa.text("select repeat('x', 1000) from generate_series(1, 100000)")
        rows = connection.execute(query, execution_options={"yield_per": 100})
        next(rows)
        with stopped(uri):
            list(rows)


def test_a_server_that_answers_in_time_is_left_alone(uri: str) -> None:
    engine = connect(uri)
    with transaction(engine) as connection:
        for _ in range(3):
            connection.execute(sa.text("select pg_sleep(0.6)"))
    with transaction(engine) as connection:
        assert connection.execute(sa.text("select 1")).scalar_one() == 1
