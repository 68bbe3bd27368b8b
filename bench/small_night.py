"""A demo's night up to its release, without Airflow: what `deliver` is then mapped over."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipeline.core.local_time import local_day
from pipeline.core.run import RunContext
from pipeline.core.serialize import serialize
from pipeline.core.staging import purge
from pipeline.demo.home import Home
from pipeline.demo.scene import Environment, set_scene

SCRATCH = Path(__file__).parents[1] / ".test"


@contextmanager
def small_world(folder: Path, scale: float) -> Iterator[tuple[Home, Environment]]:
    """A demo's folder to which nobody delivered yet, with the hosts listening. A world of today is used again."""
    home = Home(folder.absolute())
    for left in (home.anchors, home.staging, home.hosts, home.airflow):
        purge(left)
    home.ledger.unlink(missing_ok=True)
    home.make()
    with set_scene(home, scale, local_day(datetime.now(UTC)), None) as environment:
        yield home, environment


def released(context: RunContext) -> tuple[Any, list[str]]:
    """The steps before the deliveries. As Airflow carries them: the release, and the recipients that get a drop."""
    from pipeline.tasks import nightly_delivery as night

    made = night.release_night(context, night.check_night(context, night.extract_night(context)))
    return serialize(made.staged_release), list(made.recipients)
