"""`gegevensdeling ledger verify`: the ledger against its own chain, and against heads stored outside the database."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from pipeline.core.errors import SettingsError
from pipeline.core.model import Head
from pipeline.core.settings import Settings
from pipeline.core.write_once import OncePlace
from pipeline.ledger.anchors import ONE_PLACE, Anchor, last_anchored, longest_of, read_anchors
from pipeline.ledger.audit import Audit, Problem, StoredHead
from pipeline.ledger.db.audit import REDACTED_COLUMNS, Progress, read_lines, read_links, unchained_problems
from pipeline.ledger.db.engine import ledger_snapshot
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.db.signing_keys import signing_key_problems
from pipeline.ledger.db.tables import publication_event

_AS_DELIVERED = Settings()


@dataclass(frozen=True)
class AuditReport:
    """`problems` is empty when all fits. Counts of what was looked at: links, lines, lines redacted, anchors.

    `remarks`: anchors that a run was killed over while it wrote them.
    """

    problems: tuple[Problem, ...]
    links: int
    lines: int
    redacted: int
    anchors: Sequence[Anchor]
    remarks: tuple[str, ...] = ()


def verify_ledger(
    ledger: LedgerDb,
    folder: OncePlace,
    manifests: Sequence[Path],
    today: date,
    progress: Progress = lambda *_: None,
    settings: Settings = _AS_DELIVERED,
) -> AuditReport:
    """Everything made anew in one snapshot, and held against every anchor in `folder` and these manifests.

    `settings`: the retention of look-ups, and the age limit that of the suppression list.
    Raises LedgerUnavailable, or SettingsError for a file that is no manifest.
    """
    put = read_anchors(folder)
    shown = [_manifest(path) for path in manifests]
    told = [StoredHead(anchor.name, anchor.head) for anchor in put if anchor.head]
    told += [each for _, each in shown if each]
    audit = Audit(REDACTED_COLUMNS, today, settings.look_up_days, settings.child_age_limit_years)
    with ledger_snapshot(ledger.engine) as connection:
        found = [*audit.problems(read_links(connection), read_lines(connection, progress), told)]
        found += unchained_problems(connection)
        found += signing_key_problems(connection)
        found += _unknown(connection, [(path.name, digest) for path, (digest, _) in zip(manifests, shown, strict=True)])
    found += _anchors(put, audit.links)
    found += _elsewhere(ledger, put)
    cut = tuple(f"{name}: cut off while it was written; what came after it stands" for name in _cut_off(put))
    return AuditReport(tuple(found), audit.links, audit.lines.total(), audit.gone.total(), put, cut)


def _manifest(path: Path) -> tuple[str, StoredHead | None]:
    """A manifest's own SHA-256, and the head that it shows."""
    try:
        content = path.read_bytes()
        head = json.loads(content)["ledger_head"]
        return sha256(content).hexdigest(), StoredHead(path.name, Head(head["n"], head["sha256"])) if head else None
    except (OSError, ValueError, KeyError, TypeError):
        raise SettingsError(f"{path.name} cannot be read as a manifest: give a drop's .datapackage.json") from None


def _unknown(connection: sa.Connection, manifests: Sequence[tuple[str, str]]) -> Iterator[Problem]:
    """A drop's intent is on record before its manifest exists anywhere: an unknown one was cut from the ledger."""
    for name, digest in manifests:
        known = sa.select(publication_event.c.id).where(publication_event.c.manifest_sha256 == digest).limit(1)
        if connection.execute(known).first() is None:
            yield Problem(name, "no event has this manifest: its drop was cut from the ledger, or it was altered")


def _anchors(put: Sequence[Anchor], links: int) -> Iterator[Problem]:
    """Each names the one before it, so that one that was removed shows; the newest does not, once it is gone."""
    if links and not put:
        yield Problem("anchors", "there is none at all: a tail that was cut off would not show")
    names, cut = {anchor.name for anchor in put}, _cut_off(put)
    for anchor in put:
        if anchor.head is None and anchor.name not in cut:
            yield Problem(anchor.name, "cannot be read: cut off while it was written, or altered since")
        elif anchor.previous and anchor.previous not in names:
            yield Problem(anchor.previous, f"is gone: {anchor.name} came after it")


def _elsewhere(ledger: LedgerDb, put: Sequence[Anchor]) -> Iterator[Problem]:
    """The last run that closed anchored a head that no anchor here is as long as: anchors lie in several places."""
    if put and (anchored := last_anchored(ledger)) > longest_of(put):
        yield Problem("anchors", f"link {anchored} was anchored, and not here: {ONE_PLACE}")


def _cut_off(put: Sequence[Anchor]) -> list[str]:
    """The unreadable anchors that a later anchor passed over: its run found them unreadable, and named another."""
    named = {anchor.previous for anchor in put}
    whole = [at for at, anchor in enumerate(put) if anchor.head]
    last = whole[-1] if whole else -1
    return [
        anchor.name
        for anchor in put[:last]
        if anchor.head is None and anchor.previous is None and anchor.name not in named
    ]
