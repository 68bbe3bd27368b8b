"""Renders one withdrawal notice into a private folder: its file, its manifest, and the signature on that manifest.

The file depends on the lines and the key alone, and is encrypted before it touches a disk for a recipient with an
OpenPGP key. The signature covers the file by its SHA-256, which the manifest lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from pipeline.core.documents.csv import csv_bytes
from pipeline.core.local_time import local_day
from pipeline.core.model import DropFile
from pipeline.delivery.manifest import MANIFEST
from pipeline.delivery.notice_manifest import NoticeOrder, notice_manifest_bytes
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.render import data_file, sealed_key, write_file
from pipeline.delivery.signature import SUFFIX, SigningKey
from pipeline.ledger.notices import Notice, NoticeLine


@dataclass(frozen=True)
class NoticeFiles:
    """As they lie in staging, in the order in which they are put. `signed_by`: the signing key's fingerprint."""

    file: DropFile
    manifest: DropFile
    signature: DropFile
    signed_by: str

    @property
    def all(self) -> tuple[DropFile, ...]:
        return self.file, self.manifest, self.signature

    def rendered(self, notice: Notice, rows: int) -> Notice:
        """The notice with these files."""
        return replace(
            notice,
            file=self.file.name,
            sha256=self.file.sha256,
            rows=rows,
            manifest_sha256=self.manifest.sha256,
            signature_sha256=self.signature.sha256,
            signed_by=self.signed_by,
            sizes={file.name: file.bytes for file in self.all},
        )


def render_notice(
    order: NoticeOrder, lines: Sequence[NoticeLine], recipient: RecipientSettings, key: SigningKey, folder: Path
) -> NoticeFiles:
    """Write the three files to `folder`. Raises SettingsError for an OpenPGP key that cannot be used."""
    path = str(folder / order.stem)
    data = data_file(f"{path}.csv", "csv", notice_bytes(lines), sealed_key(recipient))
    manifest = notice_manifest_bytes(order, data, key.fingerprint)
    return NoticeFiles(
        data.file,
        write_file(f"{path}{MANIFEST}", manifest),
        write_file(f"{path}{MANIFEST}{SUFFIX}", key.sign(manifest)),
        key.fingerprint,
    )


def notice_bytes(lines: Sequence[NoticeLine]) -> bytes:
    """What the recipient reads: references in order, each with the local date on which its withdrawal was found."""
    ordered = sorted(lines, key=lambda line: (line.reference, line.found_at))
    dates = [local_day(line.found_at).isoformat() for line in ordered]
    text = pa.string()
    names = pa.array([line.reference for line in ordered], text)
    return csv_bytes(pa.table({"referentie": names, "datum": pa.array(dates, text)}))
