"""The page "Gegevensdeling" as HTML: what it says, where its links lead, and that nothing of it is taken for markup."""

from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

import pytest

from pipeline.airflow.last_night import ApprovalQuestion, DeliveryStatus, NightRun, RecipientStatus, TaskState
from pipeline.airflow.page_content import (
    HELD,
    NO_LEDGER,
    STATUSES,
    download_links,
    held_notices,
    intervention_sentences,
    night_page,
    parse_status,
    question_table,
)
from pipeline.answers.overview.editions import OverviewSummary
from pipeline.core.documents import dutch
from pipeline.core.documents.html_pdf import render_html
from pipeline.core.model import Kbo
from pipeline.ledger.interventions import Intervention, InterventionAct
from tests.support.worlds.small_world import AALST, BRUGGE, GENT

AT = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
RUN = NightRun("scheduled__2026-06-15T03:30:00+02:00", date(2026, 6, 15), "failed")
KEY = "SHA256:fe85JkIjo8VPe+XqXJGH5Mau1EMFdK1OdKvJUFicyA8"
FOUND = [
    RecipientStatus(GENT, "OCMW <b>Gent</b>", DeliveryStatus.FAILED, AT, task=TaskState(GENT, "", 7, "failed", AT)),
    RecipientStatus(
        BRUGGE, "OCMW Brugge", DeliveryStatus.READ, AT, AT, AT, None, TaskState(BRUGGE, "", 3, "success", AT), KEY
    ),
    RecipientStatus(AALST, "", DeliveryStatus.DELIVERED, AT, AT),
]
HEADLINE = OverviewSummary(
    date(2026, 6, 15), AT, ("Op 15 juni 2026 & zo.",), (("wisselt uit", 2), ("van kracht", None)), {}
)
BARE: dict[str, Any] = {
    "headline": None,
    "is_stale": False,
    "opened": None,
    "downloads": [],
    "notices": [],
    "night": None,
    "question": None,
    "asked": None,
    "chart": "",
    "trend": None,
}


def html(**values: Any) -> str:
    fixed = {
        "statuses": STATUSES.values(),
        "day": dutch.day,
        "instant": dutch.instant,
        "thousands": dutch.thousands,
        "until": lambda at: at + timedelta(hours=8),
        "ui": "../../",
        "nonce": "n",
        "script": "",
    }
    return render_html(files("pipeline.airflow") / "page.html.jinja", **fixed | BARE | values)


def rows(page: str) -> list[list[str]]:
    """The text of every cell of every recipient, by a parser of XML: what is open is closed, but for a few."""
    table = page[page.index("<table>") : page.index("</table>") + len("</table>")]
    tree = ElementTree.fromstring(table)
    return [["".join(cell.itertext()).strip() for cell in row] for row in tree.findall("tbody/tr")]


def test_every_recipient_has_a_row_with_what_became_of_it() -> None:
    shown = rows(html(night=night_page(RUN, FOUND, None, "", "../../")))
    instant = "15/06/2026 03.30"
    assert shown == [
        ["OCMW <b>Gent</b>", "0212.214.125", "mislukt", instant, "-", "-", "-", "-", "naar de mislukte taak"],
        ["OCMW Brugge", "0207.832.792", "gelezen", instant, instant, instant, "-", KEY, "naar de taak"],
        ["(naam niet bekend)", "0212.237.186", "geleverd", instant, instant, "-", "-", "-", "-"],
    ]


def test_a_night_that_is_held_says_so_and_which_drops_were_taken_back_without_an_answer() -> None:
    held = NightRun(RUN.run, RUN.night, "running", is_held=True)
    taken_back = RecipientStatus(GENT, "OCMW Gent", DeliveryStatus.TAKEN_BACK, AT, AT)
    assert held_notices(RUN, [taken_back]) == []
    assert held_notices(held, FOUND) == [HELD]
    notices = held_notices(held, [taken_back])
    assert notices[0] == HELD and notices[1].startswith("1 levering werd intussen teruggenomen")
    assert held_notices(held, [taken_back] * 2)[1].startswith("2 leveringen werden")
    page = html(night=night_page(held, [taken_back], None, "", "../../"), notices=notices)
    assert all(notice in page for notice in notices)
    assert rows(page) == [
        ["OCMW Gent", "0212.214.125", "teruggenomen", "15/06/2026 03.30", "15/06/2026 03.30", "-", "-", "-", "-"]
    ]


def test_a_held_night_shows_what_is_asked_and_until_when() -> None:
    held = NightRun(RUN.run, RUN.night, "running", is_held=True)
    question = ApprovalQuestion(
        "Nacht van 15/06/2026 tegengehouden?", (("parent", "ouders", "r", "100", "60", "-40", "10"),), AT
    )
    night = night_page(held, [], None, "", "../../")
    page = html(night=night, question=question, asked=question_table(question))
    assert "Nacht van 15/06/2026 tegengehouden?" in page and "15 juni 2026 om 11.30 uur" in page
    assert "<td>ouders</td>" in page and night.address in page
    assert "tegengehouden" not in html(night=night)


def test_a_link_leads_to_that_recipients_task_of_that_very_run() -> None:
    page = html(night=night_page(RUN, FOUND, None, "", "../../"))
    run = "../../dags/nightly_delivery/runs/scheduled__2026-06-15T03%3A30%3A00%2B02%3A00"
    assert (
        f'<a class="airflow" href="{run}/tasks/deliver/mapped/7" aria-label="naar de mislukte taak van OCMW &lt;b'
        in page
    )
    assert f'href="{run}"' in page and f'href="{run}/tasks/deliver/mapped/3"' in page


def test_the_counts_are_of_all_and_the_rows_of_those_that_were_asked_for() -> None:
    shown = night_page(RUN, FOUND, DeliveryStatus.READ, "brug", "")
    assert [row.name for row in shown.rows] == ["OCMW Brugge"] and shown.says == "1 van 3 ontvangers"
    assert [(says, number, is_current) for says, number, _, is_current in shown.tally] == [
        ("mislukt", 1, False), ("geleverd", 1, False), ("gelezen", 1, True),
    ]  # fmt: skip
    page = html(night=shown)
    assert '<option value="read" selected>gelezen</option>' in page and 'value="brug"' in page
    assert 'href="?stand=failed&amp;zoek=brug#nacht"' in page


def test_what_a_visitor_types_stays_text() -> None:
    page = html(night=night_page(RUN, FOUND, None, '"><script>alert(1)</script>', ""))
    assert page.count("<script") == 1 and "&lt;script&gt;" in page


def test_a_night_that_stopped_before_anything_was_delivered_names_the_step() -> None:
    stopped = NightRun(RUN.run, RUN.night, "failed", stopped=("check",))
    page = html(night=night_page(stopped, [], None, "", ""))
    assert "Er werd niets geleverd: de nacht stopte bij" in page and "/tasks/check" in page
    assert '<strong class="failed">mislukt</strong>' in page


def test_the_overview_is_told_in_figures_and_sentences_and_what_is_unknown_is_not_nought() -> None:
    page = html(headline=HEADLINE, opened="bestanden/x/o.html", downloads=[("o.pdf", "bestanden/x/o.pdf")])
    assert "Overzicht van de besturen op 15 juni 2026" in page and "Op 15 juni 2026 &amp; zo." in page
    assert "<dt>wisselt uit</dt><dd>2</dd>" in page and "<dt>van kracht</dt><dd>onbekend</dd>" in page
    assert '<a href="bestanden/x/o.pdf" download>o.pdf</a>' in page and 'src="bestanden/x/o.html"' in page
    assert "niet van vandaag" not in page and "niet van vandaag" in html(headline=HEADLINE, is_stale=True)


def test_who_is_suspended_is_said_with_the_day_and_without_the_reason() -> None:
    """Who was resumed, or lost a place, within the days that are looked back, too; nobody twice."""

    def act(kbo: Kbo, what: InterventionAct, days: int) -> Intervention:
        return Intervention(kbo, what, AT + timedelta(days), "els", "Jan stal de sleutel")

    acts = [
        act(GENT, InterventionAct.SUSPEND, 0),
        act(GENT, InterventionAct.RESUME, 1),
        act(GENT, InterventionAct.SUSPEND, 2),
        act(BRUGGE, InterventionAct.SUSPEND, 3),
        act(BRUGGE, InterventionAct.RESUME, 4),
        act(AALST, InterventionAct.SUSPEND, 4),
        act(AALST, InterventionAct.RESUME, 5),
        act(GENT, InterventionAct.DESTROYED, 6),
    ]
    names = {GENT: "OCMW <b>Gent</b>", BRUGGE: "OCMW Brugge"}
    said = intervention_sentences(acts, AT + timedelta(days=4.5), names)
    assert said == [
        "Opgeschort sinds 17 juni 2026 om 3.30 uur: OCMW <b>Gent</b> (0212.214.125).",
        "Hervat op 20 juni 2026 om 3.30 uur: (0212.237.186).",
        "Plaats vernietigd verklaard op 21 juni 2026 om 3.30 uur: OCMW <b>Gent</b> (0212.214.125).",
    ]
    page = html(notices=said)
    assert "OCMW &lt;b&gt;Gent" in page and "Jan" not in page and "els" not in page.split("<main>")[1].split("<h2")[2]


def test_what_cannot_be_shown_is_said() -> None:
    page = html(notices=[NO_LEDGER])
    assert NO_LEDGER in page and "Er is nog geen overzicht gemaakt" in page and "<table" not in page


def test_nothing_is_fetched_from_elsewhere_and_headings_and_heads_are_marked_up() -> None:
    page = html(headline=HEADLINE, night=night_page(RUN, FOUND, None, "", "../../"))
    assert "http:" not in page and "https:" not in page and "//" not in page.replace("://", "")
    assert page.count('scope="col"') == 9 and page.count('scope="row"') == 3 and '<html lang="nl">' in page


def test_files_are_called_by_what_they_are_and_tables_come_last() -> None:
    day = "overzicht-2026-06-15"
    names = [f"{day}.xlsx", f"{day}-besturen.csv", "other.csv", f"{day}.pdf"]
    called = [says for says, _ in download_links({name: f"x/{name}" for name in names})]
    assert called == ["other.csv", "PDF", "XLSX", "CSV besturen"]


@pytest.mark.parametrize(
    ("asked", "status"), [("failed", DeliveryStatus.FAILED), ("", None), ("FAILED", None), ("x' or 1=1", None)]
)
def test_what_is_no_fate_asks_for_all(asked: str, status: DeliveryStatus | None) -> None:
    assert parse_status(asked) is status


def test_every_fate_has_words() -> None:
    assert STATUSES.keys() == set(DeliveryStatus) and len({says for says, _ in STATUSES.values()}) == len(
        DeliveryStatus
    )
