"""The ledger on real databases: what it keeps, what it refuses, and what it says when it cannot be had."""

import os
import socket
import sqlite3
import stat
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta, timezone
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pipeline.core.errors import LedgerConflict, LedgerUnavailable, SettingsError
from pipeline.core.model import Kbo
from pipeline.ledger.db import engine as ledger_engine
from pipeline.ledger.db import engines
from pipeline.ledger.db.ledger import LedgerDb, open_existing_ledger, open_ledger
from pipeline.ledger.db.tables import VERSION_TABLE, metadata
from pipeline.ledger.events import Contents, Event, Kind
from tests.support.forks import forked
from tests.support.servers.services import wait_for
from tests.support.worlds.ledgers import new_ledger

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
MONDAY, TUESDAY = date(2026, 6, 15), date(2026, 6, 16)
AT = datetime(2026, 6, 15, 3, 30, tzinfo=timezone(timedelta(hours=2)))
MIGRATIONS = Path(ledger_engine.__file__).with_name("migrations")


@pytest.fixture(params=["sqlite", "postgresql"])
def uri(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    return fresh()


@pytest.fixture
def ledger(uri: str) -> LedgerDb:
    return new_ledger(uri)


def event(kind: Kind, night: date = MONDAY, sequence: int = 1, rows: int = 3, kbo: Kbo = GENT) -> Event:
    stem = f"S_{sequence}"
    contents = Contents(sequence, stem, rows, {f"{stem}.csv": "aa", "b": "bb"}, f"{stem}.json", "cc")
    return Event(kbo, night, "run", kind, AT, contents)


def write(ledger: LedgerDb, *events: Event) -> None:
    for line in events:
        with ledger.delivering(line.kbo) as log:
            log.record(line)


# What it keeps


def test_events_come_back_as_they_were_written(ledger: LedgerDb) -> None:
    remark = Event(GENT, TUESDAY, "run", Kind.NOT_COVERED, AT)
    lines = (event(Kind.INTENT), event(Kind.RELEASING), event(Kind.PUBLISHED), remark)
    write(ledger, *lines)
    assert ledger.recipient(GENT).events() == lines
    assert ledger.recipient(AALST).events() == ()


def test_instants_are_kept_in_utc(ledger: LedgerDb) -> None:
    write(ledger, event(Kind.INTENT))
    assert ledger.recipient(GENT).events()[0].at.isoformat() == "2026-06-15T01:30:00+00:00"


def test_instants_in_sqlite_are_iso_text_that_sorts(tmp_path: Path) -> None:
    write(open_ledger(f"sqlite:///{tmp_path / 'l'}"), event(Kind.INTENT))
    found = sqlite3.connect(tmp_path / "l").execute("select at from publication_event").fetchall()
    assert found == [("2026-06-15 01:30:00.000000+00:00",)]


def test_an_instant_without_zone_is_refused(ledger: LedgerDb) -> None:
    with pytest.raises((ValueError, LedgerUnavailable)):
        write(ledger, Event(GENT, MONDAY, "run", Kind.NOT_COVERED, datetime(2026, 6, 15)))
    assert ledger.recipient(GENT).events() == ()


def test_the_standing_is_that_of_the_history(ledger: LedgerDb) -> None:
    write(ledger, event(Kind.INTENT), event(Kind.RELEASING), event(Kind.PUBLISHED))
    found = ledger.recipient(GENT).delivery_state(TUESDAY)
    assert (found.sequence, found.previous_manifest_sha256) == (2, "cc")
    with ledger.delivering(GENT) as log:
        assert log.delivery_state(TUESDAY) == found
    assert ledger.recipient(AALST).delivery_state(TUESDAY).sequence == 1


def test_who_reads_on_finds_what_others_wrote(ledger: LedgerDb, uri: str) -> None:
    """Only what is new is read of a history: what it comes to is what a first reading finds."""
    for kind in (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED, Kind.FETCHED):
        write(open_ledger(uri), event(kind), event(kind, kbo=AALST))
        found = ledger.recipient(GENT).delivery_state(TUESDAY)
        assert found == open_ledger(uri).recipient(GENT).delivery_state(TUESDAY)
        assert [drop.kind for drop in found.drops] == [kind]
        assert ledger.recipient(GENT).delivery_state(TUESDAY) == found
    assert ledger.recipient(GENT).delivery_state(MONDAY).published, "of another night"
    assert ledger.recipient(AALST).delivery_state(MONDAY).tonight.kind is Kind.FETCHED  # type: ignore[union-attr]


@pytest.mark.parametrize("there", [(), (Kind.INTENT, Kind.INTENT, Kind.RELEASING)])
def test_who_reads_on_finds_another_ledger_in_its_place(tmp_path: Path, there: tuple[Kind, ...]) -> None:
    """A backup was put back: nothing of what was read before holds."""
    ledger, backup = (open_ledger(f"sqlite:///{tmp_path / name}") for name in ("now", "backup"))
    write(ledger, event(Kind.INTENT), event(Kind.RELEASING))
    assert ledger.recipient(GENT).delivery_state(MONDAY).tonight
    write(backup, *(event(kind, rows=7) for kind in there))
    (tmp_path / "backup").replace(tmp_path / "now")
    again = open_ledger(f"sqlite:///{tmp_path / 'now'}").recipient(GENT).delivery_state(MONDAY)
    assert ledger.recipient(GENT).delivery_state(MONDAY) == again
    assert len(again.drops) == bool(there)


def test_it_is_still_there_when_opened_again(uri: str) -> None:
    write(open_ledger(uri), event(Kind.INTENT))
    assert len(open_ledger(uri).recipient(GENT).events()) == 1
    assert open_ledger(uri).recipients() == (GENT,)


# What it refuses


@pytest.mark.parametrize("kind", [Kind.RELEASING, Kind.PUBLISHED, Kind.FETCHED, Kind.ABANDONED])
def test_a_step_out_of_order_is_refused(ledger: LedgerDb, kind: Kind) -> None:
    with pytest.raises(LedgerConflict, match="cannot follow nothing"):
        write(ledger, event(kind))
    assert ledger.recipient(GENT).events() == ()


def test_another_recipients_event_is_refused(ledger: LedgerDb) -> None:
    with ledger.delivering(GENT) as log, pytest.raises(ValueError, match="hold no event"):
        log.record(event(Kind.INTENT, kbo=AALST))


def test_a_night_has_one_number(ledger: LedgerDb) -> None:
    write(ledger, event(Kind.INTENT), event(Kind.INTENT))
    with pytest.raises(LedgerConflict, match="cannot follow"):
        write(ledger, event(Kind.INTENT, sequence=2))
    assert {line.contents.sequence for line in ledger.recipient(GENT).events() if line.contents} == {1}


def test_a_number_has_one_night(ledger: LedgerDb) -> None:
    write(ledger, event(Kind.INTENT))
    with pytest.raises(LedgerConflict, match="took this night or this number first"):
        write(ledger, event(Kind.INTENT, TUESDAY))
    write(ledger, event(Kind.INTENT, TUESDAY, sequence=2))


def test_the_newest_nights_of_all_are_read_without_holding_anybody_up(ledger: LedgerDb) -> None:
    write(ledger, event(Kind.INTENT), event(Kind.PUBLISHED))
    tuesday = [
        event(Kind.INTENT, TUESDAY, 2),
        event(Kind.INTENT, TUESDAY, kbo=AALST),
        event(Kind.PUBLISHED, TUESDAY, 2),
    ]
    write(ledger, *tuesday)
    with ledger.delivering(GENT), ledger.engine.begin():
        assert list(ledger.events_since(TUESDAY)) == tuesday
    assert len(ledger.events_since(MONDAY)) == 5 and ledger.events_since(date(2026, 6, 17)) == ()


def test_numbers_are_each_recipients_own(ledger: LedgerDb) -> None:
    write(ledger, event(Kind.INTENT), event(Kind.INTENT, kbo=AALST))
    assert ledger.recipients() == (GENT, AALST)


def _run(ledger: LedgerDb, statement: str) -> None:
    with ledger_engine.ledger_errors(), ledger.engine.begin() as connection:
        connection.execute(sa.text(statement))


@pytest.mark.parametrize("table", ["publication_event", "drop_number"])
def test_a_key_that_is_taken_is_a_conflict(ledger: LedgerDb, table: str) -> None:
    write(ledger, event(Kind.INTENT))
    with pytest.raises(LedgerConflict, match="took this night or this number first"):
        _run(ledger, f"insert into {table} select * from {table}")


def test_a_key_that_is_not_there_is_a_conflict(ledger: LedgerDb) -> None:
    write(ledger, event(Kind.INTENT))
    columns = "kbo, night, run_id, kind, at, sequence, stem, rows, data_sha256, manifest, manifest_sha256, link"
    with pytest.raises(LedgerConflict):
        _run(
            ledger,
            f"insert into publication_event (id, {columns}) "
            f"select id + 1, {columns.replace('sequence', 'sequence + 1')} from publication_event",
        )


@pytest.mark.parametrize("act", ["update publication_event set kbo = kbo", "delete from drop_number"])
def test_what_would_change_a_line_is_no_conflict(ledger: LedgerDb, uri: str, act: str) -> None:
    """Nothing came in between: to look again would not mend it."""
    write(ledger, event(Kind.INTENT))
    code = "SQLITE_CONSTRAINT_TRIGGER" if uri.startswith("sqlite") else "P0001"
    with pytest.raises(LedgerUnavailable, match=rf"cannot be read or written \({code}\)"):
        _run(ledger, act)


def test_what_lacks_a_value_is_no_conflict(ledger: LedgerDb, uri: str) -> None:
    code = "SQLITE_CONSTRAINT_NOTNULL" if uri.startswith("sqlite") else "23502"
    with pytest.raises(LedgerUnavailable, match=rf"cannot be read or written \({code}\)"):
        _run(ledger, "insert into answer (id) values (1)")


# One task at a time


def test_a_recipient_is_held_by_one_task(ledger: LedgerDb, uri: str) -> None:
    other = open_ledger(uri)
    with ledger.delivering(GENT):
        with pytest.raises(LedgerConflict, match=f"another task is delivering to {GENT}"), other.delivering(GENT):
            pass
        with other.delivering(AALST):
            pass
        assert other.recipient(GENT).delivery_state(MONDAY).sequence == 1  # to look is allowed
    with other.delivering(GENT):
        pass


def test_a_lock_is_free_as_soon_as_a_task_is_done(ledger: LedgerDb, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever the server notices that the connection is closed: here it never does."""
    kept: list[Any] = []
    if ledger.engine.dialect.name == "postgresql":
        monkeypatch.setattr(ledger.engine.dialect, "do_close", kept.append)
    for _ in range(3):
        with ledger.delivering(GENT):
            pass
    monkeypatch.undo()
    for connection in kept:
        connection.close()


def test_a_dead_process_holds_nothing(ledger: LedgerDb) -> None:
    ready, dead = os.pipe()

    def hold() -> None:
        with ledger.delivering(GENT):
            os.write(dead, b"x")
            threading.Event().wait()

    child = forked(hold)
    os.read(ready, 1)
    with pytest.raises(LedgerConflict), ledger.delivering(GENT):
        pass
    os.kill(child, 9)
    os.waitpid(child, 0)
    wait_for("PostgreSQL to notice a dead client", lambda: _free(ledger))


def test_a_task_that_lost_its_lock_can_write_no_more(postgres: Callable[[], str]) -> None:
    """Its lock and its lines share one connection: cut off from the one, it is cut off from the other."""
    ledger = new_ledger(postgres())
    with pytest.raises(LedgerUnavailable), ledger.delivering(GENT) as log:
        log.record(event(Kind.INTENT))
        with ledger.engine.begin() as other:
            others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()"
            other.execute(sa.text(f"{others} and datname = current_database()"))
        log.record(event(Kind.RELEASING))
    assert [line.kind for line in ledger.recipient(GENT).events()] == [Kind.INTENT]


def _free(ledger: LedgerDb) -> bool:
    try:
        with ledger.delivering(GENT):
            return True
    except LedgerConflict:
        return False


# What the next night compares with, and what a run came to


def test_the_watermark_is_of_the_newest_snapshot_that_was_accepted(ledger: LedgerDb) -> None:
    assert (ledger.last_watermark(), ledger.last_accepted()) == (None, None)
    ledger.save_watermark("a", MONDAY, AT, b"\x00monday")
    assert (ledger.last_watermark(), ledger.last_accepted()) == (b"\x00monday", ("a", MONDAY))
    ledger.save_watermark("b", TUESDAY, AT + timedelta(days=1), b"tuesday")
    assert (ledger.last_watermark(), ledger.last_accepted()) == (b"tuesday", ("b", TUESDAY))
    ledger.save_watermark("a", MONDAY, AT + timedelta(days=2), b"monday, cleared on wednesday")
    assert (ledger.last_watermark(), ledger.last_accepted()) == (
        b"monday, cleared on wednesday",
        ("a", MONDAY),
    )


def test_a_run_saves_its_watermark_once(ledger: LedgerDb) -> None:
    for payload in (b"first", b"again"):
        ledger.save_watermark("a", MONDAY, AT, payload)
    assert ledger.last_watermark() == b"again"
    assert _count(ledger, "accepted_night") == 1


def test_the_newest_three_nights_are_kept(ledger: LedgerDb) -> None:
    for day in range(5):
        ledger.save_watermark(f"run {day}", MONDAY + timedelta(day), AT + timedelta(day), str(day).encode())
    ledger.save_watermark("run 4 by hand", MONDAY + timedelta(4), AT + timedelta(5), b"by hand")
    assert _count(ledger, "accepted_night") == 4
    assert ledger.last_watermark() == b"by hand"


def test_old_nights_that_are_cleared_push_neither_the_newest_feeds_nor_the_latest_night_out(ledger: LedgerDb) -> None:
    for day in range(3):
        ledger.save_watermark(f"run {day}", MONDAY + timedelta(day), AT + timedelta(day), str(day).encode())
    for back in range(1, 11):  # ten missed nights, each of which reads the feeds of now
        at = AT + timedelta(days=3, minutes=back)
        ledger.save_watermark(f"missed {back}", MONDAY - timedelta(back), at, b"now")
        assert (ledger.last_watermark(), ledger.accepted_at()) == (b"now", at)
        assert ledger.last_accepted() == (f"missed {back}", MONDAY - timedelta(back))
    assert ledger.newest_night() == MONDAY + timedelta(2)
    assert _count(ledger, "accepted_night") == 4


def test_of_two_tries_of_a_run_the_one_that_read_later_is_kept(ledger: LedgerDb) -> None:
    ledger.save_watermark("a", MONDAY, AT + timedelta(minutes=1), b"later")
    with pytest.raises(LedgerConflict, match="accepted newer feeds"):
        ledger.save_watermark("a", MONDAY, AT, b"earlier")
    assert ledger.last_watermark() == b"later"


def test_a_summary_is_of_its_run(ledger: LedgerDb) -> None:
    assert ledger.summary("a") is None
    for text in ('{"failed": 1}', '{"failed": 0}'):
        ledger.save_summary("a", MONDAY, AT, text)
    ledger.save_summary("b", MONDAY, AT, "{}")
    assert ledger.summary("a") == '{"failed": 0}'


def _count(ledger: LedgerDb, table: str) -> int:
    with ledger.engine.begin() as connection:
        return int(connection.execute(sa.text(f"select count(*) from {table}")).scalar_one())


# Opening


def test_the_migrations_make_the_tables_that_the_code_uses(ledger: LedgerDb) -> None:
    with ledger.engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, metadata) == []


def test_the_newest_version_is_the_last_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [ledger_engine.NEWEST]


def _open(uri: str) -> int:
    return len(open_ledger(uri).recipient(GENT).events())


def test_many_tasks_may_open_a_new_ledger_at_once(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    fresh: Callable[[], str] = request.getfixturevalue("postgres")
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:  # a fork would go on as pytest
        for attempt in range(5):
            for uri in (f"sqlite:///{tmp_path / str(attempt)}", fresh()):
                assert list(pool.map(_open, [uri] * 8)) == [0] * 8


def test_it_lives_beside_another_tool_of_alembics(postgres: Callable[[], str]) -> None:
    """Airflow's own metadata may be in the same database, with its version in alembic_version."""
    uri = postgres().replace("postgresql:", "postgresql+psycopg2:")
    with sa.create_engine(uri).begin() as connection:
        connection.execute(sa.text("create table alembic_version (version_num varchar(32) primary key)"))
        connection.execute(sa.text("insert into alembic_version values ('airflows')"))
    write(open_ledger(uri), event(Kind.INTENT))
    with sa.create_engine(uri).begin() as connection:
        assert connection.execute(sa.text("select version_num from alembic_version")).scalar_one() == "airflows"


@pytest.mark.parametrize("version", ["9999", "0006", "0001"])
def test_a_ledger_of_another_version_than_the_codes_is_left_alone(ledger: LedgerDb, uri: str, version: str) -> None:
    """Of newer code, or of a draft before the first release."""
    with ledger.engine.begin() as connection:
        connection.execute(sa.text(f"update {VERSION_TABLE} set version_num = '{version}'"))
    for opened in (open_ledger, open_existing_ledger):
        with pytest.raises(LedgerUnavailable, match="newer than this code, or a draft"):
            opened(uri)
    with ledger.engine.begin() as connection:
        assert connection.execute(sa.text(f"select version_num from {VERSION_TABLE}")).scalars().all() == [version]


def test_an_existing_ledger_is_opened_and_none_is_made(uri: str) -> None:
    with pytest.raises(SettingsError, match="there is no ledger"):
        open_existing_ledger(uri)
    with pytest.raises(SettingsError, match="there is no ledger"):
        open_existing_ledger(uri)
    write(open_ledger(uri), event(Kind.INTENT))
    assert len(open_existing_ledger(uri).recipient(GENT).events()) == 1


def test_a_file_of_something_else_is_no_ledger_and_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(SettingsError, match="there is no ledger"):
        open_existing_ledger(f"sqlite:///{tmp_path / 'empty'}")
    assert [(path.name, path.stat().st_size) for path in tmp_path.iterdir()] == [("empty", 0)]


def test_sqlites_file_is_its_owners_only_and_durable(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger = open_ledger(f"sqlite:///{path}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with ledger.engine.begin() as connection:
        found = [connection.exec_driver_sql(f"pragma {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]


@pytest.mark.parametrize(
    "bad",
    ["", "sqlite://", "sqlite:///relative.db", "sqlite:///:memory:", "mysql://u:s3cret@h/d", "s3cret", "duckdb:///x"],
)
def test_another_kind_of_address_is_a_settings_error_that_does_not_repeat_it(bad: str) -> None:
    with pytest.raises(SettingsError, match="ledger_db") as raised:
        open_ledger(bad)
    assert "s3cret" not in str(raised.value)


def _unreachable() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"postgresql://user:s3cret@127.0.0.1:{free.getsockname()[1]}/secretdb"


def _unavailable(tmp_path: Path) -> list[str]:
    (tmp_path / "garbage").write_bytes(b"this is no database at all" * 100)
    paths = (tmp_path / "no folder" / "s3cret.db", tmp_path, tmp_path / "garbage")
    return [_unreachable(), *(f"sqlite:///{path}" for path in paths)]


@pytest.mark.parametrize("which", range(4))
def test_a_ledger_that_cannot_be_had_is_one_sentence_without_its_address(tmp_path: Path, which: int) -> None:
    with pytest.raises(LedgerUnavailable, match="nothing is sent without it") as raised:
        open_ledger(_unavailable(tmp_path)[which])
    error = raised.value
    assert not {"s3cret", "secretdb", "127.0.0.1", str(tmp_path)} & set(str(error).split())
    assert "s3cret" not in str(error) and "\n" not in str(error)
    assert error.__cause__ is None and error.__suppress_context__


def test_a_ledger_that_goes_away_while_in_use_is_unavailable(ledger: LedgerDb) -> None:
    with ledger.engine.begin() as connection:
        connection.execute(sa.text("drop table publication_event"))
    for use in (lambda: ledger.recipient(GENT).events(), lambda: write(ledger, event(Kind.INTENT))):
        with pytest.raises(LedgerUnavailable):
            use()


def test_a_ledger_locked_for_too_long_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "PATIENCE_SECONDS", 0.2)
    ledger = new_ledger(f"sqlite:///{tmp_path / 'l'}")
    other = sqlite3.connect(tmp_path / "l", isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(LedgerUnavailable, match="SQLITE_BUSY"):
        write(ledger, event(Kind.INTENT))
    assert ledger.recipient(GENT).events() == (), "who only looks waits for nobody who writes"
    other.close()


def test_a_read_only_ledger_is_unavailable_before_anything_is_written(postgres: Callable[[], str]) -> None:
    ledger = new_ledger(postgres())
    with ledger.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.execute(sa.text("select current_database()")).scalar_one()
        connection.execute(sa.text(f"alter database {name} set default_transaction_read_only = on"))
    with pytest.raises(LedgerUnavailable):
        write(ledger, event(Kind.INTENT))
