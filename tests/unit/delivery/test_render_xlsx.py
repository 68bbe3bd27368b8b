"""The workbook holds text and nothing else, and depends on no clock."""

import io
import tempfile
import zipfile
from datetime import datetime

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.documents.cells import safe
from pipeline.core.documents.xlsx import Footer, Worksheet, xlsx_bytes
from tests.golden.example import AWKWARD, FULL, content, example
from tests.unit.delivery.test_render_cells import TEXTS
from tests.unit.delivery.test_render_csv import read_back


def sheet_of(workbook: bytes):
    return openpyxl.load_workbook(io.BytesIO(workbook)).active


def cells_of(workbook: bytes) -> list[list[str]]:
    return [[cell or "" for cell in row] for row in sheet_of(workbook).iter_rows(values_only=True)]


READ = "Stand;achternaam;voornaam;straatnaam;huisnummer;busnummer;postcode;gemeentenaam;telefoon;e-mail;referentie"


def test_it_holds_the_very_cells_of_the_csv(tmp_path):
    """In another order: what became of the row and what a person looks for first, and the opaque reference last."""
    drop = example(tmp_path, AWKWARD, "csv", "xlsx")
    (header, *lines), (names, *rows) = cells_of(content(drop, 1)), read_back(content(drop, 0))
    assert header == READ.split(";") and sorted(header[1:]) == sorted(names)
    assert {line.pop(0) for line in lines} == {"onbekend"}, "a preview knows of no drop before"
    sheet, csv = (
        [dict(zip(keys, row, strict=True)) for row in found] for keys, found in ((header[1:], lines), (names, rows))
    )
    assert sorted(sheet, key=lambda row: row["referentie"]) == sorted(csv, key=lambda row: row["referentie"])


def test_every_cell_is_text(tmp_path):
    people = [*AWKWARD, FULL | {"street": "https://example.org", "house_number": "{=1+1}", "box_number": "1e5"}]
    sheet = sheet_of(content(example(tmp_path, people, "xlsx")))
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert not any(cell.hyperlink for cell in cells)


@pytest.mark.parametrize(
    "text", ["=1+1", "{=1+1}", "https://example.org", "mailto:a@example.org", "007", "1E5", "TRUE"]
)
def test_text_stays_text_even_when_it_was_not_made_safe(text):
    workbook = xlsx_bytes([Worksheet("x", pa.table({"a": [text]}))], Footer("x"))
    cell = sheet_of(workbook)["A2"]
    assert (cell.value, cell.data_type, cell.hyperlink) == (text, "s", None)


def test_the_header_is_bold_and_stays_in_view(tmp_path):
    sheet = sheet_of(content(example(tmp_path, AWKWARD, "xlsx")))
    assert [cell.value for cell in sheet[1]] == READ.split(";")
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.freeze_panes == "A2"


def test_columns_are_wide_enough_to_read(tmp_path):
    sheet = sheet_of(content(example(tmp_path, AWKWARD, "xlsx")))
    widths = {letter: column.width for letter, column in sheet.column_dimensions.items()}
    assert widths["K"] > 32, "a reference has 32 characters"
    assert max(widths.values()) < 60


def test_a_drop_of_nobody_is_its_header(tmp_path):
    assert cells_of(content(example(tmp_path, [], "xlsx"))) == [READ.split(";")]


def test_it_depends_on_no_clock(tmp_path):
    workbook = content(example(tmp_path, AWKWARD, "xlsx"))
    properties = openpyxl.load_workbook(io.BytesIO(workbook)).properties
    assert properties.created == properties.modified == datetime(2000, 1, 1)
    with zipfile.ZipFile(io.BytesIO(workbook)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_nothing_is_written_outside_the_drops_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "does not exist"))
    assert content(example(tmp_path, AWKWARD, "xlsx"))


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS.filter(lambda text: "_x" not in text), min_size=1, max_size=6))
def test_any_text_reads_back_as_the_safe_cell(texts):
    column = safe(pa.chunked_array([texts], pa.string()))
    workbook = xlsx_bytes(
        [Worksheet("x", pa.table({"a": column, "b": pa.chunked_array([["x"] * len(texts)])}))], Footer("x")
    )
    assert [row[0] for row in cells_of(workbook)[1:]] == column.to_pylist()
