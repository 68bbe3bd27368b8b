"""Every hour, and right after each night: what became of the drops, and who is to be told to drop whom.

### What it does
`look` lists the recipients that have something before them, something to answer or something to be told; `tend` has one
task per recipient, named by its account; `close` shows how far the withdrawals came (the tab *Datacontroles*), purges
what rested long enough, and is red when anyone was not looked after.

A recipient's turn: what it fetched, read or acknowledged goes on record; who fetched nothing for too long is named in
the log; a drop that lay there too long is taken away; one that holds a parent who may not be used any more is taken
away and replaced at once; and every withdrawal that it was not told of goes out as a notice.

### When it is red
- **one recipient under tend**: the others are done. Mend what the error says; the next hour tries again by itself.
- **close alone**: the ledger, or the folders of staging and Data Docs.

While no night has accepted today's feeds, or the agency's load is under way, nothing is concluded from what is missing:
only a drop with a parent of whom a withdrawal is there now is taken away; the next hour looks again, and the third
hour in a row of a load under way is red.

Nothing here sends anything about anyone who was not sent before. Network trouble is retried by itself; what a person
must mend fails at once.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable, get_current_context, task

from pipeline.airflow.dags import NIGHT, PLACES, TELL, steps_of
from pipeline.airflow.retries import patience

run = steps_of("pipeline.tasks.housekeeping")

with DAG(
    "housekeeping",
    dag_display_name="Nazorg",
    description="Follow drops and withdrawals to their end at every OCMW",
    doc_md=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("10 * * * *", timezone="Europe/Brussels"),
        assets=[NIGHT],
    ),
    catchup=False,
    max_active_runs=1,
    tags=["gegevensdeling"],
    default_args=patience(retries=2, longest_pause=timedelta(minutes=5), timeout=timedelta(minutes=15)),
):

    @task
    def look() -> list[str]:
        return run("recipients_to_follow_up")

    @task(pool=PLACES, map_index_template="{{ recipient }}")
    def tend(kbo: str) -> Any:
        get_current_context()["recipient"] = run("followup_label", kbo=kbo)
        return run("follow_up_recipient", kbo=kbo)

    @task(trigger_rule="all_done", retries=1, **TELL)
    def close() -> Any:
        pull = get_current_context()["ti"].xcom_pull
        results = [result for result in pull(["tend"]) if result]  # a list: one id alone gives one value alone
        return run("close_housekeeping", due=pull("look"), results=results)

    tend.expand(kbo=look()) >> close()
