"""What a sheet cannot hold ends in a sentence; several sheets are one workbook with one footer."""

import io
from datetime import UTC, datetime

import openpyxl
import pyarrow as pa
import pytest

from pipeline.core.documents.sheet_limits import MOST_OF_A_CELL, MOST_ROWS, TOO_LONG, fitting
from pipeline.core.documents.table import Table
from pipeline.core.documents.xlsx import Footer, Worksheet, tables_xlsx_bytes, xlsx_bytes
from pipeline.core.errors import TerminalError

MADE = datetime(2026, 6, 16, 8, tzinfo=UTC)
LENGTHS = [
    ("x" * MOST_OF_A_CELL, True),
    ("x" * (MOST_OF_A_CELL + 1), False),
    ("é" * MOST_OF_A_CELL, True),
    ("🙂" * (MOST_OF_A_CELL // 2), True),
    ("🙂" * (MOST_OF_A_CELL // 2 + 1), False),
]


@pytest.mark.parametrize(("text", "fits"), LENGTHS, ids=["most", "more", "most accents", "most emoji", "more emoji"])
def test_a_text_is_whole_or_a_sentence_in_its_place(text: str, fits: bool) -> None:
    column = pa.chunked_array([[None, text], ["beside"]], pa.string())
    assert fitting(column).to_pylist() == [None, text if fits else TOO_LONG, "beside"]
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([Worksheet("x", pa.table({"a": column}))], Footer(""))))
    assert [cell.value for cell in book["x"]["A"]] == ["a", None, text if fits else TOO_LONG, "beside"]


def test_the_tables_of_an_answer_do_the_same() -> None:
    table = Table("x", ("a",), (("y" * 40_000,),))
    book = openpyxl.load_workbook(io.BytesIO(tables_xlsx_bytes([table], MADE, Footer("Overzicht"))))
    assert book["x"]["A2"].value == TOO_LONG and book["x"].print_title_rows == "$1:$1"


def test_more_rows_than_a_sheet_has_are_refused_in_a_sentence() -> None:
    assert Worksheet("x", pa.table({"a": pa.nulls(MOST_ROWS, pa.string())})).table.num_rows == 2**20 - 1
    with pytest.raises(TerminalError, match=r"sheet Aanmeldingen: 1048576 rows.*holds 1048575.*take xlsx out"):
        Worksheet("Aanmeldingen", pa.table({"a": pa.nulls(MOST_ROWS + 1, pa.string())}))


def test_each_sheet_has_its_columns_and_all_have_the_footer() -> None:
    wide = pa.table({f"kolom {at}": pa.array(["007"]) for at in range(30)})
    sheets = [Worksheet("Eerste", wide), Worksheet("Tweede", pa.table({"a": pa.array([], pa.string())}))]
    content = xlsx_bytes(sheets, Footer("Gent & Brugge", "Vertrouwelijk"))
    assert content == xlsx_bytes(sheets, Footer("Gent & Brugge", "Vertrouwelijk"))
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.sheetnames == ["Eerste", "Tweede"]
    assert book["Eerste"]["AD2"].value == "007" and book["Eerste"].auto_filter.ref == "A1:AD2"
    assert {sheet.oddFooter.left.text for sheet in book} == {"Gent && Brugge"}


def test_a_row_is_as_high_as_its_longest_text_needs() -> None:
    """LibreOffice would print its lines over the rows below."""
    texts = ["kort", "een straatnaam die op één lijn past", "woord " * 40, "x" * 30_000]
    table = pa.table({"a": texts, "b": ["kort"] * 4})
    (sheet,) = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([Worksheet("x", table)], Footer(""))))
    heights = [sheet.row_dimensions[row].height for row in range(2, 6)]
    assert heights[:2] == [None, None] and 60 <= heights[2] <= 120 and heights[3] == pytest.approx(409, abs=1)
    assert sheet.column_dimensions["A"].width < 45
