"""For bench/starts.py: what the file of a DAG without any task costs, which imports from airflow.sdk what ours does."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, get_current_context, task

UNUSED: tuple[Any, ...] = (timedelta, get_current_context, task)

with DAG("empty", schedule=CronTriggerTimetable("30 3 * * *", timezone="Europe/Brussels"), catchup=False):
    pass
