"""Airflow's cluster policy in the tests: no run begins by the clock, whatever the hour at which the tests run.

Else a DAG that is unpaused within some hours of its own time (03:30, 07:00) gets a run at once, beside the tests' own.
"""

import os

import attrs
from airflow.sdk import DAG, AssetOrTimeSchedule, CronTriggerTimetable

AWAY = "TESTS_SCHEDULE"
"""The variable with a cron expression half a day from now."""


def dag_policy(dag: DAG) -> None:
    away = CronTriggerTimetable(os.environ[AWAY], timezone="UTC")
    asset = isinstance(dag.timetable, AssetOrTimeSchedule)
    dag.timetable = attrs.evolve(dag.timetable, timetable=away) if asset else away
