"""The pages in a real browser, for who cannot see, cannot point, works in the dark, or holds a telephone: axe finds
nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from pipeline.airflow.last_night import ApprovalQuestion, NightRun
from pipeline.airflow.page_content import question_table
from pipeline.airflow.trend import NightCounts, trend_chart, trend_table
from pipeline.answers.overview.page import overview_html
from tests.e2e.browser import a_page
from tests.support.worlds.overviews import everyone, overview
from tests.unit.airflow.test_page import AT, FOUND, HEADLINE, RUN, html, night_page

NIGHTS = tuple(
    NightCounts(date(2026, 5, 17) + timedelta(n), 1400 + 9 * n, 1500, {"no_consent": 18_000 + n}, int(n == 7))
    for n in range(30)
)
RULE = ("parent", "ouders", "parents_change", "100", "60", "-40 %", "10 %")
ASKED = ApprovalQuestion("Nacht van 15/06/2026 tegengehouden door 1 volumeregel: loslaten?", (RULE,), AT)
FOCUSABLE = "a[href], select, input, button, summary, [tabindex='0']"
LOADED = {"opened": "bestanden/x/o.html", "downloads": [("PDF", "bestanden/x/o.pdf")], "headline": HEADLINE}


def pages() -> dict[str, str]:
    held = NightRun(RUN.run, RUN.night, "running", is_held=True)
    trend = {"chart": trend_chart(NIGHTS), "trend": trend_table(NIGHTS)}
    return {
        "a night": html(night=night_page(RUN, FOUND, None, "", "../../"), **LOADED, **trend),
        "held": html(
            night=night_page(held, FOUND, None, "", "../../"),
            question=ASKED,
            asked=question_table(ASKED),
            notices=["Deze nacht wacht."],
            **trend,
        ),
        "nothing yet": html(notices=["Er is nog geen nacht geweest."]),
        "overview": overview_html(overview(everyone())),
    }


@pytest.fixture(scope="module")
def page(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with a_page(chromium, tmp_path_factory.mktemp("browser")) as opened:
        opened.context.set_offline(True)
        yield opened


def shown(page: Page, name: str, folder: Path) -> None:
    file = folder / "page.html"
    file.write_text(pages()[name], encoding="utf-8")
    page.goto(file.as_uri())
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("name", ["a night", "held", "nothing yet", "overview"])
def test_axe_finds_nothing(page: Page, tmp_path: Path, name: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    shown(page, name, tmp_path)
    found = Axe().run(page)
    assert [(one["id"], len(one["nodes"])) for one in found.response["violations"]] == [], found.generate_report()


def test_on_a_telephone_only_tables_are_wider_than_the_screen(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    for name in ("a night", "held"):
        shown(page, name, tmp_path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_in_the_dark_the_page_is_dark(page: Page, tmp_path: Path) -> None:
    page.emulate_media(color_scheme="dark")
    shown(page, "a night", tmp_path)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_by_keyboard_alone_everything_is_reached(page: Page, tmp_path: Path) -> None:
    """Each link, field and region that scrolls is come by with Tab, in the order in which it is read."""
    page.set_viewport_size({"width": 1280, "height": 900})
    shown(page, "held", tmp_path)
    wanted = page.locator(FOCUSABLE).count()
    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(page.evaluate(f"[...document.querySelectorAll(`{FOCUSABLE}`)].indexOf(document.activeElement)"))
    assert reached == list(range(wanted)) and wanted > 10
