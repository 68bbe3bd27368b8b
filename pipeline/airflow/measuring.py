"""What Airflow calls once a night or an hour has ended, to be seen from outside: metrics, lineage; off until set.

Parsed again in every task of every run, so the rest is imported only where somebody listens.
"""

import json
import logging
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.notifier import BaseNotifier

if TYPE_CHECKING:
    from pipeline.core.model import Publication
    from pipeline.core.run import RunContext

log = logging.getLogger(__name__)

SECONDS = 3.0
"""For each event: whoever does not take it in that time does not get it."""


class TellTheNumbers(BaseNotifier):
    """After the last task of a night or an hour, red or green. Nothing that happens here turns a task red."""

    template_fields: Sequence[str] = ()

    def notify(self, context: Any) -> None:
        from airflow.sdk.configuration import conf as configuration

        is_night = context["dag_run"].dag_id == "nightly_delivery"
        if any(configuration.getboolean("metrics", name, fallback=False) for name in ("statsd_on", "otel_on")):
            _quietly("metrics", lambda: _measure(context, is_night))
        if is_night and os.environ.get("GEGEVENSDELING_LINEAGE_URL"):
            _quietly("lineage", lambda: _trace(context))


def _quietly(what: str, act: Callable[[], None]) -> None:
    from pipeline.core.errors import PipelineError, redact_unexpected_errors

    try:
        redact_unexpected_errors(act)()
    except PipelineError as error:
        log.warning("%s: not told: %s", what, error)


def _measure(context: Any, is_night: bool) -> None:
    from airflow.sdk.observability.stats import gauge

    measures, run = import_module("pipeline.tasks.measures"), _run(context)
    began_at = context["dag_run"].start_date
    of_night = measures.night_measures(run, _publications(context), began_at) if is_night else []
    for measure in (*of_night, *measures.hour_measures(run)):
        gauge(measure.name, measure.value)


def _trace(context: Any) -> None:
    lineage, run = import_module("pipeline.tasks.lineage"), _run(context)
    began_at, is_whole = context["dag_run"].start_date, not context.get("exception")
    for event in lineage.night_events(run, began_at, is_whole=is_whole, publications=_publications(context)):
        send_event(run, event)


def send_event(run: "RunContext", event: dict[str, Any]) -> None:
    """Raises DeliveryTransient, which says nothing of the address."""
    import httpx

    from pipeline.core.errors import DeliveryTransient
    from pipeline.core.timer import ended_within

    key = run.connections("lineage")
    headers = {"Content-Type": "application/json"}
    if key and key.password:
        headers["Authorization"] = f"Bearer {key.password}"

    def post() -> None:
        answer = httpx.post(run.settings.lineage_url, content=json.dumps(event), headers=headers, timeout=SECONDS)
        answer.raise_for_status()

    try:
        is_ended = ended_within(SECONDS, post)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise DeliveryTransient(f"LINEAGE_URL takes no event ({type(error).__name__})") from None
    if not is_ended:
        raise DeliveryTransient(f"LINEAGE_URL takes no event in {SECONDS:g} seconds")


def _run(context: Any) -> "RunContext":
    from pipeline.airflow.context import run_of

    return run_of(context)


def _publications(context: Any) -> "list[Publication]":
    from pipeline.core.model import Publication
    from pipeline.core.serialize import deserialize

    pulled = context["ti"].xcom_pull(["deliver"]) or []
    return [deserialize(Publication, one) for one in pulled if one]


THE_NUMBERS = TellTheNumbers()
