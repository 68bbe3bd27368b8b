"""The chain's job as one would write it with pandas. Usage: plain_pandas.py AGENCY_DB FOLDER.

Whole columns throughout, no row at a time but for the references, which are a keyed hash each. The frames stay in
memory from step to step.
"""

import secrets
import sys
from pathlib import Path

import pandas as pd

from bench.plain.checks import check
from bench.plain.drops import write
from bench.plain.feeds import read
from bench.plain.gate import decide
from bench.plain.reference import current_homes
from bench.timing import timed
from pipeline.core.settings import Settings


def run(agency: Path, folder: Path) -> None:
    now, settings = pd.Timestamp.now("UTC"), Settings()
    day = now.tz_convert("Europe/Brussels").tz_localize(None).normalize()
    snapshot = read(agency, folder / "snapshot")
    homes = current_homes(snapshot.frames["residence"], day, now)
    check(snapshot, homes, now, settings, folder / "check")
    decided = decide(snapshot.frames, homes, day, now, settings.child_age_limit_years, folder / "release")
    decided.reported.to_csv(folder / "release" / "papers_reported.csv", index=False)
    write(decided, now, secrets.token_bytes(32), folder / "drops")


if __name__ == "__main__":
    timed(lambda: run(Path(sys.argv[1]), Path(sys.argv[2])))
