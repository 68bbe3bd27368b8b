"""A drop's workbook is in the order in which a Fleming looks, and is set up to be read, filtered and printed."""

import io
from datetime import date
from random import Random

import openpyxl
import pyarrow as pa
import pytest

from pipeline.delivery.workbook import in_name_order
from tests.golden.example import AWKWARD, content, example

ORDERS = {
    "a prefix is part of the name": ["Dekker", "De Smet", "Peeters", "Smet", "Van Acker", "van den Berghe", "Verhulst"],
    "spaces and capitals do not part who sound alike": [
        "de Smedt A",
        "Desmedt B",
        "De Smedt C",
        "De Smet A",
        "Desmet B",
    ],
    "an apostrophe does not count": ["Dhondt A", "D'Hondt B", "d'Hondt C", "Dhont A"],
    "one that keeps a formula away does not either": ["Baert", "'=Beke", "Bels"],
    "accents do not part": ["Emond", "Émond", "Emont", "Öztürk", "Pérez", "Perlo"],
    "nor a hyphen": ["Claes", "Claes-Peeters", "Claessens", "Claeys"],
    "other alphabets come after ours": ["Đặng", "Zola", "Ωmega", "Ярослав", "مثال", "例"],
}
"""A last word of one letter is the first name."""


@pytest.mark.parametrize("names", ORDERS.values(), ids=ORDERS)
def test_the_order_of_a_flemish_telephone_book(names: list[str]) -> None:
    people = [name.rsplit(" ", 1) if name[-2:-1] == " " else [name, "A"] for name in names]
    rows = [(*person, f"R{at}") for at, person in enumerate(people)]
    Random(7).shuffle(rows)
    columns = ("achternaam", "voornaam", "referentie")
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(columns)})
    assert in_name_order(table)["referentie"].to_pylist() == [f"R{at}" for at in range(len(rows))]


def test_who_have_one_name_are_in_the_order_of_their_references() -> None:
    table = pa.table({"achternaam": ["De Smet"] * 3, "voornaam": ["An"] * 3, "referentie": ["C", "A", "B"]})
    assert in_name_order(table)["referentie"].to_pylist() == ["A", "B", "C"]


@pytest.mark.parametrize("people", [AWKWARD, []], ids=["some", "nobody"])
def test_it_is_set_up_to_print(tmp_path, people) -> None:
    book = openpyxl.load_workbook(io.BytesIO(content(example(tmp_path, people, "xlsx"))))
    sheet, _ = book
    setup = sheet.page_setup
    assert (sheet.title, sheet.print_title_rows, sheet.freeze_panes) == ("Aanmeldingen", "$1:$1", "A2")
    assert (setup.orientation, setup.fitToWidth or 1, setup.fitToHeight) == ("landscape", 1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert int(setup.paperSize) == 9, "A4"
    assert sheet.auto_filter.ref == f"A1:K{len(people) + 1}"
    footer = sheet.oddFooter
    assert (footer.left.text, footer.center.text) == ("Levering van Opgroeien van 15/06/2026", "Vertrouwelijk")
    assert footer.right.text == "pagina &P van &N"


def test_a_test_drop_says_so_on_paper(tmp_path) -> None:
    order = {"test": True, "sequence": 0, "night": date(2026, 11, 29)}
    sheet, _ = openpyxl.load_workbook(io.BytesIO(content(example(tmp_path, AWKWARD, "xlsx", **order))))
    assert sheet.oddFooter.left.text == "Testlevering van Opgroeien van 29/11/2026"
