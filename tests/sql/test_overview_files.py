"""The overview's SQL files on DuckDB itself: small input, expected rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.answers.overview.collect import PAPERS, PLACES
from pipeline.answers.overview.days import end_of
from pipeline.answers.overview.model import BRUSSELS_REGION, LEGAL_BASIS, PaperState
from pipeline.answers.overview.read import load_drop_nights
from pipeline.answers.overview.texts import MISSING
from pipeline.core.engine import Engine, engine
from pipeline.core.model import Kbo, Moment
from pipeline.core.package_data import REFERENCE, SQL
from pipeline.core.settings import Settings
from pipeline.core.staging import local
from tests.support.worlds.tables import instant, stage, world

DAY = date(2026, 6, 15)
GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
Change = Mapping[str, Sequence[Mapping[str, Any]]]
MERGED = {"recipient_municipality": [{"nis_code": "46030"}]}
"""Shaped on 1 January 2025."""


@contextmanager
def on(tmp_path: Path, change: Change, *drops: tuple[Kbo, date], day: date = DAY) -> Iterator[Engine]:
    """The baseline with this change as the overview's files have it at the end of the day, known a day later."""
    snapshot = stage(world(change), tmp_path / "snapshot").snapshot
    with engine(Settings(), tmp_path) as run:
        for feed, file in snapshot.feeds.items():
            run.show(feed, local(file))
        run.set_up()
        run.set_moment(Moment(end_of(day), instant("2026-06-17 00:00")), Settings())
        load_drop_nights(run, drops)
        run.define("answers/overview/province.sql", folder=str(REFERENCE), brussels=BRUSSELS_REGION)
        for file in (*PAPERS, *PLACES):
            run.define(f"{file}.sql")
        yield run


def rows(run: Engine, query: str, **parameters: object) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in run.run(f"answers/overview/{query}.sql", **parameters).to_pylist()]


AGREEMENTS = (
    ({}, "in_force"),
    ({"ended_on": "2026-06-14"}, "ended"),
    ({"ended_on": "2026-06-14", "signed_on": None}, "ended"),
    ({"valid_until": "2026-06-15"}, "in_force"),
    ({"min_criteria": 7}, "error"),
    ({"min_criteria": 7, "signed_on": None}, "error"),
    ({"signed_on": None}, "not_signed"),
    ({"signed_on": None, "valid_from": "2027-01-01"}, "not_signed"),
    ({"valid_from": "2026-06-16"}, "not_yet"),
    ({"valid_from": "2024-12-31"}, "to_be_renewed"),
    ({"valid_from": "2024-12-31", "signed_on": None}, "not_signed"),
)
PROTOCOLS = (
    *((change, state) for change, state in AGREEMENTS if "min_criteria" not in change),
    ({"fields": "name,insz"}, "error"),
    ({"published_url": " "}, "not_yet"),
    ({"recipient_published_url": " "}, "not_yet"),
    ({"recipient_dpo_advice_on": "2026-06-16"}, "not_yet"),
    ({"dpo_advice_on": "2026-06-16"}, "not_yet"),
    ({"dpo_advice_on": None, "signed_on": None}, "not_signed"),
    ({"published_url": None, "valid_from": "2024-12-31"}, "not_yet"),
    ({"legal_basis": "decree-2014-01-24"}, "other_flow"),
    ({"legal_basis": "decree-2014-01-24", "fields": "insz", "published_url": None}, "other_flow"),
    ({"legal_basis": "decree-2014-01-24", "signed_on": None}, "not_signed"),
    ({"legal_basis": "decree-2014-01-24", "ended_on": "2026-06-14"}, "ended"),
    ({"kind": "processing_agreement", "valid_from": "2027-01-01"}, "other_flow"),
)


def test_an_agreement_is_in_the_first_state_that_applies(tmp_path: Path) -> None:
    agreements = [{"agreement_id": f"{n:02}"} | change for n, (change, _) in enumerate(AGREEMENTS)]
    with on(tmp_path, {"agreement": agreements, "protocol": []} | MERGED) as run:
        assert [row[5] for row in rows(run, "papers")] == [state for _, state in AGREEMENTS]


def test_a_protocol_is_in_the_first_state_that_applies(tmp_path: Path) -> None:
    protocols = [{"protocol_id": f"{n:02}"} | change for n, (change, _) in enumerate(PROTOCOLS)]
    with on(tmp_path, {"agreement": [], "protocol": protocols} | MERGED) as run:
        assert {row[0]: row[5] for row in rows(run, "papers")} == {
            f"{n:02}": state for n, (_, state) in enumerate(PROTOCOLS)
        }


LACKING = {
    "agency_publication": {"published_url": None},
    "recipient_publication": {"recipient_published_url": ""},
    "agency_advice": {"dpo_advice_on": None},
    "recipient_advice": {"recipient_dpo_advice_on": "2026-06-16"},
}


def test_a_protocol_says_what_it_waits_for_and_from_which_party(tmp_path: Path) -> None:
    """Only one that is signed and could be in force: an ended one waits for nothing."""
    everything = {column: value for change in LACKING.values() for column, value in change.items()}
    cases = [*LACKING.values(), everything, {"valid_from": "2026-06-16"}, everything | {"ended_on": "2026-06-14"}, {}]
    protocols = [{"protocol_id": f"{n}"} | change for n, change in enumerate(cases)]
    with on(tmp_path, {"agreement": [], "protocol": protocols}) as run:
        found = [row["missing"] for row in run.run("answers/overview/papers.sql").to_pylist()]
    assert found == [*([name] for name in LACKING), [*LACKING], [], [], []]
    assert set(MISSING) == set(LACKING)


def test_the_cases_name_every_state() -> None:
    assert {state for _, state in (*AGREEMENTS, *PROTOCOLS)} == set(PaperState)


def test_the_decree_has_the_name_that_the_gate_knows_it_by() -> None:
    assert f"legal_basis = '{LEGAL_BASIS}'" in (SQL / "gate" / "11_protocol_state.sql").read_text()


def test_kinds_are_those_of_the_interface_and_other(tmp_path: Path) -> None:
    kinds = ("protocol", "processing_agreement", "Protocol", "")
    protocols = [{"protocol_id": str(n), "kind": kind} for n, kind in enumerate(kinds)]
    with on(tmp_path, {"agreement": [], "protocol": protocols}) as run:
        found = {row[0]: row[1] for row in rows(run, "papers")}
    assert found == {"0": "protocol", "1": "processing_agreement", "2": "other", "3": "other"}


def test_of_a_paper_the_latest_version_that_is_known(tmp_path: Path) -> None:
    versions = [
        {"valid_until": "2026-01-01"},
        {"recorded_at": "2026-06-16 23:59", "ended_on": "2026-06-15", "local_team_id": "unknown"},
        {"recorded_at": "2026-06-17 00:01", "ended_on": "2025-03-01"},
    ]
    with on(tmp_path, {"agreement": versions, "protocol": []}) as run:
        (found,) = rows(run, "papers")
    expected = ("A1", "agreement", None, GENT, "unknown", "in_force", date(2025, 1, 10), date(2025, 2, 1), DAY, [], [])
    assert found == expected


@pytest.mark.parametrize(
    ("nights", "exchanging"),
    [
        ([], 0),
        ([date(2026, 6, 16)], 0),
        ([date(2026, 6, 15)], 1),
        ([date(2026, 6, 9)], 1),
        ([date(2026, 6, 8)], 0),
        ([date(2026, 6, 10), date(2026, 6, 11)], 1),
    ],
)
def test_the_figures_of_a_day(tmp_path: Path, nights: list[date], exchanging: int) -> None:
    others = {
        "agreement": [{}, {"agreement_id": "A2", "signed_on": None}, {"agreement_id": "A3", "ended_on": "2026-06-14"}],
        "protocol": [{}, {"protocol_id": "P2", "kind": "processing_agreement"}, {"protocol_id": "P3", "fields": "x"}],
    }
    with on(tmp_path, others, *((GENT, night) for night in nights), (AALST, DAY)) as run:
        assert rows(run, "month", window_days=7) == [(DAY, 2, 1, 2, 1, 1, exchanging)]


def test_authorities_serve_have_papers_or_got_a_drop(tmp_path: Path) -> None:
    others = {
        "recipient": [{}, {"kbo": AALST, "name": "OCMW Aalst"}, {"kbo": "0000000001", "name": "Elders"}],
        "protocol": [{}, {"protocol_id": "P2", "kbo": "0000000002"}],
    }
    drops = ((AALST, DAY), (GENT, date(2026, 1, 5)), (GENT, date(2026, 6, 16)), (Kbo("0000000001"), date(2026, 6, 1)))
    with on(tmp_path, others, *drops) as run:
        assert rows(run, "authorities", window_days=7) == [
            ("0000000002", None, None, False, None),
            (GENT, "OCMW Gent", "OCMW", True, date(2026, 1, 5)),
            (AALST, "OCMW Aalst", "OCMW", False, DAY),
        ]


@pytest.mark.parametrize(
    ("day", "name", "municipalities"),
    [(date(2018, 12, 31), "Beveren", 327), (date(2024, 12, 31), "Beveren", 319), (date(2025, 1, 1), None, 304)],
)
def test_municipalities_are_those_of_the_day(tmp_path: Path, day: date, name: str | None, municipalities: int) -> None:
    serves = {"recipient_municipality": [{"nis_code": "46003", "valid_from": "1977-01-01"}]}
    with on(tmp_path, serves, day=day) as run:
        served = rows(run, "served")
        assert served == ([(GENT, "46003", name, "Oost-Vlaanderen")] if name else [])
        assert len(rows(run, "unserved")) + len(served) == municipalities
        gone = [] if name else [(GENT, "46003", "Beveren", "Beveren-Kruibeke-Zwijndrecht")]
        assert rows(run, "gone") == gone


def test_brussels_has_a_name_for_its_province(tmp_path: Path) -> None:
    with on(tmp_path, {"recipient_municipality": [{"nis_code": "21004"}]}) as run:
        assert rows(run, "served") == [(GENT, "21004", "Brussel", BRUSSELS_REGION)]


def test_who_serves_the_same_municipality_is_counted(tmp_path: Path) -> None:
    with on(tmp_path, {"recipient_municipality": [{}, {"kbo": AALST}]}) as run:
        assert [row for row in rows(run, "unserved") if row[3]] == [("44021", "Gent", "Oost-Vlaanderen", 2)]
