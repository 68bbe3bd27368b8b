"""Two timelines since March 2022, of papers and of authorities.

Each series has a stroke of its own, and its name at its end. Months of which nothing is known are a hatched band, never
a line at zero. Loads Altair.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import altair as alt

from pipeline.answers.overview.drawing import RULE, SOFT, chart_of, render_svg
from pipeline.answers.overview.model import Month
from pipeline.answers.overview.style import UNKNOWN
from pipeline.core.documents.table import UNKNOWN as UNKNOWN_NUMBER

WIDTH, HEIGHT, NAMES = 270, 165, 205
"""Width and height of the plot, and the width of the names to its right."""
_APART = 16
"""The least distance between two names."""


@dataclass(frozen=True)
class Series:
    """`values`: one for each month, None where not known."""

    name: str
    color: str
    width: float
    dash: tuple[int, ...]
    values: tuple[int | None, ...]

    @property
    def label(self) -> str:
        return f"{self.name}: {UNKNOWN_NUMBER if self.values[-1] is None else self.values[-1]}"


def papers_timeline(months: Sequence[Month]) -> str:
    """Agreements and protocols, concluded and in force; `months` has at least one. An SVG element."""
    series = (
        Series("overeenkomsten gesloten", "#0c3b47", 1.3, (5, 3), tuple(month.agreements_signed for month in months)),
        Series("overeenkomsten van kracht", "#0c3b47", 2.6, (), tuple(month.agreements_in_force for month in months)),
        Series("protocollen gesloten", "#a85a00", 1.3, (1, 3), tuple(month.protocols_signed for month in months)),
        Series(
            "protocollen van kracht", "#a85a00", 2.6, (9, 3, 2, 3), tuple(month.protocols_in_force for month in months)
        ),
    )
    return _timeline(months, series, "Tijdlijn van overeenkomsten en protocollen, gesloten en van kracht, per maand")


def authorities_timeline(months: Sequence[Month]) -> str:
    """Authorities with both in force, and those that exchange; `months` has at least one. An SVG element."""
    series = (
        Series("besturen van kracht", "#a85a00", 1.6, (6, 3), tuple(month.authorities_in_force for month in months)),
        Series("besturen die uitwisselen", "#0c3b47", 2.6, (), tuple(month.authorities_exchanging for month in months)),
    )
    return _timeline(months, series, "Tijdlijn van besturen waarvoor alles van kracht is en die uitwisselen, per maand")


def ticks(highest: int) -> list[int]:
    """Round numbers from 0 to at least `highest`, five at the most."""
    steps = (factor * 10**power for power in range(9) for factor in (1, 2, 5))
    step = next(step for step in steps if step * 4 >= highest)
    return list(range(0, max(highest, 1) + step, step))


def spread(wanted: Sequence[float]) -> list[float]:
    """The places of names, moved just enough that no two overlap, in order and within the plot."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed: list[float] = []
    for index in order:
        placed.append(max(wanted[index], placed[-1] + _APART if placed else 0.0))
    over = max(placed[-1] - HEIGHT, 0.0)
    for back in range(len(placed) - 1, -1, -1):
        ceiling = placed[back + 1] - _APART if back + 1 < len(placed) else placed[back] - over
        placed[back] = min(placed[back], ceiling)
    return [place for _, place in sorted(zip(order, placed, strict=True))]


def unknown_runs(line: Series) -> list[tuple[int, int]]:
    """Runs of months without a value, as first and last index."""
    runs = groupby(range(len(line.values)), key=lambda index: line.values[index] is None)
    missing = [list(run) for is_missing, run in runs if is_missing]
    return [(run[0], run[-1]) for run in missing]


def _timeline(months: Sequence[Month], series: Sequence[Series], label: str) -> str:
    at = [month.day.year * 12 + month.day.month - 1 for month in months]
    marks = ticks(max((value or 0 for line in series for value in line.values), default=0))
    axis = partial(
        alt.Axis, title=None, aria=False, gridColor=RULE, labelColor=SOFT, labelFontSize=13, labelOverlap=False
    )
    januaries, year = [month for month in at if month % 12 == 0], "'' + floor(datum.value / 12)"
    years = axis(values=januaries, labelExpr=year, domainColor=SOFT, tickColor=SOFT, labelFlush=False)
    counts = axis(values=marks, format="d", domain=False, ticks=False, labelPadding=6)
    x = alt.X("month:Q", scale=alt.Scale(domain=[at[0] - 0.5, at[-1] + 0.5]), axis=years)
    y = alt.Y("value:Q", scale=alt.Scale(domain=[0, marks[-1]]), axis=counts)
    gaps = sorted({run for line in series for run in unknown_runs(line)})
    bands = [{"month": at[first] - 0.5, "until": at[last] + 0.5} for first, last in gaps]
    layers = [chart_of(bands).mark_rect(fill=UNKNOWN.fill).encode(x=x, x2="until:Q")] if gaps else []
    layers += [mark.encode(x=x, y=y) for line in series for mark in _marks(at, line)]
    padding = {"left": 34, "right": NAMES, "top": 10, "bottom": 26}
    chart = alt.LayerChart(layer=[*layers, _names(series, marks[-1])])
    return render_svg(chart.properties(width=WIDTH, height=HEIGHT, padding=padding), label, [UNKNOWN] if gaps else [])


def _marks(at: Sequence[int], line: Series) -> Iterator[alt.Chart]:
    """The line, broken where nothing is known, and a dot where it ends."""
    rows = [{"month": month, "value": value} for month, value in zip(at, line.values, strict=True)]
    yield chart_of(rows).mark_line(
        color=line.color, strokeWidth=line.width, strokeDash=list(line.dash), invalid="break-paths-show-domains"
    )
    last = [row for row in rows if row["value"] is not None][-1:]
    yield chart_of(last).mark_point(filled=True, color=line.color, size=22, opacity=1)


def _names(series: Sequence[Series], top: int) -> alt.Chart:
    lasts = [[value for value in line.values if value is not None][-1:] or [0] for line in series]
    wanted = [HEIGHT * (1 - last / top) for (last,) in lasts]
    rows = [{"y": y, "said": line.label, "color": line.color} for line, y in zip(series, spread(wanted), strict=True)]
    names: alt.Chart = (
        chart_of(rows)
        .mark_text(align="left", baseline="middle", fontSize=13, x=WIDTH + 8)
        .encode(y=alt.Y("y:Q", scale=None, axis=None), text="said:N", color=alt.Color("color:N", scale=None))
    )
    return names
