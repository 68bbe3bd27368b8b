"""The OpenLineage events of one night: the agency's feeds in, the drops out, with columns and counts and no values.

Only what stands here travels (docs/monitoring.md): no run's `conf`, no user's name, no account or host of a recipient.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

from pipeline.core.feeds import CONTROL, FEEDS
from pipeline.core.model import Outcome, Publication
from pipeline.core.run import RunContext
from pipeline.delivery.columns import COLUMNS
from pipeline.ledger.db.ledger import open_existing_ledger

JOB = {"namespace": "gegevensdeling", "name": "nightly_delivery", "facets": {}}
PRODUCER = "https://data.vlaanderen.be/id/gegevensdeling"
_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"

Event = dict[str, Any]


def night_events(
    context: RunContext, began_at: datetime | None, *, is_whole: bool, publications: Sequence[Publication]
) -> list[Event]:
    """That the night began and how it ended; the same again after a clearing, under the same id."""
    now = context.clock()
    end = {"inputs": _feeds(context), "outputs": [_drop(one) for one in publications if _is_out(one)]}
    return [
        _event(context, "START", began_at or now, {"inputs": [], "outputs": []}),
        _event(context, "COMPLETE" if is_whole else "FAIL", now, end),
    ]


def _event(context: RunContext, kind: str, at: datetime, datasets: Event) -> Event:
    return {
        "eventType": kind,
        "eventTime": at.astimezone(UTC).isoformat(),
        "producer": PRODUCER,
        "schemaURL": _EVENT,
        "run": {"runId": str(uuid5(NAMESPACE_URL, f"gegevensdeling/nightly_delivery/{context.run}")), "facets": {}},
        "job": JOB,
        **datasets,
    }


def _feeds(context: RunContext) -> list[Event]:
    """Named as OpenLineage names tables; `rows` as the newest look found them."""
    namespace, above = _of_database(context.agency)
    loads = open_existing_ledger(context.ledger).known_feeds().loads
    return [
        {
            "namespace": namespace,
            "name": f"{above}.{feed.name}",
            "facets": _schema([{"name": name, "type": kind} for name, kind in feed.columns.items()]),
            "inputFacets": _rows("inputStatistics", "InputStatisticsInputDatasetFacet", loads[feed.name].rows)
            if feed.name in loads
            else {},
        }
        for feed in FEEDS.values()
        if feed.name != CONTROL.name
    ]


def _of_database(uri: str) -> tuple[str, str]:
    """Without login and password."""
    parts = urlsplit(uri)
    if parts.scheme == "sqlite":
        return "sqlite", parts.path.replace("//", "/", 1)
    return f"postgres://{parts.hostname}:{parts.port or 5432}", f"{parts.path.lstrip('/')}.public"


def _is_out(publication: Publication) -> bool:
    return publication.outcome in (Outcome.PUBLISHED, Outcome.ALREADY_PUBLISHED)


def _drop(publication: Publication) -> Event:
    """The drops of one recipient are one dataset, known by its KBO."""
    fields = [{"name": column.header, "type": "string"} for column in COLUMNS]
    return {
        "namespace": "gegevensdeling",
        "name": f"levering.{publication.kbo}",
        "facets": _schema(fields),
        "outputFacets": _rows("outputStatistics", "OutputStatisticsOutputDatasetFacet", publication.rows),
    }


def _schema(fields: list[dict[str, str]]) -> Event:
    return {"schema": _facet("1-1-1", "SchemaDatasetFacet") | {"fields": fields}}


def _rows(name: str, kind: str, count: int) -> Event:
    return {name: _facet("1-0-2", kind) | {"rowCount": count}}


def _facet(version: str, kind: str) -> Event:
    return {"_producer": PRODUCER, "_schemaURL": f"{_SPEC}/facets/{version}/{kind}.json#/$defs/{kind}"}
