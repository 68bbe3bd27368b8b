"""For delivery_task.py: a process such as Airflow's worker, and a fork of it a delivery, whose figures are a line each.

Imports nothing of ours before it is told to: what is there already, a delivery need not import.
"""

import json
import os
import sys
import time
from datetime import date
from typing import Any


def main(run: str, night: str, staged: Any, recipients: list[str], is_preloaded: bool) -> None:
    from pipeline.airflow.preloading import OF_A_NIGHT, OF_AIRFLOW, preload

    preload((*OF_AIRFLOW, *OF_A_NIGHT) if is_preloaded else OF_AIRFLOW)
    for kbo in recipients:
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            os.write(writing, json.dumps(_deliver(run, night, staged, kbo)).encode())
            os._exit(0)
        os.close(writing)
        _, status, usage = os.wait4(child, 0)
        assert status == 0, "what it printed says why"
        with os.fdopen(reading, encoding="utf-8") as told:
            print(json.dumps(json.load(told) | {"whole": usage.ru_utime + usage.ru_stime}), flush=True)


def _deliver(run: str, night: str, staged: Any, kbo: str) -> dict[str, float]:
    """CPU-seconds, and how many modules were there at the end."""
    began = time.process_time()
    from bench.night_context import context_of
    from pipeline.core.model import Kbo, StagedFile
    from pipeline.core.serialize import deserialize
    from pipeline.tasks.nightly_delivery import deliver_night, recipient_label

    imported = time.process_time()
    context, release = context_of(os.environ, run, date.fromisoformat(night)), deserialize(StagedFile, staged)
    recipient_label(context, release, Kbo(kbo))
    deliver_night(context, release, Kbo(kbo))
    return {"imports": imported - began, "delivery": time.process_time() - imported, "modules": len(sys.modules)}


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
