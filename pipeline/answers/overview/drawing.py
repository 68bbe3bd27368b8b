"""A Vega chart as SVG that is the same on every machine: no fonts measured, nothing fetched. Loads Altair."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from html import escape

import altair as alt
import vl_convert

from pipeline.answers.overview.style import Look, paint, patterns

FONT = "Libertinus Serif, Charter, Bitstream Charter, Cambria, Georgia, serif"
"""As the page has it; the first of them is what typst brings along."""
SOFT, RULE = "#4a545a", "#d5dbde"

_NOISE = re.compile(r' (?:class|role|aria-roledescription|aria-hidden|xmlns:xlink|version)="[^"]*"')
_LABELLED = re.compile(r'<path aria-label="([^"]*)"([^>]*)/>')
_DIGITS = re.compile(r"(\.\d)\d+")
_PATH = re.compile(r' d="[^"]*"')
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What a register may hold and no XML can: one such character in a name would spoil the whole picture."""
_SIZE = re.compile(r'<svg([^>]*) width="\d+" height="\d+"')


def chart_of(rows: Sequence[Mapping[str, object]]) -> alt.Chart:
    """A chart with these rows in it, to which marks are added.

    As one text, since Altair looks at every number of an outline several times: half a second.
    """
    return alt.Chart(alt.InlineData(values=json.dumps(rows), format=alt.JsonDataFormat(type="json")))


def svg(chart: alt.LayerChart, label: str, looks: Collection[Look]) -> str:
    """`chart` as one SVG element, named `label` for who cannot see it; a mark's description shows on hovering.

    What is filled as one of `looks` gets its hatch, and all their hatches are in it, whether used or not.

    Text keeps its place whatever the font, since nothing is laid out around it (autosize none).
    """
    configured = chart.configure(
        font=FONT, autosize=alt.AutoSizeParams(type="none"), view=alt.ViewConfig(stroke=None), background="transparent"
    )
    drawn = vl_convert.vegalite_to_svg(configured.to_json(), vl_version=_version(), allowed_base_urls=[])
    drawn = _NOT_XML.sub(" ", drawn)
    quiet = _PATH.sub(lambda path: _DIGITS.sub(r"\1", path[0]), _NOISE.sub("", drawn))
    return _hatched(_named(quiet, escape(label)), looks)


def _version() -> str:
    """Vega-Lite's, that Altair writes for: "6.4"."""
    return ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])


def _named(drawn: str, label: str) -> str:
    titled = _LABELLED.sub(r"<path\2><title>\1</title></path>", drawn)
    return _SIZE.sub(lambda size: f'<svg{size[1]} role="img" aria-label="{label}"', titled, count=1)


def _hatched(drawn: str, looks: Collection[Look]) -> str:
    for look in looks:
        drawn = drawn.replace(f'fill="{look.fill}"', f'fill="{paint(look)}"')
    head, end, rest = drawn.partition(">")
    return f"{head}{end}{patterns(looks)}{rest}"
