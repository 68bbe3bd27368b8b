"""The lock of a recipient is one task's alone: behind a pooler, after a session was lost, beside another try."""

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict, LedgerUnavailable, SettingsError
from pipeline.delivery.locked_folder import LockedFolder
from pipeline.ledger.db.engine import ledger_snapshot, transaction
from pipeline.ledger.db.ledger import LedgerDb, open_ledger
from pipeline.ledger.events import Contents, Event, Kind
from tests.support.publishing import FIRST_NIGHT, GENT, Fuse, LocalFolder, clock
from tests.support.servers.pgbouncer import run_pgbouncer
from tests.support.servers.services import or_left_out, wait_for

BOUNDS = "select current_setting('statement_timeout'), current_setting('lock_timeout')"
INTENT = Event(GENT, FIRST_NIGHT, "run", Kind.INTENT, clock(), Contents(1, "S1", 0, {}, "m.json", "0" * 64))


@pytest.fixture(scope="module")
def uri(postgres: Callable[[], str]) -> str:
    return postgres()


@pytest.fixture(scope="module")
def pooled_by_session(uri: str) -> Iterator[LedgerDb]:
    with or_left_out(run_pgbouncer(uri, "session")) as pooled:
        yield open_ledger(pooled)


def test_behind_a_pooler_that_keeps_sessions_its_own_bounds_hold(pooled_by_session: LedgerDb) -> None:
    with transaction(pooled_by_session.engine) as connection:
        assert tuple(connection.execute(sa.text(BOUNDS)).one()) == ("30s", "30s")
    with ledger_snapshot(pooled_by_session.engine) as connection:
        assert connection.execute(sa.text(BOUNDS)).scalar() == "10min"


def test_behind_it_a_lock_is_one_tasks_until_it_ends(pooled_by_session: LedgerDb, uri: str) -> None:
    ledger = pooled_by_session
    with ledger.delivering(GENT) as log:
        log.require_lock()
        for other in (ledger, open_ledger(uri)):
            with pytest.raises(LedgerConflict, match="another task is delivering"), other.delivering(GENT):
                pass
        log.record(INTENT)
        log.require_lock()
    for other in (ledger, open_ledger(uri)):
        with other.delivering(GENT) as log:
            log.require_lock()


@pytest.mark.parametrize("mode", ["transaction", "statement"])
def test_a_pooler_that_keeps_no_sessions_is_refused_before_anything_is_made(
    postgres: Callable[[], str], mode: str
) -> None:
    empty = postgres()
    with or_left_out(run_pgbouncer(empty, mode)) as pooled:
        for _ in range(2):
            with pytest.raises((SettingsError, LedgerUnavailable)) as caught:
                open_ledger(pooled)
    if mode == "transaction":
        assert "two tasks could hold one lock: let it pool by session (PgBouncer: pool_mode = session)" in str(
            caught.value
        )
    with closing(psycopg2.connect(empty)) as connection, connection.cursor() as cursor:
        cursor.execute("select count(*) from information_schema.tables where table_schema = 'public'")
        assert cursor.fetchone() == (0,)


# The lock is looked at again


def lose_sessions(uri: str) -> None:
    """As an administrator, or a network that drops what is idle: the server ends the sessions that hold our locks."""
    with closing(psycopg2.connect(uri)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and classid = 1746"
            " and database = (select oid from pg_database where datname = current_database())"
        )


@pytest.fixture(params=["sqlite", "postgresql"])
def lost(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Callable[[], None]]:
    """A ledger's address, and what makes a task lose its lock without being told."""
    if request.param == "sqlite":
        database = tmp_path / "ledger.db"
        return f"sqlite:///{database}", lambda: (tmp_path / "ledger.db.locks" / GENT).unlink()
    address = request.getfixturevalue("postgres")()
    return address, lambda: lose_sessions(address)


def test_a_task_that_lost_its_lock_renames_and_removes_nothing(
    lost: tuple[str, Callable[[], None]], tmp_path: Path
) -> None:
    """It goes on beside its own retry, which has the lock: one of them publishes."""
    uri, lose = lost
    (out := tmp_path / "out").mkdir()
    (source := tmp_path / "source").write_text("rows")
    ledger, gone = open_ledger(uri), (LedgerConflict, LedgerUnavailable)
    with suppress(LedgerUnavailable), ledger.delivering(GENT) as log:
        folder = LockedFolder(LocalFolder(out, Fuse()), log)
        folder.put(source, "first.csv", "run")
        with pytest.raises(gone):
            folder.put(source, "second.csv", "run", lose)
        wait_for("the lock to be free", lambda: is_free(uri))
        with open_ledger(uri).delivering(GENT) as retry:
            LockedFolder(LocalFolder(out, Fuse()), retry).put(source, "theirs.csv", "run")
            for act in (
                lambda: folder.put(source, "theirs.csv", "run"),
                lambda: folder.remove("theirs.csv"),
                folder.remove_temporary,
            ):
                with pytest.raises(gone):
                    act()
            assert sorted(path.name for path in out.iterdir() if path.suffix == ".csv") == ["first.csv", "theirs.csv"]


def is_free(uri: str) -> bool:
    with suppress(LedgerConflict), open_ledger(uri).delivering(GENT):
        return True
    return False
