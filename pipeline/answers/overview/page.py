"""The overview as one HTML page in Dutch that loads nothing, and lets the browser load nothing."""

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from pipeline.answers.overview import content, texts
from pipeline.answers.overview.model import Overview
from pipeline.answers.overview.style import swatch
from pipeline.core.documents import dutch
from pipeline.core.documents.html_pdf import render_html

TEMPLATES = files("pipeline.answers.overview")


def overview_html(overview: Overview) -> str:
    """The same overview gives the same page. The page's only script filters the list; nothing depends on the script.

    The page may run that script and nothing else, and load nothing at all (Content Security Policy level 2).
    """
    script = (TEMPLATES / "overview.js").read_text("utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return render_html(
        TEMPLATES / "overview.html.jinja",
        overview=overview,
        texts=texts,
        day=dutch.day(overview.as_of),
        policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'",
        script=script,
        figures=content.key_figures(overview),
        states=[(swatch(state, alone=False), *rest) for state, *rest in content.state_rows(overview)],
        papers=content.papers_table(overview),
        tables=content.page_tables(overview),
        list_states=[authority.state for authority in overview.authorities],
        map=content.map_content(overview),
        timelines=content.timelines(overview),
    )
