"""A night up to render, for a person to look at; nothing is published."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from pipeline.core.errors import TerminalError
from pipeline.core.loads import AgencySource
from pipeline.core.model import CheckedSnapshot, HeldSnapshot, Kbo, Moment, Papers, Release
from pipeline.core.settings import Settings
from pipeline.core.staging import local, private_folder, purge, writing
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.recipients_file import load_recipients
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.render import DropOrder, render
from pipeline.gate.release import referrals, release, release_within
from pipeline.ledger.suppression import SuppressionList
from pipeline.source.check import check
from pipeline.source.extract import extract

_APART = ".preview-"
"""Of the folder in which a preview is made, where it will lie."""


@dataclass(frozen=True)
class PreviewOfTonight:
    """What a preview as of now needs: the references' key, and the ledger's suppression list (None: no ledger)."""

    key: ReferenceKey
    listed: SuppressionList | None


def write_preview(
    agency: AgencySource, moment: Moment, now: datetime, settings: Settings, out: Path, tonight: PreviewOfTonight | None
) -> dict[str, Any]:
    """Decide at `moment` and write `out`/decisions.csv, summary.json and, of `tonight`, a drop's folder per recipient.

    Drops are in clear: a person is to look at them. Folders of an earlier preview go, and what a killed one left.
    Returns the summary. Raises FeedError when a dataset check stops the run. Then, or when it is interrupted, nothing
    is written: all of it is made apart, and moved there at the end.
    """
    path = Path(settings.recipients)
    known = load_recipients(path) if tonight and path.exists() else {}
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_old_drops(out)
    for left in out.glob(f"{_APART}*"):
        purge(left)
    with TemporaryDirectory(prefix=_APART, dir=out) as scratch:
        folder = Path(scratch)
        made = private_folder(folder / "made")
        snapshot = extract(agency.uri, now, settings, folder / "snapshot", agency.known())
        checked = check(snapshot, moment, now, settings, previous=None, docs=None).checked
        if isinstance(checked, HeldSnapshot):  # by rules that compare with an earlier night: there is none
            why = "a preview compares with no earlier night: report it as a bug"
            raise TerminalError(f"held: {checked.message}; {why}")
        if tonight is None or tonight.listed is None:
            decided = release(checked, moment, settings, folder / "release")
        else:
            decided, _ = release_within(tonight.listed, checked, moment, settings, folder / "release")
        if tonight is not None:
            referred = referrals(checked, decided, settings, folder / "referrals")
            _write_drops(referred, decided.moment, known, tonight.key, made)
        source = str(local(decided.decisions)).replace("'", "''")
        with writing(made / "decisions.csv") as part, duckdb.connect() as connection:
            query = f"from read_parquet('{source}') order by parent_id"
            connection.execute(f"copy ({query}) to '{part}' (format csv, header)")
        summary = preview_summary(checked, decided)
        with writing(made / "summary.json") as part:
            part.write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", "utf-8")
        _move(made, out)
    return summary


def _move(made: Path, out: Path) -> None:
    """All of it, or no drop at all."""
    try:
        for file in sorted(path for path in made.rglob("*") if path.is_file()):
            place = out / file.relative_to(made)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            file.replace(place)
    except BaseException:  # an interruption too
        _remove_old_drops(out)
        raise


def preview_summary(checked: CheckedSnapshot, decided: Release) -> dict[str, Any]:
    """Counts only: the population, released and withheld, rows per recipient, rows set apart by rule."""
    return {
        "decided_at": decided.moment.at.isoformat(),
        "day": decided.moment.day.isoformat(),
        "population": decided.population,
        "released": sum(decided.rows.values()),
        "withheld": decided.withheld,
        "recipients": [
            {"kbo": p.kbo, "name": p.name, "rows": decided.rows[p.kbo]} | asdict(p) for p in decided.recipients
        ],
        "papers_reported": [asdict(paper) for paper in decided.reported],
        "set_apart": [{"feed": f.feed, "rule": f.rule, "count": f.count, "of": f.of} for f in checked.findings],
    }


def _write_drops(
    referred: Iterable[tuple[Papers, pa.Table]],
    moment: Moment,
    known: Mapping[Kbo, RecipientSettings],
    key: ReferenceKey,
    out: Path,
) -> None:
    """A recipient without settings gets CSV."""
    for papers, rows in referred:
        order = DropOrder(
            papers=papers,
            night=moment.day,
            sequence=1,
            run="preview",
            decided_at=moment.at,
            previous_manifest_sha256=None,
            ledger_head=None,
        )
        csv_only = RecipientSettings(kbo=papers.kbo, account="preview", folder="/", encryption=NO_ENCRYPTION)
        recipient = replace(known.get(papers.kbo, csv_only), encryption=NO_ENCRYPTION)
        render(rows, order, recipient, key, out / papers.kbo)


def _remove_old_drops(out: Path) -> None:
    """Those of an earlier preview, and nothing else that may lie in the folder."""
    for folder in out.glob("[01]" + "[0-9]" * 9):
        for file in folder.glob(f"AANMELDING_OPGROEIEN_{folder.name}_*"):
            file.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
