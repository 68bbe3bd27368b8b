"""The suppression list: every no that the ledger knows, by keyed hash of person and event (DOMAIN: what the ledger
knows binds). Pure, and without a value of a person.

A line says that one consent event counted as a no to one parent row, for one recipient or for everyone. A line binds
until a person lifts it on record, or a grant is later than the no in both ways.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from pipeline.core.model import Kbo
from pipeline.ledger.persons import LedgerKey

_BLOCK = 64
"""Bytes of a block of SHA-256, to which HMAC (RFC 2104) pads its key."""

RENEWED_AFTER = timedelta(days=365)
"""A line that is older is written anew while its parent has a row: so the newest line tells when the parent was last
seen, give or take this, and a line never has to be changed."""

_INSTANT = pa.timestamp("us", tz="UTC")
NEW_NO = pa.schema(
    [
        ("key_id", pa.string()),
        ("person", pa.binary()),
        ("insz", pa.binary()),
        ("event", pa.binary()),
        ("kbo", pa.string()),
        ("is_own", pa.bool_()),
        ("is_grant", pa.bool_()),
        ("counts_from", _INSTANT),
        ("recorded_at", _INSTANT),
        ("returned_row", pa.int64()),
    ]
)
"""A line as a decision finds it. `person` and `insz` (NULL: none known): of the parent row to which the no counts.
`event`: of the whole consent event. `kbo`: NULL for everyone. `is_own`: the event is of that row, not of another row of
the person; `is_grant`: it is a malformed grant. `counts_from` and `recorded_at`: by the agency's clock.

`returned_row`: NULL of an event of the agency's; else in which returned row the recipient itself said it, and then
`event` is the keyed hash of that row, and the instants are of when it was taken in (pipeline/ledger/db/returns.py)."""
KEPT_NO = pa.schema([("id", pa.int64()), ("night", pa.date32()), *NEW_NO])
"""A line as the ledger has it. `night`: on which it was kept."""
LIFTED_NO = pa.schema([("id", pa.int64()), ("kbo", pa.string())])
"""Which line of the list was lifted, and for whom (NULL: for everyone)."""


@dataclass(frozen=True)
class SuppressionList:
    """As the ledger has it at one instant: `noes` as of KEPT_NO, `lifts` as of LIFTED_NO; `keys`: the key in use first,
    then each key under which a line was hashed."""

    noes: pa.Table
    lifts: pa.Table
    keys: tuple[LedgerKey, ...]

    @property
    def pads(self) -> pa.Table:
        """For a keyed hash in SQL: key_id, is_current, inner_pad, outer_pad."""
        rows = [
            {"key_id": key.id, "is_current": key == self.keys[0], "inner_pad": inner, "outer_pad": outer}
            for key in self.keys
            for inner, outer in [_pads(key.secret)]
        ]
        columns = [("key_id", pa.string()), ("is_current", pa.bool_())]
        return pa.Table.from_pylist(
            rows, schema=pa.schema([*columns, ("inner_pad", pa.binary()), ("outer_pad", pa.binary())])
        )


def _pads(secret: bytes) -> tuple[bytes, bytes]:
    """The key of HMAC-SHA256, padded to a block, in its two forms."""
    block = (secret if len(secret) <= _BLOCK else hashlib.sha256(secret).digest()).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


@dataclass(frozen=True)
class Lift:
    """A named person's word that a line of the list binds no longer, for one recipient or (None) for everyone."""

    kept_no: int
    kbo: Kbo | None
    at: datetime
    who: str
    reason: str


def renewed_before(night: date) -> date:
    """A line of an earlier night is written anew."""
    return night - RENEWED_AFTER


def kept_until(night: date, child_age_limit_years: int) -> date:
    """The last day on which a line of that night must be on the list.

    A parent without a row in the feed can be in the population as long as a child that the agency knew of then is under
    the age limit. A line may have been as old as RENEWED_AFTER when its parent was last seen.
    """
    last_seen = night + RENEWED_AFTER
    try:
        return last_seen.replace(year=last_seen.year + child_age_limit_years)
    except ValueError:  # 29 February
        return date(last_seen.year + child_age_limit_years, 3, 1)


def key_ids(noes: pa.Table, current: LedgerKey) -> Sequence[str]:
    """Under which other keys than the current one a line was hashed; sorted."""
    return sorted(set(noes["key_id"].unique().to_pylist()) - {current.id})
