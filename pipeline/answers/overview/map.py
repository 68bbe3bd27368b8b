"""The map of Flanders and Brussels: each municipality in the style of its state. Loads Altair."""

from math import cos, radians

import altair as alt

from pipeline.answers.overview.boundaries import borders
from pipeline.answers.overview.drawing import chart_of, render_svg
from pipeline.answers.overview.model import Overview, Ring
from pipeline.answers.overview.places import Place, served_places
from pipeline.answers.overview.style import STYLES
from pipeline.answers.overview.texts import STATES
from pipeline.core.documents import dutch

WIDTH, HEIGHT = 960, 385
MEANING = "Kaart van Vlaanderen en Brussel op {day}: elke gemeente volgens de stand van haar bestuur"
_NARROW = cos(radians(51.0))
"""A degree of longitude at the latitude of Flanders, in degrees of latitude: flat enough for so small a country."""


def choropleth(overview: Overview) -> str:
    """An SVG element; every municipality names itself, who serves it and its state, on hovering."""
    drawn = [place for place in served_places(overview) if place.municipality.polygons]
    # Dark on a wider light line, so that a border shows between dark municipalities too.
    layers = [_areas(drawn), _borders(drawn, "#ffffff", 3.2), _borders(drawn, "#1d2327", 1.2)]
    chart = alt.LayerChart(layer=layers).properties(width=WIDTH, height=HEIGHT)
    return render_svg(chart, MEANING.format(day=dutch.day(overview.as_of)), STYLES.values())


def _areas(drawn: list[Place]) -> alt.Chart:
    areas: alt.Chart = (
        chart_of(list(map(_feature, drawn)))
        .mark_geoshape(stroke="#7b868c", strokeWidth=0.6, strokeJoin="round")
        .encode(fill=alt.Fill("properties.fill:N", scale=None), description="properties.said:N")
        .project(type="identity", reflectY=True)
    )
    return areas


def _borders(drawn: list[Place], color: str, width: float) -> alt.Chart:
    lines = list(map(_flat, borders(place.municipality for place in drawn)))
    shape = {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": lines}}
    line: alt.Chart = chart_of([shape]).mark_geoshape(filled=False, stroke=color, strokeWidth=width, strokeCap="round")
    return line


def _feature(place: Place) -> dict[str, object]:
    rings = [list(map(_flat, polygon)) for polygon in place.municipality.polygons]
    said = f"{place.municipality.name}: {STATES[place.state]} ({place.served_by})"
    return {
        "type": "Feature",
        "properties": {"fill": STYLES[place.state].fill, "said": said},
        "geometry": {"type": "MultiPolygon", "coordinates": rings},
    }


def _flat(ring: Ring) -> Ring:
    return tuple((round(longitude * _NARROW, 5), latitude) for longitude, latitude in ring)
