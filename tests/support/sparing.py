"""Which tests are spared what they do not ask about, for it takes a good part of their time.

KEPT: their subject is what a ledger says, not how it is opened. They keep its connections, as a task of the pipeline
does: SQLite reads the schema anew with each connection, and PostgreSQL starts a process.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from pipeline.ledger.db.kept_connections import kept_connections

KEPT = (
    "tests/integration/ledger/test_ledger_chain.py",
    "tests/unit/gate/test_now_not_then.py",
)
"""How their paths begin."""


@contextmanager
def spared(nodeid: str) -> Iterator[None]:
    with kept_connections() if nodeid.startswith(KEPT) else nullcontext():
        yield
