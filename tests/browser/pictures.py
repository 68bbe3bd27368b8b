"""`make pictures` takes docs/images anew: the demo under a real Airflow, in Debian's Chromium, and a drop on paper.

The demo's world keeps the agreements of a few recipients, so that one run takes a minute. In that run the host of OCMW
Gent refuses; the next run is held, since a third of the parents is gone. The overview shows invented states.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import quote

from playwright.sync_api import Page

from pipeline.answers.overview.model import AuthorityState
from pipeline.answers.overview.page import overview_html
from pipeline.core.local_time import BRUSSELS, local_day
from pipeline.demo.home import Home
from pipeline.demo.scene import set_scene
from pipeline.followup.returned_page import returned_page
from pipeline.ledger.returns import ReturnedFile, ReturnedParent, ReturnKind
from tests.e2e.browser import a_page, log_in
from tests.e2e.scheduler import DAG, OVERVIEW, Scheduler, scheduler, wait_for
from tests.golden.example import content, example
from tests.support.night import House
from tests.support.servers.office import found_office, printed
from tests.support.servers.services import SCRATCH, found_chromium
from tests.support.worlds.overviews import everyone, overview
from tests.support.worlds.printed_people import printed_changes, printed_people
from tests.support.worlds.small_world import AALST, BRUGGE, GENT, LEUVEN, MECHELEN, execute, produce

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SCALE = 0.1
SHOWN = (GENT, AALST, BRUGGE, LEUVEN, MECHELEN)
WEIGHTS = {
    AuthorityState.NONE: 4,
    AuthorityState.SIGNED: 2,
    AuthorityState.TO_BE_RENEWED: 2,
    AuthorityState.IN_FORCE: 2,
    AuthorityState.EXCHANGING: 15,
}
LIMIT_BYTES = 300_000
RUN_SECONDS = 1800
UNHURRIED = {"GEGEVENSDELING_MAX_LAST_LOOK_SECONDS": "5"}
"""A machine that draws pictures beside Airflow may be slow."""
REASON = "Nagevraagd bij de dienst Data: dossiers van één team ontbreken met opzet."


@contextmanager
def demo_airflow(folder: Path) -> Iterator[Scheduler]:
    """The demo's world and hosts under a running Airflow; the host of OCMW Gent refuses."""
    home = Home(folder)
    home.make()
    with set_scene(home, SCALE, local_day(datetime.now(UTC)), GENT) as environment:
        house = House(home, f"sqlite:///{home.world}", f"sqlite:///{home.ledger}", environment | UNHURRIED)
        execute(house.agency, f"delete from agreement where kbo not in {SHOWN}")
        execute(house.agency, f"delete from protocol where kbo not in {SHOWN}")
        produce(house.agency, datetime.now(UTC))
        with scheduler(house) as airflow:
            yield airflow


def begin(airflow: Scheduler, nights_ago: int) -> str:
    """Trigger the nightly run of noon in Brussels, so many days ago; its id. Before noon that of today would wait."""
    day = datetime.now(UTC).astimezone(BRUSSELS) - timedelta(days=nights_ago)
    return airflow.trigger(day.replace(hour=12, minute=0, second=0, microsecond=0).isoformat())


def reach(airflow: Scheduler, path: str, state: str) -> None:
    """Wait until the run or the task at `path` of Airflow's API is in that state."""
    wait_for(f"{path} to be {state}", lambda: airflow.call("GET", path)["state"] == state, RUN_SECONDS, pause=5)


def take(page: Page, name: str) -> None:
    path = IMAGES / name
    page.screenshot(path=path, animations="disabled")
    bounded(path)


def bounded(path: Path) -> None:
    """Raises SystemExit when the picture is too large to lie in the repository."""
    if path.stat().st_size > LIMIT_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {LIMIT_BYTES}")
    print(path)


def run_with_a_failure(page: Page, airflow: Scheduler) -> None:
    run = begin(airflow, nights_ago=2)
    reach(airflow, f"{DAG}/dagRuns/{quote(run, safe='')}", "failed")
    page.set_viewport_size({"width": 1280, "height": 620})
    page.goto(f"{airflow.url}/dags/nightly_delivery/runs/{quote(run, safe='')}/tasks/deliver/mapped?sort=state")
    page.get_by_role("row").filter(has_text=GENT).get_by_text("Failed").wait_for()
    take(page, "run.png")


def page_of_the_night(page: Page, airflow: Scheduler) -> None:
    airflow.call("PATCH", OVERVIEW, is_paused=False)
    run = airflow.call("POST", f"{OVERVIEW}/dagRuns", logical_date=None)["dag_run_id"]
    reach(airflow, f"{OVERVIEW}/dagRuns/{quote(run, safe='')}", "success")
    page.set_viewport_size({"width": 1300, "height": 900})
    page.goto(f"{airflow.url}/plugin/gegevensdeling")
    shown = page.frame_locator("iframe")
    shown.get_by_text("mislukt").first.wait_for()
    take(page, "page.png")


def invented_overview(page: Page, folder: Path) -> None:
    states = Random(84).choices(tuple(WEIGHTS), tuple(WEIGHTS.values()), k=286)
    remark = "Voorbeeld: de standen, overeenkomsten en leveringen hieronder zijn verzonnen."
    file = folder / "overzicht.html"
    file.write_text(overview_html(overview(everyone(states), remarks=(remark,))), encoding="utf-8")
    page.set_viewport_size({"width": 840, "height": 1010})
    page.goto(file.as_uri())
    page.evaluate("document.body.style.zoom = 0.72")
    take(page, "overview.png")


def printed_workbook(folder: Path) -> None:
    """Of invented people, as LibreOffice prints it."""
    drop = example(folder / "drop", printed_people(), "xlsx", changes=printed_changes())
    path = IMAGES / "workbook.png"
    printed(content(drop), folder).draw_first(path, 1020)
    bounded(path)


def change_file_in_a_spreadsheet(folder: Path) -> None:
    """Of the same drop: the top of it, as LibreOffice opens it."""
    drop = example(folder / "changes", printed_people(), "csv", changes=printed_changes())
    path = IMAGES / "changes.png"
    printed(content(drop, 1), folder, "wijzigingen.csv").draw_first(path, 1020, 520)
    bounded(path)


def list_of_what_came_back(page: Page, folder: Path) -> None:
    """Of invented parents and files."""
    at = datetime(2026, 6, 15, 1, 40, tzinfo=UTC)
    stem = "TERUG_OPGROEIEN_{}_20260614_{:06}.csv"
    files = [
        ReturnedFile(kbo, stem.format(kbo, number), "0" * 64, at - timedelta(hours=number), "", rows, refused, "", over)
        for kbo, number, rows, refused, over in (
            (GENT, 1, 2, (), False),
            (AALST, 1, 3, (2,), False),
            (AALST, 2, 41, (), True),
        )
    ]
    parents = [
        ReturnedParent(1000 + 37 * each, (GENT, AALST)[each % 2], at - timedelta(hours=each), kind, each == 3)
        for each, kind in enumerate([*ReturnKind, *ReturnKind, ReturnKind.NO_CONTACT])
    ]
    file = folder / "teruggekomen.html"
    file.write_text(returned_page(files, files[2:], parents, at, "teruggekomen.csv"), encoding="utf-8")
    page.set_viewport_size({"width": 1100, "height": 620})
    page.goto(file.as_uri())
    take(page, "returned.png")


def question_of_a_held_run(page: Page, airflow: Scheduler) -> None:
    execute(airflow.house.agency, "delete from parent where parent_id % 3 = 0")
    produce(airflow.house.agency, datetime.now(UTC))
    run = begin(airflow, nights_ago=1)
    reach(airflow, f"{DAG}/dagRuns/{quote(run, safe='')}/taskInstances/approve", "awaiting_input")
    page.set_viewport_size({"width": 1300, "height": 900})
    page.goto(f"{airflow.url}/dags/nightly_delivery/runs/{quote(run, safe='')}/tasks/approve/required_actions")
    page.get_by_role("row").filter(has_text="parents_change").wait_for()
    page.locator("#element_reason").fill(REASON)
    page.get_by_role("button", name="Loslaten", exact=True).scroll_into_view_if_needed()
    take(page, "approval.png")


def main() -> int:
    SCRATCH.mkdir(exist_ok=True)
    with (
        found_office(),
        found_chromium() as chromium,
        tempfile.TemporaryDirectory(dir=SCRATCH) as folder,
        demo_airflow(Path(folder) / "demo") as airflow,
        a_page(chromium, Path(folder) / "browser") as page,
    ):
        printed_workbook(Path(folder))
        change_file_in_a_spreadsheet(Path(folder))
        list_of_what_came_back(page, Path(folder))
        invented_overview(page, Path(folder))
        log_in(page, airflow)
        run_with_a_failure(page, airflow)
        page_of_the_night(page, airflow)
        question_of_a_held_run(page, airflow)
    return 0


if __name__ == "__main__":
    sys.exit(main())
