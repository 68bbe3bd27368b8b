"""What a document's language is: the words that the generator itself uses, and how the tables' texts are said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.gate.rules import GateRule


@dataclass(frozen=True)
class RuleWords:
    """One rule as a document shows it; `anchor` is its heading's, in that document."""

    heading: str
    name: str
    rule: str
    anchor: str


@dataclass(frozen=True)
class Words:
    """The first five are whole chapters in Markdown, the placeholders of which the generator fills."""

    opening: str
    reasons: str
    how_to_read: str
    who_decides: str
    baseline: str

    reasons_head: tuple[str, ...]
    decides_head: tuple[str, ...]
    baseline_head: tuple[str, ...]
    cases_head: tuple[str, ...]

    withheld_when: str
    """With the places {name} and {rule}."""
    reading: str
    assumption: str

    released: str
    to: str
    with_fields: str
    withheld: str
    """With the places {name} and {reason}."""
    at: str
    undecided: str

    nothing: str
    no_row: str
    as_baseline: str
    and_row: str
    decided_at: str
    known_at: str
    of_parent: str
    weak: str
    not_assessed: str
    values: Mapping[object, str]
    """What stands for NULL, true, false and the empty text."""
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Language:
    """`say` raises KeyError, with the text, for one that has not been translated."""

    document: Path
    words: Words
    say: Callable[[str], str]
    rule: Callable[[GateRule], RuleWords]
