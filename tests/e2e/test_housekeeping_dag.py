"""`airflow dags test housekeeping` after a night: a withdrawal told, a drop replaced, a refusal named."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.core.documents import dutch
from tests.integration.tasks.test_housekeeping import withdraws
from tests.support.checking import judge_plainly
from tests.support.drops import whole_drops
from tests.support.night import House, lay, run_night
from tests.support.servers.mail_server import mail_server
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, NAMES, small_world

WithAirflow = Callable[[House], House]


def test_an_hour_under_airflow(tmp_path: Path, with_airflow: WithAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    judge_plainly(monkeypatch)  # the night before, which is run without Airflow
    made = small_world({BRUGGE: 1, GENT: 2, LEUVEN: 1})
    with mail_server(tmp_path) as mail, lay(tmp_path / "house", made) as house:
        with_airflow(house)
        house.environment |= mail.alerting(operations="oncall@agency.example.org")
        house.refuse(LEUVEN)
        assert run_night(house.night("night")).errors.keys() == {LEUVEN, "close"}
        withdraws(house, 301)
        house.refuse(BRUGGE)
        log = house.path / "refused.log"
        assert house.dags_test(log, "housekeeping") != 0
        assert "1 of 2 recipients were not looked after" in log.read_text()
        (drop,) = whole_drops(house.out(GENT))
        assert drop.manifest["sequence"] == 2 and drop.manifest["rows"] == 1
        assert len(list(house.out(GENT).glob("INTREKKING*.GO"))) == 1

        ((to, subject, text),) = mail.took()
        assert (to, subject) == ("oncall@agency.example.org", "Gegevensdeling: levering mislukt")
        assert f"- {dutch.recipient(LEUVEN, NAMES[LEUVEN][0])}, nacht van" in text

        house.accept(BRUGGE)
        before = house.footprint(GENT)
        assert house.dags_test(house.path / "mended.log", "housekeeping") == 0
        assert house.footprint(GENT) == before, "once"
        assert mail.took() == [], "told once a night"
        assert list(house.home.staging.rglob("INTREKKING*")) == []
        assert "Kanariën" not in (house.path / "refused.log").read_text() + (house.path / "mended.log").read_text()
