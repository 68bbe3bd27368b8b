"""The chain up to render, for a person to look at: nothing is published. Where there is a ledger, it goes on record."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from pipeline.core.errors import TerminalError
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Kbo, Moment, Release
from pipeline.core.settings import Settings
from pipeline.core.staging import local, writing
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.render import DropOrder, render
from pipeline.gate.release import referrals, release
from pipeline.source.check import check
from pipeline.source.extract import extract


@dataclass(frozen=True)
class Drops:
    """What rendering needs besides the rows; a recipient without settings is rendered as CSV."""

    recipients: dict[Kbo, RecipientSettings]
    key: ReferenceKey

    def settings_of(self, kbo: Kbo) -> RecipientSettings:
        """In clear, whatever the recipient has: who previews is to look at it, and nothing leaves this machine."""
        plain = RecipientSettings(kbo=kbo, account="preview", folder="/", encryption=NO_ENCRYPTION)
        return replace(self.recipients.get(kbo, plain), encryption=NO_ENCRYPTION)


def preview(
    agency_uri: str,
    moment: Moment,
    now: datetime,
    settings: Settings,
    out: Path,
    drops: Drops | None,
) -> dict[str, Any]:
    """Decide at `moment` and write `out`/decisions.csv, summary.json and, with `drops`, a folder per recipient.

    Folders of an earlier preview go. Returns the summary.
    Raises FeedError when a dataset check stops the run: then nothing is written.
    """
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_old_drops(out)
    with TemporaryDirectory(prefix=".preview-", dir=out) as scratch:
        folder = Path(scratch)
        snapshot = extract(agency_uri, now, settings, folder / "snapshot")
        checked = check(snapshot, moment, now, settings, previous=None, docs=None).checked
        if isinstance(checked, HeldSnapshot):  # by rules that compare with an earlier night: there is none
            raise TerminalError(
                f"held: {checked.message}; a preview compares with no earlier night: report it as a bug"
            )
        decided = release(checked, moment, settings, folder / "release")
        if drops is not None:
            _write_drops(checked, decided, settings, folder, out, drops)
        _write_decisions(decided, out / "decisions.csv")
    summary = summary_of(checked, decided)
    with writing(out / "summary.json") as part:
        part.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
    return summary


def summary_of(checked: CheckedSnapshot, decided: Release) -> dict[str, Any]:
    """Counts only: the population, released and withheld, rows per recipient, rows set apart by rule."""
    return {
        "decided_at": decided.moment.at.isoformat(),
        "day": decided.moment.day.isoformat(),
        "population": decided.population,
        "released": sum(decided.rows.values()),
        "withheld": decided.withheld,
        "recipients": [
            {
                "kbo": p.kbo,
                "name": p.name,
                "rows": decided.rows[p.kbo],
                "agreements": p.agreements,
                "protocols": p.protocols,
                "retention_days": p.retention_days,
            }
            for p in decided.recipients
        ],
        "papers_reported": [asdict(paper) for paper in decided.reported],
        "set_apart": [{"feed": f.feed, "rule": f.rule, "count": f.count, "of": f.of} for f in checked.findings],
    }


def _write_drops(
    checked: CheckedSnapshot,
    decided: Release,
    settings: Settings,
    scratch: Path,
    out: Path,
    drops: Drops,
) -> None:
    for papers, rows in referrals(checked, decided, settings, scratch / "referrals"):
        order = DropOrder(
            papers=papers,
            night=decided.moment.day,
            sequence=1,
            run="preview",
            decided_at=decided.moment.at,
            previous_manifest_sha256=None,
            ledger_head=None,
        )
        render(rows, order, drops.settings_of(papers.kbo), drops.key, out / papers.kbo)


def _remove_old_drops(out: Path) -> None:
    """Those of an earlier preview, and nothing else that may lie in the folder."""
    for folder in out.glob("[01]" + "[0-9]" * 9):
        for file in folder.glob(f"AANMELDING_OPGROEIEN_{folder.name}_*"):
            file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()


def _write_decisions(decided: Release, path: Path) -> None:
    source = str(local(decided.decisions)).replace("'", "''")
    with writing(path) as part, duckdb.connect() as connection:
        connection.execute(f"copy (from read_parquet('{source}') order by parent_id) to '{part}' (format csv, header)")
