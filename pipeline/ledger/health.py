"""Whether the ledger is fit for a night: its version, its rights, its anchors and whose it is. Judged purely."""

from collections.abc import Iterator

from pipeline.core.precondition import Precondition, broken, doubtful, met, unseen
from pipeline.ledger.anchors import Anchor
from pipeline.ledger.db.engine import NEWEST
from pipeline.ledger.db.health import LedgerHealth
from pipeline.ledger.db.tables import CHAINED

LEDGER = "ledger"
OF_THE_REDACTOR = frozenset({"redaction"})
_BLOCK = "run the block of docs/deployment.md, Rights, again"


def ledger_preconditions(
    found: LedgerHealth, last: Anchor | None, longest: int, here: str | None
) -> Iterator[Precondition]:
    """`last`: the newest anchor that can be read; `longest`: the longest chain that any tells of; `here`: which
    installation this is, None where its file is not there yet."""
    if found.version is None:
        yield broken(
            LEDGER, "version", "there are no tables yet: open it once as its owner (docs/deployment.md, Rights)"
        )
        return
    if found.version != NEWEST:
        remedy = (
            "open it once as its owner, to migrate it" if found.version < NEWEST else "deploy the code that made it"
        )
        yield broken(LEDGER, "version", f"it is of version {found.version}, and this code of {NEWEST}: {remedy}")
        return
    yield met(LEDGER, "version", NEWEST)
    yield from _rights(found)
    yield _chain(found, last, longest)
    yield _owner(found, here)


def _rights(found: LedgerHealth) -> Iterator[Precondition]:
    if found.inserts is None or found.changes is None:
        yield unseen(LEDGER, "rights", "not looked at: SQLite knows no roles")
        return
    lacking = sorted(CHAINED.keys() - found.inserts - OF_THE_REDACTOR)
    if lacking:
        yield broken(LEDGER, "rights", f"the role of ledger_db may not append to {', '.join(lacking)}: {_BLOCK}")
    elif found.changes:
        says = f"the role of ledger_db may change lines of {len(found.changes)} tables: let it be ledger_writer's"
        yield doubtful(LEDGER, "rights", says)
    else:
        yield met(LEDGER, "rights", "the role of ledger_db may append, and change nothing")


def redaction_precondition(found: LedgerHealth, connection: str) -> Precondition:
    """Of the connection that redacts."""
    if found.redacts is None:
        return unseen(LEDGER, "redaction", "not looked at: SQLite knows no roles, or it is of another version")
    if not found.redacts:
        says = f"the role of {connection} may not redact: let ledger_db_redaction be ledger_redactor's, and {_BLOCK}"
        return broken(LEDGER, "redaction", says)
    return met(LEDGER, "redaction", f"the role of {connection} may redact")


def _chain(found: LedgerHealth, last: Anchor | None, longest: int) -> Precondition:
    if found.head.n < longest or (last and last.head and found.anchored != last.head):
        says = (
            f"it ends at link {found.head.n} and does not go on from what was anchored last (link {longest}): run "
            "`gegevensdeling ledger verify`, and see the runbook, A restored ledger"
        )
        return broken(LEDGER, "chain", says)
    if last is None:
        return doubtful(LEDGER, "chain", f"{found.head.n} links, and no anchor yet: the first night makes one")
    return met(LEDGER, "chain", f"{found.head.n} links; it goes on from its newest anchor, {last.name}")


def _owner(found: LedgerHealth, here: str | None) -> Precondition:
    if found.owner is None:
        return met(LEDGER, "installation", "nobody's yet: the first that writes to it takes it")
    if here is None:
        says = (
            "the anchors' folder does not say which installation this is: put installation.json back beside the anchors"
        )
        return broken(LEDGER, "installation", says)
    if found.owner.installation != here:
        says = (
            f"it is that of another installation (on {found.owner.machine}): give this one a ledger of its own, or run "
            "`gegevensdeling ledger take-over` when the other is out of use for good"
        )
        return broken(LEDGER, "installation", says)
    return met(LEDGER, "installation", "this one's")
