"""The time to parse the DAG's file, beyond the import of airflow.sdk. Airflow parses it again in every task."""

import runpy
import sys
from pathlib import Path

import airflow.sdk  # noqa: F401 - imported before the clock starts

from bench.timing import timed

DAG = Path(__file__).parents[1] / "dags" / "nightly_delivery.py"
HEAVY = ("pandas", "great_expectations")


def parse() -> None:
    """Raises SystemExit when pandas or Great Expectations came along."""
    runpy.run_path(str(DAG))
    if found := [name for name in HEAVY if name in sys.modules]:
        raise SystemExit(f"parsing the DAG imports {' and '.join(found)}")


if __name__ == "__main__":
    timed(parse)
