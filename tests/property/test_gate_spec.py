"""Every case of the spec tables, decided by the SQL gate and by the naive reference."""

from collections import Counter
from pathlib import Path

import pytest

from pipeline.core.model import Reason
from tests.spec.batch import batches, decided
from tests.spec.case import Case
from tests.spec.generate import DOCUMENTS
from tests.spec.tables import SECTIONS, cases
from tests.support.reference.gate import RULES, Decision, Night, decide
from tests.support.worlds.tables import moment, world

ALL_CASES = [pytest.param(case, id=f"{section.title.split('. ')[-1]}: {case.title}") for section, case in cases()]


@pytest.fixture(scope="module")
def sql_decisions(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Decision | str | None]:
    """What the SQL gate decided on each case, by the case's identity."""
    folder: Path = tmp_path_factory.mktemp("spec")
    of_all = batches(case for _, case in cases())
    return {
        id(case): decision
        for number, batch in enumerate(of_all)
        for case, decision in decided(batch, folder / str(number))
    }


@pytest.mark.parametrize("case", ALL_CASES)
def test_the_sql_gate_decides_as_the_table_says(case: Case, sql_decisions: dict[int, Decision | str | None]) -> None:
    assert sql_decisions[id(case)] == case.expected


@pytest.mark.parametrize("case", ALL_CASES)
def test_the_reference_decides_as_the_table_says(case: Case) -> None:
    at = moment(case.at, case.known_at)
    assert decide(Night(world(case.change), at.at, at.known_at)).get(case.parent) == case.expected


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_document_is_what_the_tables_make(document: Path) -> None:
    assert document.read_text(encoding="utf-8") == DOCUMENTS[document](), "run: python -m tests.spec"


def test_a_title_stands_once_in_its_section() -> None:
    titles = Counter((section.title, case.title) for section, case in cases())
    assert [title for title, count in titles.items() if count > 1] == []


def test_every_reason_has_its_section_its_rule_and_its_cases() -> None:
    expected = {case.expected.reason for _, case in cases() if case.expected and case.expected.reason}
    assert expected == {reason.value for reason in Reason}
    assert list(RULES) == [reason.value for reason in Reason]
    assert [section.title for section in SECTIONS[1:]] == [f"{i}. {reason}" for i, reason in enumerate(Reason, 1)]


def test_the_tables_hold_both_sides_of_every_rule() -> None:
    """A section with withheld cases only would pass under a gate that withholds everybody."""
    for section in SECTIONS:
        outcomes = {case.expected.outcome if case.expected else "outside" for case in section.cases}
        assert len(outcomes) > 1, section.title
