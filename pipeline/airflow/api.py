"""The newest night in Airflow, read over its public REST API with the rights of who asks.

That API is what Airflow promises to keep (its metadata's tables are private), and it lets each caller see what that
caller may see. It is asked within the API server's own process: no address, no network, no account of our own.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from pipeline.airflow.last_night import ApprovalQuestion, NightRun, TaskState, task_state
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo

_DAG = "/api/v2/dags/nightly_delivery"
_PAGE = 100
"""Task instances at a time: Airflow's own limit (`[api] maximum_page_limit`)."""
_WAITING = {"awaiting_input", "deferred"}
"""The states in which Airflow parks a task that asked a person something."""


class NotReadable(Exception):
    """Airflow does not show the caller the night's runs or tasks."""


async def newest_run(airflow: Any, credentials: Mapping[str, str]) -> NightRun | None:
    """The run of the newest night, or None. `airflow`: its ASGI application; `credentials`: the caller's own headers.

    Raises NotReadable.
    """
    transport = httpx.ASGITransport(app=airflow, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow", headers=credentials) as client:
        runs = await _get(client, f"{_DAG}/dagRuns", order_by="-run_after", limit=1)
        if not (runs and runs["dag_runs"]):
            return None
        (run,) = runs["dag_runs"]
        path = f"{_DAG}/dagRuns/{quote(run['dag_run_id'], safe='')}"
        instances = await _task_instances(client, path)
        listed = await _listed(client, path)
        is_held = any(one["task_id"] == "approve" and one["state"] in _WAITING for one in instances)
        question = await _question(client, path) if is_held else None
    mapped = [one for one in instances if one["task_id"] == "deliver" and one["map_index"] >= 0]
    # "removed": of a longer list, before a clearing
    tasks = [_task_state(one, listed) for one in mapped if one["state"] != "removed"]
    failed = [one["task_id"] for one in instances if one["state"] == "failed" and one["task_id"] != "close"]
    return NightRun(
        run=run["dag_run_id"],
        night=local_day(datetime.fromisoformat(run["run_after"])),
        state=run["state"],
        tasks=tuple(tasks),
        stopped=() if tasks else tuple(failed),
        is_held=is_held,
        question=question,
    )


async def _task_instances(client: httpx.AsyncClient, run: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        page = await _get(client, f"{run}/taskInstances", limit=_PAGE, offset=len(found), order_by="id")
        found += page["task_instances"] if page else []
        if not page or not page["task_instances"] or len(found) >= page["total_entries"]:
            return found


async def _listed(client: httpx.AsyncClient, run: str) -> list[Kbo]:
    """The recipients that the deliveries were mapped over, in that order; none before `release` ended, nor for who may
    not see what tasks hand on."""
    found = None
    with suppress(NotReadable):
        found = await _get(client, f"{run}/taskInstances/release/xcomEntries/return_value", stringify="false")
    return [Kbo(kbo) for kbo in found["value"]] if found and isinstance(found["value"], list) else []


async def _question(client: httpx.AsyncClient, run: str) -> ApprovalQuestion | None:
    """None for who may not see it."""
    found = None
    with suppress(NotReadable):
        found = await _get(client, f"{run}/taskInstances/approve/-1/hitlDetails")
    return (
        ApprovalQuestion.of(found["subject"], found["body"] or "", datetime.fromisoformat(found["created_at"]))
        if found
        else None
    )


def _task_state(one: Mapping[str, Any], listed: list[Kbo]) -> TaskState:
    ended = datetime.fromisoformat(one["end_date"]) if one["end_date"] else None
    return task_state(one["rendered_map_index"], one["map_index"], listed, one["state"], ended)


async def _get(client: httpx.AsyncClient, path: str, **asked: str | int) -> Any:
    """None for what is not there."""
    answer = await client.get(f"{path}?{urlencode(asked)}")
    if answer.status_code == 404:
        return None
    if answer.status_code != 200:
        raise NotReadable(f"Airflow answers {answer.status_code}")
    return answer.json()
