"""Drops of which the ledger does not know, since its backup was put back: read from manifests, put on record again."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.deliver import disclosure_lines
from pipeline.delivery.job import Delivery
from pipeline.delivery.manifest import MANIFEST, parse_manifest
from pipeline.delivery.ports import RemoteFolder
from pipeline.delivery.session import Task
from pipeline.delivery.signature import SUFFIX, SigningKey
from pipeline.gate.then import decide_then
from pipeline.ledger.disclosures import Disclosure, Holding
from pipeline.ledger.events import REMOVAL, Contents, Kind, is_list

_WHOSE = "find out whose it is; a drop of ours is put on record by its manifest and its signature together"


@dataclass(frozen=True)
class LostDrop:
    """What a manifest says of its drop. `clear_list`: the name of the list as CSV in clear, None without one.

    `key_id` names the key of its references. `manifest`, `signature`: their bytes; None where no signature was found.
    """

    kbo: Kbo
    night: date
    contents: Contents
    decided_at: datetime
    agreements: tuple[str, ...]
    protocols: tuple[str, ...]
    retention_days: int
    key_id: str
    clear_list: str | None
    manifest: bytes = field(repr=False)
    signature: bytes | None = field(repr=False)

    def require_ours(self, signer_of: Callable[[str], SigningKey]) -> None:
        """Raises SettingsError unless the signature is the very one that our key makes: anybody can write the rest."""
        name, key = self.contents.manifest, self.contents.signed_by
        if key is None or self.signature is None:
            raise SettingsError(f"{name} has no signature beside it ({name}{SUFFIX}): {_WHOSE}")
        if signer_of(key).sign(self.manifest) != self.signature:
            raise SettingsError(f"{name}{SUFFIX} is not the signature that {key} makes: {_WHOSE}")


def parse_lost_drop(name: str, content: bytes, signature: bytes | None) -> LostDrop:
    """Raises SettingsError for what is no manifest of a drop of ours, or does not say what its name says."""
    try:
        drop = _read(name, parse_manifest(content), content, signature)
        expected = f"AANMELDING_OPGROEIEN_{drop.kbo}_{drop.night:%Y%m%d}_{drop.contents.sequence:06}"
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError(f"{name} cannot be read as a manifest: give a drop's .datapackage.json") from None
    if drop.contents.stem != expected:
        raise SettingsError(f"{name} is the manifest of {expected}: give it under that name")
    return drop


def _read(name: str, said: dict[str, Any], content: bytes, signature: bytes | None) -> LostDrop:
    files = {each["path"]: each["hash"].removeprefix("sha256:") for each in said["resources"]}
    sizes = {each["path"]: _size(each["bytes"]) for each in said["resources"]} | {name: len(content)}
    lists = [path for path in files if path.endswith(".csv") and is_list(path)]
    contents = Contents(
        sequence=said["sequence"],
        stem=name.removesuffix(MANIFEST),
        rows=said["rows"],
        data=files,
        manifest=name,
        manifest_sha256=sha256(content).hexdigest(),
        signature_sha256=sha256(signature).hexdigest() if signature else None,
        signed_by=said.get("signing_key"),
        sizes=sizes | ({name + SUFFIX: len(signature)} if signature else {}),
    )
    return LostDrop(
        kbo=Kbo(said["recipient"]["kbo"]),
        night=date.fromisoformat(said["night"]),
        contents=contents,
        decided_at=datetime.fromisoformat(said["decided_at"]),
        agreements=tuple(said["agreements"]),
        protocols=tuple(said["protocols"]),
        retention_days=said["retention_days"],
        key_id=said["reference_key_id"],
        clear_list=next(iter(lists), None),
        manifest=content,
        signature=signature,
    )


def _size(said: object) -> int:
    """Of a file, as its manifest says."""
    if not isinstance(said, int) or isinstance(said, bool) or said < 0:
        raise ValueError("no size of a file")
    return said


def listed_references(drop: LostDrop, folder: RemoteFolder) -> frozenset[str] | None:
    """The references in its list on the host; None when it is gone, encrypted, or not what was put there."""
    if drop.clear_list is None:
        return None
    content = folder.read(drop.clear_list, drop.contents.size_of(drop.clear_list))
    if content is None:
        return None
    if sha256(content).hexdigest() != drop.contents.data[drop.clear_list]:
        return None
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    return frozenset(row["referentie"] for row in rows)


def lines_of_lost_drop(
    job: Delivery, drop: LostDrop, listed: Collection[str] | None, held: Mapping[str, Holding], folder: Path
) -> tuple[list[Disclosure], int]:
    """Whom the drop was about, and of how many of its rows that is not known.

    Decided again for the instant that the manifest names; by the references in the list, where it can be read. Without
    it, a parent who might have been in it counts as in it, and is withdrawn when no longer allowed. `held`: what the
    recipient holds by the ledger, by reference. Raises SettingsError when the references were made with another key,
    and what `decide_then` raises.
    """
    if drop.key_id != job.key.id:
        raise SettingsError(
            f"{drop.contents.stem} has references of reference key {drop.key_id}, not of {job.key.id}: "
            "put that key in the connection reference_key for as long as this takes"
        )
    then = decide_then(job.kbo, job.source, job.settings, drop.decided_at, folder)
    lines = disclosure_lines(job, then.grounds, drop.retention_days, {})
    if listed is None:
        return lines, max(drop.contents.rows - len(lines), 0)
    known = [line for line in lines if line.reference in listed]
    strangers = sorted(set(listed) - {line.reference for line in known})
    return known + [_of_stranger(job, drop, reference, held.get(reference)) for reference in strangers], 0


def _of_stranger(job: Delivery, drop: LostDrop, reference: str, held: Holding | None) -> Disclosure:
    """A row of a parent whom no decision of that instant releases: known by an earlier drop, or by the reference alone.

    Behind the latter the next decision finds nobody, so that the recipient is told not to use it.
    """
    person = held.person if held else sha256(f"{job.kbo}:{reference}".encode()).digest()
    key_id = held.key_id if held else job.persons.id
    return Disclosure(
        reference, person, None, key_id, (), drop.agreements, drop.protocols, None, "", drop.retention_days
    )


def record_lost_drop(task: Task, drop: LostDrop, lines: Sequence[Disclosure], lying: Collection[str]) -> None:
    """Put on record that it counted, and before that how the drops before it ended, whose GO files do not lie there.

    A successor takes them away, and so does a recall, which alone lets another drop of the same night follow.
    """
    for before in task.delivery_state().on_host:
        if before.contents.sequence < drop.contents.sequence and before.contents.go_name not in lying:
            why = Kind.RECALLING if before.night == drop.night else Kind.WITHDRAWING
            if before.kind not in REMOVAL:
                task.record(before.night, why, before.contents)
            task.record(before.night, REMOVAL.get(before.kind, REMOVAL[why]), before.contents)
    task.record(drop.night, Kind.INTENT, drop.contents, lines)
    task.record(drop.night, Kind.PUBLISHED, drop.contents)


def in_order(drops: Iterable[LostDrop]) -> list[LostDrop]:
    """Each once, as it is told of first, by number."""
    each: dict[str, LostDrop] = {}
    for drop in drops:
        each.setdefault(drop.contents.manifest_sha256, drop)
    return sorted(each.values(), key=lambda drop: drop.contents.sequence)
