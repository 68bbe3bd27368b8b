"""What a reader is told beside the figures, and how long a list may get."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from pipeline.answers.overview.model import OverviewQuery
from pipeline.answers.overview.remarks import RetiredCode, overview_remarks
from tests.golden.overview_example import AUTHORITIES, DAY

SINCE = datetime(2022, 1, 1, tzinfo=UTC)


def said(
    unserved: Sequence[tuple[str, int]] = (),
    retired: Sequence[RetiredCode] = (),
    known_at: str = "2026-06-15T12:00+02:00",
) -> list[str]:
    query = OverviewQuery(DAY, datetime.fromisoformat(known_at), 7, SINCE)
    return list(overview_remarks(query, AUTHORITIES, unserved, retired))


def test_what_is_in_order_needs_no_remark_but_who_is_not_registered() -> None:
    assert said() == [
        "Heeft stukken of een werkgebied, maar staat niet in het register van besturen: "
        "KBO 0999.999.922 (niet in het register)."
    ]


@pytest.mark.parametrize(("known_at", "told"), [("2026-06-14T23:59+02:00", True), ("2026-06-15T00:00+02:00", False)])
def test_knowledge_of_before_the_day_is_told(known_at: str, told: bool) -> None:
    assert any("Dit is wat bekend was op 14 juni 2026 om 23.59 uur" in one for one in said(known_at=known_at)) is told


@pytest.mark.parametrize(("number", "ends"), [(1, ": A0."), (2, ": A0 en A1."), (11, ", A9 en 1 andere.")])
def test_of_many_ten_are_named(number: int, ends: str) -> None:
    (_, one) = said([(f"A{n}", 0) for n in range(number)])
    assert one.startswith("Gemeenten waarvoor volgens het register geen bestuur instaat: ") and one.endswith(ends)


def test_of_many_codes_that_are_gone_ten_are_explained() -> None:
    found = said(retired=[RetiredCode("0212214125", f"{n}", None, None) for n in range(15)])
    assert len(found) == 12 and found[-1] == "Zo zijn er nog 5 andere NIS-codes in het register die geen gemeente zijn."


def test_before_the_decree_that_is_all_there_is_to_say() -> None:
    query = OverviewQuery(date(2022, 3, 10), datetime(2026, 1, 1, tzinfo=UTC), 7, None)
    (one,) = overview_remarks(query, AUTHORITIES, [], [RetiredCode("0212214125", "1", None, None)])
    assert "11 maart 2022" in one
