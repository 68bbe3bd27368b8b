"""Answers that were given: the very files of an overview, on record in the ledger under a number.

The registers of recipients and local teams tell what is, not what was: an overview made again may differ in a name.
What parliament was told is therefore kept, and given again byte for byte.
"""

import io
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from hashlib import sha256
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import sqlalchemy as sa

from pipeline.core.errors import LedgerConflict, LedgerRefused, SettingsError
from pipeline.ledger.db.chain import append, lock_chain
from pipeline.ledger.db.engine import read_transaction, transaction
from pipeline.ledger.db.tables import kept_overview

LARGEST = 16_000_000
"""Bytes of all files, packed and unpacked: an overview of Flanders has 0.7 million."""
_DATED = (1980, 1, 1, 0, 0, 0)
_NAME, _ENCRYPTED = re.compile(r"[a-z0-9][a-z0-9.-]*", re.ASCII), 1
_NOT_OURS = (BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError)
"""What reading an archive raises that `pack_files` did not make."""


@dataclass(frozen=True)
class KeptOverview:
    """One answer. `as_of` and `known_at` (aware): as of the overview; `who`: the user of the operating system;
    `reason`: the question that it answers; `sha256`: of the packed files, in hex."""

    id: int
    as_of: date
    known_at: datetime
    at: datetime
    who: str
    reason: str
    sha256: str

    @property
    def number(self) -> int:
        """The number that stands in the answer's files."""
        return self.id


_COLUMNS = [kept_overview.c[field.name] for field in fields(KeptOverview)]


def next_number(engine: sa.Engine) -> int:
    """The number of the answer that is kept next. Raises LedgerUnavailable."""
    with read_transaction(engine) as connection:
        return _next_number(connection)


def keep_overview(engine: sa.Engine, kept: KeptOverview, packed: bytes) -> None:
    """Append the answer with its files, packed.

    Raises LedgerUnavailable, or LedgerConflict when another answer took the number meanwhile.
    """
    with transaction(engine) as connection:
        lock_chain(connection)
        if _next_number(connection) != kept.number:
            raise LedgerConflict(f"ledger: answer {kept.number} was kept by another meanwhile: run the command again")
        row = {field.name: getattr(kept, field.name) for field in fields(KeptOverview) if field.name != "id"}
        append(connection, kept.at, {kept_overview: [row | {"files": packed}]})


def read_kept(engine: sa.Engine) -> tuple[KeptOverview, ...]:
    """Every answer by number, without its files. Raises LedgerUnavailable."""
    with read_transaction(engine) as connection:
        rows = connection.execute(sa.select(*_COLUMNS).order_by(kept_overview.c.id))
        return tuple(KeptOverview(**row._mapping) for row in rows)


def read_kept_files(engine: sa.Engine, number: int) -> Mapping[str, bytes]:
    """The files of one answer by name, as they were given.

    Raises SettingsError for a number that no answer has, LedgerRefused where the files are not those of the record.
    """
    with read_transaction(engine) as connection:
        query = sa.select(kept_overview.c.files, kept_overview.c.sha256).where(kept_overview.c.id == number)
        found = connection.execute(query).first()
    if found is None:
        raise SettingsError(f"no answer has number {number}: `gegevensdeling overview --list` shows those on record")
    files = unpack_files(found.files) if sha256(found.files).hexdigest() == found.sha256 else None
    if files is None:
        raise LedgerRefused(f"ledger: the files of answer {number} are not those on record: run `ledger verify`")
    return files


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """A ZIP archive, the same for the same files. Raises SettingsError for more than LARGEST."""
    held = io.BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(ZipInfo(name, _DATED), content, ZIP_DEFLATED)
    if max(held.tell(), sum(map(len, files.values()))) > LARGEST:
        raise SettingsError(f"the overview's files have more than {LARGEST:,} bytes, the most that the ledger keeps")
    return held.getvalue()


def unpack_files(packed: bytes) -> Mapping[str, bytes] | None:
    """The files of `pack_files`; None for what it did not make: whoever changes a record may change its SHA-256 too."""
    try:
        with ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            if sum(one.file_size for one in entries) > LARGEST or not all(map(_is_plain, entries)):
                return None
            return {one.filename: archive.read(one) for one in entries}
    except _NOT_OURS:
        return None


def _is_plain(entry: ZipInfo) -> bool:
    """A name of a file that leads to no other folder, of an entry packed as ours are."""
    is_ours = entry.compress_type == ZIP_DEFLATED and not entry.flag_bits & _ENCRYPTED
    return is_ours and _NAME.fullmatch(entry.filename) is not None


def _next_number(connection: sa.Connection) -> int:
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(kept_overview.c.id), 0))).scalar_one()) + 1
