"""Papers that are drawn up, or end, while a world lives on."""

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np

from pipeline.demo.world.generate import Batch
from pipeline.demo.world.papers import FULL, GENT_KBO, morning, new_agreement, new_protocol
from pipeline.demo.world.registries import CAW_KBO, Row
from pipeline.demo.world.scene import Scene
from pipeline.demo.world.schema import rows
from pipeline.demo.world.store import Store

NEW_EVERY_DAYS, ENDED_EVERY_DAYS = 4, 28
"""Assumption: how often a recipient joins, and how often an agreement is ended."""


def new_papers(store: Store, scene: Scene, since: date, rng: np.random.Generator) -> Iterator[Batch]:
    """New agreements and protocols for recipients that had none, and new versions of agreements that end."""
    days = [since + timedelta(days=i) for i in range((scene.as_of - since).days)]
    agreements, protocols = store.rows("agreement"), store.rows("protocol")
    number = {"SO": _last(agreements, "agreement_id"), "PR": _last(protocols, "protocol_id")}
    without = sorted(set(scene.register.people) - scene.covered - {scene.register.twice[1]})
    signed: list[Row] = []
    agreed: list[Row] = []
    for day in (day for day in days if day.toordinal() % NEW_EVERY_DAYS == 0 and without):
        kbo = without.pop(int(rng.integers(len(without))))
        recorded = {"recorded_at": morning(day), "valid_from": day}
        for team in scene.register.teams_of[kbo]:
            number["SO"] += 1
            signed.append(new_agreement(kbo, team, day, number["SO"], rng) | recorded)
        number["PR"] += 1
        agreed.append(new_protocol(kbo, day, number["PR"], rng) | recorded | {"fields": FULL})
    for day in (day for day in days if day.toordinal() % ENDED_EVERY_DAYS == 0):
        signed.append(_ended(agreements, day, rng))
    yield "agreement", rows("agreement", signed)
    yield "protocol", rows("protocol", agreed)


def _ended(agreements: list[Row], day: date, rng: np.random.Generator) -> Row:
    """A new version of some agreement, ended on a day; those of OCMW Gent and CAW Brussel last."""
    latest = {row["agreement_id"]: row for row in sorted(agreements, key=lambda row: str(row["recorded_at"]))}
    ids = sorted(
        str(key) for key, row in latest.items() if row["kbo"] not in (GENT_KBO, CAW_KBO) and not row["ended_on"]
    )
    return latest[ids[int(rng.integers(len(ids)))]] | {"ended_on": day, "recorded_at": morning(day)}


def _last(papers: list[Row], key: str) -> int:
    return max(int(str(row[key]).split("-")[1]) for row in papers)
