"""`airflow dags test housekeeping` after a night: a withdrawal told, a drop replaced, a refusal named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.tasks.test_housekeeping import withdraws
from tests.support.checking import judge_plainly
from tests.support.drops import whole_drops
from tests.support.night import House, lay, run_night
from tests.support.worlds.small_world import BRUGGE, GENT, small_world

WithAirflow = Callable[[House], House]


def test_an_hour_under_airflow(tmp_path: Path, with_airflow: WithAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_plainly(monkeypatch)  # the night before, which is run without Airflow
    with lay(tmp_path / "house", small_world({BRUGGE: 1, GENT: 2})) as house:
        with_airflow(house)
        assert not run_night(house.night("night")).errors
        withdraws(house, 201)
        house.refuse(BRUGGE)
        log = house.path / "refused.log"
        assert house.dags_test(log, "housekeeping") != 0
        assert "1 of 2 recipients were not looked after" in log.read_text()
        (drop,) = whole_drops(house.out(GENT))
        assert drop.manifest["sequence"] == 2 and drop.manifest["rows"] == 1
        assert len(list(house.out(GENT).glob("INTREKKING*.GO"))) == 1

        house.accept(BRUGGE)
        before = house.footprint(GENT)
        assert house.dags_test(house.path / "mended.log", "housekeeping") == 0
        assert house.footprint(GENT) == before, "once"
        assert list(house.home.staging.rglob("INTREKKING*")) == []
        assert "Kanariën" not in (house.path / "refused.log").read_text() + (house.path / "mended.log").read_text()
