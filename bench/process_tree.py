"""Processor time and memory of the processes of Airflow's components, those that have ended included."""

import os
import re
from pathlib import Path

COMPONENTS = ("scheduler", "api-server")
"""Whose processes are counted. The others parse DAG files and wait, as long as Airflow runs."""
TICK = os.sysconf("SC_CLK_TCK")


def processor(top: int) -> dict[str, float]:
    """CPU-seconds of each component that `top` started, with all that it ever started; of the scheduler only what it
    started, the workers with their tasks: its own loop goes on as long as Airflow waits."""
    found = _components(top)
    counted = found | {"scheduler": found["scheduler"][1:]}
    return {name: sum(map(_spent, processes)) for name, processes in counted.items()}


def spent_below(top: int) -> float:
    """CPU-seconds of a process and of all that it ever started."""
    return sum(map(_spent, (top, *_below(top))))


def workers_mb(top: int) -> float:
    """The memory of the scheduler's processes: what they share is counted once."""
    return sum(map(_mb, _components(top)["scheduler"]))


def _mb(process: int) -> float:
    """Its own, and its share of what it shares."""
    rolled = Path(f"/proc/{process}/smaps_rollup").read_text("utf-8")
    found = re.search(r"^Pss:\s+(\d+) kB", rolled, re.M)
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _components(top: int) -> dict[str, list[int]]:
    return {name: [one, *_below(one)] for one in _children(top) for name in COMPONENTS if name in _command(one)}


def _children(of: int) -> list[int]:
    tasks = Path(f"/proc/{of}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text("utf-8").split()]


def _below(of: int) -> list[int]:
    return [found for child in _children(of) for found in (child, *_below(child))]


def _command(of: int) -> str:
    """The API server names itself `api_server` once it is up."""
    return Path(f"/proc/{of}/cmdline").read_text("utf-8").replace("\0", " ").replace("_", "-")


def _spent(by: int) -> float:
    """Its own, and that of its children that have ended."""
    times = Path(f"/proc/{by}/stat").read_text("utf-8").rpartition(")")[2].split()[11:15]
    return sum(int(time) for time in times) / TICK
