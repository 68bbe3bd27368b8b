"""Makes a world, or lets one live on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day
from pipeline.demo.world.advance import advance_world
from pipeline.demo.world.chance import Ids, Spread
from pipeline.demo.world.days import midnight
from pipeline.demo.world.families import births
from pipeline.demo.world.generate import YEARS_BEFORE, chunks, populate
from pipeline.demo.world.papers import GENT_KBO, draw_up_papers
from pipeline.demo.world.reference import load_places
from pipeline.demo.world.registries import Row, make_registry
from pipeline.demo.world.scene import Scene, dice
from pipeline.demo.world.schema import rows
from pipeline.demo.world.store import Store, open_store

EARLIEST = date(2025, 7, 1)
"""Before it there was no time for the mergers of 2025 to suspend and renew papers."""

NOBODY = 9_000_000_000
"""From this number on no parent and no child exists."""

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class WorldSummary:
    """What a world holds: `rows` per table; `changed` is False when there was nothing to advance."""

    as_of: date
    produced_at: datetime
    rows: dict[str, int]
    recipients_with_agreement: int
    changed: bool = True


def synthesize(
    out: str, seed: int, scale: float, as_of: date, advance: bool = False, progress: Progress | None = None
) -> WorldSummary:
    """Write a world of `scale` times Flanders as it is at the start of the day `as_of`, replacing the one at `out`;
    or, with `advance`, let the one at `out` live on until then (only new rows in the append-only tables).

    The same seed, scale and day (and, to advance, the same world) give the same contents. `progress` hears the name
    of each part and the rows written so far. Raises SettingsError for an address, scale or day that cannot be.
    """
    if not 0 < scale <= 2 or as_of < EARLIEST or seed < 0:
        raise SettingsError(f"a world has a scale above 0 up to 2, a day from {EARLIEST} on, a seed from 0 on")
    tell = progress or (lambda part, rows: None)
    with open_store(out, existing=advance) as store:
        if advance:
            changed = advance_world(store, seed, scale, as_of, tell)
        else:
            _fill(store, seed, scale, as_of, tell)
            changed = True
        counts = store.counts()
        participants = len(store.read("recipients_with_agreement"))
    return WorldSummary(as_of, midnight(as_of), counts, participants, changed)


def _fill(store: Store, seed: int, scale: float, as_of: date, tell: Progress) -> None:
    store.create()
    written = 0
    here = make_registry(load_places())
    papers = draw_up_papers(here, as_of, dice(seed, as_of, 1))
    covered = frozenset(papers["agreement"]["kbo"].to_pylist())
    scene = Scene(as_of, seed, scale, covered, Ids(), Spread(seed), first_index_year=as_of.year - YEARS_BEFORE + 2)
    for name, rows_ in (here.tables | papers).items():
        written += store.append(name, rows_)
    tell("papers", written)
    born = births(scene.places, date(as_of.year - YEARS_BEFORE, 1, 1), as_of, scale, scene.rng(2))
    for number, (chunk, areas) in enumerate(chunks(scene.places)):
        for name, rows_ in populate(scene, born, areas, scene.rng(3, number)):
            written += store.append(name, rows_)
        tell(chunk, written)
    for name, rows_ in _orphans(scale, scene.produced_at, scene.ids):
        store.append(name, rows_)
    store.replace_control(scene.produced_at)


def _orphans(scale: float, produced_at: datetime, ids: Ids) -> Iterator[tuple[str, pa.Table]]:
    """Rows that point nowhere, at least two of each feed: of no parent, of no child."""
    at = produced_at - timedelta(hours=10)
    number = max(2, round(40 * scale))
    nobodies = range(NOBODY, NOBODY + number)
    home: Row = {"street": "Kerkstraat", "house_number": "1", "postal_code": "9000", "nis_code": "44021"}
    home |= {"recorded_at": at, "valid_from": local_day(at), "confidential": False}
    yield "residence", rows("residence", [home | {"parent_id": nobody} for nobody in nobodies])
    weak: Row = {"assessed_on": local_day(at), "recorded_at": at, "income": True, "education": True, "employment": True}
    numbered = zip(ids.take("assessment", number).tolist(), nobodies, strict=True)
    assessments = [weak | {"assessment_id": id_, "child_id": nobody} for id_, nobody in numbered]
    yield "indicator_assessment", rows("indicator_assessment", assessments)
    grant: Row = {"kbo": GENT_KBO, "kind": "grant", "text_version": "2025-1", "fields": "name,phone"}
    grant |= {"occurred_at": at - timedelta(hours=1), "recorded_at": at}
    numbered = zip(ids.take("event", number).tolist(), nobodies, strict=True)
    events = [grant | {"event_id": id_, "parent_id": nobody} for id_, nobody in numbered]
    yield "consent_event", rows("consent_event", events)
