"""What goes wrong in a real night reaches a real mail server once, and once more when it is over.

The same under Airflow: tests/e2e/test_dags_test.py, test_housekeeping_dag.py and test_held_run.py.
"""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as hour_of_day
from email.message import EmailMessage
from pathlib import Path

import pytest

from pipeline.alerts import tell as telling
from pipeline.alerts.model import Alert, AlertGroup, AlertKind, AlertTopic
from pipeline.alerts.observe import SeenRun, observe
from pipeline.alerts.tell import tell
from pipeline.alerts.told import read_told, save_question, unsent_since
from pipeline.cli.main import main
from pipeline.core.connections import Connection
from pipeline.core.documents import dutch
from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.core.run import RunContext
from pipeline.followup.mail import send_mail
from pipeline.ledger.anchors import read_anchors
from pipeline.ledger.approvals import Answer
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks import housekeeping
from tests.integration.tasks.test_housekeeping import withdraws
from tests.support.checking import judge_plainly
from tests.support.night import House, lay, run_night
from tests.support.saved_house import SavedHouse, save
from tests.support.servers.mail_server import Server, mail_server
from tests.support.worlds.small_world import BRUGGE, GENT, NAMES, execute, small_world

TODAY = local_day(datetime.now(UTC))
ALERTED = {"alert_operations": "oncall@agency.example.org", "alert_privacy": "dpo@agency.example.org"}
ONCALL, DPO = ALERTED.values()
UI = "https://airflow.example.org"


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SavedHouse]:
    """Brugge's host refused; Gent has its drop."""
    folder = tmp_path_factory.mktemp("alerts")
    with lay(folder / "house", small_world({BRUGGE: 1, GENT: 3})) as laid, pytest.MonkeyPatch.context() as patch:
        judge_plainly(patch)
        laid.refuse(BRUGGE)
        assert set(run_night(laid.night("night")).errors) == {BRUGGE, "close"}
        yield save(laid, folder / "copy")


@pytest.fixture
def house(after_a_night: SavedHouse) -> House:
    found = after_a_night.anew()
    found.settings.update(ALERTED, alerts=str(found.path / "alerts"))
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with mail_server(tmp_path_factory.mktemp("mail")) as running:
        yield running


def at(hour: int, days: int = 0) -> datetime:
    return datetime.combine(TODAY + timedelta(days), hour_of_day(hour, 10), BRUSSELS)


def context(house: House, now: datetime) -> RunContext:
    return replace(house.night("hour", now), clock=lambda: now)


def told(house: House, mail: Connection, now: datetime, seen: SeenRun | None = None) -> None:
    run = context(house, now)

    def send(to: tuple[str, ...], subject: str, text: str) -> None:
        send_mail(mail, ", ".join(to), subject, text, timeout=5)

    tell(run.settings, observe(run, seen), now, send, UI)


def received(server: Server) -> dict[str, EmailMessage]:
    """By whom it is for; a mail to one group each time."""
    found = {one["To"]: one for one in server.received}
    assert len(found) == len(server.received)
    server.received.clear()
    return found


def test_a_recipient_that_failed_is_told_once_and_that_it_has_its_drop(house: House, server: Server) -> None:
    for _ in range(2):
        told(house, server.connection(), at(7), SeenRun("night", at(3), "failed"))
    got = received(server)
    assert got.keys() == {ONCALL}
    text = got[ONCALL].get_content()
    assert got[ONCALL]["Subject"] == "Gegevensdeling: levering mislukt"
    assert f"- {dutch.recipient(BRUGGE, NAMES[BRUGGE][0])}, nacht van {dutch.day(TODAY)}" in text
    assert f"{UI}/dags/nightly_delivery/runs/night" in text and "Wat te doen" in text

    house.accept(BRUGGE)
    assert run_night(house.night("again")).errors == {}
    told(house, server.connection(), at(8), SeenRun("again", at(3), "success"))
    assert received(server)[ONCALL]["Subject"] == "Gegevensdeling: hersteld: levering mislukt"


def test_feeds_that_are_late_and_a_night_that_never_began_or_is_not_over(house: House, server: Server) -> None:
    told(house, server.connection(), at(7))
    received(server)
    told(house, server.connection(), at(2, 1))
    assert received(server) == {}, "before their hour nothing is late"
    told(house, server.connection(), at(3, 1) + timedelta(days=1))
    late = received(server)[ONCALL]
    assert "tabellen niet op tijd geladen" in late["Subject"] and "- consent_event, verwacht" in late.get_content()
    told(house, server.connection(), at(6, 2))
    assert received(server)[ONCALL]["Subject"] == "Gegevensdeling: nacht niet begonnen"
    told(house, server.connection(), at(7, 2), SeenRun("two", at(3, 2), "running"))
    running = received(server)[ONCALL]
    assert running["Subject"] == "Gegevensdeling: nacht niet op tijd klaar" and "/runs/two" in running.get_content()
    told(house, server.connection(), at(8, 2), SeenRun("two", at(3, 2), "failed"))
    assert received(server)[ONCALL]["Subject"] == "Gegevensdeling: nacht mislukt"


def test_a_held_night_is_told_by_the_next_hour_where_it_could_not_be_when_it_asked(
    house: House, server: Server
) -> None:
    run = house.night("held")
    asked = Alert(AlertKind.NIGHT_HELD, TODAY, "held", at=at(20), run="held", asked="Loslaten?")
    save_question(house.path / "alerts", asked)
    told(house, server.connection(), at(9))
    got = received(server)[ONCALL]
    assert got["Subject"] == "Gegevensdeling: nacht aangehouden, levering mislukt"
    open_ledger(run.ledger).record_answer(Answer("held", TODAY, at(10), "approved", "x", "X", "file 7", ()))
    told(house, server.connection(), at(11))
    assert received(server)[ONCALL]["Subject"] == "Gegevensdeling: hersteld: nacht aangehouden"
    told(house, server.connection(), at(21))
    assert received(server) == {}


def test_who_answers_for_privacy_hears_of_a_withdrawal_that_nobody_acknowledged(house: House, server: Server) -> None:
    withdraws(house, 202)
    housekeeping.follow_up_recipient(house.night("hour"), GENT)
    told(house, server.connection(), at(9), SeenRun("night", at(3), "failed"))
    received(server)
    for days in (8, 9):
        told(house, server.connection(), at(2, days), SeenRun("night", at(3), "failed"))
    got = received(server)
    text = got[DPO].get_content()
    assert got.keys() == {DPO} and got[DPO]["Subject"] == "Gegevensdeling: intrekking niet op tijd bevestigd"
    assert "INTREKKING_OPGROEIEN_0212214125_" in text and "Bel de ontvanger" in text
    (stem,) = [path.stem for path in house.out(GENT).glob("INTREKKING*.GO")]
    (house.out(GENT) / f"{stem}.ACK").touch()
    housekeeping.follow_up_recipient(house.night("later"), GENT)
    told(house, server.connection(), at(2, 9), SeenRun("night", at(3), "failed"))
    assert "hersteld: intrekking" in received(server)[DPO]["Subject"]


def test_a_broken_chain_is_told_to_both(house: House, server: Server) -> None:
    (*_, last) = read_anchors(house.home.anchors)
    assert last.head is not None
    (house.home.anchors / f"20991231T000000000000Z-{last.head.n + 5}.json").write_text("{}")
    told(house, server.connection(), at(7))
    got = received(server)
    assert got[DPO]["Subject"] == "Gegevensdeling: keten van het register verbroken"
    assert got[ONCALL]["Subject"] == "Gegevensdeling: keten van het register verbroken, levering mislukt"


def test_a_mail_server_that_is_away_is_reported_and_told_of_later(
    house: House, server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told(house, replace(server.connection(), port=1), at(7))
    assert unsent_since(house.path / "alerts", tuple(AlertGroup)) == at(7)
    house.enter(monkeypatch)
    assert main(["last-night", "--max-age", "26h"]) == 1
    said = capsys.readouterr().out
    assert said.startswith("PROBLEM: night ") and "1 of 2 recipients have no drop" in said
    assert "alerts could not be sent since" in said
    told(house, server.connection(), at(8))
    assert "kon dit bericht niet verstuurd worden" in received(server)[ONCALL].get_content()
    assert unsent_since(house.path / "alerts", tuple(AlertGroup)) is None


def test_a_mail_server_that_never_answers_costs_a_bounded_time_and_leaves_a_doubt(
    house: House, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        told(house, replace(server.connection(), port=silent.getsockname()[1]), at(7))
        assert time.monotonic() - began < 10
    assert read_told(house.path / "alerts", AlertGroup.OPERATIONS).going
    told(house, server.connection(), at(8))
    assert received(server)[ONCALL]["Subject"].startswith("Mogelijk herhaald: ")


def test_a_night_is_well_or_too_old(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    house.accept(BRUGGE)
    assert run_night(house.night("again")).errors == {}
    house.enter(monkeypatch)
    assert main(["last-night"]) == 0
    assert capsys.readouterr().out.startswith(f"OK: night {TODAY}, ended ")
    execute(house.ledger, "update night_summary set at = ?", "2026-01-01 02:00:00.000000")
    assert main(["last-night", "--max-age", "26h"]) == 1
    assert "longer ago than 1 day, 2:00:00" in capsys.readouterr().out
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", f"sqlite:///{tmp_path / 'none.sqlite'}")
    assert main(["last-night"]) == 1
    assert "there is no ledger" in capsys.readouterr().err


def test_what_cannot_be_looked_at_is_no_news(house: House) -> None:
    away = replace(house, environment=house.environment | {"AIRFLOW_CONN_LEDGER_DB": "sqlite:////nowhere/at.all"})
    assert AlertTopic.DELIVERY not in observe(context(away, at(7)), None).topics


def test_anchors_that_refuse_to_be_read_break_no_chain(house: House) -> None:
    house.home.anchors.rename(house.path / "elsewhere")
    house.home.anchors.touch()
    found = observe(context(house, at(7)), None)
    assert AlertTopic.CHAIN not in found.topics and AlertTopic.DELIVERY in found.topics
    assert AlertKind.CHAIN_BROKEN not in {alert.kind for alert in found.alerts}
