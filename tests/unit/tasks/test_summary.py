"""What a night came to: the counts, and who is missing."""

from dataclasses import replace
from datetime import date

import pytest

from pipeline.core.model import Kbo, Outcome, Papers, Publication, Release, StagedFile
from pipeline.core.serialize import from_json, to_json
from pipeline.tasks.summary import NightSummary, summarize_night
from tests.support.worlds.small_world import BRUGGE, GENT, LEUVEN, NAMES
from tests.support.worlds.tables import moment

NIGHT = date(2026, 6, 15)


def papers(kbo: Kbo) -> Papers:
    return Papers(kbo, NAMES[kbo][0], ("A1",), ("P1",), 365)


RELEASE = Release(
    moment=moment(),
    decisions=StagedFile("file:///nowhere", "0" * 64, 12),
    recipients=(papers(BRUGGE), papers(LEUVEN), papers(GENT)),
    population=12,
    rows={BRUGGE: 3, LEUVEN: 0, GENT: 2},
    withheld={"withdrawn": 4, "no_consent": 3},
)


def ended(kbo: Kbo, outcome: Outcome = Outcome.PUBLISHED, rows: int = 0, dropped: int = 0) -> Publication:
    return Publication(kbo, outcome, None, rows, dropped)


def summary(*publications: Publication, decided: Release = RELEASE) -> NightSummary:
    return summarize_night("run", NIGHT, decided, publications)


WHOLE = (ended(BRUGGE, rows=2, dropped=1), ended(LEUVEN), ended(GENT, Outcome.ALREADY_PUBLISHED, rows=2))


def test_a_whole_night_has_no_failures_and_adds_up() -> None:
    made = summary(*WHOLE)
    assert made.failed == {}
    assert made.recipients == 3
    assert made.outcomes == {"published": 2, "already_published": 1}
    assert (made.rows, made.dropped) == (4, 1)
    assert made.population == made.released + sum(made.withheld.values()) == 12
    assert (made.run, made.night) == ("run", NIGHT)


@pytest.mark.parametrize("missing", [BRUGGE, LEUVEN, GENT])
def test_whoever_has_no_publication_failed_and_is_named(missing: Kbo) -> None:
    made = summary(*(one for one in WHOLE if one.kbo != missing))
    assert made.failed == {missing: NAMES[missing][0]}
    assert sum(made.outcomes.values()) == made.recipients - 1


def test_nobody_ended_well() -> None:
    made = summary()
    assert made.failed == {kbo: NAMES[kbo][0] for kbo in (BRUGGE, LEUVEN, GENT)}
    assert (made.outcomes, made.rows, made.dropped) == ({}, 0, 0)


def test_a_night_without_recipients_fails_nobody() -> None:
    made = summary(decided=replace(RELEASE, recipients=(), rows={}))
    assert (made.recipients, made.failed, made.released) == (0, {}, 0)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_is_an_end(outcome: Outcome) -> None:
    """Not covered and superseded are answers, no failures: a person has nothing to mend."""
    made = summary(*(ended(kbo, outcome) for kbo in (BRUGGE, LEUVEN, GENT)))
    assert made.failed == {}
    assert made.outcomes == {outcome.value: 3}


def test_who_is_covered_no_more_is_visited_and_fails_like_the_others() -> None:
    """Its drop still lies on its host: that it is taken away must be known to have been done."""
    decided = replace(RELEASE, recipients=(papers(BRUGGE), papers(LEUVEN)), no_longer=(GENT,))
    made = summary(ended(BRUGGE), ended(LEUVEN), decided=decided)
    assert made.recipients == 3
    assert made.failed.keys() == {GENT}
    assert summary(*WHOLE, decided=decided).failed == {}


def test_it_survives_the_ledger() -> None:
    made = summary(*WHOLE[:2])
    assert from_json(NightSummary, to_json(made)) == made
