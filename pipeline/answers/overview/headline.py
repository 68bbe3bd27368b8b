"""What the page in Airflow says of an overview before it is opened. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from pipeline.core.model import Kbo

FILE = "headline.json"
"""Where it lies, beside the overview's own files."""


@dataclass(frozen=True)
class Headline:
    """`answer`: the answer to parliament, in Dutch sentences. `figures`: what is counted, and how many
    (None: unknown), in order."""

    as_of: date
    known_at: datetime
    answer: tuple[str, ...]
    figures: tuple[tuple[str, int | None], ...]
    names: Mapping[Kbo, str] = field(default_factory=dict)
    """Of every authority."""
