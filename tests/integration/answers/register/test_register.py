"""The register: every paper in the state in which the gate has it, and no person."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.answers.overview.model import PaperKind
from pipeline.answers.overview.model import PaperState as State
from pipeline.answers.overview.texts import PAPER_STATES
from pipeline.answers.register.collect import ProcessingRegister, collect_register
from pipeline.answers.register.report import register_report
from pipeline.core.loads import AgencySource
from pipeline.core.settings import Settings
from pipeline.gate.release import release
from tests.e2e.search import canaries, search
from tests.support.answers import AGENCY, tables, texts
from tests.support.worlds.small_world import GENT, small_world
from tests.support.worlds.tables import World, instant, moment, stage, to_sqlite, world

AT = instant("2026-06-15 01:30")

PROTOCOLS: dict[str, tuple[dict[str, Any], State | None]] = {
    "in force": ({}, State.IN_FORCE),
    "until today": ({"valid_until": "2026-06-15"}, State.IN_FORCE),
    "until yesterday": ({"valid_until": "2026-06-14"}, State.ENDED),
    "ended early": ({"ended_on": "2026-06-01", "valid_until": "2030-01-01"}, State.ENDED),
    "not signed": ({"signed_on": None}, State.NOT_YET),
    "not published": ({"published_url": " "}, State.NOT_YET),
    "without advice": ({"dpo_advice_on": None}, State.NOT_YET),
    "not published by the recipient": ({"recipient_published_url": None}, State.NOT_YET),
    "without advice of the recipient's officer": ({"recipient_dpo_advice_on": None}, State.NOT_YET),
    "begins tomorrow": ({"valid_from": "2026-06-16"}, State.NOT_YET),
    "asks for more": ({"fields": "name,insz"}, State.ERROR),
    "asks for more, and ended": ({"fields": "name,insz", "ended_on": "2026-06-01"}, State.ENDED),
    "another flow": ({"legal_basis": "other"}, None),
    "no protocol": ({"kind": "processing_agreement"}, None),
    "before the merger": ({"kbo": "0207832792", "valid_from": "2024-01-01"}, State.TO_BE_RENEWED),
}
AGREEMENTS: dict[str, tuple[dict[str, Any], State]] = {
    "in force": ({}, State.IN_FORCE),
    "ended": ({"ended_on": "2026-06-14"}, State.ENDED),
    "not signed": ({"signed_on": None}, State.NOT_YET),
    "an impossible threshold": ({"min_criteria": 7}, State.ERROR),
    "before the merger": ({"kbo": "0207832792", "valid_from": "2024-01-01"}, State.TO_BE_RENEWED),
}


def papers() -> World:
    """One of each; Beveren-Kruibeke-Zwijndrecht, served by the second recipient here, was shaped on 1 January 2025."""
    return world(
        {
            "recipient": [{}, {"kbo": "0207832792", "name": "OCMW Tweede"}],
            "recipient_municipality": [{}, {"kbo": "0207832792", "nis_code": "46030"}],
            "protocol": [{"protocol_id": name} | differs for name, (differs, _) in PROTOCOLS.items()],
            "agreement": [{"agreement_id": name} | differs for name, (differs, _) in AGREEMENTS.items()],
        }
    )


def read(tmp_path: Path, made: World) -> ProcessingRegister:
    agency = AgencySource(f"sqlite:///{to_sqlite(made, tmp_path / 'agency.db', AT)}")
    return collect_register(agency, AT, Settings(), tmp_path / "register")


def test_every_paper_has_its_state(tmp_path: Path) -> None:
    found = read(tmp_path, papers())
    assert {paper.paper_id: paper.state for paper in found.of(PaperKind.PROTOCOL)} == {
        name: state for name, (_, state) in PROTOCOLS.items() if state
    }
    assert {paper.paper_id: paper.state for paper in found.of(PaperKind.AGREEMENT)} == {
        name: state for name, (_, state) in AGREEMENTS.items()
    }
    assert (found.others, found.exchanging) == (2, 1)


def test_states_are_those_that_a_night_goes_by(tmp_path: Path) -> None:
    found = read(tmp_path, papers())
    checked = stage(papers(), tmp_path / "staged", AT)
    decided = release(checked, moment(AT), Settings(), tmp_path / "release")
    in_force = {paper.paper_id for paper in found.of(PaperKind.PROTOCOL) if paper.state is State.IN_FORCE}
    assert set(decided.recipients[0].protocols) == in_force and len(decided.recipients) == found.exchanging
    reported = {(paper.id, paper.state) for paper in decided.reported}
    of_ours = [(paper.paper_id, paper.state.value) for paper in found.of(PaperKind.PROTOCOL)]
    of_ours += [(paper.paper_id, paper.state.value) for paper in found.of(PaperKind.AGREEMENT)]
    assert {pair for pair in of_ours if pair[1] in ("error", "to_be_renewed")} == reported


def test_the_latest_version_counts(tmp_path: Path) -> None:
    made = papers()
    later = world({"protocol": [{"protocol_id": "in force", "recorded_at": "2026-06-14", "ended_on": "2026-06-13"}]})
    future = world({"protocol": [{"protocol_id": "ended early", "recorded_at": "2026-06-16"}]})
    made["protocol"] += later["protocol"] + future["protocol"]
    states = {paper.paper_id: paper.state for paper in read(tmp_path, made).of(PaperKind.PROTOCOL)}
    assert (states["in force"], states["ended early"]) == (State.ENDED, State.ENDED)


def test_the_document_lists_every_paper_with_its_parties_terms_and_publication(tmp_path: Path) -> None:
    document = register_report(read(tmp_path, papers()), Settings(decisions_days=123), AGENCY)
    said = texts(document)
    row = next(
        tuple(said[place - 1 : place + 6]) for place, text in enumerate(said) if text == "in force" and place > 0
    )
    assert row == (
        "OCMW Gent (KBO 0212.214.125)",
        "in force",
        "van kracht",
        "10/01/2025\nadvies Opgroeien 05/01/2025\nadvies ontvanger 05/01/2025",
        "01/02/2025\nopen",
        "naam, adres, telefoon, e-mail\n365 dagen",
        "Opgroeien: https://example.org/protocol/P1\nontvanger: https://ocmw.example.org/protocol/P1",
    )
    assert {PAPER_STATES[state] for _, state in PROTOCOLS.values() if state} <= {
        cell for cells in tables(document).values() for row in cells for cell in row
    } | set(said)
    assert any("2 stukken van een andere gegevensstroom" in text for text in said)
    assert any("123 dagen" in text for text in said) and any("jonger dan 3 jaar" in text for text in said)
    assert "naam, (onbekend)\n365 dagen" in said, "what a protocol asks beyond the decree is not repeated"


def test_no_person_is_read_or_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = small_world({GENT: 2})
    document = register_report(read(tmp_path, made), Settings(), AGENCY)
    assert search("\n".join(texts(document)).encode(), canaries([101, 102])) == set()


def test_an_empty_register(tmp_path: Path) -> None:
    made = world({"protocol": [], "agreement": []})
    said = texts(register_report(read(tmp_path, made), Settings(), AGENCY))
    assert "0 protocollen." in said and "0 overeenkomsten." in said
