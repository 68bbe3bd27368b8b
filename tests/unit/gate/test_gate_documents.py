"""docs/gate.md and docs/poort.md: every anchor leads somewhere, and nothing is lost or left over in translation."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.model import Reason
from pipeline.gate.rules import RULES
from tests.spec import glossary
from tests.spec.decides import CHOICES, setting
from tests.spec.dutch import DUTCH, PARTS, TEXTS
from tests.spec.english import ENGLISH
from tests.spec.generate import LANGUAGES, render
from tests.spec.tables import SECTIONS
from tests.spec.words import Language

of_each_document = pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.document.name)


def document(language: Language) -> str:
    return language.document.read_text(encoding="utf-8")


def anchors(text: str) -> Counter[str]:
    """What GitHub makes of each heading, worked out here without the code that is under test."""
    headings = [line.lstrip("#").strip().lower() for line in text.splitlines() if line.startswith("#")]
    kept = ("".join(c for c in heading if c.isalnum() or c in "_- ") for heading in headings)
    return Counter(heading.replace(" ", "-") for heading in kept)


@of_each_document
def test_every_rule_has_its_anchor_in_the_document_once(language: Language) -> None:
    found = anchors(document(language))
    assert [found[language.rule(rule).anchor] for rule in RULES.values()] == [1] * len(Reason)


def test_the_anchors_that_the_code_cites_are_those_of_either_document() -> None:
    assert {rule.anchor for rule in RULES.values()} <= set(anchors(document(ENGLISH)))
    assert {rule.anchor_nl for rule in RULES.values()} <= set(anchors(document(DUTCH)))
    assert RULES[Reason.NO_RESIDENCE].anchor == "3-no_residence"
    assert RULES[Reason.NO_RESIDENCE].anchor_nl == "3-geen-gekende-woonplaats-no_residence"


@of_each_document
def test_every_link_leads_to_a_heading_or_a_file(language: Language) -> None:
    text = document(language)
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > len(Reason)
    for link in links:
        there = link[1:] in anchors(text) if link.startswith("#") else (language.document.parent / link).is_file()
        assert there, link


@of_each_document
def test_the_reasons_stand_at_the_top_in_order_with_their_rule_and_their_count(language: Language) -> None:
    top = document(language).split("\n## ")[1]
    rows = [row.split(" | ") for row in top.splitlines() if re.match(r"\| \d", row)]
    assert [row[0] for row in rows] == [f"| {number}" for number in range(1, 14)]
    assert [re.findall(r"`(\w+)`", row[1]) for row in rows] == [[reason.value] for reason in Reason]
    assert [row[3] for row in rows] == [language.rule(rule).rule for rule in RULES.values()]
    assert [row[4] for row in rows] == [f"{len(section.cases)} |" for section in SECTIONS if section.reason]


def test_the_rules_are_numbered_in_the_order_of_the_gate_and_read_on_from_withheld_when() -> None:
    assert [(rule.reason, rule.number) for rule in RULES.values()] == [(r, n) for n, r in enumerate(Reason, 1)]
    for rule in RULES.values():
        for text in (rule.name, rule.rule, rule.name_nl, rule.rule_nl):
            assert text == text.strip() and not text.endswith(".") and "|" not in text and text[0].lower() == text[0]


def test_a_text_that_is_not_translated_is_named() -> None:
    missing = SECTIONS[4].cases[0].title
    without = {english: dutch for english, dutch in TEXTS.items() if english != missing}
    with pytest.raises(KeyError, match=missing):
        render(replace(DUTCH, say=without.__getitem__))


def test_no_translation_is_left_over() -> None:
    asked: set[str] = set()

    def say(text: str) -> str:
        asked.add(text)
        return TEXTS[text]

    render(replace(DUTCH, say=say))
    assert set(TEXTS) - asked == set()


def test_no_text_is_translated_twice() -> None:
    assert sum(len(part) for part in PARTS) == len(TEXTS)


def facts(text: str) -> tuple[set[str], set[int]]:
    """What a translation may not lose: the interface's own names, and every number."""
    return set(re.findall(r"`[^`]+`", text)), {int(number) for number in re.findall(r"\d+", text)}


SAID_TWICE = [(rule.rule, rule.rule_nl) for rule in RULES.values()] + list(TEXTS.items())


@pytest.mark.parametrize(("english", "dutch"), SAID_TWICE)
def test_a_translation_keeps_names_and_numbers(english: str, dutch: str) -> None:
    assert dutch.strip() == dutch != "" and "|" not in dutch
    assert all(said <= told for said, told in zip(facts(english), facts(dutch), strict=True))


def test_both_documents_have_the_same_tables() -> None:
    shapes = [[line.count("|") for line in document(language).splitlines() if "|" in line] for language in LANGUAGES]
    assert shapes[0] == shapes[1]


def test_every_case_says_the_same_of_the_world_in_both() -> None:
    """The names and values of "what differs" are the agency's, in either language."""
    cells = [re.findall(r"`[a-z_0-9]+` = [\w\-+.]+", render(replace(lang, words=ENGLISH.words))) for lang in LANGUAGES]
    assert cells[0] == cells[1] and len(cells[0]) > 400


def test_every_column_of_the_interface_is_explained_and_nothing_else_is() -> None:
    feeds = {name: feed for name, feed in FEEDS.items() if feed != CONTROL}
    named = {f"{name}.{column}" for name, feed in feeds.items() for column in feed.columns}
    columns = {name.split(".")[1] for name in named}
    assert set(glossary.FEEDS) == set(feeds)
    assert set(glossary.COLUMNS) <= named | columns
    assert all(glossary.meaning(*name.split(".")) for name in named)


@of_each_document
def test_assumptions_are_marked_with_where_to_change_them(language: Language) -> None:
    marked = [line for line in document(language).splitlines() if f"*{language.words.assumption}* |" in line]
    assert len(marked) == sum(choice.assumption for choice in CHOICES)
    for line, choice in zip(marked, [choice for choice in CHOICES if choice.assumption], strict=True):
        assert choice.where in line and language.say(choice.what) in line


def test_a_setting_that_does_not_exist_is_not_documented() -> None:
    with pytest.raises(AttributeError):
        setting("bypass_the_gate")


def test_the_documents_lie_where_the_readme_says() -> None:
    readme = (Path(__file__).parents[3] / "docs" / "README.md").read_text(encoding="utf-8")
    for language in LANGUAGES:
        assert f"]({language.document.name})" in readme


def test_an_assessment_is_told_by_how_many_criteria_are_weak() -> None:
    text = document(ENGLISH)
    assert "weak on 3 of 6 (`income`, `education`, `employment`) |" in text
    assert "weak on 2 of 6 (`income`, `education`; not assessed: `employment`," in text
    assert "weak on 0 of 6 |" in text and "`housing` = no" not in text
