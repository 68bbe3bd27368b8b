"""docs/poort.md: what the tables say, in Dutch. English to Dutch, a dictionary for each file of the spec."""

from pathlib import Path

from pipeline.gate.rules import GateRule
from tests.spec.dutch import chapters, consents, need, papers, persons, places, terms
from tests.spec.dutch.words import WORDS
from tests.spec.words import Language, RuleWords

PARTS = (chapters.TEXTS, persons.TEXTS, places.TEXTS, papers.TEXTS, need.TEXTS, consents.TEXTS, terms.TEXTS)
TEXTS = {english: dutch for part in PARTS for english, dutch in part.items()}


def words_of(rule: GateRule) -> RuleWords:
    return RuleWords(rule.heading_nl, rule.name_nl, rule.rule_nl, rule.anchor_nl)


DUTCH = Language(Path(__file__).parents[3] / "docs" / "poort.md", WORDS, TEXTS.__getitem__, words_of)
