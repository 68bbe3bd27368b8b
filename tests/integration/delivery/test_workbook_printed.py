"""The workbook as a social worker prints it."""

from pathlib import Path

from pipeline.delivery.columns import IN_WORKBOOK
from tests.golden.example import content, example
from tests.support.servers.office import found_office, printed
from tests.support.servers.services import or_left_out
from tests.support.worlds.printed_people import printed_changes, printed_people


def test_each_page_has_the_header_the_day_and_its_number(tmp_path: Path) -> None:
    """One test, since LibreOffice takes seconds to start."""
    people = printed_people()
    with or_left_out(found_office()):
        pages = printed(content(example(tmp_path / "drop", people, "xlsx", changes=printed_changes())), tmp_path)
    width, height = pages.size
    assert (round(width), round(height)) == (842, 595), "a landscape A4"
    *listed, gone = pages.texts
    count = len(pages.texts)
    assert 2 <= len(listed) <= 3, "as wide as the sheet: all columns on each page"
    for number, (header, *_, footer) in enumerate(pages.texts, 1):
        columns = ["Stand", *(column.header for column in IN_WORKBOOK)]
        assert header.split() == (columns if number < count else ["referentie", "in", "levering", "van"])
        said = ("Levering van Opgroeien van 15/06/2026", "Vertrouwelijk", f"pagina {number} van {count}")
        assert footer.split("  ")[0] == said[0] and footer.split() == " ".join(said).split()
    lines = [line for _, *rows, _ in listed for line in rows]
    assert [line.split(maxsplit=1) for line in gone[1:-1]] == [[each * 32, "14/06/2026, nummer 41"] for each in "AZ"]
    assert len(lines) == len(people), "each on a line of its own: nothing is wrapped or cut"
    assert len({line.split()[-1] for line in lines}) == len(people), "ends with the reference"
    said = [line.split(maxsplit=1) for line in lines]
    assert {stand for stand, _ in said} == {"nieuw", "gewijzigd", "ongewijzigd"}
    surnames = [rest.split("  ")[0] for _, rest in said]
    assert list(dict.fromkeys(name.replace(" ", "").replace("'", "").lower() for name in surnames)) == [
        *("claeys-vandamme", "desmet", "dhondt", "elamrani", "janssens", "maes", "öztürk", "peeters"),
        *("vandenberghe", "verstraete"),
    ]  # fmt: skip
    assert any("0470 00 00" in line for line in lines) and not any("#" in line or "E+" in line for line in lines)
