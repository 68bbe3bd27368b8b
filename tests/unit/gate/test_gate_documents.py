"""docs/gate.md and docs/poort.md: each link leads to a heading, and the Dutch rules keep the facts of the English."""

import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.model import Reason
from pipeline.gate.rules import RULES, GateRule
from tests.spec import agency_tables
from tests.spec.decides import CHOICES, setting
from tests.spec.generate import DOCS, DOCUMENTS
from tests.spec.tables import SECTIONS

GATE, DUTCH_TABLE = DOCUMENTS

of_each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)


def anchors(text: str) -> Counter[str]:
    """The anchors that GitHub makes of the headings, worked out here without the code under test."""
    headings = [line.lstrip("#").strip().lower() for line in text.splitlines() if line.startswith("#")]
    kept = ("".join(c for c in heading if c.isalnum() or c in "_- ") for heading in headings)
    return Counter(heading.replace(" ", "-") for heading in kept)


def reasons_table(document: Path) -> list[list[str]]:
    """The rows under the document's first chapter heading, without the head."""
    top = document.read_text(encoding="utf-8").split("\n## ")[1]
    return [row.strip("| ").split(" | ") for row in top.splitlines() if re.match(r"\| \d", row)]


def test_every_rule_has_its_anchor_in_the_document_once() -> None:
    headings = anchors(GATE.read_text(encoding="utf-8"))
    assert [headings[rule.anchor] for rule in RULES.values()] == [1] * len(Reason)
    assert RULES[Reason.NO_RESIDENCE].anchor == "3-no_residence"


@of_each_document
def test_every_link_leads_to_a_heading_or_a_file(document: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", document.read_text(encoding="utf-8"))
    assert len(links) > len(Reason)
    for link in links:
        path, _, anchor = link.partition("#")
        target = DOCS / path if path else document
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), link


@of_each_document
def test_the_reasons_stand_in_order_under_their_codes(document: Path) -> None:
    rows = reasons_table(document)
    assert [row[0] for row in rows] == [str(number) for number in range(1, 14)]
    assert [re.findall(r"`(\w+)`", row[1]) for row in rows] == [[reason.value] for reason in Reason]


def test_the_gate_document_gives_each_reason_its_rule_and_its_count() -> None:
    counts = [str(len(section.cases)) for section in SECTIONS if section.reason]
    expected = [[rule.name, rule.rule, count] for rule, count in zip(RULES.values(), counts, strict=True)]
    assert [row[2:] for row in reasons_table(GATE)] == expected


def test_the_dutch_table_gives_each_reason_its_rule() -> None:
    assert [row[2:] for row in reasons_table(DUTCH_TABLE)] == [[rule.name_nl, rule.rule_nl] for rule in RULES.values()]


def test_the_rules_are_numbered_in_the_order_of_the_gate_and_read_on_from_withheld_when() -> None:
    assert [(rule.reason, rule.number) for rule in RULES.values()] == [(r, n) for n, r in enumerate(Reason, 1)]
    for rule in RULES.values():
        for text in (rule.name, rule.rule, rule.name_nl, rule.rule_nl):
            assert text == text.strip() and not text.endswith(".") and "|" not in text and text[0].lower() == text[0]


def facts(text: str) -> tuple[set[str], set[int]]:
    """What a translation may not lose: the interface's own names, and every number."""
    return set(re.findall(r"`[^`]+`", text)), {int(number) for number in re.findall(r"\d+", text)}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: str(rule.reason))
def test_a_translation_keeps_names_and_numbers(rule: GateRule) -> None:
    assert all(said <= told for said, told in zip(facts(rule.rule), facts(rule.rule_nl), strict=True))


def test_every_column_of_the_interface_is_explained_and_nothing_else_is() -> None:
    feeds = {name: feed for name, feed in FEEDS.items() if feed != CONTROL}
    named = {f"{name}.{column}" for name, feed in feeds.items() for column in feed.columns}
    columns = {name.split(".")[1] for name in named}
    assert set(agency_tables.FEEDS) == set(feeds)
    assert set(agency_tables.COLUMNS) <= named | columns
    assert all(agency_tables.meaning(*name.split(".")) for name in named)


def test_assumptions_are_marked_with_where_to_change_them() -> None:
    marked = [line for line in GATE.read_text(encoding="utf-8").splitlines() if "*assumption* |" in line]
    assumptions = [choice for choice in CHOICES if choice.assumption]
    assert len(marked) == len(assumptions)
    for line, choice in zip(marked, assumptions, strict=True):
        assert choice.where in line and choice.what in line


def test_a_setting_that_does_not_exist_is_not_documented() -> None:
    with pytest.raises(AttributeError):
        setting("bypass_the_gate")


@of_each_document
def test_the_documents_lie_where_the_readme_says(document: Path) -> None:
    assert f"]({document.name})" in (DOCS / "README.md").read_text(encoding="utf-8")


def test_an_assessment_is_told_by_how_many_criteria_are_weak() -> None:
    text = GATE.read_text(encoding="utf-8")
    assert "weak on 3 of 6 (`income`, `education`, `employment`) |" in text
    assert "weak on 2 of 6 (`income`, `education`; not assessed: `employment`," in text
    assert "weak on 0 of 6 |" in text and "`housing` = no" not in text
    assert len(re.findall(r"`[a-z_0-9]+` = [\w\-+.]+", text)) > 400
