"""Great Expectations answers as the rules read, and never takes a crash for a pass."""

import math
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from expectations.rules import Facts, Needs, Rule
from expectations.suites import READ_WHOLE, Suites, of_a_delivery, of_a_night
from pipeline.core.errors import FeedError
from pipeline.core.feeds import FEEDS
from pipeline.core.settings import Settings

NIGHT = of_a_night(Settings(), compared=True)

numbers = st.one_of(
    st.integers(-3, 3).map(float),
    st.sampled_from([0.05, 0.2, 26.0, 5.0, math.nextafter(26, 27), math.nextafter(0.2, 1), math.inf, -math.inf]),
    st.floats(allow_nan=False),
)


def judge(suites: Suites, facts: Mapping[str, Facts], docs: Path | None) -> set[tuple[str, str]]:
    """Imported by a test that asks it: every worker collects this file, and Great Expectations takes seconds."""
    from pipeline.source import judge as judging

    return judging.judge(suites, facts, docs)


def plainly(suites: Suites, facts: dict[str, dict[str, float]]) -> set[tuple[str, str]]:
    return {(feed, rule.fact) for feed, rules in suites.items() for rule in rules if not rule.holds(facts[feed])}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(feed=st.sampled_from(sorted(NIGHT)), data=st.data())
def test_it_judges_as_the_rules_read(feed: str, data: st.DataObject) -> None:
    suite = {feed: NIGHT[feed]}
    facts = {feed: {rule.fact: data.draw(numbers, rule.fact) for rule in NIGHT[feed]}}
    assert judge(suite, facts, docs=None) == plainly(suite, facts)


@settings(max_examples=60, deadline=None)
@given(low=st.none() | numbers, high=st.none() | numbers, fact=numbers)
def test_bounds_are_inclusive_in_both(low: float | None, high: float | None, fact: float) -> None:
    assume(low is not None or high is not None)
    assume(low is None or high is None or low <= high)
    assume(not {low, high} & {math.inf, -math.inf})  # no limit is infinite
    rule = Rule("fact", "", "", at_least=low, at_most=high)
    expected = (low is None or fact >= low) and (high is None or fact <= high)
    assert rule.holds({"fact": fact}) is expected
    assert judge({"parent": (rule,)}, {"parent": {"fact": fact}}, None) == (set() if expected else {("parent", "fact")})


@pytest.mark.parametrize("facts", [{}, {"other": 0.0}, {"fact": math.nan}, {"fact": None}, {"fact": "text"}])
def test_a_rule_that_cannot_be_judged_is_an_error_of_its_own(facts: dict[str, float]) -> None:
    with pytest.raises(FeedError) as caught:
        judge({"parent": (Rule("fact", "", ""),)}, {"parent": facts}, None)
    assert str(caught.value) == (
        "the check of feed parent itself failed on rule fact, so nothing may be published: "
        "report this as a bug of the pipeline"
    )


def test_neither_does_a_feed_without_facts_pass() -> None:
    with pytest.raises(FeedError, match="the check of feed parent itself failed"):
        judge({"parent": (Rule("fact", "", ""),)}, {}, None)


def test_what_is_no_number_does_not_hold() -> None:
    assert not Rule("fact", "", "", at_least=None, at_most=None).holds({"fact": math.nan})


def test_every_feed_has_a_suite_and_every_rule_its_own_fact() -> None:
    for suites in (NIGHT, of_a_night(Settings(), compared=False), of_a_delivery(Settings())):
        assert set(suites) == set(FEEDS)
        for rules in suites.values():
            assert len({rule.fact for rule in rules}) == len(rules)
    for feed in NIGHT:
        if feed != "feed_control":
            assert {"control_rows", "rows_surplus", "age_hours", "ahead_minutes"} <= {r.fact for r in NIGHT[feed]}


def test_the_first_night_compares_with_nothing() -> None:
    rules = [rule for suite in of_a_night(Settings(), compared=False).values() for rule in suite]
    assert rules and all(rule.needs is not Needs.EARLIER_NIGHT for rule in rules)


def test_what_a_delivery_reads_whole_is_what_extract_does_not_narrow() -> None:
    narrowed = {path.stem for path in (Path("sql") / "source" / "of_recipient").glob("*.sql")}
    assert set(FEEDS) - narrowed - {"feed_control"} == READ_WHOLE


@pytest.mark.parametrize("module", ["pipeline.source.check", "pipeline.source.watermark", "expectations.suites"])
def test_importing_a_step_does_not_import_great_expectations(module: str) -> None:
    program = f"import sys, {module}; print({{'great_expectations', 'pandas'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_only_the_judge_imports_great_expectations() -> None:
    sources = [path for folder in ("pipeline", "expectations", "dags") for path in Path(folder).rglob("*.py")]
    assert len(sources) > 10
    importing = [path.as_posix() for path in sources if "import great_expectations" in path.read_text()]
    assert importing == ["pipeline/source/judge.py"]
