"""Every difference of a replay is named with exactly the table it comes from; what cannot be named is an alarm."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.core.settings import Settings
from pipeline.gate.replay.replay import Comparison
from tests.spec.batch import ROOM, side_by_side
from tests.support.replays import Recorded, causes
from tests.support.worlds.tables import AT, GENT, Row, World, moment, world

LATE = "2026-06-15 01:29"
"""A minute before the decision: the load may not have brought it yet."""


def families() -> World:
    """Parents 1 and 2 of family 1, and 3 of family 2, all released; 4 of family 3 has a child of four: outside."""
    return world(
        {
            "local_team": [{}, {"local_team_id": "T2"}],
            "family": [{}, {}, {}],
            "parent": [{}, {"family_id": 1}, {"family_id": 2}, {"family_id": 3}],
            "residence": [{"parent_id": number} for number in (1, 2, 3, 4)],
            "child": [{}, {"family_id": 2}, {"family_id": 3, "birth_date": "2022-03-01"}],
            "indicator_assessment": [{"child_id": number} for number in (1, 2, 3)],
            "consent_event": [{"parent_id": number} for number in (1, 2, 3, 4)],
        }
    )


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return Recorded(families(), moment(), tmp_path_factory.mktemp("night"))


def put(feed: str, place: int, **values: Any) -> World:
    """The families' world with one row changed; place 0 is the first."""
    rows = families()[feed]
    typed = world({feed: [rows[place] | values]})[feed][0]
    return {feed: [typed if n == place else row for n, row in enumerate(rows)]}


def add(feed: str, **values: Any) -> World:
    rows = families()[feed]
    return {feed: [*rows, world({feed: [rows[0] | values]})[feed][0]]}


def drop(feed: str, *places: int) -> World:
    return {feed: [row for n, row in enumerate(families()[feed]) if n not in places]}


def said(found: Comparison) -> set[tuple[str, str, int]]:
    return {(each.on_record, each.decided_now, each.parents) for each in found.differences}


WITHOUT_HISTORY: dict[str, tuple[World, str, set[tuple[str, str, int]]]] = {
    "a parent died": (put("parent", 0, deceased_on="2026-06-01"), "parent", {("released", "deceased", 1)}),
    "a name is blank": (put("parent", 0, last_name=" "), "parent", {("released", "quarantined", 1)}),
    "an INSZ is wrong": (put("parent", 0, insz="90010100025"), "parent", {("released", "quarantined", 1)}),
    "a parent is in another family": (
        put("parent", 2, family_id=9),
        "parent",
        {("released", "outside", 1)},
    ),
    "a parent joins a family with need": (
        put("parent", 3, family_id=2),
        "parent",
        {("outside", "released", 1)},
    ),
    "a parent's row is new": (add("parent", parent_id=7, family_id=1), "parent", {("outside", "no_residence", 1)}),
    "a family has another team": (put("family", 1, local_team_id="T2"), "family", {("released", "no_agreement", 1)}),
    "a family's row is gone": (drop("family", 1), "family", {("released", "no_agreement", 1)}),
    "a child is older": (put("child", 1, birth_date="2022-03-01"), "child", {("released", "outside", 1)}),
    "a child is younger": (put("child", 2, birth_date="2024-03-01"), "child", {("outside", "released", 1)}),
    "a child is in another family": (
        put("child", 1, family_id=3),
        "child",
        {("released", "outside", 1), ("outside", "released", 1)},
    ),
    "a child's row is gone": (drop("child", 0), "child", {("released", "outside", 2)}),
    "a recipient is gone": (drop("recipient", 0), "recipient", {("released", "not_served", 3)}),
    "a recipient serves no more": (
        put("recipient_municipality", 0, valid_until="2026-01-01"),
        "recipient_municipality",
        {("released", "not_served", 3)},
    ),
    "another recipient serves there": (
        {**add("recipient_municipality", kbo="0207832792"), **add("recipient", kbo="0207832792")},
        "recipient_municipality",
        {("released", "not_served", 3)},
    ),
    "a text is not accepted": (
        put("consent_text", 0, accepted_until="2026-01-01"),
        "consent_text",
        {("released", "text_not_accepted", 3)},
    ),
    "a text is gone": (drop("consent_text", 0), "consent_text", {("released", "text_not_accepted", 3)}),
}


GATE_READS_NOT: dict[str, World] = {
    "how a parent is called and reached": put(
        "parent", 0, first_name="Anders", phone="+32 9 111 11 11", email="anders@example.org", insz=None
    ),
    "how a recipient is called": put("recipient", 0, name="OCMW Anders", ovo=None),
    "whether a child is a client": put("child", 0, client=False),
    "teams, and children on 31 December": {"local_team": [], "child_on_31_december": []},
    "a parent outside": drop("parent", 3),
}
BY_PHONE: dict[str, list[Row]] = {"consent_event": [{"fields": "name,phone"}]}
BY_EMAIL: dict[str, list[Row]] = {"consent_event": [{"fields": "name,email"}]}


@dataclass(frozen=True)
class Case:
    """A world, what it is later, the table that is named, and the differences."""

    then: World
    later: World
    table: str | None
    expected: set[tuple[str, str, int]]


CASES = {
    **{
        what: Case(families(), families() | change, feed, said)
        for what, (change, feed, said) in WITHOUT_HISTORY.items()
    },
    **{what: Case(families(), families() | change, None, set()) for what, change in GATE_READS_NOT.items()},
    # These matter where the consent leaves no address:
    "a telephone went blank": Case(
        world(BY_PHONE),
        world(BY_PHONE | {"parent": [{"phone": "\u00a0"}]}),
        "parent",
        {("released", "fields", 1)},
    ),
    "an email came": Case(
        world(BY_EMAIL | {"parent": [{"email": None}]}),
        world(BY_EMAIL),
        "parent",
        {("fields", "released", 1)},
    ),
}


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> tuple[Comparison, pa.Table]:
    """All cases in one night and one replay of it, each with its own numbers, recipients and municipalities."""
    night = Recorded(side_by_side([case.then for case in CASES.values()]), moment(), tmp_path_factory.mktemp("cases"))
    return night.replay(side_by_side([case.later for case in CASES.values()]))


@pytest.mark.parametrize("what", CASES)
def test_a_table_without_history_is_named(beside: tuple[Comparison, pa.Table], what: str) -> None:
    """Of what the gate does not read, none is: it makes no difference."""
    case, number = CASES[what], list(CASES).index(what)
    rows = [row for row in beside[1].to_pylist() if row["parent_id"] // ROOM == number]
    differ = [row for row in rows if row["said_then"]]
    counted = Counter((row["said_then"], row["reason"] or row["outcome"]) for row in differ)
    assert {(*change, parents) for change, parents in counted.items()} == case.expected
    assert {row["because"] for row in differ} == ({case.table} if case.table else set())


def test_no_more_than_the_cases_differ(beside: tuple[Comparison, pa.Table]) -> None:
    found, _ = beside
    expected = Counter[tuple[str, str, tuple[str, ...]]]()
    for case in CASES.values():
        for then, now, parents in case.expected:
            expected[then, now, (str(case.table),)] += parents
    assert {(each.on_record, each.decided_now, each.causes): each.parents for each in found.differences} == expected
    assert found.alarms == ()


def test_a_parents_row_that_is_gone_is_named(night: Recorded) -> None:
    """Alone: the table has no line on it."""
    found, _ = night.replay(**drop("parent", 0))
    assert (causes(found), said(found), found.alarms) == ({"parent"}, {("released", "outside", 1)}, ())


def test_several_tables_are_named_each_for_its_own(night: Recorded) -> None:
    """One parent died, another's family changed teams; a third has both, and the text is not accepted besides."""
    parents = families()["parent"]
    parents[0] |= world({"parent": [{"deceased_on": "2026-06-01"}]})["parent"][0] | {"parent_id": 1}
    change = put("family", 1, local_team_id="T2") | put("consent_text", 0, accepted_until="2026-01-01")
    found, _ = night.replay(**change, parent=parents)
    assert {(each.on_record, each.decided_now): each.causes for each in found.differences} == {
        ("released", "deceased"): ("parent",),
        ("released", "no_agreement"): ("family",),
        ("released", "text_not_accepted"): ("consent_text",),
    }


APPEND_ONLY: dict[str, tuple[World, str, bool]] = {
    "a withdrawal written into the past": (
        add("consent_event", event_id=90, kind="withdrawal", recorded_at="2026-06-01 10:00"),
        "consent_event: 1 rows more than were known",
        True,
    ),
    "a grant gone": (drop("consent_event", 0), "consent_event: 1 rows fewer than were known", True),
    "a grant's fields altered": (
        put("consent_event", 0, fields="name,phone"),
        "consent_event: as many rows as were known, but not the same",
        True,
    ),
    "an event of nobody's interest altered": (
        put("consent_event", 3, fields="name,phone"),
        "consent_event: as many rows as were known, but not the same",
        False,
    ),
    "a residence altered": (
        put("residence", 0, confidential=True),
        "residence: as many rows as were known, but not the same",
        True,
    ),
    "a residence written into the past": (
        add("residence", valid_from="2026-01-01", recorded_at="2026-01-02 10:00", nis_code=None),
        "residence: 1 rows more than were known",
        True,
    ),
    "an assessment gone": (drop("indicator_assessment", 1), "indicator_assessment: 1 rows fewer than were known", True),
    "an agreement's version altered": (
        put("agreement", 0, ended_on="2026-01-01"),
        "agreement: as many rows as were known, but not the same",
        True,
    ),
    "a protocol's version written into the past": (
        add("protocol", recorded_at="2026-01-02 10:00", fields="phone"),
        "protocol: 1 rows more than were known",
        True,
    ),
    "all events gone": ({"consent_event": []}, "consent_event: 4 rows fewer than were known", True),
}


@pytest.mark.parametrize("what", APPEND_ONLY)
def test_an_append_only_table_that_is_not_what_it_was_is_an_alarm(night: Recorded, what: str) -> None:
    change, says, differs = APPEND_ONLY[what]
    found, _ = night.replay(**change)
    feed = says.split(":")[0]
    assert found.alarms == (f"append-only table {says}",)
    assert causes(found) == ({f"{feed}, altered"} if differs else set())


def test_a_row_that_a_later_load_brought_is_named_as_such(night: Recorded) -> None:
    """Recorded after the feed was produced and before the decision: the night could not have it, and nobody lied."""
    found, _ = night.replay(**add("consent_event", event_id=90, kind="withdrawal", recorded_at=LATE, occurred_at=LATE))
    assert (causes(found), said(found), found.alarms) == (
        {"consent_event, loaded later"},
        {("released", "withdrawn", 1)},
        (),
    )
    (events,) = [each for each in found.grown if each.feed == "consent_event"]
    assert (events.rows_then, events.rows_now, len(events.hashes)) == (4, 5, 1)


def test_a_late_row_that_the_night_did_have_must_stay(tmp_path: Path) -> None:
    event: Row = {"recorded_at": LATE, "occurred_at": LATE}
    night = Recorded(world({"consent_event": [event]}), moment(), tmp_path)
    assert night.replay()[0].differences == ()
    found, _ = night.replay(world({"consent_event": [event | {"kind": "withdrawal"}]}))
    assert found.alarms == ("append-only table consent_event: 1 of the rows that were known last gone or altered",)
    assert said(found) == {("released", "withdrawn", 1)}


def test_loaded_later_and_known_since_are_two_things(night: Recorded) -> None:
    rows = families()["consent_event"]
    came = {"event_id": 90, "parent_id": 1, "kind": "withdrawal", "recorded_at": LATE, "occurred_at": LATE}
    new = came | {"event_id": 91, "parent_id": 3, "recorded_at": "2026-06-15 09:00"}
    later = world({"consent_event": [came, new]})["consent_event"]
    found, _ = night.replay(known_at="2026-06-16 00:00", consent_event=rows + later)
    assert {each.causes: each.parents for each in found.differences} == {
        ("consent_event, loaded later",): 1,
        ("known since: consent_event",): 1,
    }


def test_a_difference_that_nothing_explains_is_an_alarm(night: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the gate itself, or the machine under it, decides otherwise than it did."""
    monkeypatch.setattr("pipeline.gate.replay.replay.run_gate", _decide_badly)
    found, _ = night.replay()
    assert causes(found) == {"unexplained"}
    assert found.alarms == ("3 parents: the difference is unexplained",)


def _decide_badly(run: Any) -> None:
    from pipeline.gate.release import run_gate

    run_gate(run)
    run.connection.execute("update decision set outcome = 'withheld', reason = 'fields', fields = null")


def test_an_unrelated_change_hides_no_unexplained_difference(night: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.gate.replay.replay.run_gate", _decide_badly)
    change = put("parent", 0, deceased_on="2026-06-01") | put("consent_text", 0, accepted_from="2025-01-02")
    found, _ = night.replay(**change)
    assert found.alarms == ("2 parents: the difference is unexplained",)


def test_the_age_limit_is_named_by_its_setting(night: Recorded) -> None:
    found, _ = night.replay(settings=Settings(child_age_limit_years=5))
    assert (causes(found), said(found)) == ({"setting child_age_limit_years"}, {("outside", "released", 1)})
    assert found.alarms == ()


def test_a_changed_rule_is_named(night: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from pipeline.core import engine
    from pipeline.gate.replay import fingerprints

    changed = shutil.copytree(engine.SQL, tmp_path / "sql")
    rule = changed / "gate" / "18_accepted_text.sql"
    rule.write_text(rule.read_text().replace("accepted_from <= day", "accepted_from > day"))
    monkeypatch.setattr(engine, "SQL", changed)
    assert fingerprints.rules_hash(changed) != fingerprints.rules_hash()
    monkeypatch.setattr("pipeline.gate.replay.replay.rules_hash", lambda: fingerprints.rules_hash(changed))
    found, _ = night.replay()
    assert (causes(found), found.rules_are_the_same) == ({"the rules themselves"}, False)
    assert said(found) == {("released", "text_not_accepted", 3)}


@pytest.mark.parametrize(
    "file",
    ["core/2_is_blank.sql", "gate/20_decision.sql", "gate/clocks/covered.sql", "source/check/row_parent.sql"],
)
def test_each_folder_of_rules_counts(file: str, tmp_path: Path) -> None:
    import shutil

    from pipeline.core.engine import SQL
    from pipeline.gate.replay.fingerprints import rules_hash

    changed = shutil.copytree(SQL, tmp_path / "sql")
    (changed / file).write_text((changed / file).read_text() + "select 1;\n")
    assert rules_hash(changed) != rules_hash()


def test_a_comment_is_no_rule(tmp_path: Path) -> None:
    import shutil

    from pipeline.core.package_data import SQL
    from pipeline.gate.replay.fingerprints import rules_hash

    changed = shutil.copytree(SQL, tmp_path / "sql")
    rule = changed / "gate" / "18_accepted_text.sql"
    rule.write_text("-- Said otherwise.\n" + rule.read_text())
    assert rules_hash(changed) == rules_hash()


def test_the_table_holds_todays_decisions_and_what_was_said_where_it_differs(night: Recorded) -> None:
    _, table = night.replay(**put("parent", 0, deceased_on="2026-06-01"), **drop("child", 1))
    empty = {"kbo": None, "fields": None, "reason": None}
    fields = "address,email,name,phone"
    assert table.to_pylist() == [
        empty
        | {"parent_id": 1, "outcome": "withheld", "reason": "deceased", "said_then": "released", "because": "parent"},
        empty
        | {"parent_id": 2, "outcome": "released", "kbo": GENT, "fields": fields, "said_then": None, "because": None},
        empty | {"parent_id": 3, "outcome": "outside", "said_then": "released", "because": "child"},
    ]


def test_the_same_decision_for_another_recipient_is_a_difference(tmp_path: Path) -> None:
    """Two municipalities swap their recipients."""
    there = {"kbo": "0207832792", "nis_code": "31005"}
    both: dict[str, list[Row]] = {
        "recipient": [{}, {"kbo": there["kbo"]}],
        "recipient_municipality": [{}, there],
        "agreement": [{}, {"agreement_id": "A2", "kbo": there["kbo"]}],
        "protocol": [{}, {"protocol_id": "P2", "kbo": there["kbo"], "fields": "name,phone"}],
        "consent_event": [{}, {"kbo": there["kbo"]}],
    }
    night = Recorded(world(both), moment(), tmp_path)
    swapped = [{"nis_code": "31005"}, there | {"nis_code": "44021"}]
    found, _ = night.replay(world(both | {"recipient_municipality": swapped}))
    assert said(found) == {("released", "released, of another recipient", 1)}
    assert causes(found) == {"recipient_municipality"}


def test_at_is_the_instant_of_the_record() -> None:
    assert moment().at == moment(AT).known_at
