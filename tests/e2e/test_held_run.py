"""A run that a volume rule holds, in a real Airflow: it waits, and what a person answers, or not, is what happens.

All on PostgreSQL: the agency, the ledger and Airflow's own metadata, each in a database of its own.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from pipeline.ledger.approvals import Answer
from pipeline.ledger.db.ledger import open_ledger
from pipeline.tasks import nightly_delivery as tasks
from pipeline.tasks.at_work import end_run
from tests.e2e.browser import a_page, log_in, rest
from tests.e2e.nights import due, parents_in, states, ui_name, withdraw
from tests.e2e.scheduler import DAG, LOG, PAUSE, Scheduler, scheduler, wait_for
from tests.e2e.search import assert_nothing_leaked
from tests.support.checking import judge_plainly
from tests.support.drops import whole_drops
from tests.support.night import House, lay
from tests.support.servers.mail_server import Server, mail_server
from tests.support.worlds.small_world import BRUGGE, GENT, execute, produce, small_world

YES, NO = "Loslaten", "Niet loslaten"
REASON = "Nagevraagd bij de dienst Data: twee dossiers samengevoegd."
ENVIRONMENT = {
    "GEGEVENSDELING_MIN_ROWS_FOR_SHARES": "1",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,other:admin",
    "AIRFLOW__SCHEDULER__TRIGGER_TIMEOUT_CHECK_INTERVAL": "1",
}


pytestmark = pytest.mark.in_order
"""What was let go is sent, and the first test asserts that nothing was."""


@pytest.fixture(scope="module")
def metadata(postgres: Callable[[], str]) -> str:
    """The address of Airflow's own database."""
    return postgres()


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with mail_server(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture(scope="module")
def airflow(
    tmp_path_factory: pytest.TempPathFactory, postgres: Callable[[], str], metadata: str, mail: Server
) -> Iterator[Scheduler]:
    """With one night on record to compare with."""
    made = small_world({BRUGGE: 2, GENT: 3})
    database = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": metadata.replace("postgresql://", "postgresql+psycopg2://", 1)}
    with lay(tmp_path_factory.mktemp("held") / "house", made, agency=postgres(), ledger=postgres()) as house:
        with pytest.MonkeyPatch.context() as patch:
            judge_plainly(patch)
            night = house.night("before", datetime.now(UTC) - timedelta(days=1))
            tasks.release_night(night, tasks.check_night(night, tasks.extract_night(night)))
            end_run(night)
        told = mail.alerting(operations="oncall@agency.example.org", approvers="chief@agency.example.org")
        with scheduler(house, **ENVIRONMENT, **database, **told) as running:
            yield running
        assert not house.home.airflow_db.exists() and not house.home.ledger.exists(), "nothing is in SQLite"
    left = {parent for (parent,) in execute(house.agency, "select parent_id from parent")}
    rows = {feed: [row for row in made[feed] if row.get("parent_id", min(left)) in left] for feed in made}
    assert_nothing_leaked(house, rows, databases=[metadata, house.ledger])


def lose(house: House, *parents: int) -> None:
    """They vanish from the register: each is a fifth of them, the limit."""
    for parent in parents:
        execute(house.agency, "delete from parent where parent_id = ?", parent)
    produce(house.agency, datetime.now(UTC))


def waits(airflow: Scheduler, run: str) -> dict[str, Any]:
    """The waiting `approve`, while nothing after it has begun and nothing was sent."""
    found = airflow.waits_for(run, "approve", "awaiting_input")
    parked = f"'approve', run_id='{run}', try_number={found['try_number']}, map_index=-1) ["
    log = airflow.house.path / LOG  # an answer within this second is lost, and Airflow asks again

    def is_parked() -> bool:
        lines = log.read_text().splitlines()
        return any("executor event with state success" in line and parked in line for line in lines)

    wait_for("the task to be parked", is_parked, pause=PAUSE)
    assert {airflow.instances(run)[after]["state"] for after in ("release", "close")} == {None}
    assert_nothing_sent(airflow)
    return found


def assert_nothing_sent(airflow: Scheduler) -> None:
    assert [list(airflow.house.out(kbo).iterdir()) for kbo in (BRUGGE, GENT)] == [[], []]
    assert airflow.house.ledger_lines() == []


def assert_red(airflow: Scheduler, run: str) -> None:
    assert airflow.ended(run) == "failed"
    found = {task: one["state"] for task, one in airflow.instances(run).items()}
    assert (found["approve"], found["release"], found["close"]) == ("failed", "upstream_failed", "failed")
    assert_nothing_sent(airflow)


def answers(airflow: Scheduler, run: str) -> list[Answer]:
    return list(open_ledger(airflow.house.ledger).answers(run))


def answer(airflow: Scheduler, run: str, option: str, reason: str) -> None:
    path = f"{DAG}/dagRuns/{run}/taskInstances/approve/-1/hitlDetails"
    airflow.call("PATCH", path, chosen_options=[option], params_input={"reason": reason})


def let_the_deadline_pass(metadata: str) -> timedelta:
    """Gives how long there was to answer."""
    waiting = "where task_id = 'approve' and state = 'awaiting_input'"
    ((deadline, began),) = execute(metadata, f"select trigger_timeout, start_date from task_instance {waiting}")
    execute(metadata, f"update task_instance set trigger_timeout = ? {waiting}", began)
    found: timedelta = deadline - began
    return found


def test_without_a_yes_nothing_is_sent_and_the_run_is_red(airflow: Scheduler, metadata: str, mail: Server) -> None:
    lose(airflow.house, 201)
    lose(airflow.house, 202)
    with airflow.judging_thoroughly():
        run = airflow.trigger(due(nights_ago=3))
        waits(airflow, run)
    asked = {to: (subject, text) for to, subject, text in mail.took()}
    assert asked.keys() == {"chief@agency.example.org", "oncall@agency.example.org"}
    subject, text = asked["chief@agency.example.org"]
    assert subject == "Gegevensdeling: nacht aangehouden"
    assert "volumeregel: loslaten? Antwoord ten laatste op " in text and f"/runs/{quote(run, safe='')}\n" in text
    assert timedelta(hours=8) <= let_the_deadline_pass(metadata) < timedelta(hours=8, minutes=2)
    assert_red(airflow, run)
    assert "nobody answered in time, so nothing is released" in airflow.log(run, "approve")
    wait_for("the mail of a red night", lambda: any("nacht mislukt" in one["Subject"] for one in mail.received))

    airflow.clear(run, "extract", downstream=True)
    waits(airflow, run)
    airflow.log_in("other")
    with pytest.raises(AssertionError, match="403"):
        answer(airflow, run, YES, "not mine to say")
    airflow.log_in()
    answer(airflow, run, NO, REASON)
    assert_red(airflow, run)
    assert "the approver did not let it go, so nothing is released" in airflow.log(run, "approve")
    first, second = answers(airflow, run)
    assert (first.decision, first.approver_id, first.reason) == ("unanswered", None, "")
    assert (second.decision, second.reason) == ("rejected", REASON)
    assert (second.approver_id, second.approver) == ("admin", "admin")

    lose(airflow.house, 203)
    airflow.clear(run, "extract", downstream=True)
    assert_red(airflow, run)
    assert "trigger a new run, which asks anew" in airflow.log(run, "approve"), "the old figures are on the screen"
    assert len(answers(airflow, run)) == 2


def test_an_approver_lets_it_go_in_the_browser(airflow: Scheduler, chromium: Path, tmp_path: Path) -> None:
    house = airflow.house
    lose(house, 201, 202)
    ((left,),) = execute(house.agency, "select count(*) from parent")
    run = airflow.trigger(due(nights_ago=2))
    waits(airflow, run)
    with a_page(chromium, tmp_path) as page:
        log_in(page, airflow)
        page.set_viewport_size({"width": 1200, "height": 800})
        page.goto(f"{airflow.url}/gegevensdeling/overzicht/")
        asked = page.locator(".held")
        expect(asked).to_contain_text("tegengehouden door 1 volumeregel")
        assert asked.locator("tbody tr").inner_text().split()[:5] == [
            "parent",
            "ouders",
            "parents_change",
            "5",
            str(left),
        ]
        page.goto(f"{airflow.url}/dags/nightly_delivery/runs/{run}/tasks/approve/required_actions")
        row = page.get_by_role("row").filter(has_text="parents_change")
        row.get_by_text("20 %").wait_for()
        assert row.inner_text().split()[:5] == ["parent", "ouders", "parents_change", "5", str(left)]
        yes = page.get_by_role("button", name=YES, exact=True)
        expect(yes).to_be_disabled()  # until there is a reason
        page.locator("#element_reason").fill(REASON)
        expect(yes).to_be_enabled()
        page.screenshot(path=tmp_path / "approval.png", animations="disabled")
        yes.click()
        wait_for("the yes", lambda: airflow.instances(run)["approve"]["state"] != "awaiting_input", pause=PAUSE)
        rest(page)
        assert airflow.ended(run) == "success"
    assert {one["state"] for one in airflow.instances(run).values()} == {"success"}
    assert sum(drop.manifest["rows"] for kbo in (BRUGGE, GENT) for drop in whole_drops(house.out(kbo))) == left
    (given,) = answers(airflow, run)
    assert (given.decision, given.approver_id, given.approver, given.reason) == ("approved", "admin", "admin", REASON)
    assert [(rule.rule, rule.last_night, rule.tonight) for rule in given.held] == [("parents_change", 5, left)]


def test_a_refusing_host_and_the_person_who_mends_it(airflow: Scheduler) -> None:
    """As in tests/e2e/test_under_a_scheduler.py, there on SQLite."""
    house = airflow.house
    house.refuse(BRUGGE)
    run = airflow.trigger(due(nights_ago=1))
    assert airflow.ended(run) == "failed"
    assert states(airflow.instances(run)) == {
        "extract": "success", "check": "success", "approve": "success", "release": "success",
        "sheets": "success",
        ui_name(BRUGGE): "failed", ui_name(GENT): "success", "close": "failed",
    }  # fmt: skip
    assert f"1 of 2 deliveries failed: {ui_name(BRUGGE)} got nothing" in airflow.log(run, "close")
    before = house.footprint(GENT)
    withdraw(house, BRUGGE, 101)
    house.accept(BRUGGE)
    airflow.clear(run, ui_name(BRUGGE), downstream=True)
    assert airflow.ended(run) == "success"
    assert parents_in(house, BRUGGE) == {102}
    assert house.footprint(GENT) == before
