"""Renders one recipient's drop of one night into a private folder.

Data files depend on rows, recipient and key alone, so that the same inputs give the same bytes; run, night and sequence
are in names and manifest only. A workbook also names the night, at the foot of its pages. For a recipient with an
OpenPGP key they are encrypted before they touch a disk: those bytes differ each time.
"""

import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.core.documents.cells import safe
from pipeline.core.documents.csv import csv_bytes
from pipeline.core.errors import SettingsError, TerminalError
from pipeline.core.model import Drop, DropFile, Kbo
from pipeline.core.staging import private_folder, writing
from pipeline.delivery.columns import COLUMNS, REFERENCE, SOURCES
from pipeline.delivery.manifest import MANIFEST, DataFile, DropOrder, Enclosure, manifest_bytes
from pipeline.delivery.openpgp import PublicKey, recipient_key
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.references import ReferenceKey, references
from pipeline.delivery.signature import SUFFIX
from pipeline.delivery.workbook import drop_workbook

__all__ = ["DropOrder", "data_file", "drop_table", "render", "write_file"]

_ORDER = ("achternaam", "voornaam", "referentie")


def render(
    rows: pa.Table,
    order: DropOrder,
    recipient: RecipientSettings,
    key: ReferenceKey,
    folder: Path,
    enclosures: Sequence[Enclosure] = (),
) -> Drop:
    """Write the data files and the manifest to `folder` (0700, files 0600); publish makes the GO file.

    `rows`: one per parent, `parent_id` int64 and the texts named in pipeline/delivery/columns.py, NULL where not
    allowed or blank; other columns are left out. No rows: a header-only drop, so that "nothing" differs from "failed".
    `enclosures` are encrypted as the list is. The manifest is signed with the order's key.
    Raises TerminalError for rows or settings that do not fit the order, SettingsError for an OpenPGP key that cannot be
    used or is not the one that was sealed, TransientError for a full disk.
    """
    _refuse_misfits(rows, order, recipient)
    public_key = sealed_key(recipient)
    table = drop_table(rows, recipient.kbo, key)
    private_folder(folder)
    stem = folder / order.stem
    data = [data_file(f"{stem}.{kind}", kind, _ENCODERS[kind](table, order), public_key) for kind in recipient.formats]
    for enclosure in enclosures:
        for kind, content in enclosure.contents.items():
            file = data_file(f"{stem}.{enclosure.name}.{kind}", kind, content, public_key)
            data.append(replace(file, enclosure=enclosure))
    manifest, signer = manifest_bytes(order, table.num_rows, data, key.id), order.signing_key
    return Drop(
        kbo=recipient.kbo,
        night=order.night,
        sequence=order.sequence,
        stem=order.stem,
        rows=table.num_rows,
        data=tuple(each.file for each in data),
        manifest=write_file(f"{stem}{MANIFEST}", manifest),
        signature=write_file(f"{stem}{MANIFEST}{SUFFIX}", signer.sign(manifest)) if signer else None,
        signed_by=signer.fingerprint if signer else None,
    )


def _refuse_misfits(rows: pa.Table, order: DropOrder, recipient: RecipientSettings) -> None:
    kbo = recipient.kbo
    if order.papers.kbo != kbo:
        raise TerminalError(f"recipient {kbo}: the order is for {order.papers.kbo}; report this, nothing was written")
    if missing := {"parent_id", *SOURCES} - set(rows.column_names):
        raise TerminalError(f"recipient {kbo}: released rows lack the column {min(missing)}; clear the run's release")
    if (parents := pc.count_distinct(rows["parent_id"]).as_py()) != rows.num_rows:
        raise TerminalError(f"recipient {kbo}: {rows.num_rows} rows for {parents} parents; clear the run's release")
    if unnamed := rows["first_name"].null_count + rows["last_name"].null_count:
        raise TerminalError(f"recipient {kbo}: {unnamed} names are empty in the released rows; clear the run's release")


def sealed_key(recipient: RecipientSettings) -> PublicKey | None:
    """The key that the recipient's files are encrypted with; None for files in clear.

    Read again after the check of the seal: the key file may have been exchanged meanwhile. Raises SettingsError.
    """
    key = recipient_key(recipient)
    fingerprint = key.fingerprint if key else NO_ENCRYPTION
    if fingerprint != recipient.sealed_key and (key or recipient.seal):
        raise SettingsError(
            f"recipient {recipient.kbo}: its OpenPGP key is not the one that was sealed: nothing was written; "
            f"find out who changed it, and only if it is right run gegevensdeling seal {recipient.kbo}"
        )
    return key


def drop_table(rows: pa.Table, kbo: Kbo, key: ReferenceKey) -> pa.Table:
    """Every cell as it goes out, sorted by code point, whatever order the rows came in."""
    texts = {source: rows[source].cast(pa.string()) for source in SOURCES}
    texts[REFERENCE] = pa.chunked_array([references(key, kbo, rows["parent_id"].to_pylist())])
    table = pa.table({column.header: safe(texts[column.source]) for column in COLUMNS})
    return table.sort_by([(header, "ascending") for header in _ORDER])


def _parquet_bytes(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


_ENCODERS: dict[str, Callable[[pa.Table, DropOrder], bytes]] = {
    "csv": lambda table, _: csv_bytes(table),
    "xlsx": drop_workbook,
    "parquet": lambda table, _: _parquet_bytes(table),
}


def data_file(path: str, format_: str, content: bytes, key: PublicKey | None) -> DataFile:
    """Write a data file, encrypted where there is a key: its content in clear touches no disk then."""
    if key is None:
        return DataFile(format_, write_file(path, content))
    decrypted = DropFile(Path(path).name, "", len(content), hashlib.sha256(content).hexdigest())
    return DataFile(format_, write_file(f"{path}.pgp", key.encrypt(content)), decrypted, key.fingerprint)


def write_file(path: str, content: bytes) -> DropFile:
    """Write a file of 0600. Raises TransientError for a full disk."""
    with writing(Path(path)) as part:
        part.write_bytes(content)
    return DropFile(Path(path).name, path, len(content), hashlib.sha256(content).hexdigest())
