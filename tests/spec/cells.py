"""A case of the spec as a row of a Markdown table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.core.local_time import BRUSSELS
from tests.spec.case import ALL, Case
from tests.spec.need import CRITERIA
from tests.support.worlds.tables import AT, GENT, instant

VALUES: Mapping[object, str] = {None: "*not filled in*", True: "yes", False: "no", "": "*empty text*"}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table without a newline at its end."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows))


def case_row(case: Case) -> tuple[str, str, str, str]:
    return case.title, _differs(case), _becomes(case), case.note


def _differs(case: Case) -> str:
    parts = [f"`{feed}`: {_rows(rows)}" for feed, rows in case.change.items() if list(rows) != [{}]]
    if case.at != AT:
        local = instant(case.at).astimezone(BRUSSELS)
        parts.append(f"decided at {case.at} (in Brussels {local:%Y-%m-%d %H:%M:%S})")
    if case.known_at:
        parts.append(f"with what was recorded by {case.known_at}")
    if case.parent != 1:
        parts.append(f"of parent {case.parent}")
    return "<br>".join(parts) or "nothing"


def _rows(rows: Iterable[Mapping[str, Any]]) -> str:
    return "; **and** ".join(_row(row) if row else "as in the baseline" for row in rows) or "no row"


def _row(row: Mapping[str, Any]) -> str:
    whole = set(CRITERIA) <= set(row)
    others = [f"`{name}` = {value(of)}" for name, of in row.items() if not whole or name not in CRITERIA]
    return ", ".join([_assessed(row), *others] if whole else others)


def _assessed(row: Mapping[str, Any]) -> str:
    """Six criteria in a few words: an assessment is read by how many are weak."""

    def named(answer: bool | None) -> str:
        return ", ".join(f"`{name}`" for name in CRITERIA if row[name] is answer)

    weak = f"weak on {sum(row[name] is True for name in CRITERIA)} of 6"
    missing = f"not assessed: {named(None)}" if named(None) else ""
    details = "; ".join(part for part in (named(True), missing) if part)
    return f"{weak} ({details})" if details else weak


def value(of: object) -> str:
    """Text that the eye could take for something else is shown by its code points."""
    if of is None or isinstance(of, bool) or of == "":
        return VALUES[of]
    text = str(of)
    alike = any("０" <= c <= "９" or c == "٤" for c in text)
    return text if text.isprintable() and text.strip() == text and not alike else f"`{text!a}`"


def _becomes(case: Case) -> str:
    decision = case.expected
    if decision is None:
        return "not decided on"
    elsewhere = decision.kbo if decision.kbo not in (None, GENT) else None
    if decision.outcome != "released":
        return f"withheld: `{decision.reason}`" + (f" at {elsewhere}" if elsewhere else "")
    shown = {"email": "e-mail"}
    fields = ", ".join(shown.get(field, field) for field in str(decision.fields).split(","))
    return (
        "**released**"
        + (f" to {elsewhere}" if elsewhere else "")
        + (f" with {fields}" if decision.fields != ALL else "")
    )
