"""Rows that point nowhere: events and residences of no parent, assessments of no child."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pyarrow as pa

from pipeline.demo.world.chance import Ids
from pipeline.demo.world.papers import GENT_KBO
from pipeline.demo.world.registries import Row
from pipeline.demo.world.schema import rows

NOBODY = 9_000_000_000
"""From this number on no parent and no child exists."""


def orphans(scale: float, produced_at: datetime, ids: Ids) -> Iterator[tuple[str, pa.Table]]:
    """At least two rows of each kind, recorded the day before."""
    at = produced_at - timedelta(hours=10)
    number = max(2, round(40 * scale))
    nobodies = range(NOBODY, NOBODY + number)
    home: Row = {
        "recorded_at": at,
        "street": "Kerkstraat",
        "house_number": "1",
        "postal_code": "9000",
        "nis_code": "44021",
    }
    home |= {"valid_from": at.date(), "confidential": False}
    yield "residence", rows("residence", [home | {"parent_id": nobody} for nobody in nobodies])
    weak: Row = {"assessed_on": at.date(), "recorded_at": at, "income": True, "education": True, "employment": True}
    numbered = zip(ids.take("assessment", number).tolist(), nobodies, strict=True)
    assessments = [weak | {"assessment_id": id_, "child_id": nobody} for id_, nobody in numbered]
    yield "indicator_assessment", rows("indicator_assessment", assessments)
    grant: Row = {"kbo": GENT_KBO, "kind": "grant", "text_version": "2025-1", "fields": "name,phone"}
    grant |= {"occurred_at": at - timedelta(hours=1), "recorded_at": at}
    numbered = zip(ids.take("event", number).tolist(), nobodies, strict=True)
    events = [grant | {"event_id": id_, "parent_id": nobody} for id_, nobody in numbered]
    yield "consent_event", rows("consent_event", events)
