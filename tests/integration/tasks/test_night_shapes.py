"""What a real PostgreSQL may hand in, through a whole night: it stops, withholds one person, or passes.

Each case that stops one is a night of its own; what passes stands in one night, and who is withheld in another. Each
night has an empty ledger and an empty folder at the recipient.
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
from tests.support.worlds.shaped_agency import all_shaped, do
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


SETS_APART: dict[str, tuple[str, str, str, str]] = {
    "dead for ever": ("parent", "parent_id", "deceased_on", "'infinity'::date"),
    "at home since always": ("residence", "parent_id", "valid_from", "'-infinity'::date"),
    "born before the calendar": ("child", "child_id", "birth_date", "'4713-01-01 BC'::date"),
    "assessed in the year 294276": (
        "indicator_assessment",
        "assessment_id",
        "recorded_at",
        "'294276-12-31 00:00:00+00'::timestamptz",
    ),
    "a grant that never occurred": ("consent_event", "event_id", "occurred_at", "'infinity'::timestamptz"),
    "a withdrawal without end": ("consent_event", "event_id", "kind", "'withdrawal'"),
}
"""A feed, its key, one of its columns, and what stands there in the row of one parent alone."""
FIRST = 101
PARENTS = [*range(FIRST, FIRST + 1 + len(SETS_APART))]


def only(key: str, parent: int, value: str, column: str) -> str:
    """That value in the row of this parent alone: every id of a small world is its parent's."""
    return f"case when {key} = {parent} then {value} else {column} end"


@pytest.fixture(scope="module")
def house(postgres: Callable[[], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Gent alone, with parents in families of their own."""
    uri, made = postgres(), small_world({GENT: len(PARENTS)})
    with lay(tmp_path_factory.mktemp("shapes") / "house", made, agency=uri) as laid:
        laid.settings = {"min_rows_for_shares": 1000}
        do(uri, "create extension citext", "create type spoken as enum ('grant', 'withdrawal')")
        do(uri, "create domain words as text")
        yield laid


_NIGHTS = count(1)


def night_of(house: House, folder: Path, *cases: Case) -> Run:
    """All these stand in it at once."""
    feeds: dict[str, dict[str, str]] = {}
    for feed, column, expression in cases:
        feeds.setdefault(feed, {})[column] = expression
    assert sum(map(len, feeds.values())) == len(cases), "a column of its own for each"
    for path in house.out(GENT).iterdir():
        path.unlink()
    (folder / "anchors").mkdir()
    address = all_shaped(house.agency, {feed: (columns, "view") for feed, columns in feeds.items()})
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


def test_what_passes(house: House, tmp_path: Path) -> None:
    assert published(house, night_of(house, tmp_path, *PASSES.values())) == PARENTS


def test_what_withholds_one_person(house: House, tmp_path: Path) -> None:
    withheld = dict(zip(PARENTS[1:], SETS_APART, strict=True))
    cases = []
    for parent, name in withheld.items():
        feed, key, column, value = SETS_APART[name]
        cases.append((feed, column, only(key, parent, value, column)))
    released = published(house, night_of(house, tmp_path, *cases))
    assert [withheld[parent] for parent in released if parent in withheld] == []
    assert released == [FIRST]


def published(house: House, run: Run) -> list[int]:
    """Whose rows the drop has."""
    assert run.errors == {} and [one.outcome for one in run.publications] == [Outcome.PUBLISHED]
    (drop,) = whole_drops(house.out(GENT))
    return [number for number in PARENTS if person(number)["email"] in drop.text]
