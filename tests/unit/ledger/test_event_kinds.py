"""Each kind of event has one place in a drop's history."""

from pipeline.ledger.events import BEFORE_COUNTING, FACTS, MAY_FOLLOW, REMARKS, SIGHTINGS, Kind


def test_every_kind_is_a_remark_a_fact_a_sighting_or_a_step() -> None:
    steps = {kind for kind in MAY_FOLLOW if kind}
    assert steps | FACTS | SIGHTINGS | BEFORE_COUNTING | REMARKS == set(Kind)
    assert len(steps) + len(FACTS) + len(SIGHTINGS) + len(BEFORE_COUNTING) + len(REMARKS) == len(Kind)


def test_every_step_can_be_reached() -> None:
    assert {kind for following in MAY_FOLLOW.values() for kind in following} == {kind for kind in MAY_FOLLOW if kind}
