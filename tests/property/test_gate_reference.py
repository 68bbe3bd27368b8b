"""The SQL gate against the naive reference, on random histories. The whole proof is `python -m tests.proof`."""

from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.core.engine import engine
from pipeline.core.model import CheckedSnapshot, Kbo, Moment, Reason
from pipeline.core.settings import Settings
from pipeline.gate.release import RecipientRelease, recipient_release
from pipeline.gate.release import run_gate as decide_in
from pipeline.source.agency import open_agency
from pipeline.source.extract import extract, load_for, read_for
from tests.proof.noes import KINDS
from tests.proof.prove import PER_WORLD, Proof, differences, papers, prove
from tests.spec.batch import gate_on
from tests.support.reference.gate import Covered, Decision, Night, covered, decide
from tests.support.worlds.histories import a_night, random_world
from tests.support.worlds.tables import to_sqlite


@pytest.fixture(scope="module")
def proof() -> Proof:
    """A quick share of the proof."""
    return prove(10 * PER_WORLD, seed=0)


def test_gate_and_reference_agree_on_every_parent(proof: Proof) -> None:
    assert proof.differences == []


def test_every_outcome_is_among_the_histories(proof: Proof) -> None:
    """Else the agreement would say nothing about the rule that is missing."""
    assert set(proof.decisions) == {"released", *(reason.value for reason in Reason)}
    assert proof.decisions["released"] > proof.parents / 20


def test_the_proof_counts_the_histories_with_a_no_of_each_kind(proof: Proof) -> None:
    assert proof.histories >= 300
    assert {kind for kind in KINDS if proof.noes[kind] * 10 >= proof.histories} == set(KINDS)


def test_a_seed_names_its_histories() -> None:
    at = a_night(Random("x"))
    assert random_world(Random(3), at, 5) == random_world(Random(3), at, 5) != random_world(Random(4), at, 5)


@settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=False))
def test_gate_and_reference_agree_on_what_hypothesis_finds(rng: Random) -> None:
    """Small worlds, so that a failure shrinks to a case that can go into the tables."""
    at = a_night(rng)
    assert list(differences(random_world(rng, at, 2), at)) == []


@dataclass(frozen=True)
class StoredWorld:
    """A random world in a real SQLite database."""

    night: Night
    at: Moment
    folder: Path

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.folder / 'agency.db'}"

    def whole(self) -> tuple[list[Covered], dict[int, Decision]]:
        """Extracted from the database, and decided."""
        snapshot = extract(self.uri, self.at.at, Settings(), self.folder / "all")
        made, decisions = gate_on(CheckedSnapshot(snapshot, ()), self.at, self.folder / "all")
        return papers(made), decisions

    def for_one(self, kbo: Kbo) -> tuple[RecipientRelease, dict[int, Decision]]:
        """Read again for one recipient, and decided."""
        with open_agency(self.uri) as source, engine(Settings(), self.folder) as run:
            load_for(read_for(source, kbo), run)
            run.set_up()
            run.set_moment(self.at, Settings())
            decide_in(run)
            rows = run.run("gate/release/decisions.sql").to_pylist()
            decisions = {row.pop("parent_id"): Decision(**row) for row in rows}
            return recipient_release(run, kbo), decisions


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> StoredWorld:
    rng, folder = Random("agency"), tmp_path_factory.mktemp("agency")
    at = a_night(rng)
    world = random_world(rng, at, PER_WORLD)
    to_sqlite(world, folder / "agency.db", at.at)
    return StoredWorld(Night(world, at.at, at.known_at), at, folder)


def test_they_agree_on_what_was_extracted_from_a_real_database(agency: StoredWorld) -> None:
    assert agency.whole() == (covered(agency.night), decide(agency.night))


def test_what_is_read_again_for_one_recipient_gives_it_the_same_rows(agency: StoredWorld) -> None:
    """The final check before a publication reads one recipient's families only; that may not change what it gets."""
    expected = {parent: each for parent, each in decide(agency.night).items() if each.outcome == "released"}
    for kbo in sorted({str(each.kbo) for each in expected.values()})[:6]:
        found, decisions = agency.for_one(Kbo(kbo))
        mine = {parent: each for parent, each in decisions.items() if each.outcome == "released" and each.kbo == kbo}
        assert mine == {parent: each for parent, each in expected.items() if each.kbo == kbo}
        (mine_is,) = (each for each in covered(agency.night) if each.kbo == kbo)
        got = found.papers
        assert got and Covered(got.kbo, got.agreements, got.protocols, got.retention_days) == mine_is
        assert found.rows["parent_id"].to_pylist() == found.grounds["parent_id"].to_pylist() == sorted(mine)
