"""What a delivery costs as a task: `python -m bench.delivery_task --scale 0.02 --deliveries 5`.

Each delivery of a small night is a process forked for it alone, as Airflow's worker forks a task: from one that has
what Airflow has in a worker, and from one that has what PreloadingExecutor loads as well. What Airflow does in a task
itself (it reads the DAG's file, it talks with its server) is not in it: bench/night.py has that.
"""

import argparse
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.night_context import context_of
from bench.small_night import SCRATCH, released, small_world
from pipeline.core.local_time import local_day

KINDS = {"as LocalExecutor": False, "as PreloadingExecutor": True}
RUN = "bench"
FIGURES = ("imports", "delivery", "whole", "modules")
MOST = 0.8
"""CPU-seconds of a delivery as a task."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.02, help="1 is Flanders")
    parser.add_argument("--deliveries", type=int, default=5, help="of each kind, beside one that does not count")
    parser.add_argument("--folder", type=Path, default=SCRATCH / "bench-delivery")
    asked = parser.parse_args()
    sys.exit(0 if _printed(_measured(asked.folder, asked.scale, asked.deliveries)) else 1)


def _measured(folder: Path, scale: float, deliveries: int) -> dict[str, list[dict[str, float]]]:
    """By kind, the figures of each delivery."""
    night = local_day(datetime.now(UTC))
    with small_world(folder, scale) as (_, environment):
        staged, recipients = released(context_of(environment, RUN, night))
        figures = {}
        for kind, is_preloaded in KINDS.items():
            mine, recipients = recipients[: deliveries + 1], recipients[deliveries + 1 :]
            work = {"run": RUN, "night": night.isoformat(), "staged": staged, "recipients": mine}
            told_to = json.dumps(work | {"is_preloaded": is_preloaded})
            command = [sys.executable, "-m", "bench.delivery_fork", told_to]
            told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True).stdout
            figures[kind] = [json.loads(line) for line in told.splitlines() if line.startswith("{")][1:]  # not the log
    return figures


def _printed(figures: dict[str, list[dict[str, float]]]) -> bool:
    """Medians; True when the target is met."""
    print("| CPU-seconds of a delivery's own process | imports | delivery | whole | modules at its end |")
    print("|---|---:|---:|---:|---:|")
    for kind, ran in figures.items():
        middle = [median(one[figure] for one in ran) for figure in FIGURES]
        print(f"| {kind} | {' | '.join(f'{value:.2f}' for value in middle[:3])} | {middle[3]:.0f} |")
    whole = median(one["whole"] for one in figures["as PreloadingExecutor"])
    print(f"\nOne delivery as a task: {whole:.2f}, at most {MOST}: {'met' if whole <= MOST else '**missed**'}")
    return whole <= MOST


if __name__ == "__main__":
    main()
