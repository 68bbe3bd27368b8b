"""A connection to the agency that hangs, breaks or is refused: a sentence each, and whether a retry may help."""

import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from pipeline.core.engine import engine
from pipeline.core.errors import AgencyUnreachable, FeedError, LoadUnderWay, PipelineError, SettingsError
from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.source import agency as source
from pipeline.source import extract as nightly
from pipeline.source import rows
from pipeline.source.agency import open_agency
from pipeline.source.check import check
from pipeline.source.extract import extract, load_for, read_feeds, read_for
from tests.support.servers.services import IS_ROOT, SCRATCH
from tests.support.servers.stopped import backends, stopped
from tests.support.worlds.shaped_agency import do, shaped
from tests.support.worlds.small_world import GENT, small_world, to_postgresql
from tests.support.worlds.tables import baseline, to_sqlite

pytestmark = pytest.mark.many_threads

NOW = datetime.now(UTC)
NOBODY = 65534
Look = Callable[[str, Path], object]


def a_night(uri: str, folder: Path) -> object:
    return extract(uri, NOW, Settings(), folder)


def a_delivery(uri: str, folder: Path) -> object:
    with open_agency(uri) as agency, engine(Settings(), folder) as run:
        return load_for(read_for(agency, GENT), run)


def an_answer(uri: str, folder: Path) -> object:
    with engine(Settings(), folder) as run:
        return read_feeds(uri, FEEDS, run)


LOOKS = pytest.mark.parametrize("look", [a_night, a_delivery, an_answer])


@pytest.fixture(scope="module")
def uri(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    made = postgres()
    to_postgresql(small_world({GENT: 2}), made, tmp_path_factory.mktemp("world"))
    return made


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


def between_feeds(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Once, when the first feed is read and the second is not, after what a look asks of all of them."""
    left = [happens]
    for step, name in ((nightly, "write_typed"), (nightly, "read_rows"), (rows, "load_typed")):
        original = getattr(step, name)

        def then(*arguments: object, original: Callable[..., object] = original, **named: object) -> object:
            done = original(*arguments, **named)
            if left and CONTROL not in (*arguments, named.get("feed")):
                left.pop()()
            return done

        monkeypatch.setattr(step, name, then)


# It hangs


@LOOKS
def test_a_database_that_hangs_is_given_up(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    monkeypatch.setattr(source, "PATIENCE_SECONDS", 1.0)
    holds = stopped(uri)
    between_feeds(monkeypatch, holds.__enter__)
    try:
        with within(20), pytest.raises(AgencyUnreachable) as caught:
            look(uri, tmp_path)
    finally:
        holds.__exit__(None, None, None)
    assert str(caught.value) == "agency_db gave no answer within 1 seconds: it is tried again"


def test_one_that_hangs_while_it_gives_its_rows_is_given_up(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PATIENCE_SECONDS", 1.0)
    slow = shaped(uri, "parent", {"phone": "case when parent_id = 102 then pg_sleep(4)::text end"}, "view")
    with within(20), pytest.raises(AgencyUnreachable, match="gave no answer within 1 seconds"):
        a_night(slow, tmp_path)


@LOOKS
def test_an_exclusive_lock_is_waited_for_and_then_named(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    monkeypatch.setattr(source, "LOCKED_SECONDS", 1)
    with closing(psycopg2.connect(uri)) as connection, connection.cursor() as cursor:
        cursor.execute("lock table consent_event in access exclusive mode")
        with within(20), pytest.raises(AgencyUnreachable) as caught:
            look(uri, tmp_path)
    assert str(caught.value) == (
        "agency_db is locked by somebody else's work (SQLSTATE 55P03) while feed consent_event was read: "
        "it is tried again"
    )


def test_the_server_keeps_limits_of_its_own(uri: str) -> None:
    with open_agency(uri) as agency:
        names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "transaction_read_only")
        with agency._connection.cursor() as cursor:
            cursor.execute("select " + ", ".join(f"current_setting('{name}')" for name in names))
            assert cursor.fetchone() == ("15s", "30min", "30min", "on")


def test_no_thread_and_no_connection_stays_behind(uri: str, tmp_path: Path) -> None:
    a_night(uri, tmp_path)
    deadline = time.monotonic() + 10
    while backends(uri) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert backends(uri) == []


# It breaks off


def ended(uri: str) -> None:
    do(uri, *(f"select pg_terminate_backend({pid})" for pid in backends(uri)))


@LOOKS
def test_a_connection_that_is_ended_between_feeds_is_transient(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    between_feeds(monkeypatch, lambda: ended(uri))
    with pytest.raises(AgencyUnreachable, match=r"^agency_db .* while feed \w+ was read: it is tried again$"):
        look(uri, tmp_path)


def test_so_is_one_that_was_idle_for_too_long(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "SERVER_SECONDS", 1)
    between_feeds(monkeypatch, lambda: time.sleep(2))
    with pytest.raises(AgencyUnreachable, match=r"^agency_db .* while feed \w+ was read: it is tried again$"):
        a_night(uri, tmp_path)


def test_so_is_one_that_is_ended_after_the_last_row(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is missing then: what was read is whole."""
    with open_agency(uri) as agency, engine(Settings(), tmp_path) as run:
        load_for(read_for(agency, GENT), run)
        ended(uri)
    with pytest.raises(ZeroDivisionError), open_agency(uri):
        ended(uri)
        raise ZeroDivisionError  # what went wrong inside stays what it was


RAISED = {
    "40001": (AgencyUnreachable, "agency_db gave way to another transaction (SQLSTATE 40001) while feed parent"),
    "57014": (AgencyUnreachable, "agency_db ended our statement, as by its limit of time (SQLSTATE 57014) while feed"),
    "57P01": (AgencyUnreachable, "agency_db ended our connection, as for a restart (SQLSTATE 57P01) while feed parent"),
    "53200": (AgencyUnreachable, "agency_db broke off (SQLSTATE 53200) while feed parent was read: it is tried again"),
    "08006": (AgencyUnreachable, "agency_db broke off (SQLSTATE 08006) while feed parent was read: it is tried again"),
    "22012": (FeedError, "feed parent cannot be read: ask the agency to mend what its interface shows there (SQLSTATE"),
    "42501": (FeedError, "feed parent cannot be read: ask the agency to grant our role the right to select from it"),
    "P0001": (AgencyUnreachable, "agency_db broke off (SQLSTATE P0001) while feed parent was read: it is tried again"),
}


@pytest.mark.parametrize("state", RAISED)
@pytest.mark.parametrize("rows_before", [0, 200_000])
def test_an_error_in_the_middle_is_told_apart_by_its_state(
    uri: str, tmp_path: Path, state: str, rows_before: int
) -> None:
    """Before the first row and after many; its words, which quote a value here, are shown to nobody."""
    name = f"fails_{state.lower()}"
    do(
        uri,
        f"create or replace function {name}(row_number bigint) returns text language plpgsql as $$ begin "
        f"if row_number > {rows_before} then raise exception 'Zoë Kanariën' using errcode = '{state}'; end if; "
        "return ''; end $$",
    )
    broken = shaped(uri, "parent", {}, "view")
    schema = broken.partition("%3D")[2].partition(",")[0]
    rest = ", ".join(f"parent.{column}" for column in list(FEEDS["parent"].columns)[1:-1])
    do(
        broken,
        f"drop view {schema}.parent",
        f"create view {schema}.parent as select g as parent_id, {rest.replace('parent.phone', f'{name}(g) as phone')}, "
        f"parent.deceased_on from public.parent, generate_series(1, {rows_before + 10}) g where parent.parent_id = 101",
    )
    kind, says = RAISED[state]
    with pytest.raises(PipelineError) as caught:
        a_night(broken, tmp_path)
    assert type(caught.value) is kind and str(caught.value).startswith(says)
    assert "Zo" not in str(caught.value) and caught.value.__cause__ is None


@LOOKS
def test_a_missing_table_and_a_missing_right_are_told_apart(uri: str, tmp_path: Path, look: Look) -> None:
    reader = f"reader_{os.getpid()}_{look.__name__}"
    address = f"postgresql://{reader}:secret@{uri.partition('@')[2]}"
    do(
        uri,
        f"create role {reader} login password 'secret'",
        f"grant select on all tables in schema public to {reader}",
    )
    look(address, tmp_path)
    do(uri, f"revoke select on consent_event from {reader}")
    with pytest.raises(FeedError) as caught:
        look(address, tmp_path)
    assert str(caught.value) == (
        "feed consent_event cannot be read: ask the agency to grant our role the right to select from it, "
        "then run this again"
    )
    do(uri, "alter table residence rename to gone")
    try:
        with pytest.raises(FeedError, match=r"^feed residence cannot be read: ask the agency to restore the table"):
            do(uri, f"grant select on consent_event to {reader}")
            look(address, tmp_path)
    finally:
        do(uri, "alter table gone rename to residence", f"drop owned by {reader}", f"drop role {reader}")


# What hides rows, and who may write


def test_a_row_policy_that_hides_rows_is_seen(uri: str, tmp_path: Path) -> None:
    reader = f"half_{os.getpid()}"
    do(
        uri,
        f"create role {reader} login password 'secret'",
        f"grant select on all tables in schema public to {reader}",
        "alter table consent_event enable row level security",
        f"create policy half on consent_event for select to {reader} using (parent_id = 101)",
    )
    try:
        with pytest.raises(LoadUnderWay, match="feed consent_event has 1 of the 2 rows that feed_control says"):
            judged(f"postgresql://{reader}:secret@{uri.partition('@')[2]}", tmp_path)
    finally:
        do(uri, "drop policy half on consent_event", "alter table consent_event disable row level security")
        do(uri, f"drop owned by {reader}", f"drop role {reader}")


def test_a_search_path_to_another_table_is_seen(uri: str, tmp_path: Path) -> None:
    other = shaped(uri, "consent_event", {})
    do(other, "delete from consent_event where parent_id = 102")
    with pytest.raises(LoadUnderWay, match="feed consent_event has 1 of the 2 rows that feed_control says"):
        judged(other, tmp_path)


def judged(uri: str, folder: Path) -> object:
    return check(extract(uri, NOW, Settings(), folder), Moment.of(NOW), datetime.now(UTC), Settings(), None, None)


def test_a_role_that_may_write_is_warned_of_once_a_run(
    uri: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    reader = f"writer_{os.getpid()}"
    address = f"postgresql://{reader}:secret@{uri.partition('@')[2]}"
    do(
        uri,
        f"create role {reader} login password 'secret'",
        f"grant select on all tables in schema public to {reader}",
    )
    try:
        a_night(address, tmp_path)
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
        do(uri, f"grant insert on parent to {reader}", f"grant truncate on child to {reader}")
        a_night(address, tmp_path)
        [warning] = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
        assert warning == "our role can write to 2 of the agency's tables: ask for one that can only read"
    finally:
        do(uri, f"drop owned by {reader}", f"drop role {reader}")


# SQLite

WRITER = """
import sqlite3, sys, time
writer = sqlite3.connect(sys.argv[1], isolation_level=None)
writer.execute("begin exclusive")
print(flush=True)
time.sleep(float(sys.argv[2]))
writer.execute("rollback")
"""


@contextmanager
def written_to(path: Path, seconds: float) -> Iterator[None]:
    """By another process: locks of one and the same process do not count."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(seconds)], stdout=subprocess.PIPE)
    try:
        assert process.stdout
        process.stdout.readline()
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return to_sqlite(baseline(), tmp_path / "agency.db", NOW)


@LOOKS
def test_a_writer_is_waited_for_and_then_named(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, look: Look
) -> None:
    monkeypatch.setattr(source, "LOCKED_SECONDS", 1)
    with written_to(database, 60), within(20), pytest.raises(AgencyUnreachable) as caught:
        look(f"sqlite:///{database}", tmp_path / "out")
    assert str(caught.value) == "agency_db is locked by a writer: it is tried again"


def test_a_writer_that_is_soon_done_is_waited_for(database: Path, tmp_path: Path) -> None:
    with written_to(database, 1):
        assert a_night(f"sqlite:///{database}", tmp_path / "out")


def refused(path: Path) -> PipelineError:
    with pytest.raises(PipelineError) as caught, open_agency(f"sqlite:///{path}") as agency:
        agency.read(FEEDS["parent"]).read_all()
    return caught.value


def test_a_file_that_is_cut_off(database: Path) -> None:
    database.write_bytes(database.read_bytes()[:6000])
    error = refused(database)
    assert isinstance(error, FeedError)
    assert str(error).startswith("agency_db is damaged or cut off: ask the agency to put the whole file there")


def test_a_file_that_is_something_else(database: Path) -> None:
    database.write_bytes(b"parent_id;last_name\n" * 500)
    error = refused(database)
    assert isinstance(error, FeedError) and str(error).startswith("agency_db is no SQLite database: ask the agency")


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """As a user without rights here; root, for whom rights do not count, becomes one."""
    for above in (folder, *folder.parents):
        if above.is_relative_to(SCRATCH):
            above.chmod(0o711)
    if not IS_ROOT:
        yield
        return
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def test_a_file_that_this_user_may_not_read(database: Path, tmp_path: Path) -> None:
    database.chmod(0o000)
    with as_nobody(tmp_path):
        error = refused(database)
    assert isinstance(error, SettingsError)
    assert str(error) == "agency_db is a file that this user may not read: give this user the right"


def test_a_wal_database_in_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    database = to_sqlite(baseline(), folder / "agency.db", NOW)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma journal_mode = wal")
    database.chmod(0o444)
    with as_nobody(folder):
        if not IS_ROOT:
            folder.chmod(0o555)
        error = refused(database)
    folder.chmod(0o755)
    assert isinstance(error, SettingsError)
    assert str(error).startswith("agency_db is in WAL mode, in a folder where this user may not write:")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = refused(tmp_path / "nowhere.db")
    assert isinstance(error, AgencyUnreachable) and str(error).startswith("agency_db does not answer")
