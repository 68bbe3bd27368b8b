"""The overview that every night renews: of today, whole or not there, and the last one stays when it fails."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.answers.overview.editions import FILE, OverviewSummary, new_overview, newest_overview, purge_overviews
from pipeline.core.errors import AgencyUnreachable, SettingsError
from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.core.serialize import from_json
from pipeline.tasks.authorities_overview import renew_overview
from tests.support.night import House, lay, run_night
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

AT = datetime(2026, 6, 15, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """After a whole night."""
    with lay(tmp_path_factory.mktemp("overview") / "house", small_world({BRUGGE: 1, GENT: 2})) as house:
        assert not run_night(house.night()).errors
        yield house


def root(house: House) -> Path:
    return house.path / "overviews"


def test_it_is_of_today_and_lies_there_whole(house: House) -> None:
    assert renew_overview(house.night("renewed"))["exchanging"] == 2
    folder = newest_overview(root(house))
    assert folder is not None and list(root(house).iterdir()) == [folder]
    headline = from_json(OverviewSummary, (folder / FILE).read_bytes())
    assert headline.as_of == local_day(datetime.now(UTC))
    assert ("wisselt uit", 2) in headline.figures and headline.names[GENT] == "OCMW Gent"
    assert "2 besturen" in headline.answer[0]
    assert {".html", ".xlsx", ".csv", ".pdf"} <= {path.suffix for path in folder.iterdir()}
    assert not (house.home.staging / "renewed").exists(), "what it was made with is gone"


def test_what_fails_leaves_the_last_one(house: House) -> None:
    renew_overview(house.night("before"))
    before = newest_overview(root(house))
    unreachable = house.night("failed")
    house.home.world.rename(house.path / "away")
    try:
        with pytest.raises((AgencyUnreachable, SettingsError)):
            renew_overview(unreachable)
    finally:
        (house.path / "away").rename(house.home.world)
    assert newest_overview(root(house)) == before
    assert [path.name for path in root(house).iterdir() if path.name.startswith(".")] == []


def test_without_a_ledger_there_is_none(tmp_path: Path) -> None:
    with lay(tmp_path / "house", small_world({BRUGGE: 1})) as house:
        with pytest.raises(SettingsError, match="ledger"):
            renew_overview(house.night())
        assert not house.home.ledger.exists() and newest_overview(root(house)) is None


def made(folder: Path, at: datetime) -> Path:
    with new_overview(folder, at) as part:
        (part / "page.html").write_text(str(at))
    found = newest_overview(folder)
    assert found is not None
    return found


def test_half_of_one_is_never_seen(tmp_path: Path) -> None:
    whole = made(tmp_path, AT)

    def cut_off() -> None:
        with new_overview(tmp_path, AT + timedelta(hours=1)) as part:
            (part / "page.html").write_text("half")
            assert newest_overview(tmp_path) == whole
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert list(tmp_path.iterdir()) == [whole]


def test_the_newest_is_served_wherever_the_clock_stood(tmp_path: Path) -> None:
    """By UTC: at the end of summer time an hour comes twice."""
    first = made(tmp_path, datetime(2026, 10, 25, 2, 30, tzinfo=BRUSSELS))
    second = made(tmp_path, datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BRUSSELS))
    assert first < second == newest_overview(tmp_path)


def test_old_ones_go_and_the_newest_stays_however_old(tmp_path: Path) -> None:
    first, second, third = (made(tmp_path, AT + timedelta(days=days)) for days in (0, 1, 2))
    (tmp_path / f".{first.name}.part").mkdir()
    purge_overviews(tmp_path, before=AT + timedelta(days=1))
    assert sorted(tmp_path.iterdir()) == [second, third]
    purge_overviews(tmp_path, before=AT + timedelta(days=9))
    assert list(tmp_path.iterdir()) == [third]


def test_what_is_no_overview_is_left_alone_and_not_served(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    assert newest_overview(tmp_path) is None and newest_overview(tmp_path / "nowhere") is None
    purge_overviews(tmp_path, AT)
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]
