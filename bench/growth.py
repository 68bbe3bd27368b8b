"""What each step costs as the country grows: `python -m bench.growth --scales 0.1 1 6`; 60 is made of staged Parquet.

Each step runs in a process of its own (steps.py), with default settings. The exponent is of processor seconds, from one
scale to the next: 1 is in proportion to the rows.
"""

import argparse
import math
import shutil
import tempfile
from pathlib import Path

from bench.copies import copy_agency, copy_snapshot
from bench.run import PROJECT, Figures, measured, world
from pipeline.core.engine import engine
from pipeline.core.model import Snapshot
from pipeline.core.serialize import from_json, to_json
from pipeline.core.settings import Settings

STEPS = ("extract", "check", "check_again", "release", "render")
MOST_OF_AGENCY = 10
"""Copies of a world as SQLite; beyond that the staged feeds of one copied so often are copied again."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scales", type=float, nargs="+", default=[0.1, 1, 6])
    parser.add_argument("--folder", type=Path, default=PROJECT / ".test" / "growth")
    arguments = parser.parse_args()
    print("| scale | step | seconds | processor seconds | exponent | peak MB |\n|---:|---|---:|---:|---:|---:|")
    before: tuple[float, dict[str, Figures]] | None = None
    for scale in arguments.scales:
        found = of_scale(scale, arguments.folder.absolute())
        for step, figures in found.items():
            _print_row(scale, step, figures, before)
        before = scale, found


def of_scale(scale: float, folder: Path) -> dict[str, Figures]:
    """The figures of each step; its files are gone afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        if scale > MOST_OF_AGENCY:
            extracted(scale / 10, place / "tenth", folder)
            _copy_staged(place / "tenth", place, 10)
            return {step: measured("steps", folder, step, str(place)) for step in STEPS[1:]}
        return extracted(scale, place, folder) | {
            step: measured("steps", folder, step, str(place)) for step in STEPS[1:]
        }
    finally:
        shutil.rmtree(place)


def extracted(scale: float, place: Path, folder: Path) -> dict[str, Figures]:
    """The figures of extract, whose feeds are in `place` then."""
    place.mkdir(exist_ok=True)
    agency = world(folder, min(scale, 1.0))
    if scale > 1:
        copy_agency(agency, round(scale), place / "agency.sqlite")
        agency = place / "agency.sqlite"
    return {"extract": measured("steps", folder, "extract", str(place), str(agency))}


def _copy_staged(tenth: Path, place: Path, copies: int) -> None:
    snapshot = from_json(Snapshot, (tenth / "extract.json").read_bytes())
    with engine(Settings(), place / "spill") as run:
        made = copy_snapshot(snapshot, copies, place / "snapshot", run)
    (place / "extract.json").write_bytes(to_json(made))
    shutil.rmtree(tenth)


def _print_row(scale: float, step: str, figures: Figures, before: tuple[float, dict[str, Figures]] | None) -> None:
    exponent = "-"
    if before is not None and step in before[1]:
        smaller, was = before
        exponent = f"{math.log(figures['processor'] / was[step]['processor']) / math.log(scale / smaller):.2f}"
    seconds, processor, peak = (figures[name] for name in ("seconds", "processor", "peak_mb"))
    print(f"| {scale:g} | {step} | {seconds:.2f} | {processor:.2f} | {exponent} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
