"""Seconds, processor seconds and peak memory of one call, as one line of JSON."""

import json
import time
from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage


def timed(call: Callable[[], None]) -> None:
    """Time `call`, without the imports that came before it; the peak is the whole process's, imports included."""
    began, worked = time.perf_counter(), time.process_time()
    call()
    seconds, processor = time.perf_counter() - began, time.process_time() - worked
    peak_mb = getrusage(RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 3), "processor": round(processor, 3), "peak_mb": round(peak_mb)}))
