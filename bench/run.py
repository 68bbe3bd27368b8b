"""The chain beside a plain pandas version and a bare query: `python -m bench.run --scale 1 --rounds 5`.

Exits with 1 when a target is missed, or when the three do not tell every recipient the same.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from bench.same import decided, told
from pipeline.core.local_time import local_day
from pipeline.demo.world import synthesize

PROJECT = Path(__file__).parents[1]
PROGRAMS = ("chain", "plain_pandas", "bare_duckdb")
SEED = 1

Figures = dict[str, float]
Rounds = list[dict[str, Figures]]


def main() -> None:
    arguments = _arguments()
    folder = arguments.folder.absolute()
    agency = world(folder, arguments.scale)
    _refuse_difference({program: _ran(program, agency, folder) for program in PROGRAMS}, folder)
    rounds: Rounds = [{program: _ran(program, agency, folder) for program in PROGRAMS} for _ in range(arguments.rounds)]
    parses = [measured("dag_parse", folder)["seconds"] for _ in range(arguments.rounds)]
    _print_table(rounds)
    sys.exit(0 if _print_targets(rounds, parses) else 1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0, help="1 is Flanders")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=PROJECT / ".test" / "bench")
    return parser.parse_args()


def world(folder: Path, scale: float) -> Path:
    """Today's synthetic Flanders with some hard cases, made once: an older one would be stale."""
    today = local_day(datetime.now(UTC))
    path = folder / f"agency-{today}-{scale:g}.sqlite"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        synthesize(f"sqlite:///{part}", SEED, scale, today)
        with closing(sqlite3.connect(part)) as agency:
            agency.executescript((PROJECT / "bench" / "hard_cases.sql").read_text(encoding="utf-8"))
        part.replace(path)
    return path


def _ran(program: str, agency: Path, folder: Path) -> Figures:
    out = folder / program
    shutil.rmtree(out, ignore_errors=True)
    return measured(program, folder, str(agency), str(out))


def measured(program: str, folder: Path, *arguments: str) -> Figures:
    """One program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", f"bench.{program}", *arguments],
        cwd=PROJECT,
        env=os.environ | {"AIRFLOW_HOME": str(folder / "airflow")},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    )
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    return figures


def _refuse_difference(ran: dict[str, Figures], folder: Path) -> None:
    rows = {program: told(folder / program / "drops", neutralise=program == "bare_duckdb") for program in ran}
    for program in PROGRAMS[1:]:
        if rows[program] != rows["chain"]:
            differ = [kbo for kbo in rows["chain"] | rows[program] if rows["chain"].get(kbo) != rows[program].get(kbo)]
            sys.exit(f"{program} and chain differ in what they tell {len(differ)} recipients: {', '.join(differ)}")
    chain, pandas = (decided(folder / one / "release" / "decisions.parquet") for one in PROGRAMS[:2])
    if chain != pandas:
        others = sum(chain.get(parent) != pandas.get(parent) for parent in chain | pandas)
        sys.exit(f"plain_pandas and chain decide otherwise on {others} parents")
    total = sum(sum(counted.values()) for counted in rows["chain"].values())
    print(f"The three tell {len(rows['chain'])} recipients the same, cell by cell: {total} rows.")
    print(f"Chain and pandas decide alike, reason by reason, on {len(chain)} parents.\n")


def _print_table(rounds: Rounds) -> None:
    print("| program | seconds | processor seconds | peak MB |\n|---|---:|---:|---:|")
    for program in PROGRAMS:
        seconds, processor, peak = (
            median(one[program][figure] for one in rounds) for figure in ("seconds", "processor", "peak_mb")
        )
        print(f"| `{program}.py` | {seconds:.2f} | {processor:.2f} | {peak:.0f} |")


def _print_targets(rounds: Rounds, parses: list[float]) -> bool:
    """Ratios are within a round, so that what else the machine does weighs on both alike; True when all are met."""

    def ratio(one: str, other: str) -> float:
        return median(each[one]["seconds"] / each[other]["seconds"] for each in rounds)

    faster, slower = ratio("plain_pandas", "chain"), ratio("chain", "bare_duckdb")
    peak, parse = max(each["chain"]["peak_mb"] for each in rounds), median(parses)
    targets = (
        ("plain pandas / chain", f"{faster:.2f}", "at least 5", faster >= 5),
        ("chain / bare query", f"{slower:.2f}", "at most 2", slower <= 2),
        ("highest peak of the chain, MB", f"{peak:.0f}", "under 1000", peak < 1000),
        ("DAG parse, seconds", f"{parse:.3f}", "under 0.5", parse < 0.5),
    )
    print("\n| | measured | target | |\n|---|---:|---|---|")
    for what, measured, target, is_met in targets:
        print(f"| {what} | {measured} | {target} | {'met' if is_met else '**missed**'} |")
    return all(is_met for *_, is_met in targets)


if __name__ == "__main__":
    main()
