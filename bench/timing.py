"""Seconds, processor seconds and peak memory of one call, as one line of JSON."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path


def timed(call: Callable[[], None]) -> None:
    """Time `call`, without the imports that came before it; the peak is the whole process's, imports included."""
    began, worked = time.perf_counter(), time.process_time()
    call()
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    print(json.dumps({"seconds": seconds, "processor": processor, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """Not getrusage, which starts a process with the peak of the one that started it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(found[1]) * 1024 / 1e6 if found else 0.0
