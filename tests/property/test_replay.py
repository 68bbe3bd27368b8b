"""What the append-only tables hold is decided the same for ever: random worlds, on record and decided again later."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from pipeline.core.feeds import UNPARSABLE
from pipeline.gate.replay.record import read_record
from tests.support.replays import KEY, Recorded, causes
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import Row, World

HISTORIES = 40
SEEDS = tuple(f"replay {n}" for n in range(6))
TURNED: dict[str, Row] = {
    "residence": {"confidential": True, "nis_code": None},
    "indicator_assessment": dict.fromkeys(("income", "education", "employment", "housing"), True),
    "agreement": {"ended_on": None, "valid_until": None, "signed_on": None},
    "protocol": {"fields": "name"},
    "consent_event": {"kind": "withdrawal"},
}


@pytest.fixture(scope="module", params=SEEDS)
def night(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    rng = Random(request.param)
    at = a_night(rng)
    yield Recorded(random_world(rng, at, HISTORIES), at, tmp_path_factory.mktemp("night"))


def test_a_replay_of_the_same_world_is_identical(night: Recorded) -> None:
    found, table = night.replay()
    assert found.differences == () and found.alarms == ()
    assert found.parents == len(night.world["parent"])
    assert found.population_then == found.population_now == table.num_rows > HISTORIES


def later_rows(night: Recorded, feed: str) -> list[Row]:
    """A turned copy of every row, recorded after what was known."""
    key = next((name for name in ("assessment_id", "event_id") if name in night.world[feed][0]), None)
    copies: list[Row] = []
    for number, row in enumerate(night.world[feed]):
        known = night.at.known_at + timedelta(seconds=1 + number)
        stamped = {"recorded_at": known, UNPARSABLE: None}  # impossible values stay NULL, and are marked anew
        copies.append(row | TURNED[feed] | stamped | ({key: 10**9 + number} if key else {}))
    return copies


def grown(night: Recorded) -> World:
    """The world as it has lived on: everything turned, in the append-only tables alone."""
    return night.world | {feed: night.world[feed] + later_rows(night, feed) for feed in TURNED}


def test_whatever_is_recorded_later_every_decision_is_identical(night: Recorded) -> None:
    found, table = night.replay(grown(night))
    assert found.differences == () and found.alarms == ()
    assert all(each.rows_then == each.rows_now and not each.altered for each in found.grown)
    assert table.num_rows == found.population_then


def test_known_later_every_difference_is_named_with_the_table_that_learned(night: Recorded) -> None:
    later = night.at.known_at + timedelta(days=1)
    found, _ = night.replay(grown(night), known_at=later.isoformat())
    assert found.different > 0 and found.alarms == ()
    assert causes(found) <= {f"known since: {feed}" for feed in TURNED}


def test_known_earlier_likewise(night: Recorded) -> None:
    earlier = night.at.known_at - timedelta(days=50)
    found, _ = night.replay(known_at=earlier.isoformat())
    assert found.different > 0 and found.alarms == ()
    assert causes(found) <= {f"not known yet: {feed}" for feed in TURNED}


def test_the_order_in_which_rows_come_changes_nothing(night: Recorded) -> None:
    rng = Random("order")
    found, _ = night.replay({feed: rng.sample(rows, len(rows)) for feed, rows in night.world.items()})
    assert found.differences == () and found.alarms == ()


def test_the_record_has_everyone_once_and_no_number_of_the_agency(night: Recorded) -> None:
    parents = read_record(night.packed, KEY).parents
    hashes = parents["person"].to_pylist()
    assert len(set(hashes)) == len(hashes) == len(night.world["parent"])
    assert hashes == sorted(hashes)
    assert not {row["parent_id"] for row in night.world["parent"]} & set(hashes)
