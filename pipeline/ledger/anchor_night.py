"""A run's first and last word on the ledger: where its chain stands, put down where no database can take it back."""

from pipeline.core.errors import TerminalError
from pipeline.core.model import Head
from pipeline.core.run import RunContext
from pipeline.ledger.anchors import newest_anchor, promised, put_anchor
from pipeline.ledger.db.ledger import open_ledger


def anchor_night(context: RunContext, *, if_moved: bool = False) -> Head:
    """The chain's head now, once it goes on from what was anchored last and is anchored itself.

    `if_moved`: the hours between two nights anchor nothing twice.
    Raises LedgerUnavailable when it cannot be anchored, or TerminalError for a ledger that was cut or exchanged.
    """
    ledger, folder = open_ledger(context.ledger), context.settings.anchors_folder
    longest = promised(folder)  # also by an anchor that cannot be read: what it tells of was appended before
    head, last = ledger.head(), newest_anchor(folder)
    if head.n < longest or (last and last.head and ledger.head(last.head.n) != last.head):
        raise TerminalError(
            f"the ledger does not go on from what was anchored last (link {longest}), so nothing is sent: "
            "run `gegevensdeling ledger verify`"
        )
    if not (if_moved and last and last.head == head):
        put_anchor(folder, head, last, context.run, context.clock())
    return head
