"""Seconds and peak memory of one call, as one line of JSON."""

import json
import resource
import time
from collections.abc import Callable


def timed(call: Callable[[], None]) -> None:
    """Time `call`, without the imports that came before it; the peak is the whole process's."""
    started = time.perf_counter()
    call()
    seconds = time.perf_counter() - started
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": round(seconds, 3), "peak_mb": round(megabytes)}))
