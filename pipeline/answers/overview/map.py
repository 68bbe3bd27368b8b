"""The choropleth of Flanders and Brussels, a municipality at a time. Loads Altair."""

from math import cos, radians

import altair as alt

from pipeline.answers.overview.boundaries import Outline, Point, Ring, borders
from pipeline.answers.overview.drawing import chart_of, svg
from pipeline.answers.overview.model import Overview
from pipeline.answers.overview.places import Place, places
from pipeline.answers.overview.style import LOOKS
from pipeline.answers.overview.texts import STATES
from pipeline.core.documents import dutch

WIDTH, HEIGHT = 960, 385
MEANING = "Kaart van Vlaanderen en Brussel op {day}: elke gemeente volgens de stand van haar bestuur"
_NARROW = cos(radians(51.0))
"""A degree of longitude at the latitude of Flanders, in degrees of latitude: flat enough for so small a country."""


def choropleth(overview: Overview) -> str:
    """An SVG element; every municipality names itself, who serves it and its state, on hovering."""
    drawn = [(place, place.outline) for place in places(overview) if place.outline]
    # Dark on a wider light line, so that a border shows between dark municipalities too.
    layers = [_areas(drawn), _borders(drawn, "#ffffff", 3.2), _borders(drawn, "#1d2327", 1.2)]
    chart = alt.LayerChart(layer=layers).properties(width=WIDTH, height=HEIGHT)
    return svg(chart, MEANING.format(day=dutch.day(overview.as_of)), LOOKS.values())


def _areas(drawn: list[tuple[Place, Outline]]) -> alt.Chart:
    areas: alt.Chart = (
        chart_of([_feature(place, outline) for place, outline in drawn])
        .mark_geoshape(stroke="#7b868c", strokeWidth=0.6, strokeJoin="round")
        .encode(fill=alt.Fill("properties.fill:N", scale=None), description="properties.said:N")
        .project(type="identity", reflectY=True)
    )
    return areas


def _borders(drawn: list[tuple[Place, Outline]], color: str, width: float) -> alt.Chart:
    edges = borders(tuple(outline for _, outline in drawn))
    lines = [[_flat(start), _flat(end)] for start, end in edges]
    shape = {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": lines}}
    line: alt.Chart = chart_of([shape]).mark_geoshape(filled=False, stroke=color, strokeWidth=width, strokeCap="round")
    return line


def _feature(place: Place, outline: Outline) -> dict[str, object]:
    rings = [[_ring(ring) for ring in polygon] for polygon in outline.polygons]
    said = f"{place.municipality.name}: {STATES[place.state]} ({place.served_by})"
    return {
        "type": "Feature",
        "properties": {"fill": LOOKS[place.state].fill, "said": said},
        "geometry": {"type": "MultiPolygon", "coordinates": rings},
    }


def _ring(ring: Ring) -> list[Point]:
    return [_flat(point) for point in ring]


def _flat(point: Point) -> Point:
    return round(point[0] * _NARROW, 5), point[1]
