"""The register: every paper in the state in which the gate has it, and no person."""

import io
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pipeline.answers.overview.attention import attention_points
from pipeline.answers.overview.model import PaperKind
from pipeline.answers.overview.model import PaperState as State
from pipeline.answers.overview.texts import PAPER_STATES
from pipeline.answers.register.collect import ProcessingRegister, collect_register
from pipeline.answers.register.processing import MEASURES
from pipeline.answers.register.report import register_report, register_tables
from pipeline.answers.texts import AgencyContact
from pipeline.cli.main import main
from pipeline.core.documents.html_pdf import document_html, document_pdf
from pipeline.core.documents.xlsx import Footer, tables_xlsx_bytes
from pipeline.core.loads import AgencySource
from pipeline.core.local_time import local_day
from pipeline.core.settings import Settings
from pipeline.gate.release import release
from tests.e2e.search import canaries, search
from tests.support.answers import AGENCY, tables, texts
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.small_world import GENT, small_world
from tests.support.worlds.tables import World, instant, moment, stage, to_sqlite, world

AT = instant("2026-06-15 01:30")
VERSION = "0.1.0"
CONTACT = """# ons
Opgroeien

Bel ons.

Functionaris voor gegevensbescherming: An Vos,
dpo@example.org

Vertegenwoordiger: geen

Gezamenlijke verwerkingsverantwoordelijke:
"""

PROTOCOLS: dict[str, tuple[dict[str, Any], State | None]] = {
    "in force": ({}, State.IN_FORCE),
    "until today": ({"valid_until": "2026-06-15"}, State.IN_FORCE),
    "until yesterday": ({"valid_until": "2026-06-14"}, State.ENDED),
    "ended early": ({"ended_on": "2026-06-01", "valid_until": "2030-01-01"}, State.ENDED),
    "not signed": ({"signed_on": None}, State.NOT_YET),
    "not published": ({"published_url": " "}, State.NOT_YET),
    "without advice": ({"dpo_advice_on": None}, State.NOT_YET),
    "not published by the recipient": ({"recipient_published_url": None}, State.NOT_YET),
    "without advice of the recipient's officer": ({"recipient_dpo_advice_on": None}, State.NOT_YET),
    "begins tomorrow": ({"valid_from": "2026-06-16"}, State.NOT_YET),
    "asks for more": ({"fields": "name,insz"}, State.ERROR),
    "asks for more, and ended": ({"fields": "name,insz", "ended_on": "2026-06-01"}, State.ENDED),
    "another flow": ({"legal_basis": "other"}, None),
    "no protocol": ({"kind": "processing_agreement"}, None),
    "before the merger": ({"kbo": "0207832792", "valid_from": "2024-01-01"}, State.TO_BE_RENEWED),
}
AGREEMENTS: dict[str, tuple[dict[str, Any], State]] = {
    "in force": ({}, State.IN_FORCE),
    "ended": ({"ended_on": "2026-06-14"}, State.ENDED),
    "not signed": ({"signed_on": None}, State.NOT_YET),
    "an impossible threshold": ({"min_criteria": 7}, State.ERROR),
    "before the merger": ({"kbo": "0207832792", "valid_from": "2024-01-01"}, State.TO_BE_RENEWED),
}


def papers() -> World:
    """One of each; Beveren-Kruibeke-Zwijndrecht, served by the second recipient here, was shaped on 1 January 2025."""
    return world(
        {
            "recipient": [{}, {"kbo": "0207832792", "name": "OCMW Tweede"}],
            "recipient_municipality": [{}, {"kbo": "0207832792", "nis_code": "46030"}],
            "protocol": [{"protocol_id": name} | differs for name, (differs, _) in PROTOCOLS.items()],
            "agreement": [{"agreement_id": name} | differs for name, (differs, _) in AGREEMENTS.items()],
        }
    )


def read(tmp_path: Path, made: World) -> ProcessingRegister:
    tmp_path.mkdir(exist_ok=True)
    agency = AgencySource(f"sqlite:///{to_sqlite(made, tmp_path / 'agency.db', AT)}")
    return collect_register(agency, AT, Settings(), tmp_path / "register")


def test_every_paper_has_its_state(tmp_path: Path) -> None:
    found = read(tmp_path, papers())
    assert {paper.paper_id: paper.state for paper in found.of(PaperKind.PROTOCOL)} == {
        name: state for name, (_, state) in PROTOCOLS.items() if state
    }
    assert {paper.paper_id: paper.state for paper in found.of(PaperKind.AGREEMENT)} == {
        name: state for name, (_, state) in AGREEMENTS.items()
    }
    assert (found.others, found.covered) == (2, ["0212214125"])


def test_states_are_those_that_a_night_goes_by(tmp_path: Path) -> None:
    found = read(tmp_path, papers())
    checked = stage(papers(), tmp_path / "staged", AT)
    decided = release(checked, moment(AT), Settings(), tmp_path / "release")
    in_force = {paper.paper_id for paper in found.of(PaperKind.PROTOCOL) if paper.state is State.IN_FORCE}
    assert set(decided.recipients[0].protocols) == in_force and len(decided.recipients) == len(found.covered)
    reported = {(paper.id, paper.state) for paper in decided.reported}
    of_ours = [(paper.paper_id, paper.state.value) for paper in found.of(PaperKind.PROTOCOL)]
    of_ours += [(paper.paper_id, paper.state.value) for paper in found.of(PaperKind.AGREEMENT)]
    assert {pair for pair in of_ours if pair[1] in ("error", "to_be_renewed")} == reported


def test_the_latest_version_counts(tmp_path: Path) -> None:
    made = papers()
    later = world({"protocol": [{"protocol_id": "in force", "recorded_at": "2026-06-14", "ended_on": "2026-06-13"}]})
    future = world({"protocol": [{"protocol_id": "ended early", "recorded_at": "2026-06-16"}]})
    made["protocol"] += later["protocol"] + future["protocol"]
    states = {paper.paper_id: paper.state for paper in read(tmp_path, made).of(PaperKind.PROTOCOL)}
    assert (states["in force"], states["ended early"]) == (State.ENDED, State.ENDED)


def test_the_document_lists_every_paper_with_its_parties_terms_and_publication(tmp_path: Path) -> None:
    document = register_report(read(tmp_path, papers()), Settings(decisions_days=123), AGENCY, VERSION)
    said = texts(document)
    row = next(
        tuple(said[place - 1 : place + 6]) for place, text in enumerate(said) if text == "in force" and place > 0
    )
    assert row == (
        "OCMW Gent (KBO 0212.214.125)",
        "in force",
        "van kracht",
        "10/01/2025\nadvies Opgroeien 05/01/2025\nadvies ontvanger 05/01/2025",
        "01/02/2025\nopen",
        "naam, adres, telefoon, e-mail\n365 dagen",
        "Opgroeien: https://example.org/protocol/P1\nontvanger: https://ocmw.example.org/protocol/P1",
    )
    assert {PAPER_STATES[state] for _, state in PROTOCOLS.values() if state} <= {
        cell for cells in tables(document).values() for row in cells for cell in row
    } | set(said)
    assert any("2 stukken van een andere gegevensstroom" in text for text in said)
    assert any("123 dagen" in text for text in said) and any("jonger dan 3 jaar" in text for text in said)
    assert "naam, (onbekend)\n365 dagen" in said, "what a protocol asks beyond the decree is not repeated"


def test_every_letter_of_article_30_is_there_with_the_settings_and_papers_in_force(tmp_path: Path) -> None:
    settings = Settings(decisions_days=123, look_up_days=77, rows_days=2, staging_days=9, docs_days=55)
    document = register_report(read(tmp_path, papers()), settings, AGENCY, VERSION)
    letters = [heading[:3] for heading in document.sections if heading.startswith("(")]
    assert letters == [f"({letter})" for letter in "abcdefg"]
    assert tables(document)["Ontvangers"] == (
        ("OCMW Gent (KBO 0212.214.125)", "01/02/2025", "open", "naam, adres, telefoon, e-mail", "365 dagen"),
    )
    periods = " ".join(row[1] for row in tables(document)["Bewaartermijnen"])
    assert all(f"{days} dagen" in periods for days in (123, 77, 2, 9, 55))
    assert f"gegevensdeling {VERSION}" in texts(document) and any("2016/679" in text for text in texts(document))
    assert any("derde landen" in heading for heading in document.sections)


def test_who_is_covered_since_and_until_when(tmp_path: Path) -> None:
    """Since the later of the two began, until the earlier of the two ends; a second agreement that goes on counts."""
    made = world(
        {
            "agreement": [
                {"valid_from": "2025-03-01", "valid_until": "2026-12-31"},
                {"agreement_id": "A2", "local_team_id": "T2", "valid_from": "2025-09-01", "valid_until": "2027-06-30"},
            ],
            "local_team": [{}, {"local_team_id": "T2", "name": "Tweede team"}],
            "protocol": [
                {"valid_from": "2025-02-01", "valid_until": "2028-01-01", "fields": "name", "retention_days": 30}
            ],
        }
    )
    (row,) = tables(register_report(read(tmp_path, made), Settings(), AGENCY, VERSION))["Ontvangers"]
    assert row[1:] == ("01/03/2025", "30/06/2027", "naam", "30 dagen")


def test_of_several_protocols_the_fields_that_all_name_and_the_shortest_retention(tmp_path: Path) -> None:
    second = {"protocol_id": "P2", "fields": "name,phone", "retention_days": 30}
    made = world({"protocol": [{"fields": "name,address,phone", "retention_days": 365}, second]})
    (row,) = tables(register_report(read(tmp_path, made), Settings(), AGENCY, VERSION))["Ontvangers"]
    assert row[3:] == ("naam, telefoon", "30 dagen")


def test_what_the_agency_has_not_given_is_said_to_be_missing_in_red(tmp_path: Path) -> None:
    found = read(tmp_path, world({}))
    given = AgencyContact.parse(CONTACT)
    assert given.contact == ("Bel ons.",) and given.responsible == {
        "Vertegenwoordiger": "geen", "Functionaris voor gegevensbescherming": "An Vos, dpo@example.org"
    }  # fmt: skip
    page = document_html(register_report(found, Settings(), given, VERSION))
    (red,) = re.findall(r'<dd class="missing">(.*?)</dd>', page)
    assert "Gezamenlijke verwerkingsverantwoordelijke: …" in red and "An Vos, dpo@example.org" in page
    nothing_given = document_html(register_report(found, Settings(), AGENCY, VERSION))
    assert nothing_given.count('<dd class="missing">') == 3


def test_the_workbook_says_what_the_document_says_and_both_are_the_same_each_time(tmp_path: Path) -> None:
    document, again = (register_report(read(tmp_path / name, papers()), Settings(), AGENCY, VERSION) for name in "ab")
    assert document_html(document) == document_html(again) and document_pdf(document, AT) == document_pdf(again, AT)
    books = [tables_xlsx_bytes(register_tables(one), AT, Footer("Register")) for one in (document, again)]
    assert books[0] == books[1]
    sheets = openpyxl.load_workbook(io.BytesIO(books[0]))
    cells = {one_line(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}
    captions = {block.caption for block in register_tables(document)}
    said = {one_line(text) for text in texts(document)} - {one_line(None)}
    assert captions == set(sheets.sheetnames)
    assert said - cells == {document.title, document.footer} | captions - {"Artikel 30"}


def one_line(cell: object) -> str:
    """A cell that a spreadsheet might take for a formula begins with an apostrophe."""
    return " ".join(str(cell if cell is not None else "-").split()).removeprefix("'")


def test_every_measure_is_a_part_of_the_security_properties() -> None:
    page = (Path(__file__).parents[4] / "docs" / "security.md").read_text("utf-8")
    headings = [line.removeprefix("## ") for line in page.splitlines() if line.startswith("## ")]
    assert headings == [*MEASURES, "Not claimed"]


def test_no_person_is_read_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small_world({GENT: 2})
    document = register_report(read(tmp_path, made), Settings(), AGENCY, VERSION)
    assert search("\n".join(texts(document)).encode(), canaries([101, 102])) == set()


def test_an_empty_register(tmp_path: Path) -> None:
    made = world({"protocol": [], "agreement": []})
    said = texts(register_report(read(tmp_path, made), Settings(), AGENCY, VERSION))
    assert "0 protocollen." in said and "0 overeenkomsten." in said


POINTS = {
    "in force": "",
    "ended": "",
    "asks for more": "vraagt gegevens buiten het decreet (toegelaten: naam, adres, telefoon, e-mail)",
    "without advice": "ontbreekt: advies van de functionaris voor gegevensbescherming van Opgroeien",
    "not published by the recipient": "ontbreekt: bekendmaking door de ontvanger",
    "begins tomorrow": "begint pas op 16/06/2026",
    "not signed": "niet ondertekend",
    "an impossible threshold": "noemt een onmogelijke drempel",
    "before the merger": "geschorst door een gemeentefusie: te vernieuwen",
}


def test_what_a_paper_needs_is_said_and_nothing_of_one_in_order(tmp_path: Path) -> None:
    """Every case of the tables above that needs attention says why; of an unsigned one also what else it lacks."""
    found = [(paper, attention_points(paper, local_day(AT))) for paper in read(tmp_path, papers()).papers]
    assert all("; ".join(points) == POINTS[paper.paper_id] for paper, points in found if paper.paper_id in POINTS)
    assert {*POINTS} <= {paper.paper_id for paper, _ in found}
    for paper, points in found:
        is_in_order = paper.state in (State.IN_FORCE, State.ENDED) and paper.paper_id != "until today"
        assert bool(points) == (paper.is_this_flow and not is_in_order), paper.paper_id


def test_all_that_one_paper_needs_is_said_at_once(tmp_path: Path) -> None:
    made = world(
        {"protocol": [{"signed_on": None, "fields": "name,insz", "published_url": " ", "dpo_advice_on": None}]}
    )
    (protocol,) = read(tmp_path, made).of(PaperKind.PROTOCOL)
    points = attention_points(protocol, local_day(AT))
    assert [point.split(":")[0] for point in points] == [
        "niet ondertekend", "vraagt gegevens buiten het decreet (toegelaten", "ontbreekt"
    ]  # fmt: skip
    assert "bekendmaking door Opgroeien en advies" in points[2] and "insz" not in str(points)


@pytest.mark.parametrize(("until", "is_soon"), [("2026-06-15", True), ("2026-09-13", True), ("2026-09-14", False)])
def test_a_paper_that_ends_within_ninety_days_is_named(tmp_path: Path, until: str, is_soon: bool) -> None:
    made = world({"protocol": [{"valid_until": until}], "agreement": [{"valid_until": until}]})
    for paper in read(tmp_path, made).papers:
        points = attention_points(paper, local_day(AT))
        assert points == ((f"loopt af op {date.fromisoformat(until):%d/%m/%Y}",) if is_soon else ())
        assert attention_points(paper, local_day(AT), days=365)


def test_the_command_lists_each_and_asks_for_attention_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    at = datetime.now(UTC)
    new_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    for number, (made, code) in enumerate(((world({}), 0), (papers(), 1))):
        agency = to_sqlite(made, tmp_path / f"agency {number}.db", at)
        monkeypatch.setenv("AIRFLOW_CONN_AGENCY_DB", f"sqlite:///{agency}")
        monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
        monkeypatch.setenv("GEGEVENSDELING_STAGING", str(tmp_path / "staging"))
        assert main(["protocol", "check"]) == code
    said = " ".join(capsys.readouterr().out.split())
    assert "2 stukken nagegaan" in said and "0 met aandachtspunten" in said
    assert "te vernieuwen" in said and "insz" not in said
