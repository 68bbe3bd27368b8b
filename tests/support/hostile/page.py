"""docs/hosts.md, made by running the table: `python -m tests.support.hostile.page` writes it anew, in a minute.

Each flow runs in a process of its own, together with its host, so that its memory is its own, and is ended when its
time is over. `before.tsv` has what the same command measured of the product as it was before it had limits.
"""

import csv
import json
import logging
import os
import resource
import select
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.demo.host import prepare
from tests.support import PROJECT
from tests.support.hostile.behaviour import Behaviour, End
from tests.support.hostile.flows import FLOWS, Ended, run
from tests.support.hostile.table import BEHAVIOURS

PATH = PROJECT / "docs" / "hosts.md"
BEFORE = Path(__file__).with_name("before.tsv")
MOST_SECONDS, MOST_BYTES = 25, 3 << 30
INTRODUCTION = f"""\
# Hosts that mean harm

What a recipient's host may do, and what a drop, an indicator sheet, a notice, a pick-up, a replacement and
`ledger verify --hosts` end in there. Made by running each against `tests/support/hostile_host.py`:
`python -m tests.support.hostile.page` writes this page anew. A test compares the ends with what happens
(`tests/integration/delivery/sftp/test_hostile_hosts.py`); times and memory are of one run on two cores.

- **transient**: DeliveryTransient, it is tried again. **refused**: DeliveryRefused, a person must act.
- **done**: it ended well, and the bytes lie there. **not done**, **reported**: no error, and said so on record or by
  `ledger verify`. **taken for fetched**: what the host shows as something else than a file was believed to be gone.
  **untrue**: what was put on record is not so. Both of before alone.
- **verify of before**: of a drop from before the ledger had the sizes of its files, read as far as a connection's own
  limits go. Of every other file that is on record, no more is read than what we put there and one block.
- **other error**: an exception that nobody foresaw (MemoryError, where a process here has 3 GB; OverflowError).
- A flow in which the host never comes to misbehave is left out: it is done.
- s: seconds of the slowest flow. Where nothing but time ends it, each answer has a second here (15 and 30 s by
  default); elsewhere 20 s, and 40 s in all. MB: the most that a process of one flow grew by, its host with it.
- Before: the same with the product before it had these limits; **stuck**: not over after {MOST_SECONDS} s.

| behaviour | ends in | s | MB | before | s | MB |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Measured:
    """One behaviour: how its flows ended, the longest time of one, and the most memory that one took."""

    behaviour: str
    ends: str
    seconds: str
    megabytes: str


def ends_of(ended: Iterable[Ended]) -> str:
    """Of the flows in which the host misbehaved: the end that most have, and those that have another."""
    met = [each for each in ended if each.met or each.end is not End.DONE]
    if not met:
        return "never met"
    (most, _), *_others = Counter(each.end for each in met).most_common()
    others = [f"{each.flow}: {each.end}" for each in met if each.end is not most]
    return f"{most} ({', '.join(others)})" if others else str(most)


def measured(behaviour: Behaviour, home: Path) -> Measured:
    with tempfile.TemporaryDirectory() as root:
        children = {name: _started(name, behaviour, Path(root), home) for name in FLOWS}
        until = time.monotonic() + MOST_SECONDS
        told = [_told(name, *child, until) for name, child in children.items()]
    ended = [Ended(flow, End(end), "", seconds, met) for flow, end, seconds, met, _ in told]
    seconds = max(each.seconds for each in ended)
    shown = f"over {MOST_SECONDS}" if any(each.end is End.STUCK for each in ended) else f"{seconds:.1f}"
    return Measured(behaviour.name, ends_of(ended), shown, f"{max(peak for *_, peak in told):.0f}")


def _started(name: str, behaviour: Behaviour, root: Path, home: Path) -> tuple[int, int]:
    """A process with one flow, and where it tells how it ended."""
    there, here = os.pipe()
    child = os.fork()
    if child:
        os.close(here)
        return child, there
    try:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
        os.write(here, b"%09d" % _kilobytes("VmRSS"))
        ended = run(name, behaviour, root, home)
        os.write(here, json.dumps([ended.end, ended.seconds, ended.met, _kilobytes("VmHWM")]).encode())
    finally:
        os._exit(0)


def _told(name: str, child: int, there: int, until: float) -> tuple[str, str, float, bool, float]:
    """Flow, end, seconds, whether the host misbehaved, and megabytes."""
    at_first = int(os.read(there, 9) or 0)
    try:
        is_told, _, _ = select.select([there], [], [], max(0, until - time.monotonic()))
        said = os.read(there, 10_000) if is_told else b""
        if said:
            end, seconds, met, peak = json.loads(said)
            return name, end, seconds, met, (peak - at_first) / 1024
        grown = max(0, _kilobytes("VmHWM", child) - at_first)
        return name, End.OTHER if is_told else End.STUCK, MOST_SECONDS, True, grown / 1024
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(there)


def _kilobytes(name: str, process: int | str = "self") -> int:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process}/status").read_text("ascii").splitlines()
        return int(next(line for line in lines if line.startswith(name)).split()[1])
    return 0


def measure_all() -> Iterator[Measured]:
    logging.disable()
    with tempfile.TemporaryDirectory() as home:
        prepare(Path(home), ())
        for number, behaviour in enumerate(BEHAVIOURS.values(), 1):
            print(f"\r{number:>4} of {len(BEHAVIOURS)} {behaviour.name[:60]:<60}", end="", file=sys.stderr)
            yield measured(behaviour, Path(home))
    print(file=sys.stderr)


def read_before() -> dict[str, Measured]:
    with BEFORE.open(encoding="utf-8", newline="") as file:
        return {row[0]: Measured(*row) for row in csv.reader(file, delimiter="\t")}


def ends_on_page() -> Mapping[str, str]:
    """What the page says each behaviour ends in."""
    rows = [line.strip("| ").split(" | ") for line in PATH.read_text("utf-8").splitlines() if line.startswith("| ")]
    return {row[0]: row[1] for row in rows if row[0] in BEHAVIOURS}


def page(now: Iterable[Measured]) -> str:
    before = read_before()
    return INTRODUCTION + "".join(_row(each, before[each.behaviour]) for each in now)


def _row(now: Measured, before: Measured) -> str:
    cells = (now.behaviour, now.ends, now.seconds, now.megabytes, before.ends, before.seconds, before.megabytes)
    return f"| {' | '.join(cells)} |\n"


def main(arguments: list[str]) -> None:
    """With a path: write there, as tab-separated values, what is measured."""
    found = list(measure_all())
    if arguments:
        with Path(arguments[0]).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter="\t", lineterminator="\n").writerows(
                (each.behaviour, each.ends, each.seconds, each.megabytes) for each in found
            )
    else:
        PATH.write_text(page(found), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
