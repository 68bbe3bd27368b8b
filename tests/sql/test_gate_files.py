"""The gate's SQL files on DuckDB itself, small input and expected output, each below the decision that it serves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.engine import Engine, engine, snapshot_engine
from pipeline.core.settings import Settings
from pipeline.gate.release import run_gate
from tests.support.worlds.tables import AT, GENT, moment, stage, world

GENK = "0207148052"
TWIN = "90010100024"
Change = Mapping[str, Sequence[Mapping[str, Any]]]


def gate(tmp_path: Path, change: Change, query: str, at: str = AT, settings: Settings | None = None) -> list[tuple]:
    """What `query` gives when the gate has run over the baseline world with this change."""
    checked, limits = stage(world(change), tmp_path / "snapshot"), settings or Settings()
    with snapshot_engine(checked.snapshot, moment(at), limits, tmp_path) as run:
        run_gate(run)
        return ask(run, query)


def ask(run: Engine, query: str) -> list[tuple]:
    return run.connection.sql(query).fetchall()


@pytest.mark.parametrize(
    ("text", "blank"),
    [(None, True), ("", True), (" \t\n", True), ("\u00a0\u200b", True), ("a", False), (" . ", False), ("0", False)],
)
def test_is_blank(tmp_path: Path, text: str | None, blank: bool) -> None:
    with engine(Settings(), tmp_path) as run:
        run.run("core/2_is_blank.sql")
        assert run.connection.execute("select is_blank($1)", [text]).fetchone() == (blank,)


@pytest.mark.parametrize(
    ("text", "fields", "within"),
    [
        (None, [], True),
        ("", [], True),
        ("name", ["name"], True),
        ("phone, name,name", ["name", "phone"], True),
        ("name,", ["", "name"], False),
        ("Name", ["Name"], False),
        ("name,insz", ["insz", "name"], False),
    ],
)
def test_field_list_and_within_decree(tmp_path: Path, text: str | None, fields: list[str], within: bool) -> None:
    decree = ["address", "email", "name", "phone"]
    with engine(Settings(), tmp_path) as run:
        for macro in ("2_is_blank", "3_field_list", "4_within_decree"):
            run.run(f"core/{macro}.sql")
        found = run.connection.execute("select field_list($1), within_decree($1, $2)", [text, decree]).fetchone()
    assert found == (fields, within)


@pytest.mark.parametrize(
    ("at", "code", "current"),
    [
        ("2018-12-31 22:59", "44011", "44011"),  # Deinze before its merger of 1 January 2019, in Brussels' time
        ("2018-12-31 23:00", "44011", "44083"),
        ("2024-12-31 22:59", "44034", "44034"),
        ("2024-12-31 23:00", "44034", "44087"),
        ("2026-06-15 01:30", "11002", "11002"),  # Antwerpen kept its code when it grew
        ("2026-06-15 01:30", "11007", "11002"),
        ("2024-06-15 01:30", "44087", None),  # not yet
        ("2026-06-15 01:30", "99999", None),
        ("2026-06-15 01:30", "21004", "21004"),
    ],
)
def test_a_code_stands_for_its_successor_on_the_day(tmp_path: Path, at: str, code: str, current: str | None) -> None:
    found = gate(tmp_path, {}, f"select current_code from successor where nis_code = '{code}'", at)
    assert found == ([(current,)] if current else [])


def test_a_code_that_leads_to_two_places_stands_for_neither(tmp_path: Path) -> None:
    """No merger in the reference data splits a municipality; one that did would not choose for anybody."""
    with engine(Settings(), tmp_path) as run:
        run.connection.execute("create table moment as select date '2026-06-15' as day")
        run.connection.execute(
            "create table municipality as select unnest(['1', '2', '3', '4']) as nis_code, null::date as valid_from,"
            " unnest([date '2024-12-31', null, null, date '2024-12-31']) as valid_until"
        )
        run.connection.execute(
            "create table merger as select unnest(['1', '1', '4']) as old_nis_code,"
            " unnest(['2', '3', '3']) as new_nis_code, date '2025-01-01' as merged_on"
        )
        run.run("gate/01_successor.sql")
        assert ask(run, "from successor order by all") == [("2", "2"), ("3", "3"), ("4", "3")]


def test_one_recipient_serves_or_none_does(tmp_path: Path) -> None:
    serving = [
        {"nis_code": "44021"},
        {"nis_code": "71016", "kbo": GENK},
        {"nis_code": "71016"},
        {"nis_code": "44085", "valid_until": "2026-06-14"},
        {"nis_code": "44084", "valid_from": "2026-06-16"},
        {"nis_code": "44083", "kbo": "0999999922"},
    ]
    change = {"recipient_municipality": serving, "recipient": [{}, {"kbo": GENK, "name": "OCMW Genk"}]}
    assert gate(tmp_path, change, "from served_by order by nis_code") == [("44021", GENT)]


def test_territory_is_as_old_as_the_latest_merger_in_it(tmp_path: Path) -> None:
    serving = [{"nis_code": "44021"}, {"nis_code": "44083"}, {"nis_code": "44087"}]
    query = "select kbo, shaped_on::varchar from territory"
    assert gate(tmp_path, {"recipient_municipality": serving}, query) == [(GENT, "2025-01-01")]


@pytest.mark.parametrize(
    ("born", "at", "counts"),
    [
        ("2023-06-16", "2026-06-15 21:59", True),
        ("2023-06-16", "2026-06-15 22:00", False),  # midnight in Brussels: the third birthday
        ("2024-02-29", "2027-02-28 12:00", True),
        ("2024-02-29", "2027-03-01 12:00", False),
    ],
)
def test_a_child_counts_until_its_birthday(tmp_path: Path, born: str, at: str, counts: bool) -> None:
    change = {
        "child": [{"birth_date": born}],
        "indicator_assessment": [{"assessed_on": "2025-01-01", "recorded_at": "2025-01-01 12:00"}],
    }
    assert gate(tmp_path, change, "select child_id from assessed_child", at) == ([(1,)] if counts else [])


def test_a_leap_day_child_has_its_fourth_birthday_on_the_day(tmp_path: Path) -> None:
    change = {
        "child": [{"birth_date": "2024-02-29"}],
        "indicator_assessment": [{"assessed_on": "2025-01-01", "recorded_at": "2025-01-01 12:00"}],
    }
    four = Settings(child_age_limit_years=4)
    assert gate(tmp_path, change, "select child_id from assessed_child", "2028-02-28 12:00", four) == [(1,)]
    again = tmp_path / "again"
    again.mkdir()
    assert gate(again, change, "select child_id from assessed_child", "2028-02-29 12:00", four) == []


def test_several_protocols_leave_what_all_name_and_the_shortest_retention(tmp_path: Path) -> None:
    protocols = [
        {"protocol_id": "P1", "fields": "name,address,phone", "retention_days": 365},
        {"protocol_id": "P2", "fields": "name,phone,email", "retention_days": 90},
        {"protocol_id": "P3", "fields": "name", "signed_on": None},
    ]
    found = gate(tmp_path, {"protocol": protocols}, "select protocols, fields, retention_days from protocol_terms")
    assert found == [(["P1", "P2"], ["name", "phone"], 90)]


@pytest.mark.parametrize(
    ("events", "looked_at"),
    [
        ([{}, {"kind": "withdrawal", "occurred_at": "2025-05-01 10:00"}], (1, False)),
        ([{}, {"kind": "grant", "occurred_at": "2025-05-01 10:00", "recorded_at": "2025-05-01 10:06"}], (2, True)),
        ([{}, {"kind": "grant", "occurred_at": "2027-01-01 10:00"}], (1, True)),
        (
            [{}, {"kind": "withdrawal", "occurred_at": "2027-01-01 10:00", "recorded_at": "2026-01-01 10:00"}],
            (1, False),
        ),
        ([{}, {"kind": "withdrawal", "occurred_at": "2026-01-01 10:00", "recorded_at": "2027-01-01 10:00"}], (1, True)),
        ([{}, {"fields": "name,insz", "occurred_at": "2026-01-01 10:00"}], (1, False)),
        ([{"kind": "withdrawal"}], (None, False)),
    ],
)
def test_the_grant_looked_at_holds_or_not(
    tmp_path: Path, events: list[dict[str, str]], looked_at: tuple[int | None, bool]
) -> None:
    query = "select event_id, holds from consent"
    assert gate(tmp_path, {"consent_event": events}, query) == [looked_at]


def test_a_no_counts_for_every_row_of_the_person_and_one_that_cannot_be_placed_for_everyone(tmp_path: Path) -> None:
    no = {"kind": "withdrawal", "parent_id": 2, "occurred_at": "2026-01-01 10:00", "recorded_at": "2026-01-01 10:05"}
    change = {
        "parent": [{"insz": TWIN}, {"family_id": 2, "insz": f"{TWIN[:6]}-{TWIN[6:]}"}, {"family_id": 3}],
        "consent_event": [
            {},
            no,
            no | {"kbo": "0000000000"},
            no | {"kbo": "0000000000", "kind": "grant", "fields": ""},
        ],
    }
    query = "select event_id, person = $p, is_to_all from counting_no order by event_id".replace("$p", f"'{TWIN}'")
    assert gate(tmp_path / "noes", change, query) == [(2, True, False), (3, True, True), (4, True, False)]
    query = "select parent_id, kbo, event_id, holds from consent order by parent_id, kbo"
    assert gate(tmp_path / "consent", change, query) == [
        (1, "0000000000", None, False),
        (1, GENT, 1, False),
        (2, "0000000000", None, False),
        (2, GENT, None, False),
    ]


def test_the_decision_is_one_row_a_parent_and_unknown_is_not_proven(tmp_path: Path) -> None:
    change = {"parent": [{}, {}], "residence": [{}, {"parent_id": 2}]}
    query = "select parent_id, outcome, reason from decision order by parent_id"
    assert gate(tmp_path, change, query) == [(1, "released", None), (2, "withheld", "no_consent")]


def test_papers_that_a_person_must_mend_are_reported(tmp_path: Path) -> None:
    checked = stage(
        world(
            {
                "recipient_municipality": [{"nis_code": "44087"}],
                "agreement": [{"agreement_id": "old", "valid_from": "2024-06-01"}, {"agreement_id": "new"}],
                "protocol": [{"protocol_id": "greedy", "fields": "name,insz"}, {"protocol_id": "fine"}],
            }
        ),
        tmp_path / "snapshot",
    )
    with snapshot_engine(checked.snapshot, moment(), Settings(), tmp_path) as run:
        run_gate(run)
        assert run.run("gate/release/papers_reported.sql").to_pylist() == [
            {"paper": "agreement", "id": "old", "kbo": GENT, "state": "to_be_renewed"},
            {"paper": "protocol", "id": "greedy", "kbo": GENT, "state": "error"},
        ]
        assert run.run("gate/release/recipients.sql").to_pylist() == [
            {"kbo": GENT, "name": "OCMW Gent", "agreements": ["new"], "protocols": ["fine"], "retention_days": 365}
        ]
        assert run.run("gate/release/counts.sql").num_rows == 1


def test_an_event_without_a_kind_is_of_unknown_kind(tmp_path: Path) -> None:
    """It sets its person apart as well; for the person's other rows it is a no."""
    query = "select event_id, rule from failed_consent_event"
    assert gate(tmp_path, {"consent_event": [{"kind": None}]}, query) == [(1, "kind_unknown")]


def test_a_withdrawal_without_an_instant_is_no_malformed_grant(tmp_path: Path) -> None:
    change = {"consent_event": [{"kind": "withdrawal", "occurred_at": None}, {"occurred_at": None}]}
    query = "select event_id, rule from failed_consent_event"
    assert gate(tmp_path, change, query) == [(2, "grant_without_instant")]


def test_what_a_person_may_have_to_look_at_is_counted(tmp_path: Path) -> None:
    """A grant that a clear withdrawal beats is none of these: recording the grant anew would not help."""
    no: dict[str, Any] = {"kind": "withdrawal", "occurred_at": "2025-04-01 10:00", "recorded_at": "2026-06-01 10:00"}
    clear = {"kind": "withdrawal", "occurred_at": "2026-01-01 10:00", "recorded_at": "2026-01-01 10:05"}
    change = {
        "parent": [{}, {"family_id": 2}, {"family_id": 3}, {"family_id": 4, "insz": TWIN}],
        "consent_event": [
            {},
            no,
            {"parent_id": 2},
            no | {"parent_id": 2},
            clear | {"parent_id": 2},
            {"parent_id": 3},
            clear | {"parent_id": 3, "kbo": "?"},
            no | {"parent_id": 99},
            {"parent_id": 99},
        ],
    }
    checked = stage(world(change), tmp_path / "snapshot")
    with snapshot_engine(checked.snapshot, moment(), Settings(), tmp_path) as run:
        run_gate(run)
        assert run.run("gate/release/noes.sql").to_pylist() == [
            {"beaten_grants": 1, "to_everyone": 1, "of_unknown_parent": 1, "persons_of_several_rows": 1}
        ]
