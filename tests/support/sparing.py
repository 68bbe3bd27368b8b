"""Which tests are spared what they do not ask about, for it takes a good part of their time.

KEPT: their subject is what a ledger says, not how it is opened. They keep its connections, as a task of the pipeline
does: SQLite reads the schema anew with each connection, and PostgreSQL starts a process.

PLAIN: their subject is what is done with the gate's answers, and in which order. DuckDB plans as it finds the query
(planning.py). Whether its optimizer leaves the answers as they are is asked by the tests of the rules themselves
(tests/property/, the others of tests/unit/gate/ and of tests/unit/source/) and by each night under Airflow.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from pipeline.ledger.db.kept_connections import kept_connections
from tests.support.planning import planned_plainly

KEPT = (
    "tests/integration/answers/person/",
    "tests/integration/ledger/test_ledger_chain.py",
    "tests/integration/ledger/test_ledger_editions.py",
    "tests/integration/ledger/test_ledger_notices.py",
    "tests/integration/ledger/test_ledger_persons.py",
    "tests/integration/ledger/test_ledger_redaction.py",
    "tests/integration/ledger/test_ledger_sheets.py",
    "tests/unit/delivery/test_deliver.py",
    "tests/unit/docs/test_states.py",
    "tests/unit/followup/test_notify.py",
    "tests/unit/followup/test_pickup.py",
    "tests/unit/gate/test_now_not_then.py",
    "tests/unit/gate/test_returned_noes.py",
)
"""How their paths begin."""
PLAIN = (
    "tests/integration/followup/test_followup_openssh.py",
    "tests/integration/followup/test_replacement_killed.py",
    "tests/integration/tasks/test_cleared_in_any_order.py",
    "tests/integration/tasks/test_housekeeping_killed.py",
    "tests/integration/tasks/test_load_under_way.py",
    "tests/unit/delivery/test_deliver.py",
    "tests/unit/delivery/test_former_places.py",
    "tests/unit/delivery/test_publish_crash.py",
    "tests/unit/delivery/test_told_after_a_death.py",
    "tests/unit/followup/test_notice_repeats.py",
    "tests/unit/followup/test_notify.py",
    "tests/unit/followup/test_pickup.py",
    "tests/unit/gate/test_now_not_then.py",
)
"""Likewise."""


@contextmanager
def spared(nodeid: str) -> Iterator[None]:
    keeping = kept_connections() if nodeid.startswith(KEPT) else nullcontext()
    planning = planned_plainly() if nodeid.startswith(PLAIN) else nullcontext()
    with keeping, planning:
        yield
