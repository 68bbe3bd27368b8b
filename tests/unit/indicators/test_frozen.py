"""With which drops a sheet goes: until its recipient is known to have it."""

from datetime import date, timedelta

import pytest

from pipeline.indicators.edition_file import next_edition, sheets_to_send
from pipeline.ledger.events import Contents, DeliveryState, Event, Kind, delivery_state, sheet_in
from tests.support.worlds.sheets import AT, BRUGGE, GENT, on_record

NIGHT = date(2026, 6, 15)
OUT = (Kind.INTENT, Kind.RELEASING, Kind.PUBLISHED)


def after(*nights: tuple[tuple[Kind, ...], tuple[str, ...]]) -> DeliveryState:
    """After drops, one a night, that went through these events with these sheets."""
    history = []
    for at, (kinds, sheets) in enumerate(nights):
        stem = f"AANMELDING_OPGROEIEN_{GENT}_{NIGHT + timedelta(at):%Y%m%d}_{at + 1:06}"
        data = {f"{stem}.csv": "aa"} | {f"{stem}.{name}.csv.pgp": "bb" for name in sheets}
        contents = Contents(at + 1, stem, 1, data, f"{stem}.datapackage.json", f"m{at}")
        history += [Event(GENT, NIGHT + timedelta(at), "run", kind, AT, contents) for kind in kinds]
    return delivery_state(history, NIGHT + timedelta(len(nights)))


FIRST = ("indicatoren-2025-1",)
TAKEN = (*OUT, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST)


@pytest.mark.parametrize(
    ("events", "is_sent_again"),
    [
        ((), True),
        ((Kind.INTENT,), True),
        ((Kind.INTENT, Kind.RELEASING), True),
        (OUT, True),
        (TAKEN, True),
        ((*OUT, Kind.EXPIRING, Kind.EXPIRED), True),
        ((*OUT, Kind.RECALLING, Kind.RECALLED), True),
        ((Kind.INTENT, Kind.ABANDONED), True),
        ((*OUT, Kind.FETCHED), False),
        ((*OUT, Kind.READ), False),
        ((*OUT, Kind.ACKNOWLEDGED), False),
        ((*OUT, Kind.READ, Kind.WITHDRAWING, Kind.WITHDRAWN_FROM_HOST), False),
    ],
)
def test_it_goes_until_a_drop_that_has_it_was_taken_in(events: tuple[Kind, ...], is_sent_again: bool) -> None:
    assert bool(sheets_to_send([on_record()], after((events, FIRST)))) is is_sent_again


def test_a_drop_that_was_fetched_without_it_says_nothing() -> None:
    fetched = (*OUT, Kind.FETCHED)
    assert sheets_to_send([on_record()], after((TAKEN, FIRST), (fetched, ()))) == (on_record(),)


def test_each_year_and_edition_by_itself_in_their_order() -> None:
    sheets = [on_record(), on_record(1, 2024), on_record(2, 2024), on_record(2)]
    waiting = sheets_to_send(sheets, after(((*OUT, Kind.FETCHED), ("indicatoren-2024-1", "indicatoren-2025-1"))))
    assert [one.name for one in waiting] == ["indicatoren-2024-2", "indicatoren-2025-2"]


def test_a_number_of_two_digits_is_another() -> None:
    had = after(((*OUT, Kind.FETCHED), ("indicatoren-2025-11",)))
    assert sheets_to_send([on_record()], had) == (on_record(),)


@pytest.mark.parametrize(
    "name", ["S.csv", "S.xlsx.pgp", "S.datapackage.json", "S.indicatoren.csv", "indicatoren-2025-1"]
)
def test_a_list_is_no_sheet(name: str) -> None:
    assert sheet_in(name) is None


@pytest.mark.parametrize("end", ["csv", "xlsx", "csv.pgp", "xlsx.pgp"])
def test_a_sheet_is_known_by_its_name(end: str) -> None:
    assert sheet_in(f"AANMELDING_OPGROEIEN_{GENT}_20260615_000042.{on_record(12).name}.{end}") == "indicatoren-2025-12"


def test_editions_are_of_a_year_and_everybody() -> None:
    sheets = [on_record(), on_record(kbo=BRUGGE), on_record(2, kbo=BRUGGE)]
    assert [next_edition(sheets, year) for year in (2024, 2025)] == [1, 3]
