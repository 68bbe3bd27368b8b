"""Which tests are spared what they do not ask about, for it takes a good part of their time.

KEPT: their subject is what a ledger says, not how it is opened. They keep its connections, as a task of the pipeline
does: SQLite reads the schema anew with each connection, and PostgreSQL starts a process.
PLANNED: their subject is when the gate is asked, and what comes of its answer. DuckDB plans the SQL as it finds it.
That it decides as it should, planned as in production, is shown in tests/sql, tests/property and tests/unit/gate.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pipeline.ledger.db.kept_connections import kept_connections
from tests.support.planning import planned_plainly

KEPT = (
    "tests/integration/ledger/test_ledger_chain.py",
    "tests/unit/gate/test_now_not_then.py",
)
PLANNED = (
    "tests/integration/tasks/test_housekeeping.py",
    "tests/integration/tasks/test_noes_not_lost.py",
    "tests/unit/gate/test_now_not_then.py",
)
"""How their paths begin."""


@contextmanager
def spared(nodeid: str) -> Iterator[None]:
    with ExitStack() as stack:
        if nodeid.startswith(KEPT):
            stack.enter_context(kept_connections())
        if nodeid.startswith(PLANNED):
            stack.enter_context(planned_plainly())
        yield
