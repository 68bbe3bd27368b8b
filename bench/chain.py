"""The product's chain, extract to rendered drops. Usage: chain.py AGENCY_DB FOLDER."""

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import great_expectations  # noqa: F401 - imported before the clock starts

from bench.timing import timed
from pipeline.core.model import Kbo, Moment
from pipeline.core.settings import Settings
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.render import DropOrder, render
from pipeline.gate.release import referrals, release
from pipeline.source.check import check
from pipeline.source.extract import extract


def run(agency: Path, folder: Path) -> None:
    now, settings = datetime.now(UTC), Settings()
    moment = Moment.now(now, now, settings.max_clock_skew_minutes)
    key = ReferenceKey("bench", secrets.token_bytes(32))
    snapshot = extract(f"sqlite:///{agency}", now, settings, folder / "snapshot")
    checked = check(snapshot, Moment.of(now), now, settings, None, None).checked
    decided = release(checked, moment, settings, folder / "release")
    for papers, rows in referrals(checked, decided, settings, folder / "release"):
        order = DropOrder(
            papers=papers, night=moment.day, sequence=1, run="bench", decided_at=now,
            previous_manifest_sha256=None, ledger_head=None,
        )  # fmt: skip
        render(rows, order, settings_of(papers.kbo), key, folder / "drops" / papers.kbo)


def settings_of(kbo: Kbo) -> RecipientSettings:
    return RecipientSettings(kbo=kbo, account="bench", folder="/out", encryption="none")


if __name__ == "__main__":
    timed(lambda: run(Path(sys.argv[1]), Path(sys.argv[2])))
