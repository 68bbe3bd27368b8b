"""A night as it runs in production: real scheduler, workers and SFTP host, and a person who clears a task."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from pipeline.core.local_time import BRUSSELS
from tests.e2e.browser import a_page, log_in, rest
from tests.e2e.nights import NOW, due, parents_in, states, ui_name, withdraw
from tests.e2e.scheduler import DAG, OVERVIEW, PAUSE, Scheduler, scheduler, wait_for
from tests.e2e.search import assert_nothing_leaked
from tests.support.drops import whole_drops
from tests.support.loads import begin
from tests.support.night import House, lay
from tests.support.worlds.small_world import AALST, BRUGGE, GENT, execute, produce, small_world

pytestmark = pytest.mark.in_order
"""One Airflow and one recipient's folder live through nights that follow one another: no night can come before."""

GENT_IN_UI = f"OCMW Gent ({GENT})"
PAGE = "/gegevensdeling/overzicht/"
OTHERS = (BRUGGE, AALST)
EVERYONE = (BRUGGE, AALST, GENT)
ENVIRONMENT = {"GEGEVENSDELING_LOAD_PATIENCE_MINUTES": "0.3"}
NIGHT_RETRIES = 4
"""As in pipeline/airflow/retries.py: importing it would import Airflow here."""


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory, with_airflow: Callable[[House], House]) -> Iterator[Scheduler]:
    """The embedded default: SQLite throughout; on PostgreSQL it is tests/e2e/test_held_run.py."""
    made = small_world(dict.fromkeys(EVERYONE, 3))
    with (
        lay(tmp_path_factory.mktemp("sqlite") / "house", made) as house,
        scheduler(with_airflow(house), **ENVIRONMENT) as running,
    ):
        yield running
    assert_nothing_leaked(house, made)


def a_red_night(airflow: Scheduler, nights_ago: int) -> str:
    """Gent's host refuses: everything but Gent's delivery ends well, and the run is red."""
    airflow.house.refuse(GENT)
    run = airflow.trigger(due(nights_ago))
    assert airflow.ended(run) == "failed"
    airflow.house.accept(GENT)
    went_well = ["extract", "check", "approve", "release", "sheets", *map(ui_name, OTHERS)]
    expected = dict.fromkeys(went_well, "success") | {GENT_IN_UI: "failed", "close": "failed"}
    assert states(airflow.instances(run)) == expected
    return run


def test_one_refusing_host_and_the_person_who_mends_it(airflow: Scheduler) -> None:
    house = airflow.house
    with airflow.judging_thoroughly():
        run = a_red_night(airflow, nights_ago=3)
    instances = airflow.instances(run)
    assert instances[GENT_IN_UI]["try_number"] == 1, "a refusal is not tried again by itself"
    assert f"1 of 3 deliveries failed: {GENT_IN_UI} got nothing" in airflow.log(run, "close")
    assert [len(whole_drops(house.out(kbo))) for kbo in OTHERS] == [1] * len(OTHERS)
    assert list(house.out(GENT).iterdir()) == []
    before = {kbo: house.footprint(kbo) for kbo in OTHERS}

    airflow.clear(run, ui_name(BRUGGE), downstream=False)
    assert airflow.ended(run) == "failed", "Gent still has nothing"
    assert airflow.instances(run)[ui_name(BRUGGE)]["state"] == "success"
    assert house.footprint(BRUGGE) == before[BRUGGE], "what was delivered is not sent again"

    withdraw(house, GENT, 201)
    airflow.clear(run, GENT_IN_UI, downstream=True)
    assert airflow.ended(run) == "success"
    after = airflow.instances(run)
    assert set(states(after).values()) == {"success"}
    assert {name for name in after if after[name]["try_number"] != instances[name]["try_number"]} == {
        GENT_IN_UI, ui_name(BRUGGE), "close",
    }  # fmt: skip
    assert len(whole_drops(house.out(GENT))) == 1
    assert parents_in(house, GENT) == {202, 203}, "201 withdrew after the run's decision"
    assert {kbo: house.footprint(kbo) for kbo in OTHERS} == before
    counted = [line for line in house.ledger_lines() if line[1] == "published"]
    assert sorted(counted) == [(kbo, "published") for kbo in sorted(EVERYONE)]

    airflow.clear(run, ui_name(BRUGGE), downstream=True)
    assert airflow.ended(run) == "success", "a delivery cleared when all is delivered finds nothing left to do"
    assert house.footprint(BRUGGE) == before[BRUGGE]


def test_an_agreement_that_ended_meanwhile_and_a_whole_night_again(airflow: Scheduler) -> None:
    house = airflow.house
    had = {drop.stem for drop in whole_drops(house.out(GENT))}
    run = a_red_night(airflow, nights_ago=2)
    end_agreement(house)
    airflow.clear(run, GENT_IN_UI, downstream=True)
    assert airflow.ended(run) == "success"
    assert list(house.out(GENT).iterdir()) == [], f"not tonight's, and {had} was taken away"
    of_gent = [kind for kbo, kind in house.ledger_lines() if kbo == GENT]
    assert of_gent[-3:] == ["not_covered", "withdrawing", "withdrawn_from_host"]
    assert [len(whole_drops(house.out(kbo))) for kbo in OTHERS] == [1] * len(OTHERS), (
        "the older drop went when the newer counted"
    )

    before, lines = {kbo: house.footprint(kbo) for kbo in OTHERS}, house.ledger_lines()
    airflow.clear(run, "extract", downstream=True)
    assert airflow.ended(run) == "success"
    assert {kbo: house.footprint(kbo) for kbo in OTHERS} == before, "a whole night run again sends nothing"
    assert house.ledger_lines() == lines


@pytest.fixture(scope="module")
def night_of_brugge(airflow: Scheduler) -> str:
    """The newest run: it came while the agency's load was under way, and then Brugge's host refused, this once."""
    house = airflow.house
    house.refuse(BRUGGE)
    says = begin(house, "half loaded")
    with airflow.judging_thoroughly():
        run = airflow.trigger(due(nights_ago=1))
        wait_for("a second try", lambda: len(airflow.logs(run, "extract")) > 1, pause=PAUSE)
        produce(house.agency, datetime.now(UTC))
        assert airflow.ended(run) == "failed"
    house.accept(BRUGGE)
    first_try = min(airflow.logs(run, "extract"), key=lambda path: path.stat().st_mtime)
    assert f"a load is under way: {says}" in first_try.read_text()
    assert airflow.instances(run)["extract"]["state"] == "success", "it was tried again until the load was whole"
    return run


def test_a_load_that_stays_under_way_is_red_and_named_when_patience_ends(
    airflow: Scheduler, night_of_brugge: str
) -> None:
    """The delivery is cleared, as a person does who mended its host."""
    house, run, before = airflow.house, night_of_brugge, airflow.house.footprint(BRUGGE)
    tried = len(airflow.logs(run, ui_name(BRUGGE)))
    says = begin(house, "half loaded")
    airflow.clear(run, ui_name(BRUGGE), downstream=True)
    assert airflow.ended(run) == "failed"
    produce(house.agency, datetime.now(UTC))
    assert len(airflow.logs(run, ui_name(BRUGGE))) == tried + 1 + NIGHT_RETRIES
    assert f"a load is under way: {says}" in airflow.log(run, ui_name(BRUGGE))
    assert f"deliveries failed: {ui_name(BRUGGE)} got nothing" in airflow.log(run, "close")
    assert house.footprint(BRUGGE) == before, "nothing is sent on it, and nothing is concluded"


@dataclass
class Browser:
    """Logged in; `strangers` is the answer to each address before that."""

    page: Page
    strangers: dict[str, int]


@pytest.fixture(scope="module")
def browser(
    airflow: Scheduler, night_of_brugge: str, chromium: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    with a_page(chromium, tmp_path_factory.mktemp("browser")) as page:
        strangers = {path: page.goto(airflow.url + path).status for path in (checks_of(night_of_brugge), PAGE)}
        log_in(page, airflow)
        yield Browser(page, strangers)


def test_what_a_person_sees_in_the_browser(airflow: Scheduler, night_of_brugge: str, browser: Browser) -> None:
    """The recipient that failed, by name; and the checks of its night in a tab, for who is logged in alone."""
    run, page = night_of_brugge, browser.page
    assert browser.strangers[checks_of(run)] == 401, "nobody reads the checks without logging in"
    page.goto(f"{airflow.url}/dags/nightly_delivery/runs/{run}/tasks/deliver/mapped?sort=state")
    row = page.get_by_role("row").filter(has_text=ui_name(BRUGGE))
    row.get_by_text("Failed").wait_for()
    page.goto(f"{airflow.url}/dags/nightly_delivery/runs/{run}/tasks/check")
    page.get_by_role("link", name="Datacontroles").click()
    page.frame_locator("iframe").get_by_text("Every dataset check passed.").wait_for()
    assert page.goto(f"{airflow.url}{checks_of(run)}/../../../agency.db").status == 404
    answer = page.goto(airflow.url + checks_of(run))
    assert answer.status == 200 and "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_page_in_the_navigation(airflow: Scheduler, night_of_brugge: str, browser: Browser, tmp_path: Path) -> None:
    """From the navigation to the recipient that failed and on to its task; mended, the night renews the overview."""
    run, page, asked = night_of_brugge, browser.page, []
    page.on("request", lambda request: asked.append(request.url))
    assert browser.strangers[PAGE] == 401, "nobody reads the page without logging in"
    page.goto(airflow.url)
    page.get_by_role("link", name="Gegevensdeling").click()
    shown = page.frame_locator("iframe")
    expect(shown.get_by_text("Er is nog geen overzicht gemaakt")).to_be_visible()
    shown.get_by_role("combobox", name="Stand").select_option("mislukt")
    expect(rows_of(shown)).to_have_count(1)
    shown.get_by_label("Naam of KBO-nummer").fill("gent")
    shown.get_by_role("button", name="Filteren").click()
    expect(rows_of(shown)).to_have_count(0)
    shown.get_by_label("Naam of KBO-nummer").fill("0207.832")
    shown.get_by_role("button", name="Filteren").click()
    expect(rows_of(shown)).to_contain_text(["OCMW Brugge"])
    shown.get_by_role("link", name="naar de mislukte taak van OCMW Brugge").click()
    place = airflow.instances(run)[ui_name(BRUGGE)]["map_index"]
    task = f"{airflow.url}/dags/nightly_delivery/runs/{quote(run, safe='')}/tasks/deliver/mapped/{place}"
    page.wait_for_url(lambda url: url.partition("?")[0] == task)
    expect(page.get_by_text(ui_name(BRUGGE)).first).to_be_visible()
    assert page.locator("iframe").count() == 0, "in Airflow's own window, not in the frame"

    rest(page)
    airflow.call("PATCH", OVERVIEW, is_paused=False)
    airflow.clear(run, ui_name(BRUGGE), downstream=True)
    assert airflow.ended(run) == "success"
    assert renewed(airflow).startswith("asset_triggered__")
    airflow.call("PATCH", OVERVIEW, is_paused=True)
    page.goto(f"{airflow.url}/plugin/gegevensdeling")
    ended = execute(airflow.house.agency, "select kbo from agreement where ended_on is not null")
    exchanging = shown.locator("dl.figures div").filter(has_text="wisselt uit").locator("dd")
    expect(exchanging).to_have_text(str(len(EVERYONE) - len(ended)))
    expect(rows_of(shown).filter(has_text="Brugge")).to_contain_text("geleverd")
    expect(shown.get_by_text("Na te kijken: 0 toestemming(en)")).to_be_visible()
    page.screenshot(path=tmp_path / "page.png", animations="disabled")
    with page.expect_download() as download:
        shown.get_by_role("link", name="XLSX").click()
    assert download.value.path().read_bytes()[:2] == b"PK"
    shown.get_by_role("link", name="Het volledige overzicht", exact=True).click()
    expect(shown.get_by_role("heading", level=1)).to_be_visible()
    rest(page)
    assert [url for url in asked if not url.startswith((airflow.url, "data:", "blob:"))] == [], "nothing from elsewhere"


def test_a_backfill_of_missed_nights_beside_the_night_itself(airflow: Scheduler) -> None:
    """`max_active_runs` of the DAG binds no backfill: each waits for the others, and the newest night counts."""
    airflow.call(
        "POST", "/api/v2/backfills", dag_id="nightly_delivery", from_date=due(6), to_date=due(4), max_active_runs=10,
        reprocess_behavior="none", run_backwards=False, dag_run_conf={},
    )  # fmt: skip
    tonight = airflow.trigger(NOW.isoformat())
    runs = airflow.call("GET", f"{DAG}/dagRuns?run_type=backfill")["dag_runs"]
    missed = [str(run["dag_run_id"]) for run in runs]
    assert len(missed) >= 2
    assert {run: airflow.ended(run) for run in (tonight, *missed)} == dict.fromkeys((tonight, *missed), "success")
    logs = airflow.house.home.airflow / "logs" / "dag_id=nightly_delivery"
    tries = [path.read_text() for run in missed for path in (logs / f"run_id={run}").rglob("*.log")]
    assert any("is at work in" in text for text in tries) and not any("unforeseen" in text for text in tries)
    for kbo in OTHERS:
        (drop,) = whole_drops(airflow.house.out(kbo))
        assert drop.manifest["night"] == str(NOW.astimezone(BRUSSELS).date())


def rows_of(shown: FrameLocator) -> Locator:
    return shown.locator("[aria-labelledby=ontvangers] tbody tr")


def renewed(airflow: Scheduler) -> str:
    """The run that renewed the overview, once it is there."""

    def look() -> str | None:
        runs = airflow.call("GET", f"{OVERVIEW}/dagRuns")["dag_runs"]
        return next((str(run["dag_run_id"]) for run in runs if run["state"] == "success"), None)

    return wait_for("the overview to be renewed", look, pause=PAUSE)


def checks_of(run: str) -> str:
    return f"/gegevensdeling/data-docs/nightly_delivery/{quote(run)}/checks.html"


def end_agreement(house: House) -> None:
    """A new version: signed as before, and ended yesterday."""
    now = datetime.now(UTC)
    house.change(
        "insert into agreement (agreement_id, recorded_at, kbo, local_team_id, signed_on, valid_from, ended_on) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        f"A{GENT}", now.isoformat(sep=" ", timespec="seconds"), GENT, f"T{GENT}",
        "2025-01-10", "2025-02-01", str((now.astimezone(BRUSSELS) - timedelta(days=1)).date()),
    )  # fmt: skip
