"""A table's cells as texts, its numeric columns, and a choice of its columns."""

from datetime import date

import pytest

from pipeline.core.documents.table import UNKNOWN, Table

TABLE = Table(
    "Stand",
    ("Naam", "Sinds", "Aantal", "Uitwisselend"),
    (("Gent", date(2026, 6, 15), 3, UNKNOWN), ("Aalst", None, 0, 2)),
    key="stand",
)


def test_a_reader_sees_days_in_dutch_and_a_dash_for_an_empty_cell() -> None:
    assert TABLE.texts == (("Gent", "15/06/2026", "3", "onbekend"), ("Aalst", "-", "0", "2"))


def test_a_column_of_numbers_stays_one_where_a_number_is_unknown() -> None:
    assert TABLE.numeric == (False, False, True, True)
    assert Table("Leeg", ("a", "b"), ()).numeric == (False, False)


def test_chosen_columns_keep_their_rows_and_the_key() -> None:
    chosen = TABLE.select(("Aantal", "Naam"))
    assert chosen == Table("Stand", ("Aantal", "Naam"), ((3, "Gent"), (0, "Aalst")), key="stand")


@pytest.mark.parametrize(("rows", "widths"), [((("x",),), ()), ((("x", "y"),), (1,))])
def test_every_row_has_a_cell_for_each_column(rows: tuple[tuple[str, ...], ...], widths: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="every row has a cell"):
        Table("T", ("a", "b"), rows, widths)
