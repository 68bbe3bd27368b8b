"""Where a parent lives, which municipality that is now, and who serves it."""

import csv
from datetime import date
from functools import cache
from pathlib import Path

from tests.support.reference.gate import values
from tests.support.reference.gate.night import Night, recording
from tests.support.worlds.tables import Row

REFERENCE = Path(__file__).parents[4] / "pipeline" / "reference"


def begun_residences(night: Night, parent: Row) -> list[Row]:
    """The rows begun by D. Reading: one with an impossible beginning may have begun."""
    rows = night.rows("residence", parent_id=parent["parent_id"])
    return [row for row in rows if row["valid_from"] is None or row["valid_from"] <= night.day]


def residence(night: Night, parent: Row) -> Row | None:
    """ "The row with the latest valid_from <= D wins, then the latest recorded_at"."""
    rows = [row for row in begun_residences(night, parent) if row["valid_from"] and row["recorded_at"]]
    return max(rows, key=lambda row: (row["valid_from"], recording(row)), default=None)


def is_protected(night: Night, parent: Row) -> bool:
    """ "The current residence is protected, or a row recorded after it and begun by D is".

    Reading: a flag that is missing protects; where an impossible date hides which row is the current one, or which
    was recorded after it, every protected row counts.
    """
    rows, current = begun_residences(night, parent), residence(night, parent)
    protected = [row for row in rows if row["confidential"] is not False]
    if current is None or any(row["valid_from"] is None or row["recorded_at"] is None for row in rows):
        return bool(protected)
    return any(row is current or recording(row) > recording(current) for row in protected)


@cache
def reference(name: str) -> list[dict[str, str]]:
    """A file of reference data."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@cache
def codes_on(day: date) -> set[str]:
    """ "308 to 2018, 300 from 2019, 285 from 2025-01-01, and 19 in Brussels"."""
    flanders = "2018" if day.year <= 2018 else "2019_2024" if day.year <= 2024 else "2025"
    rows = reference(f"municipalities_{flanders}") + reference("municipalities_brussels")
    return {row["nis"] for row in rows}


def municipality_on(code: str | None, day: date) -> str | None:
    """ "Its NIS code is … current on D", or "mapped by a merger up to D": the code as it stands on this day."""
    seen: set[str | None] = set()
    while code not in codes_on(day):
        seen.add(code)
        successors = {m["nieuwe_nis"] for m in mergers_by(day) if m["oude_nis"] == code} - seen
        if len(successors) != 1:
            return None
        (code,) = successors
    return code


def mergers_by(day: date) -> list[dict[str, str]]:
    """The mergers up to this day."""
    return [merger for merger in reference("mergers") if date.fromisoformat(merger["datum"]) <= day]


def last_shaped(codes: set[str], day: date) -> date | None:
    """ "The latest merger that shaped a municipality its recipient serves": its date, up to this day."""
    dates = (date.fromisoformat(m["datum"]) for m in mergers_by(day) if m["nieuwe_nis"] in codes)
    return max(dates, default=None)


def serving(night: Night, **where: str | None) -> list[Row]:
    """Who serves where on this day. Reading: only codes on addresses are mapped by mergers, not these."""
    rows = night.rows("recipient_municipality", **where)
    return [row for row in rows if values.is_within(night.day, row["valid_from"], row["valid_until"])]


def recipient_of(night: Night, parent: Row) -> str | None:
    """ "Exactly one recipient serves that municipality on D". Reading: one that is in the register."""
    home = residence(night, parent)
    municipality = municipality_on(home["nis_code"], night.day) if home else None
    kbos = {row["kbo"] for row in serving(night, nis_code=municipality)}
    if municipality is None or len(kbos) != 1:
        return None
    (kbo,) = kbos
    return kbo if night.rows("recipient", kbo=kbo) else None


def is_placed(night: Night, kbo: str | None) -> bool:
    """ "Exactly that of a registered recipient serving a municipality on D".

    Reading: a code that is no municipality on D (of before a merger, left open) is not served by anybody.
    """
    served = {row["nis_code"] for row in serving(night, kbo=kbo)} & codes_on(night.day)
    return bool(night.rows("recipient", kbo=kbo)) and bool(served)
