"""A recipient's folder, read as the recipient reads it: a drop counts by its GO file and is what its manifest says."""

import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.support.signing import signer_of

ENDS = (".datapackage.json", ".datapackage.json.sig", ".GO")
"""Of the files of a drop that are no data."""


@dataclass(frozen=True)
class Whole:
    """One drop that counts: its stem, its manifest and its data files' bytes by name."""

    stem: str
    manifest: dict[str, Any]
    data: dict[str, bytes]

    @property
    def text(self) -> str:
        """The CSV."""
        return next(content for name, content in self.data.items() if name.endswith(".csv")).decode("utf-8-sig")


def whole_drops(folder: Path) -> list[Whole]:
    """The drops that count in a folder; AssertionError when one is not whole, or anything but notices is there too."""
    drops = [whole_drop(folder, go) for go in sorted(folder.glob("AANMELDING_*.GO"))]
    known = {name for drop in drops for name in (*drop.data, *(drop.stem + end for end in ENDS))}
    found = {path.name for path in folder.iterdir() if not path.name.startswith("INTREKKING_")}
    assert found == known, found ^ known
    return drops


def whole_drop(folder: Path, go: Path) -> Whole:
    """The drop, or the notice, that counts by this GO file; AssertionError when it is not whole."""
    assert go.read_bytes() == b""
    described, signature = ((folder / f"{go.stem}{end}").read_bytes() for end in ENDS[:2])
    manifest = json.loads(described)
    assert signer_of(described, signature) == manifest["signing_key"]
    data = {one["path"]: (folder / one["path"]).read_bytes() for one in manifest["resources"]}
    for one in manifest["resources"]:
        assert one["hash"] == f"sha256:{sha256(data[one['path']]).hexdigest()}"
        assert one["bytes"] == len(data[one["path"]])
    return Whole(go.stem, manifest, data)
