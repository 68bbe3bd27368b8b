"""Renders docs/gate.md and docs/poort.md; `python -m tests.spec` writes both, and a test compares them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.core.model import Reason
from pipeline.gate.rules import RULES, anchor
from tests.spec.agency_tables import FEEDS, meaning
from tests.spec.case import Case, Section
from tests.spec.cells import case_row, table, value
from tests.spec.chapters import BASELINE, DUTCH_PAGE, HOW_TO_READ, OPENING, REASONS, WHO_DECIDES
from tests.spec.consents import EXPIRED
from tests.spec.decides import CHOICES
from tests.spec.tables import SECTIONS, cases
from tests.support.worlds.tables import AT, GENT
from tests.support.worlds.tables import BASELINE as BASELINE_WORLD

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLE = (EXPIRED, "a later grant that expired sooner")
"""The case that `HOW_TO_READ` explains, line by line."""


def render_gate() -> str:
    """docs/gate.md: the rules, and every case."""
    return "\n".join(
        (
            OPENING.format(cases=len(cases()), population=anchor(SECTIONS[0].title)),
            REASONS.format(
                table=table(("#", "reason", "name", "withheld when", "cases"), _reasons()),
                agreement=RULES[Reason.NO_AGREEMENT].anchor,
                protocol=RULES[Reason.NO_PROTOCOL].anchor,
            ),
            HOW_TO_READ.format(example=_example(), at=AT, gent=GENT, baseline=_chapter_anchor(BASELINE)),
            WHO_DECIDES.format(table=table(("what", "who decides", "where it is written", ""), _choices())),
            BASELINE.format(table=table(("table", "column", "means", "in the baseline"), _baseline())),
            *(_section(section) for section in SECTIONS),
        )
    )


def render_dutch_table() -> str:
    """docs/poort.md: the thirteen rules in Dutch, each with a link to its section of docs/gate.md."""
    rows = [
        (str(rule.number), f"[`{rule.reason}`](gate.md#{rule.anchor})", rule.name_nl, rule.rule_nl)
        for rule in RULES.values()
    ]
    return DUTCH_PAGE.format(table=table(("nr.", "reden", "naam", "tegengehouden wanneer"), rows), cases=len(cases()))


DOCUMENTS: Mapping[Path, Callable[[], str]] = {DOCS / "gate.md": render_gate, DOCS / "poort.md": render_dutch_table}


def _chapter_anchor(chapter: str) -> str:
    return anchor(chapter.splitlines()[0].removeprefix("## "))


def _reasons() -> Iterator[tuple[str, ...]]:
    """The thirteen in order, each with a link to its section and the number of cases there."""
    for section in SECTIONS:
        if section.reason:
            rule = RULES[section.reason]
            yield str(rule.number), f"[`{rule.reason}`](#{rule.anchor})", rule.name, rule.rule, str(len(section.cases))


def _example() -> str:
    section, title = EXAMPLE
    return _cases([case for case in section.cases if case.title == title])


def _choices() -> Iterator[tuple[str, ...]]:
    for choice in CHOICES:
        yield choice.what, choice.who, choice.where, "*assumption*" if choice.assumption else ""


def _baseline() -> Iterator[tuple[str, ...]]:
    """Each feed with its meaning, then each of its columns with its meaning and its value."""
    for feed, row in BASELINE_WORLD.items():
        yield f"**`{feed}`**", "", f"**{FEEDS[feed]}**", ""
        for column, of in row.items():
            yield "", f"`{column}`", meaning(feed, column), value(of)


def _section(section: Section) -> str:
    parts = [f"## {section.title}"]
    if section.reason:
        rule = RULES[section.reason]
        parts.append(f"**{rule.name.capitalize()}.** Withheld when: {rule.rule}.")
    parts.append(section.plainly)
    parts.append("\n".join(f"- *Reading:* {reading}" for reading in section.readings))
    parts.append(_cases(section.cases))
    return "\n\n".join(part for part in parts if part) + "\n"


def _cases(of: Sequence[Case]) -> str:
    return table(("case", "what differs", "becomes", "note"), map(case_row, of))
