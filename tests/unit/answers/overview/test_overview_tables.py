"""The overview's tables as CSV and XLSX: byte for byte, safe in a spreadsheet, and unknown is never nought."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime

import openpyxl
import pytest

from pipeline.answers.overview.model import DECREE_DAY, AuthorityState
from pipeline.answers.overview.tables import overview_tables
from pipeline.answers.overview.texts import definitions
from pipeline.core.documents.csv import table_csv_bytes
from pipeline.core.documents.table import UNKNOWN, Table
from pipeline.core.documents.xlsx import Footer, tables_xlsx_bytes
from tests.golden.overview_example import AUTHORITIES, DAY, GOLDEN, example, written

MADE = datetime(2026, 6, 16, 8, tzinfo=UTC)
FOOTER = Footer("Overzicht van 15/06/2026")


def table(key: str, **changed: object) -> Table:
    (found,) = (one for one in overview_tables(example(**changed)) if one.key == key)
    return found


def book(**changed: object) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(tables_xlsx_bytes(overview_tables(example(**changed)), MADE, FOOTER)))


@pytest.mark.parametrize("name", sorted(written()))
def test_a_table_is_its_golden_file_byte_for_byte(name: str) -> None:
    assert written()[name] == (GOLDEN / name).read_bytes()


def test_every_golden_file_has_its_table() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == set(written())


@pytest.mark.parametrize("one", overview_tables(example()), ids=lambda one: one.key)
def test_csv_opens_rightly_in_belgium(one: Table) -> None:
    content = table_csv_bytes(one)
    assert content.startswith(b"\xef\xbb\xbf") and content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n") == len(one.rows) + 1
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert tuple(rows[0]) == one.columns and {len(row) for row in rows} == {len(one.columns)}
    assert not any(cell.lstrip()[:1] in set("=+-@") and cell for row in rows for cell in row)


def test_the_workbook_has_a_sheet_a_table_with_the_same_cells() -> None:
    opened = book()
    assert opened.sheetnames == [one.caption for one in overview_tables(example())]
    for one in overview_tables(example()):
        rows = list(opened[one.caption].iter_rows(values_only=True))
        assert rows[0] == one.columns and opened[one.caption].freeze_panes == "A2"
        read = [[_plain(cell) for cell in row] for row in rows[1:]]
        found = csv.reader(io.StringIO(table_csv_bytes(one).decode("utf-8-sig"), newline=""), delimiter=";")
        assert read == list(found)[1:]


def _plain(cell: object) -> str:
    return "" if cell is None else str(cell.date()) if isinstance(cell, datetime) else str(cell)


def test_numbers_are_numbers_days_are_days_and_nothing_is_a_formula() -> None:
    sheets = book()
    evolution, authorities = sheets["Evolutie"], sheets["Besturen"]
    assert [cell.data_type for cell in evolution[3]] == ["s", "d", "n", "n", "n", "n", "n", "n"]
    assert evolution["B3"].value == datetime(2026, 6, 15)
    assert authorities["A3"].value.startswith("'=OCMW") and authorities["B3"].value == "0212.214.125"
    assert {cell.data_type for sheet in sheets for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d"}


def test_the_workbook_depends_on_no_clock_but_the_one_it_is_given() -> None:
    content = tables_xlsx_bytes(overview_tables(example()), MADE, FOOTER)
    assert content == tables_xlsx_bytes(overview_tables(example()), MADE, FOOTER)
    properties = openpyxl.load_workbook(io.BytesIO(content)).properties
    assert properties.created == properties.modified == MADE.replace(tzinfo=None)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_an_instant_of_another_zone_makes_another_file_only_where_it_is_another() -> None:
    assert tables_xlsx_bytes(overview_tables(example()), MADE, FOOTER) != tables_xlsx_bytes(
        overview_tables(example()), MADE.replace(hour=9), FOOTER
    )


@pytest.mark.parametrize("since", [None, datetime(2026, 6, 16, tzinfo=UTC)])
def test_before_the_ledger_exchanging_is_unknown_in_every_table(since: datetime | None) -> None:
    unknown = {"ledger_since": since}
    assert [row[3] for row in table("samenvatting", **unknown).rows if row[2] == "Wisselt uit"] == [UNKNOWN]
    for key in ("provincies", "teams"):
        assert {row[-1] for row in table(key, **unknown).rows} == {UNKNOWN}


def test_before_the_decree_exchanging_is_known_to_be_nought() -> None:
    before = example(as_of=date(2022, 3, 10), ledger_since=None, authorities=(), months=())
    assert before.as_of < DECREE_DAY
    (row,) = (row for one in overview_tables(before) for row in one.rows if row[2:3] == ("Wisselt uit",))
    assert row[3] == 0


def test_totals_are_of_distinct_authorities() -> None:
    rows = {row[0]: row[1:] for row in table("provincies").rows}
    assert rows["Totaal"] == (5, 0, 4, 2, 0, 1, 0, 1)
    assert sum(row[2] for name, row in rows.items() if name != "Totaal") == 5, "Aalst serves in two provinces"
    assert [row[3] for row in table("samenvatting").rows if row[0] == "Besturen"] == [2, 0, 1, 0, 1, 4]


def test_every_paper_and_every_team_is_listed() -> None:
    assert len(table("papieren").rows) == sum(len(one.papers) for one in AUTHORITIES) == 7
    assert [row[0] for row in table("teams").rows] == ["@Team Gent", "Team Brussel; noord", "Team Zuid", "Totaal"]


def test_an_overview_of_nobody_is_its_headers_and_noughts() -> None:
    empty = example(authorities=(), counts=(), months=(), remarks=(), teams=())
    assert [len(one.rows) for one in overview_tables(empty)] == [10, 0, 0, 1, 0, 0, len(definitions(empty))]
    assert table_csv_bytes(table("besturen", authorities=())).decode("utf-8-sig").count("\r\n") == 1
    assert book(authorities=(), counts=(), months=(), remarks=(), teams=()).sheetnames


def test_states_are_in_one_order_everywhere() -> None:
    columns = table("provincies").columns[4:]
    assert columns == tuple(row[2] for row in table("samenvatting").rows if row[0] == "Besturen")[: len(AuthorityState)]
    assert example().as_of == DAY
