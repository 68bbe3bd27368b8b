"""The way back in whole hours and nights: taken in before anything is decided, wherever it lies and in any state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.core.model import Kbo, Outcome
from pipeline.delivery.recipients_file import load_recipients, save_recipients
from pipeline.delivery.references import reference, reference_key
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.events import Kind
from pipeline.tasks import housekeeping
from tests.support.night import House, lay, run_night
from tests.support.returns import put_returned
from tests.support.saved_house import SavedHouse, save
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

WORD = "art. 5, § 2: de ontvanger meldt terug"


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """Nobody fetched anything; Gent may return what its parents say."""
    folder = tmp_path_factory.mktemp("way_back")
    with lay(folder / "house", small_world({BRUGGE: 1, GENT: 3})) as laid:
        for kbo in (BRUGGE, GENT):
            laid.out(kbo).with_name("in").mkdir()
        configure(laid, way_back=WORD)
        assert not run_night(laid.night("night")).errors
        yield save(laid, folder / "copy")


@pytest.fixture
def house(after_a_night: SavedHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    return after_a_night.entered(monkeypatch)


def configure(house: House, kbo: Kbo = GENT, **changes: str) -> None:
    """As an administrator does: the file is changed, and sealed again."""
    known = load_recipients(house.home.recipients)
    changed = [replace(each, **changes) if each.kbo == kbo else each for each in known.values()]  # type: ignore[arg-type]
    save_recipients(house.home.recipients, changed)
    house.seal()


def returns(house: House, parent: int, number: int = 1, kbo: Kbo = GENT) -> str:
    said = f"{reference(reference_key(house.connections), kbo, parent)};geen_contact"
    return put_returned(way_back(house, kbo), [said], number, kbo)


def way_back(house: House, kbo: Kbo = GENT) -> Path:
    return house.out(kbo).with_name("in")


def hour(house: House, kbo: Kbo = GENT) -> housekeeping.FollowupResult:
    night = house.night("hour")
    assert kbo in housekeeping.recipients_to_follow_up(night)
    return housekeeping.follow_up_recipient(night, kbo)


def rows_there(house: House) -> list[int]:
    return [len(path.read_text("utf-8").splitlines()) - 1 for path in house.out(GENT).glob("AANMELDING*[0-9].csv")]


def test_an_hour_takes_in_then_takes_the_drop_away_and_puts_another(house: House) -> None:
    stem = returns(house, 201)
    found = hour(house)
    assert (found.taken_in, found.noes, found.recalled, found.remarks) == (1, 1, 1, ())
    assert found.replaced and rows_there(house) == [2]
    assert "1 rij, alles is verwerkt." in (way_back(house) / f"{stem}.OK").read_text()
    assert hour(house).taken_in == 0
    returns(house, 101, kbo=BRUGGE)
    assert hour(house, BRUGGE).taken_in == 0, "its settings allow no way back"


def test_a_delivery_takes_in_before_it_decides_and_its_try_is_not_lost(house: House) -> None:
    returns(house, 202)
    done = run_night(house.night("next", at=datetime.now(UTC) + timedelta(days=1)))
    assert not done.errors
    (gent,) = [one for one in done.publications if one.kbo == GENT]
    assert (gent.outcome, gent.rows, gent.dropped) == (Outcome.PUBLISHED, 2, 1) and rows_there(house) == [2]


def test_from_a_suspended_recipient_a_no_is_taken_in_all_the_same(house: House) -> None:
    assert main(["recipients", "suspend", GENT, "--reason", "gestolen account"]) == 0
    assert rows_there(house) == [], "nothing of ours lies there any more"
    returns(house, 201)
    assert hour(house).taken_in == 1


def test_at_a_former_place_it_is_taken_in_before_that_place_is_emptied(house: House) -> None:
    returns(house, 201)
    new = house.out(GENT).with_name("new")
    for name in ("out", "in"):
        (new / name).mkdir(parents=True)
    configure(house, folder="/new/out")
    assert hour(house).moved == 1
    records = open_ledger(house.ledger).recipient(GENT)
    assert [one.rows for one in records.returned_files()] == [1]
    kinds = [drop.kind for drop in records.delivery_state(house.night().night).drops]
    assert Kind.MOVED in kinds
    (there,) = (new / "out").glob("AANMELDING*[0-9].csv")
    assert len(there.read_text("utf-8").splitlines()) == 3, "the parent is in no drop at the new place"


def test_a_folder_that_is_not_there_is_told_and_delays_nothing(house: House) -> None:
    way_back(house).rmdir()
    configure(house, way_back="art. 6")
    found = hour(house)
    assert [remark.reason.value for remark in found.remarks] == ["return_trouble"]
    assert rows_there(house) == [3]
