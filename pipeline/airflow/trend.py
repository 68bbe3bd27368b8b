"""The last nights beside one another: rows delivered, and parents withheld by reason. Pure."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from pipeline.core.documents import dutch
from pipeline.core.documents.table import Row, Table
from pipeline.gate.rules import RULES, GateRule

NIGHTS = 30
_HIGH, _WIDE, _STEP, _FLOOR = 120, 20, 24, 24
"""Of the drawing, in its own units: the highest bar, a bar, from bar to bar, and the line of days below."""


@dataclass(frozen=True)
class NightCounts:
    """What the newest run of one night came to."""

    night: date
    rows: int
    released: int
    withheld: Mapping[str, int]
    failed: int

    @classmethod
    def of(cls, summary: str) -> "NightCounts":
        """From the JSON of pipeline/tasks/summary.py, of whatever version."""
        found = json.loads(summary)
        return cls(
            date.fromisoformat(found["night"]),
            found["rows"],
            found["released"],
            found["withheld"],
            len(found.get("failed", ())),
        )


def trend_table(nights: Sequence[NightCounts]) -> Table:
    """The newest night first; a column for each reason that occurs, in the order of the gate."""
    rules = [rule for rule in RULES.values() if any(night.withheld.get(rule.reason.value) for night in nights)]
    names = (f"Niet: {rule.name_nl}" for rule in rules)
    rows = (_row(night, rules) for night in sorted(nights, key=lambda one: one.night, reverse=True))
    return Table(
        "Rijen per nacht, en ouders die niet gedeeld worden naar reden",
        ("Nacht", "Rijen verstuurd", "Mag gedeeld worden", "Leveringen mislukt", *names),
        tuple(rows),
    )


def _row(night: NightCounts, rules: Iterable[GateRule]) -> Row:
    counts = (night.withheld.get(rule.reason.value, 0) for rule in rules)
    return dutch.short_day(night.night), night.rows, night.released, night.failed, *counts


def trend_chart(nights: Sequence[NightCounts]) -> Markup:
    """A bar a night, the oldest at the left; one with failed deliveries has a colour of its own, and says so. Empty for
    fewer than two nights."""
    if len(nights) < 2:
        return Markup("")
    in_order = sorted(nights, key=lambda one: one.night)
    most = max(one.rows for one in in_order) or 1
    bars = Markup("").join(_bar(place, one, most) for place, one in enumerate(in_order))
    first, last = in_order[0], in_order[-1]
    says = (
        f"Rijen per nacht, van {dutch.day(first.night)} tot en met {dutch.day(last.night)}: het meest "
        f"{dutch.thousands(most)}, de laatste nacht {dutch.thousands(last.rows)}."
    )
    width, high = len(in_order) * _STEP, _HIGH + _FLOOR
    ends = _days(in_order, width)
    return Markup('<svg class="trend" role="img" aria-label="{}" viewBox="0 0 {} {}">{}{}</svg>').format(
        says, width, high, bars, ends
    )


def _bar(place: int, one: NightCounts, most: int) -> Markup:
    high = max(2, round(_HIGH * one.rows / most))
    says = f"{dutch.day(one.night)}: {dutch.thousands(one.rows)} rijen"
    if one.failed:
        says += f", {dutch.count(one.failed, 'levering', 'leveringen')} mislukt"
    return Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"><title>{}</title></rect>').format(
        "bar failing" if one.failed else "bar", place * _STEP + 2, _HIGH - high, _WIDE, high, says
    )


def _days(nights: Sequence[NightCounts], width: int) -> Markup:
    text = Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>')
    y = _HIGH + _FLOOR - 6
    first, last = dutch.short_day(nights[0].night), dutch.short_day(nights[-1].night)
    return text.format(0, y, "start", first) + text.format(width, y, "end", last)


def counts_of(summaries: Iterable[str]) -> tuple[NightCounts, ...]:
    """Of each night's newest run."""
    return tuple(map(NightCounts.of, summaries))
