"""A Vega chart as SVG that is the same on every machine: no fonts measured, nothing fetched. Loads Altair."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from html import escape

import altair as alt
import vl_convert

from pipeline.answers.overview.style import FillStyle, paint, patterns

FONT = "Libertinus Serif, Charter, Bitstream Charter, Cambria, Georgia, serif"
"""As on the page; typst has the first of them."""
SOFT, RULE = "#4a545a", "#d5dbde"

_NOISE = re.compile(r' (?:class|role|aria-roledescription|aria-hidden|xmlns:xlink|version)="[^"]*"')
_LABELLED = re.compile(r'<path aria-label="([^"]*)"([^>]*)/>')
_DIGITS = re.compile(r"(\.\d)\d+")
_PATH = re.compile(r' d="[^"]*"')
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold: one of them in a name of the register would spoil the whole picture."""
_SIZE = re.compile(r'<svg([^>]*) width="\d+" height="\d+"')


def chart_of(rows: Sequence[Mapping[str, object]]) -> alt.Chart:
    """A chart with these rows in it, to which marks are added.

    As one text, since Altair looks at every number of an outline several times: half a second.
    """
    return alt.Chart(alt.InlineData(values=json.dumps(rows), format=alt.JsonDataFormat(type="json")))


def render_svg(chart: alt.LayerChart, label: str, styles: Collection[FillStyle]) -> str:
    """`chart` as one SVG element, which a screen reader calls `label`; a mark's description shows on hovering.

    A shape that is filled as one of `styles` gets its hatch; the SVG has the hatches of all `styles`. Nothing is laid
    out around a text (autosize none), so that no font moves the text.
    """
    configured = chart.configure(
        font=FONT, autosize=alt.AutoSizeParams(type="none"), view=alt.ViewConfig(stroke=None), background="transparent"
    )
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    drawn = vl_convert.vegalite_to_svg(configured.to_json(), vl_version=version, allowed_base_urls=[])
    drawn = _NOT_XML.sub(" ", drawn)
    drawn = _PATH.sub(lambda path: _DIGITS.sub(r"\1", path[0]), _NOISE.sub("", drawn))
    drawn = _LABELLED.sub(r"<path\2><title>\1</title></path>", drawn)
    drawn = _SIZE.sub(lambda size: f'<svg{size[1]} role="img" aria-label="{escape(label)}"', drawn, count=1)
    for style in styles:
        drawn = drawn.replace(f'fill="{style.fill}"', f'fill="{paint(style)}"')
    head, end, rest = drawn.partition(">")
    return f"{head}{end}{patterns(styles)}{rest}"
