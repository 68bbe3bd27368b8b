"""A process such as Airflow's scheduler, which loads a night's libraries and forks children that use them.

`python -m tests.support.preloaded --children 1000` is the proof that they end well, however many there are.
Imports nothing of ours before it is told to: what a delivery loads is counted here.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from tests.support.forks import forked

T = TypeVar("T")
HANGS = 60
"""Seconds after which a child that is not done by then is ended by the system, and counts as one that hung."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--children", type=int, default=1000)
    parser.add_argument("--deliveries", help="JSON: the staged release, and two recipients")
    asked = parser.parse_args()
    told: dict[str, Any] = {}
    staged, (first, second) = json.loads(asked.deliveries) if asked.deliveries else (None, (None, None))
    if staged:
        told["loaded"] = asked_in_a_child(lambda: delivered(staged, first))
    from pipeline.airflow.preloading import OF_A_NIGHT, OF_AIRFLOW, preload, threads

    told["began"], told["threads"] = preload((*OF_AIRFLOW, *OF_A_NIGHT)), len(threads())
    if staged:
        told["loaded_anew"] = asked_in_a_child(lambda: delivered(staged, second))
    told["ended_well"] = sum(ended(compute) == 0 for _ in range(asked.children))
    told["threads_afterwards"] = len(threads())
    print(json.dumps(told))


def delivered(staged: Any, kbo: str) -> list[str]:
    """One delivery of a night that waits for it; the modules that came."""
    before = set(sys.modules)
    from datetime import UTC, datetime

    from pipeline.core.connections import from_environment
    from pipeline.core.local_time import local_day
    from pipeline.core.model import Kbo, Outcome, StagedFile
    from pipeline.core.run import RunContext
    from pipeline.core.settings import Settings
    from pipeline.tasks.nightly_delivery import deliver_night, recipient_label

    now = datetime.now(UTC)
    context = RunContext("night", local_day(now), Settings.load(), from_environment, lambda: datetime.now(UTC))
    release = StagedFile(**staged)
    recipient_label(context, release, Kbo(kbo))
    assert deliver_night(context, release, Kbo(kbo)).outcome is Outcome.PUBLISHED
    return sorted(set(sys.modules) - before)


def compute() -> None:
    """A little of each library that has threads, or randomness, of its own; several threads where it can."""
    import duckdb
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import sqlalchemy as sa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    assert (np.ones((200, 200)) @ np.ones((200, 200))).sum() == 200**3
    table = pa.table({"n": range(1000), "even": [number % 2 == 0 for number in range(1000)]})
    assert pc.sum(table.group_by("even", use_threads=True).aggregate([("n", "sum")])["n_sum"]).as_py() == 499_500
    with duckdb.connect(config={"threads": 2}) as base:
        assert base.execute("select sum(range) from range(100000)").fetchone() == (4_999_950_000,)
    assert pd.Series(pa.array(["a", "b"])).str.upper().tolist() == ["A", "B"]
    with sa.create_engine("sqlite://").connect() as connection:
        assert connection.execute(sa.text("select 1")).scalar() == 1
    Ed25519PrivateKey.generate().sign(b"anything")


def ended(act: Callable[[], object]) -> int:
    """How a child that does this ends, as the system tells it: 0 when well."""
    return os.waitpid(forked(lambda: in_time(act)), 0)[1]


def asked_in_a_child(act: Callable[[], Any]) -> Any:
    """What a child finds. Raises ValueError when it finds nothing; what it printed says why."""
    reading, writing = os.pipe()
    child = forked(lambda: os.write(writing, json.dumps(in_time(act)).encode()))
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        found = told.read()
    os.waitpid(child, 0)
    return json.loads(found)


def in_time(act: Callable[[], T]) -> T:
    """The system ends the process when this takes longer than HANGS."""
    signal.alarm(HANGS)
    return act()


if __name__ == "__main__":
    main()
