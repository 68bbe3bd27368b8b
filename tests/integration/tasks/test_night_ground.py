"""The ground under a night refuses: one sentence with the place, the reason and the remedy; a page stops nothing."""

import logging
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import PipelineError, redact_unexpected_errors
from pipeline.core.model import Outcome
from pipeline.core.run import RunContext
from pipeline.tasks import authorities_overview, housekeeping
from pipeline.tasks import nightly_delivery as tasks
from tests.support.drops import whole_drops
from tests.support.ground import KINDS, another_users, may_mount, mounted, without_overrides
from tests.support.night import House, run_night
from tests.support.saved_house import SavedHouse, saved
from tests.support.worlds.small_world import BRUGGE, small_world

DISKS = {"full": "is full|No space left", "read-only": "Read-only file system|READONLY"}
REFUSALS = [*KINDS, *(DISKS if may_mount() else ())]


@pytest.fixture(scope="module")
def house_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    with saved(tmp_path_factory.mktemp("ground"), small_world({BRUGGE: 2})) as house:
        yield house


@pytest.fixture
def house(house_of_the_module: SavedHouse) -> House:
    return house_of_the_module.anew()


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """A house whose night is over."""

    def deliver(house: House) -> None:
        assert run_night(house.night("night")).errors == {}

    with saved(tmp_path_factory.mktemp("delivered"), small_world({BRUGGE: 2}), deliver) as house:
        yield house


@pytest.fixture
def ruined(tmp_path: Path) -> Iterator[Callable[[str, Path], str]]:
    """Puts what refuses in the place of a folder, and mends the last; gives the reasons that the system may name."""
    with ExitStack() as stack:

        def ruin(what: str, path: Path) -> str:
            stack.close()
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif os.path.lexists(path):
                path.unlink()
            if what in DISKS:
                stack.enter_context(mounted(path, read_only=what == "read-only"))
                return DISKS[what]
            stack.callback(mend, path)
            make, reasons = KINDS[what]
            make(path)
            return reasons

        yield ruin


def mend(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def refusal(step: Callable[..., Any], night: RunContext, *given: Any) -> str:
    """The sentence with which a step ends, as Airflow shows it."""
    with pytest.raises(PipelineError) as caught, without_overrides():
        redact_unexpected_errors(step)(night, *given)
    said = str(caught.value)
    assert "unforeseen" not in said and "\n" not in said
    return said


@pytest.mark.parametrize("what", REFUSALS)
def test_what_a_night_cannot_do_without_stops_it_in_a_sentence(
    house: House, ruined: Callable[[str, Path], str], what: str
) -> None:
    """The anchors, the run's folder and staging, each in turn."""
    night = house.night("night")
    checked = tasks.check_night(night, tasks.extract_night(night))
    for path, step, given in (
        (house.home.anchors, tasks.release_night, [checked]),
        (night.folder, tasks.extract_night, []),
        (house.home.staging, tasks.extract_night, []),
    ):
        reasons = ruined(what, path)
        said = refusal(step, night, *given)
        assert str(path) in said and re.search(reasons, said), said
    assert house.ledger_lines() == [] and list(house.out(BRUGGE).iterdir()) == []


@pytest.mark.parametrize("what", REFUSALS)
def test_a_ledger_that_cannot_be_reached_stops_it_in_a_sentence(
    house: House, ruined: Callable[[str, Path], str], what: str
) -> None:
    house.environment["AIRFLOW_CONN_LEDGER_DB"] = f"sqlite:///{house.path / 'ledgers' / 'ledger.db'}"
    night = house.night("night")
    (house.path / "ledgers").mkdir()
    snapshot = tasks.extract_night(night)
    reasons = ruined(what, house.path / "ledgers")
    said = refusal(tasks.check_night, night, snapshot)
    assert said.startswith("the ledger cannot be read or written (") and "nothing is sent without it; " in said
    assert f"{house.path / 'ledgers'} cannot be used (" in said and re.search(reasons, said), said


def test_a_lock_of_the_ledger_that_is_no_file_is_named(house: House) -> None:
    night = house.night("night")
    released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
    locks = Path(f"{house.home.ledger}.locks")
    shutil.rmtree(locks, ignore_errors=True)
    for make, reasons in KINDS.values():
        make(locks)
        said = refusal(tasks.deliver_night, night, released.staged_release, BRUGGE)
        assert str(locks) in said and re.search(reasons, said), said
        mend(locks)
    assert tasks.deliver_night(night, released.staged_release, BRUGGE).outcome is Outcome.PUBLISHED


@pytest.mark.parametrize("what", REFUSALS)
def test_a_page_stops_nothing(
    house: House, ruined: Callable[[str, Path], str], caplog: pytest.LogCaptureFixture, what: str
) -> None:
    """The page of the checks, of the reconciliation and of an hour."""
    night = house.night("night")
    reasons = ruined(what, house.path / "data_docs")
    with caplog.at_level(logging.WARNING), without_overrides():
        released = tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
        assert released.recipients == (BRUGGE,)
        assert housekeeping.close_housekeeping(house.night("hour"), [], []) == []
    warned = {record.getMessage().partition(":")[0]: record.getMessage() for record in caplog.records}
    for page in ("no page of the checks", "no page of the reconciliation", "no page of the withdrawals"):
        assert re.search(reasons, warned[page]) and str(house.path / "data_docs") in warned[page]


def test_neither_pages_nor_a_courtesy_stop_a_delivery(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A file where the pages go, and a folder where the lock of the final checks is."""
    night = house.night("night")
    (house.path / "data_docs").write_bytes(b"")
    (house.home.staging / "final-check").unlink(missing_ok=True)
    (house.home.staging / "final-check").mkdir(parents=True)
    with caplog.at_level(logging.WARNING), without_overrides():
        assert run_night(night).errors == {} and len(whole_drops(house.out(BRUGGE))) == 1
    warned = {record.getMessage().partition(":")[0]: record.getMessage() for record in caplog.records}
    assert "final-check cannot be used (Is a directory)" in warned["nobody waits for others"]
    assert str(house.path / "data_docs") in warned["no page of the checks"]


def test_a_leftover_that_cannot_be_purged_is_named_and_stops_nothing(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    dead = house.home.staging / "dead"
    (dead / "snapshot").mkdir(parents=True)
    another_users(dead / "snapshot" / "theirs")
    for path in (dead / "snapshot", dead):
        os.chown(path, 65534, 65534)
        os.utime(path, (0, 0))
    night = house.night("night")
    with caplog.at_level(logging.WARNING), without_overrides():
        assert run_night(night).errors == {}
        assert housekeeping.close_housekeeping(house.night("hour"), [], []) == []
    said = [record.getMessage() for record in caplog.records if "leftover" in record.getMessage()]
    assert len(said) >= 2 and all(str(dead) in one and "remove it by hand" in one for one in said)


@pytest.mark.parametrize("what", KINDS)
def test_an_overview_that_cannot_be_put_is_red_in_a_sentence(
    after_a_night: SavedHouse, ruined: Callable[[str, Path], str], what: str
) -> None:
    night = after_a_night.anew().night("overview")
    folder = Path(night.settings.overviews)
    reasons = ruined(what, folder)
    said = refusal(authorities_overview.renew_overview, night)
    assert str(folder) in said and re.search(reasons, said), said
