"""docs/gate.md from the spec tables: `python -m tests.spec` writes it; a test asserts that it is what they make."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.model import BRUSSELS
from tests.spec.case import ALL, Case, Section
from tests.spec.tables import SECTIONS
from tests.worlds import AT, BASELINE, GENT, instant

DOCUMENT = Path(__file__).parents[2] / "docs" / "gate.md"

HEAD = """# The gate

Who is let through, who is withheld, and why. Generated from the tables in `tests/spec/` by `python -m tests.spec`:
every line below is a test, which the gate in SQL and an independent reference, written from the domain's text alone,
both have to pass. Do not edit it here.

Each parent of the population ends as **released** to one recipient, or **withheld with exactly one reason: the first
that applies**, in the order of the sections below. Unknown, contradictory or stale means withheld.

Every case starts from the same world and tells what differs from it. A feed that is named is replaced by the rows
listed; a row that says "as in the baseline" differs in nothing. Instants are in UTC. Unless a case says otherwise it is
decided at {at}, half past three in the night of 15 June 2026 in Brussels, and a release is to OCMW Gent
({gent}) with all four fields.

## The baseline

{baseline}
"""


def render() -> str:
    """The whole document."""
    head = HEAD.format(at=AT, gent=GENT, baseline=_baseline())
    return head + "".join(f"\n{_section(section)}" for section in SECTIONS)


def _baseline() -> str:
    rows = [f"| `{feed}` | {_row(row)} |" for feed, row in BASELINE.items()]
    return "\n".join(["| feed | its one row |", "|---|---|", *rows])


def _section(section: Section) -> str:
    readings = [f"- *Reading:* {reading}" for reading in section.readings]
    rows = [_case(case) for case in section.cases]
    table = ["| case | what differs | becomes | note |", "|---|---|---|---|", *rows]
    parts = [f"## {section.title}", section.rule, "\n".join(readings), "\n".join(table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _case(case: Case) -> str:
    return f"| {case.title} | {_differs(case)} | {_becomes(case)} | {case.note} |"


def _differs(case: Case) -> str:
    parts = [f"`{feed}`: {_rows(rows)}" for feed, rows in case.change.items()]
    if case.at != AT:
        local = instant(case.at).astimezone(BRUSSELS)
        parts.append(f"decided at {case.at} (in Brussels {local:%Y-%m-%d %H:%M:%S})")
    if case.known_at:
        parts.append(f"with what was recorded by {case.known_at}")
    if case.parent != 1:
        parts.append(f"of parent {case.parent}")
    return "<br>".join(parts) or "nothing"


def _rows(rows: Any) -> str:
    return "; **and** ".join(_row(row) if row else "as in the baseline" for row in rows) or "no row"


def _row(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{column} = {_value(value)}" for column, value in row.items())


def _value(value: object) -> str:
    """Text that the eye could take for something else is shown by its code points."""
    if value is None or isinstance(value, bool):
        return {None: "NULL", True: "true", False: "false"}[value]  # type: ignore[index]
    text = str(value)
    plain = text.isprintable() and text.strip() == text != "" and not any("０" <= c <= "９" or c == "٤" for c in text)
    return text if plain else f"`{text!a}`"


def _becomes(case: Case) -> str:
    decision = case.expected
    if decision is None:
        return "not decided on"
    to = f" to {decision.kbo}" if decision.kbo not in (None, GENT) else ""
    if decision.outcome == "released":
        return f"**released**{to}" + (f" with {decision.fields}" if decision.fields != ALL else "")
    return f"`{decision.reason}`{to.replace(' to ', ' at ')}"
