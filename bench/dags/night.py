"""For bench/night.py: a night's deliveries, as dags/nightly_delivery.py has them, and as many tasks that do nothing.

The configuration of a run says to whom, and where the release is.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, get_current_context, task

from pipeline.airflow.dags import PLACES, steps_of
from pipeline.airflow.retries import patience

run = steps_of("pipeline.tasks.nightly_delivery")
DEFAULTS = patience(retries=0, longest_pause=timedelta(minutes=1), timeout=timedelta(minutes=15))


@task
def recipients() -> list[str]:
    return list(get_current_context()["dag_run"].conf["recipients"])


with DAG("deliveries", schedule=None, default_args=DEFAULTS):

    @task(pool=PLACES, map_index_template="{{ recipient }}")
    def deliver(kbo: str) -> Any:
        context = get_current_context()
        staged_release = context["dag_run"].conf["staged"]
        context["recipient"] = run("recipient_label", staged_release=staged_release, kbo=kbo)
        return run("deliver_night", staged_release=staged_release, kbo=kbo)

    deliver.expand(kbo=recipients())

with DAG("no_ops", schedule=None, default_args=DEFAULTS):

    @task(pool=PLACES, map_index_template="{{ recipient }}")
    def nothing(kbo: str) -> str:
        get_current_context()["recipient"] = kbo
        return kbo

    nothing.expand(kbo=recipients())
