"""What Airflow calls after the last task of a night or an hour: any notifier, and nothing where nobody listens."""

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.core.errors import DeliveryTransient, SettingsError
from pipeline.core.run import RunContext
from pipeline.core.settings import Settings

NIGHT = datetime(2026, 11, 29, 3, tzinfo=UTC)
HEAVY = {"pipeline.alerts.observe", "pipeline.tasks.measures", "pipeline.tasks.lineage", "httpx"}


class Kept:
    """A notifier as Airflow has them, which keeps what it is given."""

    kept: list[dict[str, Any]] = []  # noqa: RUF012 - for all of them

    def __init__(self, **given: Any) -> None:
        self.given = given

    def notify(self, context: Any) -> None:
        if self.given["text"].startswith("fail"):
            raise RuntimeError("quotes oncall@agency.example.org")
        self.kept.append(self.given)


def run(**settings: Any) -> RunContext:
    return RunContext("run", NIGHT.date(), Settings(**settings), lambda _: None, lambda: NIGHT)


def test_both_follow_the_last_task_red_or_green(bag: Any) -> None:
    for dag in ("nightly_delivery", "housekeeping"):
        close = bag.dags[dag].get_task("close")
        assert len(close.on_success_callback) == len(close.on_failure_callback) == 2
        assert not any(task.on_failure_callback for task in bag.dags[dag].tasks if task.task_id != "close")


def test_another_notifier_by_its_class_path(airflow_home: Path) -> None:
    from pipeline.airflow import alerting

    arguments = json.dumps({"channel": "#oncall", "text": "{subject}\n{text}", "retries": 2})
    named = Settings(alert_notifier=f"{__name__}:Kept", alert_notifier_arguments=arguments)
    send = alerting._sender(named, {})
    send(("a@x.example", "b@x.example"), "Onderwerp", "Tekst met {to}")
    assert Kept.kept.pop() == {"channel": "#oncall", "text": "Onderwerp\nTekst met {to}", "retries": 2}
    with pytest.raises(DeliveryTransient, match=r"the notifier failed \(RuntimeError\)$"):
        send((), "fail", "")


@pytest.mark.parametrize("wrong", [{"alert_notifier": "nowhere.at.All"}, {"alert_notifier_arguments": "{"}])
def test_one_that_does_not_fit_is_a_sentence(airflow_home: Path, wrong: dict[str, str]) -> None:
    from pipeline.airflow import alerting

    with pytest.raises(SettingsError, match="ALERT_NOTIFIER and ALERT_NOTIFIER_ARGUMENTS do not fit"):
        alerting._sender(Settings(**wrong), {})((), "Onderwerp", "Tekst")


def test_where_nobody_listens_nothing_is_imported(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.airflow import alerting, measuring

    for name in HEAVY & sys.modules.keys():
        monkeypatch.delitem(sys.modules, name)
    for called in (alerting.WHAT_IS_WRONG, measuring.THE_NUMBERS):
        called({"dag_run": SimpleNamespace(dag_id="nightly_delivery")})
    assert not HEAVY & sys.modules.keys()


def test_whatever_happens_there_is_a_warning(airflow_home: Path, caplog: pytest.LogCaptureFixture) -> None:
    from pipeline.airflow import measuring

    with caplog.at_level(logging.WARNING):
        measuring._quietly("lineage", lambda: print(1 / 0))
    assert "lineage: not told: unforeseen ZeroDivisionError" in caplog.text


def test_a_receiver_that_is_away_is_told_without_its_address(airflow_home: Path) -> None:
    from pipeline.airflow import measuring

    with pytest.raises(DeliveryTransient, match=r"LINEAGE_URL takes no event \(ConnectError\)$"):
        measuring.send_event(run(lineage_url="http://127.0.0.1:1/secret"), {})
