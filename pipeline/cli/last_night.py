"""The command `last-night`: whether a night ended in time, for who looks from outside Airflow. No DAG can see that it
did not run."""

from argparse import Namespace
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from pipeline.alerts.model import AlertGroup
from pipeline.alerts.nights import LastNight, last_night
from pipeline.alerts.told import unsent_since
from pipeline.cli.context import CommandContext
from pipeline.core.local_time import in_brussels


def last_night_command(options: Namespace) -> int:
    """0 when the newest night ended within the age, whole, and whoever must know could be told; else 1."""
    context = CommandContext.load()
    newest = last_night(context.ledger)
    problems = list(_problems(context, newest, options.max_age))
    said = f"night {newest.night}, ended {_shown(newest)}" if newest else "no night ever ended"
    print("; ".join([f"{'PROBLEM' if problems else 'OK'}: {said}", *problems]))
    return int(bool(problems))


def _problems(context: CommandContext, newest: LastNight | None, most: timedelta) -> Iterator[str]:
    if newest and context.now - newest.ended_at > most:
        yield f"longer ago than {most}: see whether Airflow's scheduler runs and nightly_delivery is not paused"
    if newest is None:
        yield "see whether Airflow's scheduler runs and nightly_delivery is not paused"
    if newest and newest.failed:
        yield f"{len(newest.failed)} of {newest.recipients} recipients have no drop of it: {', '.join(newest.failed)}"
    if at := unsent_since(Path(context.settings.alerts).absolute(), tuple(AlertGroup)):
        yield f"alerts could not be sent since {in_brussels(at):%Y-%m-%d %H:%M}: see the connection mail"


def _shown(newest: LastNight) -> str:
    return f"{in_brussels(newest.ended_at):%Y-%m-%d %H:%M}"
