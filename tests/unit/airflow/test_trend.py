"""The last nights on the page: rows as a picture, and everything as a table."""

from datetime import UTC, date, datetime
from xml.etree import ElementTree

from pipeline.airflow.last_night import ApprovalQuestion
from pipeline.airflow.page_content import question_table
from pipeline.airflow.trend import NightCounts, counts_of, trend_chart, trend_table
from pipeline.core.model import HeldRule, NoCounts
from pipeline.core.serialize import to_json
from pipeline.gate.approval_form import approval_form
from pipeline.tasks.summary import NightSummary

NIGHTS = (
    NightCounts(date(2026, 6, 14), 1536, 1540, {"no_consent": 12_000, "deceased": 0}, 0),
    NightCounts(date(2026, 6, 15), 768, 1540, {"no_consent": 11_999, "confidential_address": 3}, 2),
)


def test_it_is_read_from_what_a_night_came_to() -> None:
    night = NightSummary(
        *("run", date(2026, 6, 15), 115, {"published": 113}, {"0212214125": "OCMW Gent"}),  # type: ignore[dict-item]
        *(1500, 3, 20_000, 1503, {"no_consent": 18_497}),
        noes=NoCounts(),
    )
    (counts,) = counts_of([to_json(night).decode()])
    assert counts == NightCounts(date(2026, 6, 15), 1500, 1503, {"no_consent": 18_497}, 1)


def test_the_table_has_the_newest_night_first_and_a_column_for_each_reason_that_occurs() -> None:
    table = trend_table(NIGHTS)
    assert table.columns[:4] == ("Nacht", "Rijen verstuurd", "Mag gedeeld worden", "Leveringen mislukt")
    assert len(table.columns) == 6 and all(column.startswith("Niet: ") for column in table.columns[4:])
    assert table.texts == (
        ("15/06/2026", "768", "1540", "2", "3", "11999"),
        ("14/06/2026", "1536", "1540", "0", "0", "12000"),
    )


def test_the_picture_has_a_bar_a_night_says_it_in_words_and_marks_failures() -> None:
    drawn = trend_chart(tuple(reversed(NIGHTS)))
    tree = ElementTree.fromstring(drawn)
    bars = tree.findall("rect")
    assert [bar.attrib["class"] for bar in bars] == ["bar", "bar failing"]
    assert [int(bar.attrib["height"]) for bar in bars] == [120, 60]
    assert [bar.findtext("title") for bar in bars] == [
        "14 juni 2026: 1.536 rijen", "15 juni 2026: 768 rijen, 2 leveringen mislukt"
    ]  # fmt: skip
    assert tree.attrib["aria-label"] == (
        "Rijen per nacht, van 14 juni 2026 tot en met 15 juni 2026: het meest 1.536, de laatste nacht 768."
    )


def test_one_night_is_no_trend_and_a_night_of_no_rows_is_still_seen() -> None:
    assert trend_chart(NIGHTS[:1]) == ""
    empty = [NightCounts(date(2026, 6, day), 0, 0, {}, 0) for day in (1, 2)]
    assert {rect.attrib["height"] for rect in ElementTree.fromstring(trend_chart(empty)).findall("rect")} == {"2"}


def test_what_an_approver_is_asked_is_read_from_the_form_that_airflow_keeps() -> None:
    held = (
        HeldRule("parent", "parents_change", "40 % fewer", 100, 60, 0.1),
        HeldRule("consent_event", "noes_of_unknown_parent", "1", 0, 1, 0),
    )
    form = approval_form(date(2026, 6, 15), held, 8, ("ann",))
    table = question_table(ApprovalQuestion.of(form.subject, form.body, datetime(2026, 6, 15, 2, tzinfo=UTC)))
    assert len(table.rows) == 2 and table.rows[0][0] == "parent"
    assert ApprovalQuestion.of("x", "no table at all", datetime(2026, 6, 15, tzinfo=UTC)).rules == ()
