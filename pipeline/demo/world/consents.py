"""Consent events: each parent in need who is asked lives through one of the stories."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipeline.demo.world.chance import Ids, Index, Purpose, Spread, assign
from pipeline.demo.world.days import Days, Instants
from pipeline.demo.world.schema import SCHEMAS, world_table
from pipeline.demo.world.stories import ACCEPTED, STORIES, USUAL, StoryEvent

USUAL_FIELDS = (
    "name,address,phone,email", "name,address,phone,email", "name,address,phone,email", "name,address,phone,email",
    "name,phone", "phone, name", "name,phone,email", "name,phone,email", "address,name", "name,email,phone",
)  # fmt: skip
TEXT_CHANGED = np.datetime64("2025-06-01")
TEXT_BEFORE, TEXT_SINCE = "2023-2", "2025-1"
BYSTANDERS = 0.012
"""Assumption: share of other parents (not in need, or where no recipient takes part) who consented all the same."""


_NEVER = np.datetime64("NaT", "D")


@dataclass(frozen=True)
class ConsentRequests:
    """Parents asked for their consent: id, recipient (an index of `kbos`), first and last day on which they may be."""

    parent: Index
    recipient: Index
    first: Days
    last: Days

    def only(self, where: Index) -> "ConsentRequests":
        """Some of them, by position; those whom nobody could have asked yet are left out."""
        where = where[self.first[where] <= self.last[where]]
        return ConsentRequests(self.parent[where], self.recipient[where], self.first[where], self.last[where])


class Diary:
    """Collects events and turns them into rows of consent_event."""

    def __init__(self, kbos: list[str], latest: np.datetime64, rng: np.random.Generator) -> None:
        self.kbos, self.latest, self.rng = kbos, latest, rng
        self._parts: list[pa.Table] = []

    def stories(self, requests: ConsentRequests, spread: Spread) -> None:
        """Every parent lives through a story."""
        shares = {name: share for name, (share, _) in STORIES.items()}
        for name, where in assign(spread(Purpose.CONSENT, len(requests.parent)), shares).items():
            self.story(requests.only(where), STORIES[name][1])

    def story(self, requests: ConsentRequests, events: tuple[StoryEvent, ...]) -> None:
        """All of `asked` live through these events."""
        room = (requests.last - requests.first).astype(int) + 1
        begun = requests.first + (room * self.rng.random(len(room))).astype("timedelta64[D]")
        start = begun.astype("datetime64[s]") + self.rng.integers(8 * 3600, 17 * 3600, len(room)).astype(
            "timedelta64[s]"
        )
        for event in events:
            self._parts.append(world_table("consent_event", self._columns(event, requests, start)))

    def table(self, ids: Ids) -> pa.Table:
        """Everything collected, ids in the order of telling: at a tie a later event of a story has the higher id."""
        told = pa.concat_tables([SCHEMAS["consent_event"].empty_table(), *self._parts])
        return told.set_column(0, told.schema.field(0), pa.array(ids.take("event", len(told))))

    def _columns(self, event: StoryEvent, requests: ConsentRequests, start: Instants) -> dict[str, object]:
        n = len(start)
        ahead = event.at > 1
        way = 86400 * 400 * (event.at - 1) if ahead else event.at * (self.latest - start).astype(int)
        occurred = (np.full(n, self.latest) if ahead else start) + np.asarray(way).astype("timedelta64[s]")
        recorded = (start if ahead else occurred) + np.timedelta64(event.hours, "h")
        today = self.latest.astype("datetime64[D]") + 1
        until = _NEVER if event.until is None else today + event.until
        return {
            "event_id": np.zeros(n, np.int64),
            "parent_id": requests.parent,
            "kbo": pa.array(self.kbos).take(pa.array(requests.recipient)),
            "kind": pa.array([event.kind] * n, pa.string()),
            "text_version": self._text(event.text, start),
            "fields": self._fields(event.fields, n),
            "valid_until": np.full(n, until),
            "occurred_at": occurred,
            "recorded_at": np.minimum(recorded, self.latest),
        }

    def _text(self, text: str | None, start: Instants) -> pa.Array:
        if text != ACCEPTED:
            return pa.array([text] * len(start), pa.string())
        return pa.array([TEXT_BEFORE, TEXT_SINCE]).take(pa.array((start >= TEXT_CHANGED).astype(int)))

    def _fields(self, fields: str | None, n: int) -> pa.Array:
        if fields != USUAL:
            return pa.array([fields] * n, pa.string())
        return pa.array(USUAL_FIELDS).take(pa.array(self.rng.integers(0, len(USUAL_FIELDS), n)))
