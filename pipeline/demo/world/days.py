"""Days and instants as numpy has them; every instant is UTC."""

from datetime import UTC, date, datetime, time

import numpy as np
from numpy.typing import NDArray

from pipeline.core.local_time import BRUSSELS

Days = NDArray[np.datetime64]
Instants = NDArray[np.datetime64]


def midnight(day: date) -> datetime:
    """Local midnight at the start of a day, the instant at which the agency produces its feeds."""
    return datetime.combine(day, time(), BRUSSELS).astimezone(UTC)


def office_hours(days: Days, latest: np.datetime64, rng: np.random.Generator) -> Instants:
    """An instant between 8 and 16 h UTC on each day, none later than `latest`."""
    seconds = rng.integers(8 * 3600, 16 * 3600, len(days)).astype("timedelta64[s]")
    instants: Instants = np.minimum(days.astype("datetime64[s]") + seconds, latest)
    return instants


def days_after(days: Days, most: int, rng: np.random.Generator, least: int = 0) -> Days:
    """Each day plus `least` to `most` days."""
    result: Days = days + rng.integers(least, most + 1, len(days)).astype("timedelta64[D]")
    return result
