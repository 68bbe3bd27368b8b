"""The connections to the ledger that a task keeps: opened once, never those of another file, process or session."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict
from pipeline.core.model import Kbo
from pipeline.ledger.db.kept_connections import kept_connections
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.interventions import Intervention, InterventionAct
from tests.support.worlds.books import START
from tests.support.worlds.ledgers import new_ledger

GENT = Kbo("0212214125")


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a ledger that is at the newest schema."""
    fresh: Callable[[], str] | None = None
    if request.param == "postgresql":
        fresh = request.getfixturevalue("postgres")
    made = fresh() if fresh else f"sqlite:///{tmp_path / 'ledger.db'}"
    new_ledger(made).engine.dispose()
    return made


def connections_of(ledger: LedgerDb) -> list[object]:
    """Grows with each connection that is opened."""
    opened: list[object] = []
    sa.event.listen(ledger.engine, "connect", lambda connection, _entry: opened.append(connection))
    return opened


def suspend(ledger: LedgerDb, reason: str) -> None:
    line = Intervention(GENT, InterventionAct.SUSPEND, START, "an", reason)
    ledger.recipient(GENT).record_intervention(line)


def test_what_a_task_does_shares_one_connection_and_another_for_a_lock(uri: str) -> None:
    with kept_connections():
        opened = connections_of(open_ledger(uri))
        suspend(open_ledger(uri), "a")
        assert open_ledger(uri).interventions() and opened == [], "the one that looked at the schema"
        with open_ledger(uri).delivering(GENT) as log:
            assert open_ledger(uri).interventions()
            assert log.suspension()
            with pytest.raises(LedgerConflict), open_ledger(uri).delivering(GENT):
                pass
        with open_ledger(uri).delivering(GENT):
            pass
    assert len(opened) <= 2


def test_outside_kept_connections_each_transaction_opens_its_own(uri: str) -> None:
    ledger = open_ledger(uri)
    opened = connections_of(ledger)
    for _ in range(2):
        ledger.interventions()
    assert len(opened) == 2


def test_a_task_within_a_task_keeps_the_same_and_at_the_end_nothing_is_open(uri: str) -> None:
    with kept_connections():
        ledger = open_ledger(uri)
        opened = connections_of(ledger)
        with kept_connections():
            open_ledger(uri).interventions()
        ledger.interventions()
        assert opened == []
    assert ledger.engine.pool.status().count("Connections in pool: 0") == 1
    if uri.startswith("sqlite"):
        (file,) = Path(uri.removeprefix("sqlite:///")).parent.glob("ledger.db*")
        assert file.name == "ledger.db", "what was written is in the file itself"


def test_a_copy_of_the_file_is_whole_while_a_task_keeps_it_open(tmp_path: Path) -> None:
    uri, copy = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "copy.db"
    new_ledger(uri)
    with kept_connections():
        for reason in ("a", "b"):
            suspend(open_ledger(uri), reason)
            shutil.copy(tmp_path / "ledger.db", copy)
            with sqlite3.connect(copy) as connection:
                found = connection.execute("select reason from intervention order by id").fetchall()
            connection.close()
            assert found[-1] == (reason,)


def test_a_file_that_is_put_in_its_place_is_the_ledger_from_then_on(tmp_path: Path) -> None:
    uri, path, backup = f"sqlite:///{tmp_path / 'ledger.db'}", tmp_path / "ledger.db", tmp_path / "backup"
    suspend(new_ledger(uri), "before")
    shutil.copy(path, backup)
    with kept_connections():
        suspend(open_ledger(uri), "lost")
        backup.rename(path)
        suspend(open_ledger(uri), "after")
        assert [each.reason for each in open_ledger(uri).interventions()] == ["before", "after"]
    assert [each.reason for each in open_ledger(uri).interventions()] == ["before", "after"]


def test_a_session_that_was_cut_while_nobody_used_it_is_opened_anew(postgres: Callable[[], str]) -> None:
    uri = postgres()
    with kept_connections():
        ledger = open_ledger(uri)
        suspend(ledger, "a")
        other = sa.create_engine(uri.replace("postgresql://", "postgresql+psycopg2://"))
        with other.begin() as connection:
            connection.execute(
                sa.text(
                    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
                    " and datname = current_database()"
                )
            )
        other.dispose()
        assert [each.reason for each in ledger.interventions()] == ["a"]


def test_a_process_that_is_forked_opens_its_own(uri: str) -> None:
    with kept_connections():
        opened = connections_of(open_ledger(uri))
        child = os.fork()
        if child == 0:
            own = open_ledger(uri)
            mine = connections_of(own)
            own.interventions()
            os._exit(0 if len(mine) == 1 and own.engine is not open_ledger else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        suspend(open_ledger(uri), "it works on")
        assert opened == []
