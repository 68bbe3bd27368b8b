"""The overview as an annex to an answer in parliament: always two pages of A4."""

import json
from collections.abc import Sequence

from pipeline.answers.overview import content, texts
from pipeline.answers.overview.model import Overview
from pipeline.answers.overview.page import TEMPLATES
from pipeline.answers.overview.style import swatch
from pipeline.core.documents import dutch
from pipeline.core.documents.html_pdf import printable, render_pdf
from pipeline.core.documents.table import Table

REMARKS, REMARK_LENGTH, PAPER_ROWS, BASIS_LENGTH, NAMES, NAME_LENGTH = 4, 260, 6, 40, 500, 60
"""The room on two pages for remarks, kinds of papers and names. The page has all of them, and the annex says so."""


def overview_pdf(overview: Overview) -> bytes:
    """PDF/UA-1 of exactly two pages: answer, counts and map; the list by name and the timelines.

    The same overview gives the same bytes: the date in its properties is `known_at`.
    """
    data = json.dumps(_data(overview) | _pictures(overview))
    return render_pdf(TEMPLATES / "overview.typ", {"overview": data}, overview.known_at)


def _data(overview: Overview) -> dict[str, object]:
    first, *rest = texts.answer(overview)
    return {
        "title": texts.TITLE,
        "subtitle": texts.SUBTITLE,
        "known": texts.as_known(overview),
        "answer": first,
        "texts": rest,
        "figures": content.key_figures(overview),
        "states": [
            {"swatch": swatch(state, alone=True), "name": name, "number": number, "meaning": meaning}
            for state, name, number, meaning in content.state_rows(overview)
        ],
        "papers": _papers(content.papers_table(overview)),
        "counted": [f"{name}: {meaning}." for name, meaning in texts.COUNTED.items()],
        "remarks": {
            "items": _clipped(overview.remarks[:REMARKS], REMARK_LENGTH),
            "more": _more(len(overview.remarks) - REMARKS, "opmerkingen"),
        },
        "groups": _groups(overview),
        "footer": f"{texts.TITLE}, {dutch.day(overview.as_of)}",
        "attribution": texts.ATTRIBUTION,
    }


def _pictures(overview: Overview) -> dict[str, object]:
    """The drawings as SVG; where there is nothing to draw, a sentence why and no drawing."""
    drawn = content.map_content(overview)
    return {
        "map": drawn.get("svg", ""),
        "map_alt": drawn.get("alt", ""),
        "beside": _clipped(drawn.get("beside", ()), REMARK_LENGTH),
        "no_map": texts.no_map(overview),
        "timelines": [{"name": name, "svg": svg} for name, svg in content.timelines(overview)],
        "no_timeline": texts.no_timeline(overview),
        "unknown_months": texts.unknown_months(overview),
    }


def _papers(table: Table) -> dict[str, object]:
    rows = [[row[0], *_clipped(row[1:2], BASIS_LENGTH), *row[2:]] for row in table.texts[:PAPER_ROWS]]
    more = _more(len(table.rows) - PAPER_ROWS, "rechtsgronden")
    return {"caption": table.caption, "columns": table.columns, "rows": rows, "more": more}


def _groups(overview: Overview) -> list[dict[str, object]]:
    """Names by state, NAMES of them in all; the headings say how many there are."""
    room = NAMES
    groups: list[dict[str, object]] = []
    for heading, names in content.names_by_state(overview):
        more = _more(len(names) - room, "namen")
        groups.append({"heading": heading, "names": _clipped(names[:room], NAME_LENGTH), "more": more})
        room -= min(room, len(names))
    return groups


def _more(left: int, what: str) -> str:
    return f"Nog {left} {what}: zie de webpagina van dit overzicht." if left > 0 else ""


def _clipped(remarks: Sequence[str], length: int) -> list[str]:
    shown = [printable(text) for text in remarks]
    return [text if len(text) <= length else f"{text[: length - 1].rstrip()}…" for text in shown]
