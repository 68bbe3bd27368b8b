"""The map of Flanders and Brussels: each municipality in the style of its state. Loads Altair."""

from math import cos, radians

import altair as alt

from pipeline.answers.overview.drawing import chart_of, render_svg
from pipeline.answers.overview.model import Overview, Ring
from pipeline.answers.overview.places import Place, borders, served_places
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
    areas = (
        chart_of(list(map(_feature, drawn)))
        .mark_geoshape(stroke="#7b868c", strokeWidth=0.6, strokeJoin="round")
        .encode(fill=alt.Fill("properties.fill:N", scale=None), description="properties.said:N")
        .project(type="identity", reflectY=True)
    )
    edges = list(map(_flat, borders(place.municipality for place in drawn)))
    shape = {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": edges}}
    # Dark on a wider light line, so that a border shows between dark municipalities too.
    lines = [
        chart_of([shape]).mark_geoshape(filled=False, stroke=color, strokeWidth=width, strokeCap="round")
        for color, width in (("#ffffff", 3.2), ("#1d2327", 1.2))
    ]
    chart = alt.LayerChart(layer=[areas, *lines]).properties(width=WIDTH, height=HEIGHT)
    return render_svg(chart, MEANING.format(day=dutch.day(overview.as_of)), STYLES.values())


def _feature(place: Place) -> dict[str, object]:
    rings = [list(map(_flat, polygon)) for polygon in place.municipality.polygons]
    said = f"{place.municipality.name}: {STATES[place.state]} ({place.served_by})"
    geometry = {"type": "MultiPolygon", "coordinates": rings}
    return {"type": "Feature", "properties": {"fill": STYLES[place.state].fill, "said": said}, "geometry": geometry}


def _flat(ring: Ring) -> Ring:
    return tuple((round(longitude * _NARROW, 5), latitude) for longitude, latitude in ring)
