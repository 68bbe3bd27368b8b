"""The list of what recipients returned: by the agency's own numbers, bounded, and what must be done on top."""

from datetime import UTC, datetime

import pytest

from pipeline.core.model import Kbo
from pipeline.followup.returned_list import named, returned_csv
from pipeline.followup.returned_page import MOST_PARENTS, returned_page
from pipeline.ledger.db.returned_noes import ReturnedLine
from pipeline.ledger.persons import LedgerKey, person_hashes
from pipeline.ledger.returns import ReturnedFile, ReturnedParent, ReturnKind

GENT, AT = Kbo("0212214125"), datetime(2026, 6, 20, 9, tzinfo=UTC)
FILE = ReturnedFile(GENT, f"TERUG_OPGROEIEN_{GENT}_20260620_000001.csv", "ff", AT, "run", 3, (2,), "", False)
KEYS = {name: LedgerKey(name, name.encode() * 32) for name in "ab"}


def parent(number: int, kind: ReturnKind = ReturnKind.NO_CONTACT, lifted: bool = False) -> ReturnedParent:
    return ReturnedParent(number, GENT, AT, kind, lifted)


def test_a_parent_is_found_under_whatever_key_and_one_without_a_row_is_not_named() -> None:
    lines = [
        ReturnedLine(GENT, AT, ReturnKind.MOVED, person_hashes(KEYS[key], [number])[0], key, lifted=False)
        for key, number in (("a", 7), ("b", 8), ("a", 9))
    ]
    assert [one.parent_id for one in named(lines, [7, 8], KEYS.__getitem__)] == [7, 8]


@pytest.mark.parametrize("count", [0, 2, MOST_PARENTS + 1])
def test_the_page_has_the_newest_and_the_csv_all(count: int) -> None:
    parents = [parent(1_000 + each, lifted=each == 1) for each in range(count)]
    page = returned_page([FILE], [], parents, AT, "all.csv")
    assert page.count("geen contact meer") == min(count, MOST_PARENTS)
    assert ("De nieuwste 500 van 501" in page) is (count > MOST_PARENTS)
    assert '<a href="all.csv">De hele lijst als CSV</a>' in page
    assert f"{FILE.name} van 20/06/2026 om 11:00 (3 rij(en), 1 geweigerd)" in page
    lines = returned_csv(parents).decode("utf-8-sig").splitlines()
    assert len(lines) == count + 1 and lines[0] == "parent_id;soort;ontvanger;teruggekomen;opgeheven"
    assert (
        lines[1:3]
        == [
            f"1000;geen_contact;{GENT};2026-06-20 11:00;nee",
            f"1001;geen_contact;{GENT};2026-06-20 11:00;ja",
        ][:count]
    )


def test_a_file_over_the_share_stands_before_all_else() -> None:
    page = returned_page([FILE], [FILE], [parent(1)], AT, "all.csv")
    assert page.index("Bel de ontvanger") < page.index("Op 20/06/2026")
    assert '<p class="failed">1 bestand(en) zeggen geen_contact' in page
