"""Celery's settings as Airflow makes them, and a night's libraries loaded in each worker before it forks its processes.

Chosen by AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS=pipeline.airflow.preloading_celery.CONFIG: see docs/deployment.md. The
scheduler reads this file too, to send tasks; only a worker says that it begins, and loads.
"""

import logging
from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_init

from pipeline.airflow.preloading import OF_A_NIGHT, OF_AIRFLOW, preload

log = logging.getLogger(__name__)

CONFIG = dict(DEFAULT_CELERY_CONFIG)


def load(**_: Any) -> None:
    """As PreloadingExecutor does: a task is a fork of a worker's process, which is a fork of the worker."""
    if began := preload((*OF_AIRFLOW, *OF_A_NIGHT)):
        log.warning("%d threads began as the libraries were loaded, so that a task, which is forked, may hang", began)


worker_init.connect(load, weak=False)
