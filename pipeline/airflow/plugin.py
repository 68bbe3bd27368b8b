"""What the package adds to Airflow's UI, behind Airflow's own login: the page "Gegevensdeling" in its navigation, and
the Data Docs of a run as a tab beside its tasks.

Loaded by every Airflow process, so everything heavy is imported when the first page is asked for.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from airflow.plugins_manager import AirflowPlugin

_PAGE = "/gegevensdeling/overzicht"
_PREFIX = "/gegevensdeling/data-docs"
_NIGHTS, _HOURS = "nightly_delivery", "housekeeping"
"""The DAGs whose runs have Data Docs. A run's folder does not tell which of them it is of: so both must be readable."""
_UNREADABLE = "The account of the API server may not read DATA_DOCS: see More than one machine in the deployment guide."
_ONLY_OUR_OWN = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'"
"""Great Expectations' pages ask for scripts from other hosts: in a logged-in session none may run."""


def _page() -> Any:
    from pipeline.airflow.page import application

    return application()


def _data_docs() -> Any:
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api.security import requires_access_dag
    from fastapi import Depends, FastAPI, HTTPException
    from fastapi.responses import FileResponse, Response

    from pipeline.airflow.served import docs_page
    from pipeline.core.run import folder_name
    from pipeline.core.settings import Settings
    from pipeline.core.store_address import is_store

    application = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    settings = Settings.load()
    root = Path(settings.data_docs).absolute()

    may_read_runs = [Depends(requires_access_dag("GET", DagAccessEntity.RUN, dag)) for dag in (_NIGHTS, _HOURS)]

    @application.get("/{dag_id}/{run_id}/{page:path}", dependencies=may_read_runs)
    def data_docs(dag_id: str, run_id: str, page: str) -> Response:
        if dag_id not in (_NIGHTS, _HOURS):
            raise HTTPException(404, "This DAG has no Data Docs.")
        if is_store(settings.data_docs):
            return docs_page(settings, folder_name(run_id), page, {"Content-Security-Policy": _ONLY_OUR_OWN})
        folder = root / folder_name(run_id)
        path = (folder / page).resolve()
        try:
            is_there = path.is_relative_to(folder) and path.is_file()
        except PermissionError:
            raise HTTPException(403, _UNREADABLE) from None
        if not is_there:
            raise HTTPException(404, "This run has no such page of Data Docs.")
        if not os.access(path, os.R_OK, effective_ids=True):
            raise HTTPException(403, _UNREADABLE)
        return FileResponse(path, headers={"Content-Security-Policy": _ONLY_OUR_OWN})

    return application


class _WhenAsked:
    """An ASGI application that is made at its first request, and told which one it is mounted in."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._application: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._application = self._application or self._make()
        self._application.state.airflow = scope.get("app")
        await self._application(scope, receive, send)


class GegevensdelingPlugin(AirflowPlugin):
    """Adds the page "Gegevensdeling" to the navigation, and the tab "Datacontroles" to the tasks."""

    name = "gegevensdeling"
    fastapi_apps = [  # noqa: RUF012 - Airflow's form
        {"app": _WhenAsked(_data_docs), "url_prefix": _PREFIX, "name": "Data Docs"},
        {"app": _WhenAsked(_page), "url_prefix": _PAGE, "name": "Gegevensdeling"},
    ]
    external_views = [  # noqa: RUF012 - Airflow's form
        {
            "name": "Gegevensdeling",
            "href": f"{_PAGE}/",
            "destination": "nav",
            "url_route": "gegevensdeling",
            "nav_top_level": True,
        },
        {
            "name": "Datacontroles",
            "href": _PREFIX + "/{DAG_ID}/{RUN_ID}/checks.html",
            "destination": "task_instance",
            "url_route": "datacontroles",
        },
    ]
