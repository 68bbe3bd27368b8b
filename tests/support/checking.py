"""Checks judged by the rules' own words, to be quick; test_check_judge.py shows that Great Expectations agrees."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from expectations.suites import Suites
from pipeline.source import check as step
from pipeline.source.check import AllFacts
from tests.support.worlds.tables import World

LastNight = Callable[[World, Path], bytes]
"""A world's watermark, made in a folder."""


def judge_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check step judges without Great Expectations, and so without its pages."""
    monkeypatch.setattr(step, "_judged", _judged)


THOROUGHLY = "judge-thoroughly"
"""A file in a house: while it lies there, Great Expectations judges."""


def judge_plainly_here() -> None:
    """As `judge_plainly`, in a night's own process and in those forked from it, unless THOROUGHLY says otherwise."""
    by_great_expectations = step._judged

    def judged(suites: Suites, facts: AllFacts, docs: Path | None) -> set[tuple[str, str]]:
        house = Path(os.environ["GEGEVENSDELING_DATA_DOCS"]).parent
        judge = by_great_expectations if (house / THOROUGHLY).exists() else _judged
        return judge(suites, facts, docs)

    step._judged = judged


def _judged(suites: Suites, facts: AllFacts, _docs: Path | None) -> set[tuple[str, str]]:
    return {(feed, rule.fact) for feed, rules in suites.items() for rule in rules if not rule.holds(facts[feed])}


def once(night: LastNight) -> LastNight:
    """One world gives one watermark, byte for byte (test_check_watermark.py): what others compare with is made once."""
    made: dict[str, bytes] = {}

    def watermark(world: World, folder: Path) -> bytes:
        content = repr(world)
        if content not in made:
            made[content] = night(world, folder)
        return made[content]

    return watermark
