"""A case of the spec as a row of a Markdown table, in any language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.core.model import BRUSSELS, Reason
from pipeline.gate.rules import RULES
from tests.spec.case import ALL, Case
from tests.spec.need import CRITERIA
from tests.spec.words import Language, Words
from tests.support.worlds.tables import AT, GENT, instant


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def case_row(case: Case, language: Language) -> tuple[str, str, str, str]:
    note = case.note and language.say(case.note)
    return language.say(case.title), _differs(case, language.words), _becomes(case, language), note


def _differs(case: Case, words: Words) -> str:
    parts = [f"`{feed}`: {_rows(rows, words)}" for feed, rows in case.change.items() if list(rows) != [{}]]
    if case.at != AT:
        local = instant(case.at).astimezone(BRUSSELS)
        parts.append(words.decided_at.format(at=case.at, local=f"{local:%Y-%m-%d %H:%M:%S}"))
    if case.known_at:
        parts.append(words.known_at.format(at=case.known_at))
    if case.parent != 1:
        parts.append(words.of_parent.format(parent=case.parent))
    return "<br>".join(parts) or words.nothing


def _rows(rows: Iterable[Mapping[str, Any]], words: Words) -> str:
    return (
        f"; **{words.and_row}** ".join(_row(row, words) if row else words.as_baseline for row in rows) or words.no_row
    )


def _row(row: Mapping[str, Any], words: Words) -> str:
    whole = set(CRITERIA) <= set(row)
    others = [f"`{name}` = {value(of, words)}" for name, of in row.items() if not whole or name not in CRITERIA]
    return ", ".join([_assessed(row, words), *others] if whole else others)


def _assessed(row: Mapping[str, Any], words: Words) -> str:
    """Six criteria in a few words: an assessment is read by how many are weak."""

    def named(answer: bool | None) -> str:
        return ", ".join(f"`{name}`" for name in CRITERIA if row[name] is answer)

    weak = words.weak.format(count=sum(row[name] is True for name in CRITERIA))
    missing = f"{words.not_assessed}: {named(None)}" if named(None) else ""
    details = "; ".join(part for part in (named(True), missing) if part)
    return f"{weak} ({details})" if details else weak


def value(of: object, words: Words) -> str:
    """Text that the eye could take for something else is shown by its code points."""
    if of is None or isinstance(of, bool) or of == "":
        return words.values[of]
    text = str(of)
    alike = any("０" <= c <= "９" or c == "٤" for c in text)
    return text if text.isprintable() and text.strip() == text and not alike else f"`{text!a}`"


def _becomes(case: Case, language: Language) -> str:
    decision, words = case.expected, language.words
    if decision is None:
        return words.undecided
    elsewhere = decision.kbo if decision.kbo not in (None, GENT) else None
    if decision.outcome != "released":
        rule = RULES[Reason(str(decision.reason))]
        said = words.withheld.format(name=language.rule(rule).name, reason=rule.reason)
        return said + (f" {words.at} {elsewhere}" if elsewhere else "")
    fields = ", ".join(words.fields[field] for field in str(decision.fields).split(","))
    return (
        f"**{words.released}**"
        + (f" {words.to} {elsewhere}" if elsewhere else "")
        + (f" {words.with_fields} {fields}" if decision.fields != ALL else "")
    )
