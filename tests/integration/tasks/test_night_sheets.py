"""The night that brings the sheets, task by task: what fails in them holds up no drop, and shows."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.core.errors import FeedError, TerminalError
from pipeline.core.local_time import local_day
from pipeline.delivery import verify
from pipeline.delivery.signature import signing_keys
from pipeline.indicators import edition
from pipeline.indicators.ledger import read_sheets
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks import nightly_delivery as tasks
from tests.support.drops import whole_drops
from tests.support.night import House, run_night
from tests.support.saved_house import SavedHouse, saved
from tests.support.signing import allowed_signers
from tests.support.worlds.sheets import with_children
from tests.support.worlds.small_world import BRUGGE, GENT, NAMES, small_world

NOW = datetime.now(UTC)
TODAY = local_day(NOW)
FIGURES = {NAMES[GENT][1]: (1003, 124), NAMES[BRUGGE][1]: (612, 93)}


@pytest.fixture(scope="module")
def house_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """Gent has its drops as CSV and XLSX."""
    made = with_children(small_world({BRUGGE: 2, GENT: 2}, TODAY), TODAY.year - 1, FIGURES)
    with saved(tmp_path_factory.mktemp("sheets"), made, formats={GENT: ("csv", "xlsx")}) as house:
        yield house


@pytest.fixture
def house(house_of_the_module: SavedHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    """Without groups, as in test_sheets_frozen.py."""
    monkeypatch.setattr(edition, "group_indices", lambda *_: [])
    return house_of_the_module.anew()


def sheets_before(house: House, kbo: str) -> list[str]:
    (drop,) = whole_drops(house.out(kbo))
    return sorted(name.partition(".")[2] for name in drop.data if "indicatoren" in name)


def test_a_night_without_them_is_red_and_sends_every_drop_and_a_later_one_brings_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise FeedError("feed child: 7 rows too many")

    with monkeypatch.context() as patched:
        patched.setattr(tasks, "release_first_edition", fails)
        first = run_night(house.night("first", at=NOW))
    assert {step: type(error) for step, error in first.errors.items()} == {"sheets": FeedError, "close": TerminalError}
    assert "no indicator sheets" in str(first.errors["close"])
    assert [sheets_before(house, kbo) for kbo in (GENT, BRUGGE)] == [[], []]
    assert open_ledger(house.ledger).summary("first") is not None

    second = run_night(house.night("second", at=NOW + timedelta(days=1)))
    assert second.errors == {} and [sheets_before(house, kbo) for kbo in (GENT, BRUGGE)] == [[], []]
    house.change("update parent set parent_id = parent_id")
    third = run_night(house.night("third", at=NOW + timedelta(days=2)))
    assert third.errors == {}
    name = f"indicatoren-{TODAY.year - 1}-1"
    assert sheets_before(house, GENT) == [f"{name}.csv", f"{name}.xlsx"] and sheets_before(house, BRUGGE) == [
        f"{name}.csv"
    ]
    (path,) = house.out(GENT).glob("*.indicatoren-*.csv")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        (gent,) = csv.DictReader(stream, delimiter=";")
    assert (gent["kinderen"], gent["kansarm"]) == ("1000", "120")
    signers = allowed_signers(house.path, *signing_keys(house.connections))
    fetched = verify.verify_folder(house.out(GENT), verify.origin_check(house.out(GENT), signers))
    assert (fetched.exit_code, fetched.drops[0].origin) == (0, verify.PROVEN), "the night's own drop and sheet"
    assert {one.kbo for one in read_sheets(open_ledger(house.ledger).engine)} == {GENT, BRUGGE}


def test_what_check_found_and_airflow_hands_on_differently_freezes_nothing(house: House) -> None:
    night = house.night("altered", at=NOW)
    checked = tasks.check_night(night, tasks.extract_night(night))
    (night.folder / "checked.json").write_text("{}")
    with pytest.raises(TerminalError, match="altered"):
        tasks.freeze_sheets(night, checked)
    assert read_sheets(open_ledger(house.ledger).engine) == ()
