"""Airflow's cluster policy in the tests: no run begins by the clock, whatever the hour at which the tests run.

Else a DAG that is unpaused within some hours of its own time (03:30, 07:00) gets a run at once, beside the tests' own.
And the pauses between tries begin small: they double all the same, so that nobody gives up sooner on a loaded machine.
"""

import os
from datetime import timedelta

import attrs
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable


def dag_policy(dag: DAG) -> None:
    """`TESTS_SCHEDULE` is a cron expression of half a day from now (scheduler.py)."""
    away = CronTriggerTimetable(os.environ["TESTS_SCHEDULE"], timezone="UTC")
    asset = isinstance(dag.timetable, AssetOrTimeSchedule)
    dag.timetable = attrs.evolve(dag.timetable, timetable=away) if asset else away
    for task in dag.tasks:
        task.retry_delay = timedelta(seconds=4)
