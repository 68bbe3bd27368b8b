"""Bad input: a sentence that names feed and remedy, nothing before any recipient, the ledger unchanged, and a clean run
after. The night's own tasks on a real database, a real ledger and a real SFTP host, without Airflow. The cases come one
after another in one house, since each must leave it as it was.
"""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import (
    AgencyUnreachable,
    FeedError,
    GroundTransient,
    LedgerUnavailable,
    LoadUnderWay,
    PipelineError,
    SettingsError,
    TerminalError,
)
from pipeline.core.model import Outcome, Snapshot
from pipeline.source.extract import extract
from pipeline.tasks import nightly_delivery
from tests.support.cases import case
from tests.support.drops import whole_drops
from tests.support.night import House, Run, lay, run_night
from tests.support.saved_house import SavedHouse, saved
from tests.support.worlds.small_world import BRUGGE, LEUVEN, execute, person, produce, small_world

RECIPIENTS = (BRUGGE, LEUVEN)
TABLES = ("publication_event", "drop_number", "accepted_night", "night_summary")
Break = Callable[[House], Callable[[], None]]
"""Makes an input bad, and gives what mends it."""


@pytest.fixture(scope="module")
def house_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    with saved(tmp_path_factory.mktemp("bad_input"), small_world(dict.fromkeys(RECIPIENTS, 2))) as house:
        yield house


@pytest.fixture
def house(house_of_the_module: SavedHouse) -> House:
    return house_of_the_module.anew()


def by_sql(broken: str, mended: str, control: bool = True) -> Break:
    """`control`: the agency's own load counted what is wrong."""

    def do(house: House, statement: str) -> None:
        execute(house.agency, statement)
        if control:
            produce(house.agency, datetime.now(UTC))

    def both(house: House) -> Callable[[], None]:
        do(house, broken)
        return lambda: do(house, mended)

    return both


def old(feed: str, hours: float) -> Break:
    def both(house: House) -> Callable[[], None]:
        stamp = (datetime.now(UTC) - timedelta(hours=hours)).isoformat(sep=" ", timespec="seconds")
        execute(house.agency, "update feed_control set produced_at = ? where feed = ?", stamp, feed)
        return lambda: produce(house.agency, datetime.now(UTC))

    return both


def emptied(house: House) -> Callable[[], None]:
    """The load went wrong: there is nothing, and the control row says so much."""
    execute(house.agency, "alter table child rename to kept")
    execute(house.agency, "create table child as select * from kept limit 0")
    produce(house.agency, datetime.now(UTC))

    def mend() -> None:
        execute(house.agency, "drop table child")
        execute(house.agency, "alter table kept rename to child")
        produce(house.agency, datetime.now(UTC))

    return mend


def unreachable(house: House) -> Callable[[], None]:
    moved = house.home.world.with_suffix(".away")
    house.home.world.rename(moved)
    return lambda: moved.rename(house.home.world) and None


def full_disk(_: House) -> Callable[[], None]:
    """Every write beyond a few octets fails. What the ledger says of it: integration/ledger/test_ledger_ground.py."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (600, before[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)


def full_staging(house: House) -> Callable[[], None]:
    """The ledger has a disk of its own, and staging's fills up while the feeds are read."""
    patch = pytest.MonkeyPatch()

    def extract_on_a_full_disk(*given: Any) -> Snapshot:
        make_room = full_disk(house)
        try:
            return extract(*given)
        finally:
            make_room()

    patch.setattr(nightly_delivery, "extract", extract_on_a_full_disk)
    return patch.undo


UNKNOWN = "insert into agreement select 'AX', recorded_at, '0999999922', local_team_id, signed_on, valid_from, "
BAD: dict[str, tuple[Break, type[PipelineError], tuple[str, ...]]] = {
    "missing column": (
        by_sql("alter table parent rename email to mail", "alter table parent rename mail to email"),
        FeedError,
        ("feed parent", "email", "ask the agency"),
    ),
    "missing table": (
        by_sql("alter table residence rename to gone", "alter table gone rename to residence", control=False),
        FeedError,
        ("feed residence", "ask the agency"),
    ),
    "empty feed": (emptied, FeedError, ("child", "ask the agency")),
    "of the day before yesterday": (
        old("consent_event", hours=48),
        FeedError,
        ("feed consent_event", "ask the agency"),
    ),
    "from the future": (old("parent", hours=-2), FeedError, ("feed parent", "clock")),
    "wrong row count": (
        by_sql(
            "update feed_control set row_count = row_count + 1 where feed = 'residence'",
            "update feed_control set row_count = row_count - 1 where feed = 'residence'",
            control=False,
        ),
        LoadUnderWay,
        ("feed residence", "4", "5", "ask the agency"),
    ),
    "unknown recipient key": (
        by_sql(
            f"{UNKNOWN} valid_until, ended_on, min_criteria from agreement limit 1",
            "delete from agreement where agreement_id = 'AX'",
        ),
        FeedError,
        ("feed agreement", "1", "recipient"),
    ),
    "duplicate key": (
        by_sql("insert into family select * from family limit 1", "delete from family where rowid > 4"),
        FeedError,
        ("feed family", "ask the agency"),
    ),
    "not of its type": (
        by_sql(
            "update child set family_id = 'Kanariën-101achter' where child_id = 101",
            "update child set family_id = 101 where child_id = 101",
        ),
        FeedError,
        ("feed child", "1", "ask the agency"),
    ),
    "unreachable database": (unreachable, AgencyUnreachable, ("agency_db does not answer", "check the connection")),
    "full disk": (full_disk, GroundTransient, ("staging is full", "make room under", "clear the task")),
    "full staging": (full_staging, GroundTransient, ("staging is full", "make room under", "clear the task")),
}


def test_bad_input_publishes_nothing_and_the_next_run_is_clean(house: House) -> None:
    for name, (damage, kind, words) in BAD.items():
        with case(name):
            stopped_before_publishing(house, night_with(damage, house), kind, words)
    all_is_delivered(house, run_night(house.night("mended")))


def night_with(damage: Break, house: House) -> Run:
    """A night on bad input, which is mended after it."""
    mend = damage(house)
    try:
        return run_night(house.night("bad"))
    finally:
        mend()


def stopped_before_publishing(house: House, run: Run, kind: type[PipelineError], words: tuple[str, ...]) -> None:
    error = run.errors["before"]
    assert type(error) is kind
    assert all(word in str(error) for word in words), str(error)
    is_one_sentence_without_values(error)
    assert isinstance(run.errors["close"], TerminalError), "the run is red"
    assert not run.publications
    assert [list(house.out(kbo).iterdir()) for kbo in RECIPIENTS] == [[]] * 2
    assert unchanged_ledger(house)
    assert not list(house.home.staging.rglob("*.parquet")), "no rows are left in staging"


def is_one_sentence_without_values(error: PipelineError) -> None:
    assert "\n" not in str(error) and len(str(error)) < 500
    for parent in (101, 102, 201, 202):
        assert not any(value in str(error) for value in person(parent).values())


def unchanged_ledger(house: House) -> bool:
    if not house.home.ledger.exists():
        return True
    with sqlite3.connect(house.home.ledger) as ledger:
        return all(ledger.execute(f"select count(*) from {table}").fetchone() == (0,) for table in TABLES)


def all_is_delivered(house: House, run: Run) -> None:
    assert run.errors == {}
    assert [one.outcome for one in run.publications] == [Outcome.PUBLISHED] * 2
    for kbo in RECIPIENTS:
        (drop,) = whole_drops(house.out(kbo))
        assert drop.manifest["rows"] == 2 and drop.manifest["sequence"] == 1


def test_a_recipient_without_settings_fails_alone(tmp_path: Path) -> None:
    made = small_world(dict.fromkeys(RECIPIENTS, 2))
    with lay(tmp_path / "house", made, without_settings=[LEUVEN]) as house:
        run = run_night(house.night())
        assert run.errors.keys() == {LEUVEN, "close"}
        error = run.errors[LEUVEN]
        assert type(error) is SettingsError
        assert LEUVEN in str(error) and f"add a table [recipient.{LEUVEN}]" in str(error)
        assert f"OCMW Leuven ({LEUVEN})" in str(run.errors["close"])
        assert {kbo: len(whole_drops(house.out(kbo))) for kbo in RECIPIENTS} == {BRUGGE: 1, LEUVEN: 0}
        assert {kbo for kbo, _ in house.ledger_lines()} == {BRUGGE}


def test_the_ledger_out_of_reach_stops_every_delivery(house: House) -> None:
    """No ledger, no drop."""
    house.home.ledger.mkdir()
    run = run_night(house.night("no ledger"))
    assert isinstance(run.errors["before"], LedgerUnavailable) and "ledger" in str(run.errors["before"])
    assert [list(house.out(kbo).iterdir()) for kbo in RECIPIENTS] == [[]] * 2
    house.home.ledger.rmdir()
    all_is_delivered(house, run_night(house.night("mended")))
