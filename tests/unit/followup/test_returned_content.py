"""What a file of the way back says, as tables; any bytes at all end in rows, in numbers of rows, or in a fault."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.model import Kbo
from pipeline.followup.receipt import MOST_NAMED, receipt_bytes, receipt_name
from pipeline.followup.returned_content import MOST_ROWS, ReturnFault, read_returned, stem_pattern
from pipeline.ledger.returns import ReturnedFile, ReturnKind

A, B = "A" * 32, "B2" * 16
HEAD = "referentie;soort\r\n"
NO, MOVED, WRONG = ReturnKind.NO_CONTACT, ReturnKind.MOVED, ReturnKind.WRONG_DATA

READ = {
    "as Excel writes it": (f"\ufeff{HEAD}{A};geen_contact\r\n{B};verhuisd\r\n", [(1, A, NO), (2, B, MOVED)], []),
    "LF, no BOM, no last end": (f"referentie;soort\n{A};foute_gegevens", [(1, A, WRONG)], []),
    "in quotes": (f'"referentie";"soort"\r\n"{A}";"geen_contact"\r\n', [(1, A, NO)], []),
    "blanks and capitals": (f"Referentie ; SOORT\r\n {A.lower()} ;\tGeen_Contact\u00a0\r\n", [(1, A, NO)], []),
    "only a header": (HEAD, [], []),
    "empty rows keep the numbers": (f"{HEAD}\r\n;\r\n{A};verhuisd\r\n\r\n", [(3, A, MOVED)], []),
    "a doubled row says nothing more": (f"{HEAD}{A};verhuisd\r\n{A};verhuisd\r\n", [(1, A, MOVED)], []),
    "two kinds of one parent": (f"{HEAD}{A};verhuisd\n{A};geen_contact\n", [(1, A, MOVED), (2, A, NO)], []),
    "an unknown kind": (f"{HEAD}{A};weg\r\n{B};verhuisd\r\n", [(2, B, MOVED)], [1]),
    "too few, too many cells": (f"{HEAD}{A}\r\n{A};verhuisd;x\r\n{A};verhuisd;\r\n", [], [1, 2, 3]),
    "a comma is no separator": (f"{HEAD}{A},verhuisd\r\n", [], [1]),
    "a quote in the middle": (f'{HEAD}A"B;verhuisd\r\n"A"B;verhuisd\r\n"A;verhuisd\r\n', [], [1, 2, 3]),
    "a quote that is doubled": (f'{HEAD}"A""B";verhuisd\r\n', [(1, 'A"B', MOVED)], []),
    "a long line": (f"{HEAD}{'A' * 300};verhuisd\r\n", [], [1]),
    "a formula, a name": (f"{HEAD}=1+1;verhuisd\r\nJosé;verhuisd\r\n", [(1, "=1+1", MOVED), (2, "JOSÉ", MOVED)], []),
}
FAULTS = {
    "nothing": (b"", ReturnFault.HEADER),
    "another header": (b"reference;kind\r\n", ReturnFault.HEADER),
    "a comma": (b"referentie,soort\r\n", ReturnFault.HEADER),
    "a third column": (b"referentie;soort;naam\r\n", ReturnFault.HEADER),
    "Windows' own letters": ("referentie;soort\r\nJos\xe9;verhuisd".encode("cp1252"), ReturnFault.ENCODING),
    "UTF-16": (HEAD.encode("utf-16"), ReturnFault.ENCODING),
    "a NUL": (f"{HEAD}A\0;verhuisd\r\n".encode(), ReturnFault.CONTROL),
    "the line ends of an old Mac": (b"referentie;soort\rA;verhuisd\r", ReturnFault.CONTROL),
    "too many rows": ((HEAD + f"{A};verhuisd\n" * (MOST_ROWS + 1)).encode(), ReturnFault.ROWS),
    "an archive": (b"PK\x03\x04\x14\x00\x08\x08", ReturnFault.CONTROL),
}


@pytest.mark.parametrize(("text", "given_rows", "unread"), READ.values(), ids=READ)
def test_each_row_is_read_or_named_by_its_number(
    text: str, given_rows: list[tuple[int, str, ReturnKind]], unread: list[int]
) -> None:
    read = read_returned(text.encode())
    assert read.fault is None
    assert [(row.number, row.reference, row.kind) for row in read.given] == given_rows
    assert list(read.unread) == unread


@pytest.mark.parametrize(("content", "fault"), FAULTS.values(), ids=FAULTS)
def test_a_file_that_is_wrong_as_a_whole_has_one_fault_and_no_rows(content: bytes, fault: ReturnFault) -> None:
    read = read_returned(content)
    assert (read.fault, read.given, read.unread, read.count) == (fault, (), (), 0)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda text: (HEAD + text).encode("utf-8", "replace")))
def test_any_bytes_end_in_rows_numbers_or_a_fault(content: bytes) -> None:
    read = read_returned(content)
    numbers = [*read.unread, *(row.number for row in read.given)]
    assert len(set(numbers)) == len(numbers) <= read.count and (read.fault is None or not numbers)


def test_only_this_recipients_names_are_its_files() -> None:
    pattern = stem_pattern(Kbo("0212214125"))
    assert pattern.fullmatch("TERUG_OPGROEIEN_0212214125_20261130_000001")
    for name in ("0212214126_20261130_000001", "0212214125_20261130_1", "0212214125_20261130_00000１"):
        assert not pattern.fullmatch(f"TERUG_OPGROEIEN_{name}")


def taken(rows: int, refused: tuple[int, ...] = (), fault: str = "") -> ReturnedFile:
    at = datetime(2026, 11, 30, 13, 5, tzinfo=UTC)
    name = "TERUG_OPGROEIEN_0212214125_20261130_000001.csv"
    return ReturnedFile(Kbo("0212214125"), name, "ab" * 32, at, "run", rows, refused, fault, False)


def test_a_receipt_says_in_dutch_which_rows_were_not_taken_in() -> None:
    good, bad = taken(3), taken(3, (2, 3))
    assert receipt_name(good).endswith("_000001.OK") and receipt_name(bad).endswith("_000001.FOUT")
    assert receipt_bytes(good).decode() == (
        "Bestand: TERUG_OPGROEIEN_0212214125_20261130_000001.csv\r\n"
        f"SHA-256: {'ab' * 32}\r\n"
        "Gelezen op 30/11/2026 om 14:05.\r\n"
        "3 rijen, alles is verwerkt.\r\n"
    )
    said = receipt_bytes(bad).decode()
    assert "3 rijen. Niet verwerkt: rij 2, 3.\r\nDe andere rijen zijn verwerkt.\r\n" in said
    assert "Geen enkele rij is verwerkt." in receipt_bytes(taken(1, (1,))).decode()
    assert ", 100 en mogelijk nog andere." in receipt_bytes(taken(200, tuple(range(1, MOST_NAMED + 1)))).decode()


@pytest.mark.parametrize("fault", ReturnFault)
def test_each_fault_has_a_receipt_that_says_what_to_do(fault: ReturnFault) -> None:
    one = taken(0, fault=fault)
    assert receipt_name(one).endswith(".FOUT") and "Niets is verwerkt: " in receipt_bytes(one).decode()
