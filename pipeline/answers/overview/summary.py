"""The summary of an overview, which the page in Airflow shows before a reader opens the overview. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pipeline.core.model import Kbo

FILE = "headline.json"
"""The summary's file, beside the overview's other files."""


@dataclass(frozen=True)
class OverviewSummary:
    """`answer`: the answer to parliament, in Dutch sentences. `figures`: names and numbers (None: unknown), in order.

    `names`: of every authority."""

    as_of: date
    known_at: datetime
    answer: tuple[str, ...]
    figures: tuple[tuple[str, int | None], ...]
    names: Mapping[Kbo, str] = field(default_factory=dict)
