"""`explain` cites the rule and the very rows, by id, that a decision rests on, and says why the others do not count."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.core.model import Reason
from pipeline.core.settings import Settings
from pipeline.gate.explain import Explanation, explain
from pipeline.gate.rules import RULES
from tests.spec.case import Case, Change
from tests.spec.tables import cases
from tests.support import PROJECT
from tests.support.worlds.tables import GENT, moment, stage, world

AGREEMENT = "agreement A1, recorded 2025-01-15 09:00:00+00:00"
PROTOCOL = "protocol P1, recorded 2025-01-15 09:00:00+00:00"
HOME = "residence of parent 1 from 2020-01-01, recorded 2020-01-02 09:00:00+00"
SERVES = f"recipient_municipality {GENT} serves 44021 from 2019-01-01"
MARCH = {"recorded_at": "2026-03-01 10:00", "occurred_at": "2026-03-01 10:00"}


def explained(tmp_path: Path, change: Change, known_at: str | None = None, parent: int = 1) -> Explanation:
    at = moment(known_at=known_at)
    snapshot = stage(world(change), tmp_path / "in").snapshot
    return explain(parent, snapshot, at, Settings(), tmp_path / "gate")


def rows(found: Explanation, reason: Reason) -> tuple[str, ...]:
    (step,) = [step for step in found.steps if step.reason is reason]
    return step.rows


WITHHELD: dict[Reason, tuple[dict[str, list[dict[str, Any]]], set[str]]] = {
    Reason.QUARANTINED: ({"parent": [{"insz": "1"}]}, {"parent 1"}),
    Reason.DECEASED: ({"parent": [{"deceased_on": "2026-06-15"}]}, {"parent 1"}),
    Reason.NO_RESIDENCE: (
        {"residence": [{"nis_code": "99999"}, {"valid_from": "2026-06-16"}]},
        {f"{HOME}: counts", f"{HOME.replace('2020-01-01', '2026-06-16')}: does not hold yet"},
    ),
    Reason.CONFIDENTIAL_ADDRESS: (
        {"parent": [{}, {"family_id": 1}], "residence": [{}, {"parent_id": 2, "confidential": True}]},
        {f"{HOME}: open", f"{HOME.replace('parent 1', 'parent 2')}: protected"},
    ),
    Reason.NOT_SERVED: (
        {
            "recipient": [{}, {"kbo": "0207832792"}],
            "recipient_municipality": [{}, {"kbo": "0207832792", "valid_from": "2026-01-01"}],
        },
        {f"{SERVES}: counts", "recipient_municipality 0207832792 serves 44021 from 2026-01-01: counts"},
    ),
    Reason.NO_AGREEMENT: (
        {"agreement": [{"ended_on": "2026-06-14"}]},
        {"family 1: local team T1", f"{AGREEMENT}: not in force (not has_not_ended), 3 criteria"},
    ),
    Reason.NO_NEED: (
        {"indicator_assessment": [{}, {"assessed_on": "2026-01-01", "income": False}]},
        {
            "child 1: counts",
            "indicator_assessment 1 of child 1: an earlier one",
            "indicator_assessment 2 of child 1: counts, 2 weak",
        },
    ),
    Reason.NO_PROTOCOL: (
        {"protocol": [{"published_url": None}]},
        {f"{PROTOCOL}: not in force (not agency_published)"},
    ),
    Reason.NO_CONSENT: (
        {
            "consent_event": [
                {"kbo": "0207832792"},
                {"recorded_at": "2026-06-15 02:00"},
                {"occurred_at": "2026-06-16 10:00"},
            ]
        },
        {
            "consent_event 1: grant, for another recipient",
            "consent_event 2: grant, not known yet, recorded 2026-06-15 02:00:00+00",
            "consent_event 3: grant, does not hold yet, of 2026-06-16 10:00:00+00",
        },
    ),
    Reason.WITHDRAWN: (
        {"consent_event": [{}, MARCH | {"kind": "withdrawal"}]},
        {
            "consent_event 1: grant, is beaten, of 2025-05-01 10:00:00+00",
            "consent_event 2: withdrawal, counts, from 2026-03-01 10:00:00+00",
        },
    ),
    Reason.CONSENT_EXPIRED: (
        {"consent_event": [{"valid_until": "2026-06-14"}]},
        {"consent_event 1: grant, counts, from 2025-05-01 10:00:00+00"},
    ),
    Reason.TEXT_NOT_ACCEPTED: (
        {"consent_text": [{"accepted_until": "2026-06-14"}]},
        {
            "consent_event 1: grant, counts, from 2025-05-01 10:00:00+00",
            "consent_text v1: accepted from 2025-01-01 until 2026-06-14",
        },
    ),
    Reason.FIELDS: (
        {"consent_event": [{"fields": "name,phone"}], "parent": [{"phone": None}]},
        {"parent 1", f"{HOME}: counts", "consent_event 1: grant, counts, from 2025-05-01 10:00:00+00"},
    ),
}


@pytest.mark.parametrize("reason", Reason)
def test_each_reason_cites_its_rule_and_its_rows(tmp_path: Path, reason: Reason) -> None:
    change, cited = WITHHELD[reason]
    found = explained(tmp_path, change)
    assert found.outcome == f"withheld: {reason}"
    assert set(rows(found, reason)) == cited
    (step,) = [step for step in found.steps if step.passes is False]
    rule = RULES[reason]
    assert step.reason is reason
    assert step.cites == f"rule {rule.number}: withheld when {rule.rule} (docs/gate.md#{rule.anchor})"
    assert f"## {rule.heading}\n" in (PROJECT / "docs" / "gate.md").read_text(), "the anchor leads somewhere"


def of_each_kind() -> list[Case]:
    """Of every section of the spec the first case of each outcome in it."""
    kinds: dict[tuple[str, object], Case] = {}
    for section, case in cases():
        kinds.setdefault((section.title, case.expected and case.expected.reason), case)
    return [*kinds.values()]


@pytest.mark.parametrize("case", of_each_kind(), ids=lambda case: case.title)
def test_the_spec_is_explained_as_it_is_decided(tmp_path: Path, case: Case) -> None:
    at = moment(case.at, case.known_at)
    if case.parent not in {row["parent_id"] for row in world(case.change)["parent"]}:
        pytest.fail("the case decides on nobody")
    found = explain(case.parent, stage(world(case.change), tmp_path / "in").snapshot, at, Settings(), tmp_path / "gate")
    if case.expected is None:
        assert found.outcome.startswith("not in the population")
    elif case.expected.reason is None:
        assert found.outcome.startswith(f"released to {case.expected.kbo}")
        assert all(step.rows for step in found.steps)
    else:
        assert found.outcome == f"withheld: {case.expected.reason}"


def test_a_released_parent_cites_all_thirteen_rules_with_their_rows(tmp_path: Path) -> None:
    found = explained(tmp_path, {})
    assert found.outcome == f"released to {GENT}: address, email, name, phone"
    assert [step.reason for step in found.steps] == list(Reason)
    assert all(step.rows and step.passes for step in found.steps)
    cited = {row for step in found.steps for row in step.rows}
    for row in (f"{HOME}: counts", f"{SERVES}: counts", f"{AGREEMENT}: in force, 3 criteria", f"{PROTOCOL}: in force"):
        assert row in cited
    assert found.population == ("child 1: counts", "indicator_assessment 1 of child 1: counts, 3 weak")


def test_a_parent_outside_the_population_is_told_why(tmp_path: Path) -> None:
    change = {
        "child": [{}, {"family_id": 1, "birth_date": "2020-01-01"}],
        "indicator_assessment": [
            dict.fromkeys(("income", "education", "employment", "stimulation", "housing"), None),
            {"assessed_on": "2024-01-01"},
            {"assessed_on": "2026-07-01"},
            {"recorded_at": "2026-07-01 10:00"},
            {"child_id": 2},
        ],
    }
    found = explained(tmp_path, change)
    assert found.outcome.startswith("not in the population") and found.steps == ()
    assert set(found.population) == {
        "child 1: does not count",
        "indicator_assessment 1 of child 1: passed over: no criterion filled",
        "indicator_assessment 2 of child 1: passed over: before birth",
        "indicator_assessment 3 of child 1: does not hold yet",
        "indicator_assessment 4 of child 1: not known yet",
        "child 2: does not count",
        "indicator_assessment 5 of child 2: of a child that is not under the age limit",
    }


def test_an_old_code_cites_the_mergers_on_its_way(tmp_path: Path) -> None:
    change = {
        "residence": [{"nis_code": "44011"}],
        "recipient_municipality": [{"nis_code": "44083"}],
        "agreement": [{"signed_on": "2024-06-01", "valid_from": "2024-06-01"}],
    }
    found = explained(tmp_path, change)
    assert "merger of 44011 into 44083 on 2019-01-01: counts" in rows(found, Reason.NO_RESIDENCE)
    assert any("mergers of the territory" in row for row in rows(found, Reason.NO_AGREEMENT))


def test_the_versions_of_papers_that_do_not_count(tmp_path: Path) -> None:
    versions = [{}, {"recorded_at": "2024-12-01 09:00"}, {"recorded_at": "2026-07-01 09:00", "ended_on": "2026-01-01"}]
    found = explained(tmp_path, {"agreement": versions, "protocol": versions})
    for feed, reason in (("agreement A1", Reason.NO_AGREEMENT), ("protocol P1", Reason.NO_PROTOCOL)):
        assert f"{feed}, recorded 2024-12-01 09:00:00+00: an earlier version" in rows(found, reason)
        assert f"{feed}, recorded 2026-07-01 09:00:00+00: not known yet" in rows(found, reason)


def test_what_was_known_and_what_held_are_two_things(tmp_path: Path) -> None:
    """A withdrawal of before the night, told after it; and one told before, of a day to come."""
    told_later = {"kind": "withdrawal", "occurred_at": "2026-06-01 10:00", "recorded_at": "2026-07-01 10:00"}
    change = {"consent_event": [{}, told_later]}
    then = explained(tmp_path / "then", change)
    assert then.outcome.startswith("released")
    assert "consent_event 2: withdrawal, not known yet, recorded 2026-07-01 10:00:00+00" in rows(
        then, Reason.NO_CONSENT
    )
    since = explained(tmp_path / "since", change, known_at="2026-07-02 00:00")
    assert since.outcome == "withheld: withdrawn"
    assert "consent_event 2: withdrawal, counts, from 2026-06-01 10:00:00+00" in rows(since, Reason.WITHDRAWN)
    granted = {"occurred_at": "2026-06-20 10:00", "recorded_at": "2026-06-20 10:00"}
    still = explained(tmp_path / "still", {"consent_event": [granted]}, known_at="2026-07-02 00:00")
    assert still.outcome == "withheld: no_consent", "known since, but it did not hold at that instant"
    assert rows(still, Reason.NO_CONSENT) == ("consent_event 1: grant, does not hold yet, of 2026-06-20 10:00:00+00",)


def test_a_malformed_event_is_cited_without_what_it_holds(tmp_path: Path) -> None:
    secret = "noor@example.org"
    event = MARCH | {"kind": secret, "fields": f"name,{secret}", "text_version": secret}
    home = {"nis_code": "Voorbeeldstraat 1", "valid_from": "2020-01-01"}
    found = explained(tmp_path, {"consent_event": [{}, event]})
    assert found.outcome == "withheld: withdrawn"
    assert rows(found, Reason.WITHDRAWN) == (
        "consent_event 1: grant, is beaten, of 2025-05-01 10:00:00+00",
        "consent_event 2: malformed (field_outside_decree and kind_unknown), counts, from 2026-03-01 10:00:00+00",
    )
    everything = repr(found) + repr(explained(tmp_path / "home", {"residence": [home]}))
    for value in (secret, "Noor", "Voorbeeld", "90010100024", "+32"):
        assert value not in everything
