"""What the real checks and the real gate make of a world: sound enough to run on, and every reason occurs."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.core.model import Moment, Reason
from pipeline.core.settings import Settings
from pipeline.demo.world.papers import GENT_KBO
from pipeline.demo.world.registries import CAW_KBO
from pipeline.source.check import check
from tests.support.worlds.world_lens import LATEST_ASSESSMENT, Lens, advanced, world

PARENTS_IN_NEED = f"""
    select count(distinct parent_id)
    from parent join child using (family_id) join ({LATEST_ASSESSMENT}) using (child_id)
    where weak >= 3 and birth_date > $day::date - interval 3 year
"""


@pytest.mark.parametrize("seed", [1, 7, 20, 2026])
def test_every_reason_occurs_in_a_world_of_one_hundredth(tmp_path: Path, seed: int) -> None:
    decided = world(tmp_path, 0.01, seed).release()
    assert [reason for reason in Reason if not decided.withheld[reason.value]] == []
    assert sum(decided.rows.values()) > 100


def test_a_tenth_of_flanders_is_shared_as_one_would_expect(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.1)
    decided = lens.release()
    assert [reason for reason in Reason if not decided.withheld[reason.value]] == []
    covered = {papers.kbo for papers in decided.recipients}
    assert {GENT_KBO, CAW_KBO} < covered
    assert 110 <= len(covered) <= 126
    assert sum(rows > 0 for rows in decided.rows.values()) >= 95
    released = sum(decided.rows.values())
    assert released > 1300
    assert 0.35 < released / lens.one(PARENTS_IN_NEED, day=lens.as_of) < 0.6
    rare = set(Reason) - {Reason.NO_AGREEMENT, Reason.NO_NEED}
    assert max(decided.withheld[reason.value] for reason in rare) < 0.03 * decided.population


def test_participants_are_as_many_whatever_the_scale(tmp_path: Path) -> None:
    small, large = world(tmp_path / "s", 0.002), world(tmp_path / "l", 0.02)
    query = "select distinct kbo from agreement order by 1"
    assert small.rows(query) == large.rows(query)
    assert len(small.rows(query)) == 126


def _check(lens: Lens, previous: bytes | None) -> bytes:
    return check(lens.snapshot, Moment.of(lens.night), lens.night, Settings(), previous, docs=None).watermark


def test_a_world_and_its_following_nights_pass_every_dataset_check(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.01)
    watermark = _check(lens, None)
    for days in (1, 2, 12):
        lens, _ = advanced(lens, 0.01, days)
        watermark = _check(lens, watermark)


def test_a_world_is_stale_the_day_after(tmp_path: Path) -> None:
    lens = world(tmp_path, 0.002)
    produced = lens.one("select max(epoch(produced_at)) from feed_control")
    assert timedelta(seconds=lens.night.timestamp() - produced) == timedelta(hours=3, minutes=30)
