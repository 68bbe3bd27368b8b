"""Rows that point nowhere: events and residences of no parent, assessments of no child."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pyarrow as pa

from pipeline.demo.world.chance import Ids
from pipeline.demo.world.papers import GENT_KBO
from pipeline.demo.world.schema import rows

NOBODY = 9_000_000_000
"""From this number on no parent and no child exists."""


def orphans(scale: float, produced_at: datetime, ids: Ids) -> Iterator[tuple[str, pa.Table]]:
    """At least two rows of each kind, recorded the day before."""
    at = produced_at - timedelta(hours=10)
    number = max(2, round(40 * scale))
    nobodies = range(NOBODY, NOBODY + number)
    known = {"recorded_at": at, "street": "Kerkstraat", "house_number": "1", "postal_code": "9000", "nis_code": "44021"}
    yield (
        "residence",
        rows("residence", [known | {"parent_id": i, "valid_from": at.date(), "confidential": False} for i in nobodies]),
    )
    weak = {"assessed_on": at.date(), "recorded_at": at, "income": True, "education": True, "employment": True}
    yield (
        "indicator_assessment",
        rows(
            "indicator_assessment",
            [
                weak | {"assessment_id": int(i), "child_id": c}
                for i, c in zip(ids.take("assessment", number), nobodies, strict=True)
            ],
        ),
    )
    grant = {"kbo": GENT_KBO, "kind": "grant", "text_version": "2025-1", "fields": "name,phone"}
    yield (
        "consent_event",
        rows(
            "consent_event",
            [
                grant | {"event_id": int(i), "parent_id": p, "occurred_at": at - timedelta(hours=1), "recorded_at": at}
                for i, p in zip(ids.take("event", number), nobodies, strict=True)
            ],
        ),
    )
