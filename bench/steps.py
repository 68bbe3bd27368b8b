"""One step of the chain in a process of its own. Usage: steps.py STEP FOLDER [AGENCY_DB]; see growth.py.

`extract` and each step after it leave their result in the folder for the next, as the tasks of a night do.
"""

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.chain import settings_of
from bench.timing import timed
from pipeline.core.model import CheckedSnapshot, Moment, Release, Snapshot
from pipeline.core.serialize import from_json, to_json
from pipeline.core.settings import Settings
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.render import DropOrder, render
from pipeline.gate.release import referrals, release
from pipeline.source.check import check
from pipeline.source.extract import extract

SETTINGS = Settings()


def extract_step(folder: Path) -> None:
    made = extract(f"sqlite:///{sys.argv[3]}", datetime.now(UTC), SETTINGS, folder / "snapshot")
    (folder / "extract.json").write_bytes(to_json(made))


def check_step(folder: Path) -> None:
    snapshot = from_json(Snapshot, (folder / "extract.json").read_bytes())
    made = check(snapshot, Moment.of(snapshot.read_at), datetime.now(UTC), SETTINGS, None, None)
    (folder / "check.json").write_bytes(to_json(made.checked))
    (folder / "watermark").write_bytes(made.watermark)


def check_again_step(folder: Path) -> None:
    """Beside a night before, which was the same."""
    snapshot, last = from_json(Snapshot, (folder / "extract.json").read_bytes()), (folder / "watermark").read_bytes()
    check(snapshot, Moment.of(snapshot.read_at), datetime.now(UTC), SETTINGS, last, None)


def release_step(folder: Path) -> None:
    checked = from_json(CheckedSnapshot, (folder / "check.json").read_bytes())
    moment = Moment.now(checked.snapshot.read_at, datetime.now(UTC), SETTINGS.max_clock_skew_minutes)
    (folder / "release.json").write_bytes(to_json(release(checked, moment, SETTINGS, folder / "release")))


def render_step(folder: Path) -> None:
    checked = from_json(CheckedSnapshot, (folder / "check.json").read_bytes())
    decided = from_json(Release, (folder / "release.json").read_bytes())
    key = ReferenceKey("bench", secrets.token_bytes(32))
    for papers, rows in referrals(checked, decided, SETTINGS, folder / "release"):
        order = DropOrder(
            papers=papers, night=decided.moment.day, sequence=1, run="bench", decided_at=decided.moment.at,
            previous_manifest_sha256=None, ledger_head=None,
        )  # fmt: skip
        render(rows, order, settings_of(papers.kbo), key, folder / "drops" / papers.kbo)


if __name__ == "__main__":
    step, place = globals()[f"{sys.argv[1]}_step"], Path(sys.argv[2])
    if sys.argv[1].startswith("check"):
        import great_expectations  # noqa: F401 - imported before the clock starts
    timed(lambda: step(place))
