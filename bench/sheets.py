"""What the first edition of a year's sheets costs: `python -m bench.sheets --scale 1 --rounds 5`.

Over a staged world of `bench.run`; counting and protecting apart. Prints medians in processor seconds.
"""

import argparse
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bench.run import PROJECT, world
from pipeline.core.engine import snapshot_engine
from pipeline.core.model import Moment
from pipeline.core.settings import Settings
from pipeline.indicators import edition, protect
from pipeline.source.extract import extract


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is Flanders")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=PROJECT / ".test" / "bench")
    asked = parser.parse_args()
    with TemporaryDirectory(dir=asked.folder) as scratch:
        whole, protecting = zip(*_measured(world(asked.folder, asked.scale), Path(scratch), asked.rounds), strict=True)
    print("| first edition, scale | processor seconds | of which protecting |\n|---|---:|---:|")
    print(f"| {asked.scale:g} | {median(whole):.1f} | {median(protecting):.1f} |")


def _measured(agency: Path, scratch: Path, rounds: int) -> list[tuple[float, float]]:
    at, settings, took = datetime.now(UTC), Settings(), list[float]()
    moment, snapshot = Moment.of(at), extract(f"sqlite:///{agency}", at, settings, scratch / "snapshot")
    protect.protect = _timed(protect.protect, took)  # type: ignore[assignment]  # mypy wants one signature
    with snapshot_engine(snapshot, moment, settings, scratch / "spill") as run:
        return [_round(lambda: edition.make_edition(run, moment.day.year - 1, moment, settings, ()), took)
                for _ in range(rounds)]  # fmt: skip


def _round(make: Callable[[], edition.Edition], took: list[float]) -> tuple[float, float]:
    began = time.process_time()
    made = make()
    assert made.sheets, "the figures of 31 December are in"
    return time.process_time() - began, took[-1]


def _timed(function: Callable[..., Any], took: list[float]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments)
        finally:
            took.append(time.process_time() - began)

    return timed


if __name__ == "__main__":
    main()
