"""What a person sees is whole at any width of the terminal, and when it goes into a file."""

import pytest

from pipeline.core.terminal import console, new_table, show_table

LONG = "1197DAA71DE20B826B721E070E32E63ED704F41B1197DAA71DE20B82"
CELLS = (LONG, "AANMELDING_OPGROEIEN_0212214125_20260615_000001.datapackage.json", "two words", "")
HEADINGS = ("fingerprint", "file", "said", "nothing")


@pytest.mark.parametrize("width", [20, 40, 80, 137, 138, 160, 200, 1000])
def test_no_cell_is_cut_and_no_word_broken(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "width", width)
    table = new_table("Problems", HEADINGS, ("rows",))
    table.add_row(*CELLS, "[red]1,234[/]")
    table.add_row(*CELLS, "7")
    show_table(table)
    shown = capsys.readouterr().out
    assert "Problems" in shown and "…" not in shown and "[red]" not in shown and "\x1b" not in shown
    assert [shown.count(whole) for whole in (*CELLS[:3], "1,234")] == [2, 2, 2, 1]
    is_table = "┃" in shown
    assert is_table == (width >= 160), "a table where it fits, else lines"
    assert is_table or f"file: {CELLS[1]}\n" in shown
    assert not is_table or max(map(len, shown.splitlines())) <= width
