"""What a real PostgreSQL may hand in, through a whole night: it stops, withholds one person, or passes.

Each case is a night of its own, with an empty ledger and an empty folder at the recipient.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from pipeline.core.errors import FeedError
from pipeline.core.model import Outcome
from tests.support.drops import whole_drops
from tests.support.night import House, Run, lay, run_night
from tests.support.worlds.shaped_agency import do, shaped
from tests.support.worlds.small_world import GENT, person, small_world

Case = tuple[str, str, str]
"""A feed, one of its columns, and what stands there instead."""

STOPS: dict[str, tuple[Case, str]] = {
    "an instant without its zone": (
        ("consent_event", "recorded_at", "recorded_at::timestamp"),
        "feed consent_event: column recorded_at is timestamp without time zone where timestamp with time zone was",
    ),
    "a date as an instant": (
        ("consent_event", "occurred_at", "occurred_at::date"),
        "feed consent_event: column occurred_at is date where timestamp with time zone was agreed",
    ),
    "an instant as a date": (
        ("parent", "deceased_on", "deceased_on::timestamptz"),
        "feed parent: column deceased_on is timestamp with time zone where date was agreed",
    ),
    "a padded number": (
        ("consent_event", "kbo", "kbo::char(12)"),
        "feed consent_event: column kbo is char(n), which pads with blanks where text was agreed",
    ),
    "a float as a key": (
        ("parent", "parent_id", "parent_id::double precision"),
        "feed parent: column parent_id is double precision where bigint was agreed",
    ),
    "a fraction as a key": (
        ("child", "child_id", "child_id::numeric(20, 2)"),
        "feed child: column child_id is numeric with 2 decimals where bigint was agreed",
    ),
    "infinity in a paper": (
        ("agreement", "valid_until", "'infinity'::date"),
        "feed agreement: valid_until cannot be read as date in 1 of 1 rows, or is outside the years 1900 to 9999",
    ),
    "a far year in a text": (
        ("consent_text", "accepted_until", "'10000-01-01'::date"),
        "feed consent_text: accepted_until cannot be read as date in 1 of 1 rows",
    ),
    "an endless service": (
        ("recipient_municipality", "valid_until", "'294276-12-31'::date"),
        "feed recipient_municipality: valid_until cannot be read as date in 1 of 1 rows",
    ),
    "a load that was never made": (
        ("feed_control", "produced_at", "'infinity'::timestamptz"),
        "feeds recipient, recipient_municipality, local_team, family",
    ),
}
PASSES: dict[str, Case] = {
    "numeric": ("parent", "parent_id", "parent_id::numeric"),
    "a smaller number": ("agreement", "min_criteria", "min_criteria::int2"),
    "citext": ("parent", "last_name", "last_name::citext"),
    "an enum": ("consent_event", "kind", "kind::spoken"),
    "a domain": ("residence", "street", "street::words"),
    "varchar": ("consent_event", "kbo", "kbo::varchar(12)"),
    "one more column": ("parent", "shoe_size", "44"),
    "the last day there is": ("protocol", "valid_until", "'9999-12-31'::date"),
}


def only(key: str, value: str, column: str) -> str:
    """That value in the row of parent 102 alone: every id of a small world is its parent's."""
    return f"case when {key} = 102 then {value} else {column} end"


SETS_APART: dict[str, Case] = {
    "dead for ever": ("parent", "deceased_on", only("parent_id", "'infinity'::date", "deceased_on")),
    "at home since always": ("residence", "valid_from", only("parent_id", "'-infinity'::date", "valid_from")),
    "born before the calendar": ("child", "birth_date", only("child_id", "'4713-01-01 BC'::date", "birth_date")),
    "assessed in the year 294276": (
        "indicator_assessment",
        "recorded_at",
        only("assessment_id", "'294276-12-31 00:00:00+00'::timestamptz", "recorded_at"),
    ),
    "a grant that never occurred": (
        "consent_event",
        "occurred_at",
        only("event_id", "'infinity'::timestamptz", "occurred_at"),
    ),
    "a withdrawal without end": ("consent_event", "kind", only("event_id", "'withdrawal'", "kind")),
}


@pytest.fixture(scope="module")
def house(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Gent alone, with parents 101 and 102 in families of their own."""
    uri, made = postgres(), small_world({GENT: 2})
    with lay(tmp_path_factory.mktemp("shapes") / "house", made, agency=uri) as laid:
        laid.settings = {"min_rows_for_shares": 1000}
        do(uri, "create extension citext", "create type spoken as enum ('grant', 'withdrawal')")
        do(uri, "create domain words as text")
        yield laid


_NIGHTS = count(1)


def night_of(house: House, folder: Path, case: Case) -> Run:
    feed, column, expression = case
    for path in house.out(GENT).iterdir():
        path.unlink()
    (folder / "anchors").mkdir()
    address = shaped(house.agency, feed, {column: expression}, "view")
    house.environment |= {
        "AIRFLOW_CONN_AGENCY_DB": address,
        "AIRFLOW_CONN_LEDGER_DB": f"sqlite:///{folder / 'ledger.db'}",
        "GEGEVENSDELING_ANCHORS": str(folder / "anchors"),
    }
    return run_night(house.night(f"night {next(_NIGHTS)}", datetime.now(UTC)))


@pytest.mark.parametrize("name", STOPS)
def test_what_stops_a_night(house: House, tmp_path: Path, name: str) -> None:
    case, says = STOPS[name]
    run = night_of(house, tmp_path, case)
    error = run.errors["before"]
    assert isinstance(error, FeedError) and str(error).startswith(says), error
    assert "ask the agency to" in str(error) and not run.publications and list(house.out(GENT).iterdir()) == []


@pytest.mark.parametrize("name", PASSES)
def test_what_passes(house: House, tmp_path: Path, name: str) -> None:
    assert published(house, night_of(house, tmp_path, PASSES[name])) == {101, 102}


@pytest.mark.parametrize("name", SETS_APART)
def test_what_withholds_one_person(house: House, tmp_path: Path, name: str) -> None:
    assert published(house, night_of(house, tmp_path, SETS_APART[name])) == {101}


def published(house: House, run: Run) -> set[int]:
    """Whose rows the drop has."""
    assert run.errors == {} and [one.outcome for one in run.publications] == [Outcome.PUBLISHED]
    (drop,) = whole_drops(house.out(GENT))
    return {number for number in (101, 102) if person(number)["email"] in drop.text}
