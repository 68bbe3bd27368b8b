"""The overview in a real browser, from a file and without any network: seen, filtered, and quiet on its console."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

from pipeline.answers.overview.model import AuthorityState
from pipeline.answers.overview.page import overview_html
from pipeline.answers.overview.style import swatch
from pipeline.answers.overview.texts import STATES
from pipeline.core.documents import dutch
from tests.e2e.browser import a_page
from tests.support.servers.office import PrintedPages
from tests.support.worlds.overviews import everyone, first, overview

S = AuthorityState
GREYS = """swatches => Promise.all(swatches.map(async swatch => {
  const image = new Image();
  image.src = "data:image/svg+xml," + encodeURIComponent(swatch);
  await image.decode();
  const pen = Object.assign(document.createElement("canvas"), {width: 300, height: 180}).getContext("2d");
  pen.drawImage(image, 0, 0, 300, 180);
  const seen = pen.getImageData(20, 20, 260, 140).data;
  let sum = 0;
  for (let at = 0; at < seen.length; at += 4) sum += 0.2126 * seen[at] + 0.7152 * seen[at + 1] + 0.0722 * seen[at + 2];
  return sum / (seen.length / 4);
}))"""
"""The mean grey, from 0 to 255, of each swatch."""


@pytest.fixture(scope="module")
def page(chromium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with a_page(chromium, tmp_path_factory.mktemp("browser")) as opened:
        opened.context.set_offline(True)
        yield opened


@pytest.fixture(scope="module")
def everyones() -> str:
    """The overview of everyone, which no test changes."""
    return overview_html(overview(everyone()))


def shown(page: Page, content: str, folder: Path) -> list[str]:
    """Open it as a file; what it asks for beside itself, and what it complains of."""
    heard: list[str] = []
    file = folder / "overzicht.html"
    file.write_text(content, encoding="utf-8")
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: heard.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    page.wait_for_load_state("networkidle")
    return heard


def test_the_map_is_seen_and_nothing_is_asked_of_anybody(page: Page, everyones: str, tmp_path: Path) -> None:
    assert shown(page, everyones, tmp_path) == []
    drawn = page.get_by_role("img", name="Kaart van Vlaanderen en Brussel")
    drawn.scroll_into_view_if_needed()
    box = drawn.bounding_box()
    assert box is not None and box["width"] > 600 and box["height"] > 200
    assert page.locator("svg[role=img]").count() == 3
    assert drawn.locator("path:has(> title)").count() == 304


def test_a_table_on_paper_has_every_column_and_no_broken_value(page: Page, everyones: str, tmp_path: Path) -> None:
    shown(page, everyones, tmp_path)
    page.pdf(path=tmp_path / "print.pdf", prefer_css_page_size=True)
    sheets = PrintedPages(tmp_path / "print.pdf").texts
    names = [line for sheet in sheets for line in sheet if line.startswith("OCMW Aalst")]
    (aalst,) = (one for one in everyone() if one.name == "OCMW Aalst")
    (listed,) = (line for line in names if dutch.kbo(aalst.kbo) in line)
    assert re.split(r"\s{2,}", listed) == [
        *(aalst.name, dutch.kbo(aalst.kbo), STATES[aalst.state], "Aalst", "Oost-Vlaanderen"),
        *(*aalst.teams, "0", "0"),
        dutch.short_day(aalst.last_drop),
    ]


def test_each_state_is_painted_in_its_own_way(page: Page) -> None:
    """What the browser puts on the screen, in grey: darker from state to state."""
    page.goto("about:blank")
    greys = page.evaluate(GREYS, [swatch(state, alone=True) for state in S])
    assert len(greys) == 5
    assert all(lighter - darker >= 20 for lighter, darker in pairwise(greys))


def test_the_list_is_filtered_by_words_and_by_state(page: Page, everyones: str, tmp_path: Path) -> None:
    shown(page, everyones, tmp_path)
    rows = page.locator("#besturen tbody tr:visible")
    told = page.locator("#filter output")
    assert rows.count() == 286 and told.inner_text() == "286 van 286 getoond"
    page.get_by_label("Zoek op bestuur").fill("ANTWERPEN")
    assert 0 < rows.count() < 286
    assert all("antwerpen" in text.lower() for text in rows.all_inner_texts())
    page.get_by_label("Zoek op bestuur").fill("")
    page.locator("select[name=stand]").select_option(label="wisselt uit")
    assert rows.count() == len(overview(everyone()).of(S.EXCHANGING))
    page.get_by_label("Zoek op bestuur").fill("bestaat niet")
    assert rows.count() == 0 and told.inner_text() == "0 van 286 getoond"
    page.keyboard.press("Enter")
    assert "overzicht.html" in page.url and "?" not in page.url


def test_with_nothing_to_draw_a_sentence_is_seen(page: Page, tmp_path: Path) -> None:
    assert shown(page, overview_html(overview(first(5, S.NONE))), tmp_path) == []
    assert page.get_by_text("Daarom staat hier geen kaart.").is_visible()
    assert page.locator("svg").count() == 2


def test_a_foreign_script_does_not_run(page: Page, everyones: str, tmp_path: Path) -> None:
    """Whatever would slip into it: the page's own policy refuses it."""
    content = everyones.replace("</main>", "<script>document.title = 'anders'</script></main>")
    heard = shown(page, content, tmp_path)
    assert page.title().startswith("Gegevensdeling") and any("Content Security Policy" in one for one in heard)


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_sticks_out_on_any_screen(page: Page, everyones: str, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    shown(page, everyones, tmp_path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
