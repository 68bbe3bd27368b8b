"""The criterion of an answer to a parent: whatever is told with another parent's address protected, could be told with
nobody's protected, for all that the parent knows: everything but the assessments of the children.

One agency for each of four worlds; in each, a family for every pair of ways in which a rule may withhold the asker, in
a municipality for every state of its papers.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.answers.person.collect import told_decision
from pipeline.answers.person.decisions import decision_texts, withdrawals_table
from pipeline.answers.person.facts import PersonFacts
from pipeline.answers.texts import FAMILY
from pipeline.core.documents.document import Text
from pipeline.core.documents.table import Table
from pipeline.core.model import Moment, Reason
from pipeline.core.settings import Settings
from pipeline.core.staging import read_table
from pipeline.gate.release import release_within
from pipeline.gate.replay.fingerprints import person_numbers
from pipeline.gate.replay.record import read_record, record_of
from pipeline.ledger.disclosures import Holding, Withdrawal
from pipeline.ledger.persons import person_hashes
from pipeline.ledger.suppression import KEPT_NO, LIFTED_NO, SuppressionList
from pipeline.ledger.withdrawals import Verdicts, withdrawals_due
from tests.support.answers import GENT, ledger_key
from tests.support.worlds.tables import AT, World, instant, stage, world
from tests.unit.answers.person.test_person_report import known

Change = tuple[str, Mapping[str, Any]]

RETURNED = "a no that the recipient returned"
CHANGES: dict[Reason | str, Change] = {
    Reason.QUARANTINED: ("parent", {"first_name": " "}),
    Reason.DECEASED: ("parent", {"deceased_on": "2026-01-01"}),
    Reason.NO_RESIDENCE: ("residence", {"nis_code": "99999"}),
    Reason.CONFIDENTIAL_ADDRESS: ("residence", {"confidential": True}),
    Reason.NO_AGREEMENT: ("family", {"local_team_id": "another"}),
    Reason.NO_NEED: ("indicator_assessment", {"income": False}),
    Reason.NO_CONSENT: ("consent_event", {"kbo": "0207832792"}),
    Reason.WITHDRAWN: ("consent_event", {"kind": "withdrawal", "text_version": None, "fields": None}),
    Reason.CONSENT_EXPIRED: ("consent_event", {"valid_until": "2026-01-01"}),
    Reason.TEXT_NOT_ACCEPTED: ("consent_event", {"text_version": "v0"}),
    Reason.FIELDS: ("consent_event", {"fields": "name"}),
    RETURNED: ("", {}),
    "recorded ahead": ("consent_event", {"kind": "withdrawal", "recorded_at": "2026-06-15 01:32"}),
}
"""What withholds the asker for each reason that is not about the municipality; and other noes than that of rule 10."""
PLACES = {
    "in order": ("44021", "0212214125"),
    Reason.NOT_SERVED: ("24062", None),
    Reason.NO_AGREEMENT: ("12025", "0212196111"),
    Reason.NO_PROTOCOL: ("41002", "0212237186"),
}
"""The municipality and its recipient, by the rule that its papers fail."""
CASES = [
    (place, changes)
    for place in PLACES
    for number in (0, 1, 2)
    for changes in combinations(CHANGES, number)
    if len({CHANGES[change][0] for change in changes}) == number
]
ASKER, OTHER = 1000, 2000
"""Before the number of the case: ids of the asker and of the other parent."""
KEY = ledger_key("first")


def agency(*, is_protected: bool, is_weak: bool) -> World:
    """A family for every case; `is_weak`: whether the children are where nothing says otherwise."""
    rows: dict[str, list[dict[str, Any]]] = {
        feed: [] for feed in ("family", "parent", "residence", "child", "indicator_assessment", "consent_event")
    }
    for number, (place, changes) in enumerate(CASES):
        nis, kbo = PLACES[place]
        asker, other, family = ASKER + number, OTHER + number, {"family_id": ASKER + number}
        rows["family"].append(family | {"local_team_id": f"T{kbo}"})
        rows["parent"] += [family | {"parent_id": asker}, family | {"parent_id": other}]
        rows["residence"].append({"parent_id": asker, "nis_code": nis})
        rows["residence"].append({"parent_id": other, "nis_code": nis, "confidential": is_protected})
        rows["child"].append(family | {"child_id": asker})
        rows["indicator_assessment"].append({"assessment_id": asker, "child_id": asker, "income": is_weak})
        rows["consent_event"].append({"event_id": asker, "parent_id": asker, "kbo": kbo or "0208236927"})
        for feed, change in (CHANGES[change] for change in changes if change != RETURNED):
            rows[feed][{"parent": -2, "residence": -2}.get(feed, -1)].update(change)
    recipients = [kbo for _, kbo in PLACES.values() if kbo]
    papers = {"agreement": [PLACES["in order"], PLACES[Reason.NO_PROTOCOL]]}
    papers["protocol"] = [PLACES["in order"], PLACES[Reason.NO_AGREEMENT]]
    return world(
        rows
        | {
            "recipient": [{"kbo": kbo} for kbo in recipients],
            "recipient_municipality": [{"kbo": kbo, "nis_code": nis} for nis, kbo in PLACES.values() if kbo],
            "local_team": [{"local_team_id": f"T{kbo}"} for kbo in recipients],
            "agreement": [
                {"agreement_id": kbo, "kbo": kbo, "local_team_id": f"T{kbo}"} for _, kbo in papers["agreement"]
            ],
            "protocol": [{"protocol_id": kbo, "kbo": kbo} for _, kbo in papers["protocol"]],
        }
    )


def listed() -> SuppressionList:
    """What some askers said to the recipient itself, which returned it: on the ledger's list alone."""
    said = [ASKER + number for number, (_, changes) in enumerate(CASES) if RETURNED in changes]
    line = dict.fromkeys(KEPT_NO.names) | {"key_id": KEY.id, "is_own": True, "is_grant": False, "returned_row": 1}
    line |= {"counts_from": instant("2026-05-01"), "recorded_at": instant("2026-05-01"), "night": date(2026, 5, 2)}
    rows = [
        line | {"id": id_, "person": person, "event": person} for id_, person in enumerate(person_hashes(KEY, said), 1)
    ]
    return SuppressionList(pa.Table.from_pylist(rows, KEPT_NO), LIFTED_NO.empty_table(), (KEY,))


@dataclass(frozen=True)
class Told:
    """What each asker is told, by the number of the case: of the decision, and of a withdrawal at OCMW Gent, if any."""

    decision: dict[int, str]
    withdrawal: dict[int, str]
    reasons: dict[int, str | None]


def told(made: World, folder: Path) -> Told:
    checked, at = stage(made, folder / "staged"), Moment.now(instant(AT), instant(AT), 5)
    decided, bound = release_within(listed(), checked, at, Settings(), folder / "release")
    record = read_record(record_of(checked, decided, Settings(), KEY, folder / "record", bound), KEY)
    numbers = {person: number for number, person in enumerate(person_numbers(KEY, askers()))}
    rows = {numbers[row["person"]]: row for row in record.parents.to_pylist() if row["person"] in numbers}
    verdicts = Verdicts(
        read_table(decided.decisions, "parent_id", "kbo", "reason"), lambda _: KEY, bound.said_to_recipient, bound.told
    )
    held = [Holding(str(number), person, KEY.id, 1) for number, person in enumerate(person_hashes(KEY, askers()))]
    due = withdrawals_due(GENT, held, verdicts, "run", date(2026, 6, 15), at.at)
    return Told(
        {number: said_of(known(told_decision(row, record))) for number, row in rows.items()},
        {int(line.reference): withdrawal_of(line) for line in due},
        {number: row["reason"] for number, row in rows.items()},
    )


def askers() -> list[int]:
    return [ASKER + number for number in range(len(CASES))]


def said_of(facts: PersonFacts) -> str:
    return " ".join(block.text for block in decision_texts(facts) if isinstance(block, Text))


def withdrawal_of(line: Withdrawal) -> str:
    (table,) = withdrawals_table(known(withdrawals=((line, None),)))
    assert isinstance(table, Table)
    return table.texts[0][3]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[bool, bool], Told]:
    """By whether the other parent's address is protected, and whether the children are in need."""
    return {
        (is_protected, is_weak): told(agency(is_protected=is_protected, is_weak=is_weak), tmp_path_factory.mktemp("w"))
        for is_protected, is_weak in ((True, True), (True, False), (False, True), (False, False))
    }


def test_whatever_is_told_could_be_told_with_nobodys_address_protected(worlds: dict[tuple[bool, bool], Told]) -> None:
    for number, case in enumerate(CASES):
        for is_weak in (True, False):
            one = worlds[True, is_weak]
            others = [worlds[False, weak] for weak in (True, False)]
            assert one.decision[number] in [other.decision[number] for other in others], case
            assert one.withdrawal[number] in [other.withdrawal.get(number) for other in others], case


def test_where_another_reason_applies_it_is_told(worlds: dict[tuple[bool, bool], Told]) -> None:
    protected, alone = worlds[True, True], worlds[False, True]
    for number, case in enumerate(CASES):
        if alone.reasons[number] is None:
            assert FAMILY in protected.decision[number], case
        else:
            assert protected.decision[number] == alone.decision[number], case


def test_the_cases_reach_every_reason_and_the_gate_itself_withholds_as_ever(
    worlds: dict[tuple[bool, bool], Told],
) -> None:
    assert {*worlds[False, True].reasons.values()} == {None, *Reason}
    reasons, before = worlds[True, True].reasons, (Reason.QUARANTINED, Reason.DECEASED, Reason.NO_RESIDENCE)
    alone = worlds[False, True].reasons
    assert all(
        reasons[number] == (alone[number] if alone[number] in before else "confidential_address") for number in reasons
    )
