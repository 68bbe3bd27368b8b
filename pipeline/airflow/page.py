"""The page "Gegevensdeling" in Airflow's navigation: for who is logged in and may read the DAG of the nights."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import PurePosixPath
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Any

from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool

from pipeline.airflow.api import NotReadable, newest_run
from pipeline.airflow.context import connection
from pipeline.airflow.last_night import NightRun, RecipientStatus, recipient_statuses
from pipeline.airflow.page_content import (
    NO_LEDGER,
    NO_RUN,
    NOT_YOURS,
    STATUSES,
    download_links,
    held_notices,
    intervention_sentences,
    night_page,
    parse_status,
    question_table,
)
from pipeline.airflow.served import Editions, answer_with, editions_of
from pipeline.airflow.trend import NIGHTS, NightCounts, counts_of, trend_chart, trend_table
from pipeline.answers.overview.editions import OverviewSummary
from pipeline.core.connections import require
from pipeline.core.documents import dutch
from pipeline.core.documents.html_pdf import render_html
from pipeline.core.errors import PipelineError
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo, NoCounts
from pipeline.core.serialize import from_json
from pipeline.core.settings import Settings
from pipeline.followup.reconciliation_page import noes_in_words
from pipeline.ledger.db.ledger import open_existing_ledger
from pipeline.ledger.events import Event

TEMPLATES = files("pipeline.airflow")
FORMS = {
    ".html": "text/html; charset=utf-8",
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv; charset=utf-8",
}
"""What is served of an overview."""

LOOKED_BACK = timedelta(days=30)
"""So many nights before the last one tell whether a recipient is late: longer than a drop may lie there, by default."""

_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff"}
_NOTHING = "default-src 'none'; base-uri 'none'; frame-ancestors 'self'"
_OVERVIEW = f"{_NOTHING}; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; sandbox allow-scripts"
"""Its own policy, within it, names its one script; the sandbox keeps that from the session of who is logged in."""


def application() -> FastAPI:
    """`state.airflow` is Airflow's own application; who mounts this one sets it."""
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    may_read = [Depends(requires_access_dag("GET", param_dag_id="nightly_delivery"))]
    settings = Settings.load()
    editions = editions_of(settings)

    @made.get("/", dependencies=may_read)
    async def page(request: Request, stand: str = "", zoek: str = "") -> HTMLResponse:
        told = {name: request.headers[name] for name in ("authorization", "cookie") if name in request.headers}
        overview = await run_in_threadpool(_overview, editions)
        last_night = await _last_night(made.state.airflow, told, overview["headline"], stand, zoek[:100])
        return _html(overview | last_night)

    @made.get("/bestanden/{made_at}/{name}", dependencies=may_read)
    def file(made_at: str, name: str) -> Response:
        suffix = PurePosixPath(name).suffix
        found = editions.file(made_at, name) if suffix in FORMS else None
        if found is None:
            raise HTTPException(404, "There is no such file of an overview.")
        shown = suffix == ".html"
        headers = _HEADERS | {"Content-Security-Policy": _OVERVIEW if shown else _NOTHING}
        return answer_with(found, name, headers, FORMS[suffix], "inline" if shown else "attachment")

    return made


def _html(values: Mapping[str, Any]) -> HTMLResponse:
    nonce = token_urlsafe(16)
    script = Markup((TEMPLATES / "page.js").read_text("utf-8"))  # noqa: S704 - the project's own file
    statuses = STATUSES.values()
    content = render_html(
        TEMPLATES / "page.html.jinja",
        **values,
        statuses=statuses,
        day=dutch.day,
        instant=dutch.instant,
        thousands=dutch.thousands,
        until=lambda asked_at: asked_at + timedelta(hours=Settings.load().answer_hours),
        ui=_UI,
        nonce=nonce,
        script=script,
    )
    policy = f"{_NOTHING}; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; frame-src 'self'; form-action 'self'"
    return HTMLResponse(content, headers=_HEADERS | {"Content-Security-Policy": policy})


_UI = "../../"
"""From the page, wherever Airflow is served, to Airflow's own pages."""


def _overview(editions: Editions) -> dict[str, Any]:
    newest = editions.newest()
    if newest is None:
        return {"headline": None, "is_stale": False, "opened": None, "downloads": []}
    headline = from_json(OverviewSummary, newest.summary)
    names = [one for one in newest.files if PurePosixPath(one).suffix in FORMS]
    files = {one: f"bestanden/{newest.name}/{one}" for one in names}
    pages = [name for name in files if name.endswith(".html")]
    return {
        "headline": headline,
        "is_stale": headline.as_of < local_day(datetime.now(UTC)),
        "opened": files.pop(pages[0]) if pages else None,
        "downloads": download_links(files),
    }


_NO_NIGHT: dict[str, Any] = {"night": None, "question": None, "asked": None, "chart": "", "trend": None}


async def _last_night(
    airflow: Any, credentials: Mapping[str, str], headline: OverviewSummary | None, stand: str, text: str
) -> dict[str, Any]:
    try:
        run = await newest_run(airflow, credentials)
    except NotReadable:
        return _NO_NIGHT | {"notices": [NOT_YOURS]}
    if run is None:
        return _NO_NIGHT | {"notices": [NO_RUN]}
    names = headline.names if headline else {}
    events, nights, notices = await run_in_threadpool(_ledger_says, run, names)
    found: list[RecipientStatus] = recipient_statuses(run, events, names)
    notices = [*held_notices(run, found), *notices]
    return {
        "night": night_page(run, found, parse_status(stand), text, _UI),
        "notices": notices,
        "question": run.question,
        "asked": question_table(run.question) if run.question else None,
        "chart": trend_chart(nights),
        "trend": trend_table(nights) if nights else None,
    }


def _ledger_says(
    run: NightRun, names: Mapping[Kbo, str] = MappingProxyType({})
) -> tuple[tuple[Event, ...], tuple[NightCounts, ...], list[str]]:
    """The events of that night and those before it, the counts of the last nights, who is suspended, and what the page
    says of the night's noes once it was closed.

    Without the ledger the page says so, and shows the rest.
    """
    try:
        ledger = open_existing_ledger(require(connection, "ledger_db").database_uri)
        events, summary = ledger.events_since(run.night - LOOKED_BACK), ledger.summary(run.run)
        said = intervention_sentences(ledger.interventions(), datetime.now(UTC) - LOOKED_BACK, names)
        nights = counts_of(ledger.recent_summaries(NIGHTS))
    except PipelineError:
        return (), (), [NO_LEDGER]
    noes = [noes_in_words(NoCounts(**json.loads(summary)["noes"]))] if summary else []
    return events, nights, said + noes
