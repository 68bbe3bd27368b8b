"""The overview as one HTML page in Dutch that needs nothing from elsewhere, and says so to the browser."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

from markupsafe import Markup

from pipeline.answers.overview import shown, texts
from pipeline.answers.overview.model import AuthorityState, Overview
from pipeline.answers.overview.places import Place, places
from pipeline.answers.overview.style import swatch
from pipeline.core.documents.html_pdf import TEMPLATES, rendered

_SCRIPT = "overview.js"


def html(overview: Overview) -> str:
    """The same overview gives the same page. Its only script filters the list, and without it all is there."""
    script = (TEMPLATES / _SCRIPT).read_text(encoding="utf-8")
    return rendered(
        "overview.html.jinja",
        overview=overview,
        texts=texts,
        policy=_policy(script),
        script=Markup(script),  # noqa: S704 - the project's own file
        figures=shown.figures(overview),
        states=[(_swatch(state), *rest) for state, *rest in shown.by_state(overview)],
        papers=shown.papers(overview),
        sheets=shown.sheets(overview),
        list_states=[one.state for one in overview.authorities],
        map=_map(overview),
        timelines=_timelines(overview),
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

    found: Sequence[Place] = places(overview)
    return {
        "svg": Markup(choropleth(overview)),  # noqa: S704 - drawn here, names escaped
        "legend": [(_swatch(state), name) for state, name in shown.legend(overview, found)],
        "beside": shown.beside_the_map(found),
        "sheet": shown.municipalities(found),
    }


def _timelines(overview: Overview) -> list[tuple[str, Markup]]:
    if texts.no_timeline(overview):
        return []
    from pipeline.answers.overview import timeline

    return [
        (texts.PAPERS_SINCE, Markup(timeline.papers(overview.months))),  # noqa: S704 - drawn here
        (texts.AUTHORITIES_SINCE, Markup(timeline.authorities(overview.months))),  # noqa: S704 - drawn here
    ]
