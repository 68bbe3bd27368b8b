"""One delivery by its parts, in processor time, of this tree and of another one in turn.

    python -m bench.delivery --beside ../main [--rounds 5] [--nights 60] [--postgresql]

This tree's own measuring (bench/delivery_round.py) is laid over the code of either. Needs what the tests need.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from statistics import median

from tests.support.servers.postgres import run_postgres

HERE = Path(__file__).parents[1]
ROUND = Path(__file__).with_name("delivery_round.py")
PARTS = ("look", "gate", "render", "sign", "send", "ledger", "rest")

Figures = Mapping[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--beside", type=Path, help="another checkout, measured first in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--nights", type=int, default=60, help="drops that the recipient had before")
    parser.add_argument("--postgresql", action="store_true", help="the ledger; else SQLite")
    asked = parser.parse_args()
    trees = {"before": asked.beside.resolve(), "after": HERE} if asked.beside else {"now": HERE}
    measured: dict[str, list[Figures]] = {name: [] for name in trees}
    with run_postgres() if asked.postgresql else nullcontext() as databases:
        for _ in range(asked.rounds):
            for name, tree in trees.items():
                address = databases() if databases else ""
                measured[name].append(_round(tree, asked.nights, address))
    _print(measured)


def _round(tree: Path, nights: int, ledger: str) -> Figures:
    """In a process of its own, in that tree."""
    command = [sys.executable, str(ROUND), str(nights), ledger]
    environment = os.environ | {"PYTHONPATH": str(tree)}
    ran = subprocess.run(command, cwd=tree, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def _print(measured: Mapping[str, Sequence[Figures]]) -> None:
    """Medians, in milliseconds of our own process; the ledger's statements and transactions by number."""
    columns = (*PARTS, "whole", "statements", "transactions")
    print(f"| | {' | '.join(columns)} |")
    print(f"|---{'|---:' * len(columns)}|")
    for name, rounds in measured.items():
        print(f"| {name} | {' | '.join(f'{median(each[column] for each in rounds):.0f}' for column in columns)} |")


if __name__ == "__main__":
    main()
