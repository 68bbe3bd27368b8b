"""A night on record, and the same night decided again on a later world."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.gate.release import release
from pipeline.gate.replay.record import read_record, record_of
from pipeline.gate.replay.replay import Comparison, compare_decisions
from pipeline.gate.replay.restage import GateInput
from pipeline.ledger.persons import LedgerKey
from tests.support.worlds.tables import World, moment, stage

KEY = LedgerKey("test", bytes(range(32)))


@dataclass
class Recorded:
    """A world as a night found it, and what went on record of it."""

    world: World
    at: Moment
    folder: Path
    settings: Settings = field(default_factory=Settings)
    replays: int = 0

    def __post_init__(self) -> None:
        checked = stage(self.world, self.folder / "then", self.at.known_at)
        made = release(checked, self.at, self.settings, self.folder / "release")
        self.packed = record_of(checked, made, self.settings, KEY, self.folder / "release")

    def replay(
        self, change: World | None = None, known_at: str | None = None, settings: Settings | None = None, **feeds: Any
    ) -> tuple[Comparison, pa.Table]:
        """Held against another world, or this one with other rows in some `feeds`."""
        self.replays += 1
        folder = self.folder / f"replay-{self.replays}"
        later = (self.world if change is None else change) | feeds
        snapshot = stage(later, folder / "in", self.at.known_at).snapshot
        at = moment(self.at.at, self.at.known_at if known_at is None else known_at)
        decided = read_record(self.packed, KEY)
        return compare_decisions(decided, KEY, GateInput(snapshot, at, settings or self.settings), folder)


def causes(found: Comparison) -> set[str]:
    """Everything that any difference comes from."""
    return {cause for difference in found.differences for cause in difference.causes}
