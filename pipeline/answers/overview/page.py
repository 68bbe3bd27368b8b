"""The overview as one HTML page in Dutch that loads nothing, and lets the browser load nothing."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from markupsafe import Markup

from pipeline.answers.overview import content, texts
from pipeline.answers.overview.model import AuthorityState, Overview
from pipeline.answers.overview.places import served_places
from pipeline.answers.overview.style import swatch
from pipeline.core.documents import dutch
from pipeline.core.documents.html_pdf import render_html

TEMPLATES = files("pipeline.answers.overview")


def overview_html(overview: Overview) -> str:
    """The same overview gives the same page. The page's only script filters the list; nothing depends on the script."""
    script = (TEMPLATES / "overview.js").read_text("utf-8")
    return render_html(
        TEMPLATES / "overview.html.jinja",
        overview=overview,
        texts=texts,
        day=dutch.day(overview.as_of),
        policy=_policy(script),
        script=Markup(script),  # noqa: S704 - the project's own file
        figures=content.key_figures(overview),
        states=[(_swatch(state), *rest) for state, *rest in content.state_rows(overview)],
        papers=content.papers_table(overview),
        tables=content.page_tables(overview),
        list_states=[authority.state for authority in overview.authorities],
        map=_map(overview),
        timelines=[(name, Markup(svg)) for name, svg in content.timelines(overview)],  # noqa: S704 - drawn here
    )


def _policy(script: str) -> str:
    """The page may run this script and nothing else, and load nothing at all (Content Security Policy level 2)."""
    known = b64encode(sha256(script.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{known}'; base-uri 'none'; "
        "form-action 'none'"
    )


def _swatch(state: AuthorityState) -> Markup:
    return Markup(swatch(state, alone=False))  # noqa: S704 - drawn here


def _map(overview: Overview) -> dict[str, object] | None:
    if texts.no_map(overview):
        return None
    from pipeline.answers.overview.map import choropleth

    places = served_places(overview)
    return {
        "svg": Markup(choropleth(overview)),  # noqa: S704 - drawn here, names escaped
        "legend": [(_swatch(state), name) for state, name in content.legend(overview, places)],
        "beside": content.map_remarks(places),
        "table": content.municipalities_table(places),
    }
