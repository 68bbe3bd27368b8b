"""As soon as a night is whole, and every morning: which authorities exchange, and under which papers.

### What it does
`renew` makes the overview of today, with what is known now, in all its forms (page, workbook, tables, annex), and puts
it whole where the page *Gegevensdeling* in the navigation shows it. Earlier ones are kept for `DOCS_DAYS`.

### When it is red
The page goes on showing the last overview, with its date. The error names the register and the remedy; the next night
or morning tries again by itself. Nothing here is sent to anyone, and nothing about a person is read.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, task

from pipeline.airflow.dags import NIGHT, steps_of
from pipeline.airflow.retries import patience

run = steps_of("pipeline.tasks.authorities_overview")

with DAG(
    "authorities_overview",
    dag_display_name="Overzicht van de besturen",
    description="Renew the answer to parliament after every night",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 7 * * *", timezone="Europe/Brussels"),  # also when the night ended red
        assets=[NIGHT],
    ),
    catchup=False,
    max_active_runs=1,
    tags=["gegevensdeling"],
    default_args=patience(retries=2, longest_pause=timedelta(minutes=5), timeout=timedelta(minutes=15)),
):

    @task
    def renew() -> Any:
        return run("renew_overview")

    renew()
