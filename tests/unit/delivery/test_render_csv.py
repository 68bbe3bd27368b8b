"""The CSV opens rightly in Belgian Excel, and reads back as what went in."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.documents.cells import safe
from pipeline.core.documents.csv import csv_bytes
from pipeline.delivery.columns import COLUMNS
from tests.golden.example import AWKWARD, FULL, content, example
from tests.unit.delivery.test_render_cells import TEXTS, unhurried

HEADER = "referentie;voornaam;achternaam;straatnaam;huisnummer;busnummer;postcode;gemeentenaam;telefoon;e-mail"


def read_back(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=";", strict=True))


def as_table(lines: list[list[str | None]]) -> pa.Table:
    columns = zip(*lines, strict=True) if lines else [[]] * len(COLUMNS)
    cells = [safe(pa.chunked_array([list(column)], pa.string())) for column in columns]
    return pa.table(cells, names=[column.header for column in COLUMNS])


def test_belgian_excel_opens_it(tmp_path):
    data = content(example(tmp_path))
    assert data.startswith(b"\xef\xbb\xbf"), "without a BOM Excel takes UTF-8 for Windows-1252"
    assert data.count(b"\xef\xbb\xbf") == 1
    assert data.split(b"\r\n")[0].decode("utf-8-sig") == HEADER
    assert data.endswith(b"\r\n")
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n") == len(AWKWARD) + 1


def test_a_drop_of_nobody_is_its_header(tmp_path):
    assert content(example(tmp_path, [])) == f"\ufeff{HEADER}\r\n".encode()


@pytest.mark.parametrize(
    ("cell", "written"),
    [("a b", "a b"), ("a,b", "a,b"), ("a;b", '"a;b"'), ('a"b', '"a""b"'), ('"', '""""'), ("", ""), (None, "")],
)
def test_quotes_only_where_needed(cell, written):
    line = csv_bytes(as_table([[cell, "next", *[None] * 8]])).decode("utf-8-sig").split("\r\n")[1]
    assert line == f"{written};next;;;;;;;;"


def test_numbers_keep_their_zeros_as_text(tmp_path):
    (line,) = read_back(content(example(tmp_path, [FULL])))[1:]
    assert line[4:7] == ["007", "0201", "9000"]


def test_lines_are_sorted_by_code_point_of_name_then_reference(tmp_path):
    lines = read_back(content(example(tmp_path)))[1:]
    keys = [(line[2], line[1], line[0]) for line in lines]
    assert keys == sorted(keys)
    assert len({line[0] for line in lines}) == len(AWKWARD)


@unhurried
@given(st.lists(st.lists(st.none() | TEXTS, min_size=10, max_size=10), max_size=4))
def test_any_text_reads_back_as_the_safe_cell(lines):
    table = as_table(lines)
    expected = [[cell or "" for cell in line.values()] for line in table.to_pylist()]
    assert read_back(csv_bytes(table)) == [table.column_names, *expected]


@unhurried
@given(st.lists(st.lists(TEXTS, min_size=10, max_size=10), min_size=1, max_size=4))
def test_as_many_lines_as_rows_for_any_reader(lines):
    text = csv_bytes(as_table(lines)).decode("utf-8-sig")
    assert len(text.splitlines()) == text.count("\r\n") == len(lines) + 1
