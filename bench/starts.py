"""What begins often has to begin cheaply, in CPU-seconds: `python -m bench.starts --rounds 5`.

`gegevensdeling --help`, and the file of each DAG, which Airflow parses in every task, beside that of an empty DAG.
From nothing, a process imports airflow.sdk and parses. In a task, a process is forked from one that has what Airflow
has in a worker, or what PreloadingExecutor loads as well, and parses.
"""

import argparse
import os
import resource
import runpy
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[1]
EMPTY = PROJECT / "bench" / "empty_dag.py"
FILES = (EMPTY, *sorted((PROJECT / "dags").glob("*.py")))
FROM_NOTHING = "import airflow.sdk, runpy, sys; runpy.run_path(sys.argv[1])"
HELP_MOST, PARSE_MOST = 0.3, 1.1

Figures = dict[Path, list[float]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory() as home:
        os.environ["AIRFLOW_HOME"] = home
        is_met = _printed_help([_help() for _ in range(rounds + 1)][1:])
        print("| parsing, CPU-s | empty DAG | " + " | ".join(file.stem for file in FILES[1:]) + " | most times empty |")
        print("|---|" + "---:|" * (len(FILES) + 1))
        whole = _printed("from nothing, with `import airflow.sdk`", _measured(_from_nothing, rounds))
        _in_a_task("in a task of LocalExecutor", rounds, is_preloaded=False)
        _in_a_task("in a task of PreloadingExecutor", rounds, is_preloaded=True)
    sys.exit(0 if is_met and whole <= PARSE_MOST else 1)


def _help() -> float:
    return _children_spent(lambda: _run(str(Path(sys.executable).with_name("gegevensdeling")), "--help"))


def _printed_help(figures: list[float]) -> bool:
    spent = median(figures)
    is_met = spent <= HELP_MOST
    print(f"`gegevensdeling --help`: {spent:.2f} CPU-s, at most {HELP_MOST}: {'met' if is_met else '**missed**'}\n")
    return is_met


def _from_nothing(file: Path) -> float:
    return _children_spent(lambda: _run(sys.executable, "-c", FROM_NOTHING, str(file)))


def _in_a_task(where: str, rounds: int, *, is_preloaded: bool) -> None:
    """In a fork, which this process outlives as it was."""
    if (child := os.fork()) == 0:
        from pipeline.airflow.preloading import OF_A_NIGHT, OF_AIRFLOW, preload

        preload((*OF_AIRFLOW, *OF_A_NIGHT) if is_preloaded else OF_AIRFLOW)
        _printed(where, _measured(_forked, rounds))
        sys.stdout.flush()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0, "what it printed says why"


def _forked(file: Path) -> float:
    """The parse alone."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        began = time.process_time()
        runpy.run_path(str(file))
        os.write(writing, str(time.process_time() - began).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as told:
        return float(told.read())


def _measured(parse: Callable[[Path], float], rounds: int) -> Figures:
    """Each file once a round; the first round, in which all is compiled, does not count."""
    ran = [{file: parse(file) for file in FILES} for _ in range(rounds + 1)][1:]
    return {file: [one[file] for one in ran] for file in FILES}


def _printed(where: str, figures: Figures) -> float:
    """The dearest file, as times the empty one within a round."""
    most = max(
        median(one / other for one, other in zip(figures[file], figures[EMPTY], strict=True)) for file in FILES[1:]
    )
    print(f"| {where} | {' | '.join(f'{median(figures[file]):.3f}' for file in FILES)} | {most:.2f} |", flush=True)
    return most


def _run(*command: str) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


def _children_spent(act: Callable[[], None]) -> float:
    def spent() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = spent()
    act()
    return spent() - before


if __name__ == "__main__":
    main()
