"""docs/gate.md and docs/poort.md from the spec tables: `python -m tests.spec` writes both, and a test compares."""

from collections.abc import Iterator

from pipeline.core.model import Reason
from pipeline.gate.rules import RULES, anchor
from tests.spec.case import Case, Section
from tests.spec.cells import case_row, table, value
from tests.spec.consents import EXPIRED
from tests.spec.decides import CHOICES
from tests.spec.dutch import DUTCH
from tests.spec.english import ENGLISH
from tests.spec.glossary import FEEDS, meaning
from tests.spec.tables import SECTIONS, cases
from tests.spec.words import Language
from tests.support.worlds.tables import AT, BASELINE, GENT

LANGUAGES = (ENGLISH, DUTCH)
EXAMPLE = (EXPIRED, "a later grant that expired sooner")
"""The case that `how_to_read` explains, line by line."""


def render(language: Language) -> str:
    """The whole document."""
    words = language.words
    return "\n".join(
        (
            words.opening.format(cases=len(cases()), population=anchor(_heading(SECTIONS[0], language))),
            _reasons(language),
            words.how_to_read.format(example=_example(language), at=AT, gent=GENT, baseline=_anchor(words.baseline)),
            words.who_decides.format(table=table(words.decides_head, _choices(language))),
            words.baseline.format(table=table(words.baseline_head, _baseline(language))),
            *(_section(section, language) for section in SECTIONS),
        )
    )


def _anchor(chapter: str) -> str:
    return anchor(chapter.splitlines()[0].removeprefix("## "))


def _reasons(language: Language) -> str:
    """The thirteen in order, each with a link to its section and how many cases that has."""
    of = {reason: language.rule(rule) for reason, rule in RULES.items()}
    rows = [
        (
            str(RULES[section.reason].number),
            f"[`{section.reason}`](#{of[section.reason].anchor})",
            of[section.reason].name,
            of[section.reason].rule,
            str(len(section.cases)),
        )
        for section in SECTIONS
        if section.reason
    ]
    return language.words.reasons.format(
        table=table(language.words.reasons_head, rows),
        agreement=of[Reason.NO_AGREEMENT].anchor,
        protocol=of[Reason.NO_PROTOCOL].anchor,
    )


def _example(language: Language) -> str:
    section, title = EXAMPLE
    return _cases([case for case in section.cases if case.title == title], language)


def _choices(language: Language) -> Iterator[tuple[str, str, str, str]]:
    for choice in CHOICES:
        mark = f"*{language.words.assumption}*" if choice.assumption else ""
        yield language.say(choice.what), language.say(choice.who), choice.where, mark


def _baseline(language: Language) -> Iterator[tuple[str, str, str, str]]:
    """Each feed with its meaning, then each of its columns with its meaning and its value."""
    for feed, row in BASELINE.items():
        yield f"**`{feed}`**", "", f"**{language.say(FEEDS[feed])}**", ""
        for column, of in row.items():
            yield "", f"`{column}`", language.say(meaning(feed, column)), value(of, language.words)


def _heading(section: Section, language: Language) -> str:
    return language.rule(RULES[section.reason]).heading if section.reason else language.say(section.title)


def _section(section: Section, language: Language) -> str:
    parts = [f"## {_heading(section, language)}"]
    if section.reason:
        said = language.rule(RULES[section.reason])
        parts.append(language.words.withheld_when.format(name=said.name.capitalize(), rule=said.rule))
    parts.append(language.say(section.plainly))
    parts.append("\n".join(f"- *{language.words.reading}:* {language.say(reading)}" for reading in section.readings))
    parts.append(_cases(section.cases, language))
    return "\n\n".join(part for part in parts if part) + "\n"


def _cases(of: tuple[Case, ...] | list[Case], language: Language) -> str:
    return table(language.words.cases_head, [case_row(case, language) for case in of])
