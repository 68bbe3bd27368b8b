"""A sheet as its recipient reads it: golden bytes, and a word for what is not shown."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from pipeline.indicators.edition_file import NIGHTLY
from pipeline.indicators.model import Criterion, Sheet
from pipeline.indicators.sheet_fields import FIRST_FIGURE, HEADER
from pipeline.indicators.sheet_file import (
    SUPPRESSED,
    parse_sheet,
    release_sheet,
    sheet_csv,
    sheet_enclosure,
    sheet_note,
    sheet_title,
)
from tests.golden.example import GOLDEN
from tests.support.worlds.sheets import AT, HIDDEN, line, on_record, sheet


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


def test_the_golden_sheet_byte_for_byte() -> None:
    assert release_sheet(sheet(), AT, NIGHTLY, "in").content == (GOLDEN / "sheet.csv").read_bytes()


def test_excel_in_belgium_opens_it_rightly() -> None:
    content = on_record().content
    assert content.startswith(b"\xef\xbb\xbfniscode;gemeente;") and content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"") and content.count(b"\r\n") == 3


def test_what_is_suppressed_is_a_word_that_is_not_0_nor_empty() -> None:
    gent, assenede = rows(sheet_csv(sheet()))
    assert gent["kinderen"] == "1000" and gent["gezondheid"] == gent["gezondheid-aandeel"] == SUPPRESSED
    assert {assenede[name] for name in HEADER[FIRST_FIGURE:]} == {SUPPRESSED}
    assert SUPPRESSED not in ("", "0") and not any(cell == "" for row in (gent, assenede) for cell in row.values())
    zero = rows(sheet_csv(sheet(lines=(line(deprived=0, weak=0),))))[0]
    assert (zero["kansarm"], zero["inkomen"]) == ("0", "0")


def test_index_and_shares_are_made_of_what_is_shown_alone() -> None:
    """From the middle of 120 to 124 and of 1000 to 1004."""
    (gent, _) = rows(sheet_csv(sheet()))
    assert (gent["kansarmoede-index"], gent["inkomen-aandeel"]) == ("12,2", "50,8")
    assert gent["afgerond-op"] == "5"


@pytest.mark.parametrize("name", ["=1+1", "@x", "-Nul"])
def test_no_name_is_a_formula(name: str) -> None:
    assert rows(sheet_csv(sheet(lines=(line(name=name),))))[0]["gemeente"] == f"'{name}"


def test_what_is_frozen_can_be_read_back_whole() -> None:
    assert parse_sheet(on_record()) == sheet(lines=(line(), HIDDEN))
    assert on_record().sha256 == on_record().sha256 != on_record(edition=2).sha256


def test_the_json_of_a_sheet_on_record_is_read_and_written_as_ever() -> None:
    text = (GOLDEN / "sheet" / "on_record.json").read_text("utf-8")
    old = replace(on_record(), lines=text)
    assert parse_sheet(old) == sheet() and on_record().lines == text
    assert (
        parse_sheet(old).lines[1].shown.is_hidden and parse_sheet(old).lines[0].shown.weak[Criterion.INCOME].value == 60
    )


def test_it_is_told_what_it_is() -> None:
    told = sheet_note(sheet())
    for word in (
        "31 december 2025",
        "2023, 2024 en 2025",
        "editie 1",
        "15/06/2026",
        "drie of meer",
        "Brussel",
        "niet 0",
    ):
        assert word in told, word
    assert sheet_title(sheet(2)) == "Indicatorenfiche 2025, editie 2"


def test_the_manifest_describes_the_columns_of_the_file() -> None:
    found = sheet_enclosure(on_record(), ("csv",))
    header = on_record().csv.splitlines()[0].split(";")
    fields = found.schema["fields"]
    assert isinstance(fields, list) and [field["name"] for field in fields] == header
    assert found.schema["missingValues"] == ["", SUPPRESSED] and found.schema["primaryKey"] == ["niscode"]
    assert all(field["description"].endswith(".") for field in fields)
    assert len(header) == len(set(header)) == 8 + 2 * len(Criterion)
    assert found.rows == 2


@pytest.mark.parametrize(
    ("formats", "made"), [(("csv",), ["csv"]), (("xlsx",), ["csv", "xlsx"]), (("csv", "parquet"), ["csv"])]
)
def test_a_csv_always_and_a_workbook_for_who_has_its_drops_so(formats: tuple[str, ...], made: list[str]) -> None:
    assert list(sheet_enclosure(on_record(), formats).contents) == made


def test_the_workbook_has_numbers_where_there_are_some(tmp_path: Path) -> None:
    first, again = (sheet_enclosure(on_record(), ("xlsx",)).contents["xlsx"] for _ in range(2))
    assert first == again
    (tmp_path / "x.xlsx").write_bytes(first)
    found = openpyxl.load_workbook(tmp_path / "x.xlsx")["Indicatoren 2025"]
    header, gent, assenede = ([cell.value for cell in row] for row in found.iter_rows())
    assert header == HEADER
    assert gent[:8] == ["44021", "Gent", 2025, 1, 5, 1000, 120, 12.2]
    assert assenede[1] == 'Assenede; "aan zee"' and set(assenede[5:]) == {SUPPRESSED}


def test_it_is_nothing_but_figures_of_municipalities() -> None:
    assert set(Sheet.__dataclass_fields__) == {"kbo", "year", "edition", "released_on", "lines"}
