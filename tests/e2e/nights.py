"""What the tests of nights under a scheduler share: when a run was due, who is whose in the UI, and a withdrawal."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pipeline.core.local_time import BRUSSELS
from pipeline.core.model import Kbo
from tests.support.drops import whole_drops
from tests.support.night import House
from tests.support.worlds.small_world import NAMES, person

NOW = datetime.now(UTC)


def due(nights_ago: int) -> str:
    """When a run was due: noon in Brussels of some day before today, so that no test straddles midnight."""
    day = NOW.astimezone(BRUSSELS) - timedelta(days=nights_ago)
    return day.replace(hour=12, minute=0, second=0, microsecond=0).isoformat()


def states(instances: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {name: one["state"] for name, one in instances.items()}


def ui_name(kbo: str) -> str:
    return f"{NAMES[kbo][0]} ({kbo})"


def parents_in(house: House, kbo: str) -> set[int]:
    """Whose rows are in the recipient's last drop."""
    text = whole_drops(house.out(kbo))[-1].text
    return {n for n in range(100, 600) if person(n)["email"] in text}


def withdraw(house: House, kbo: Kbo, parent_id: int) -> None:
    now = datetime.now(UTC).isoformat(sep=" ", timespec="seconds")
    house.change(
        "insert into consent_event (event_id, parent_id, kbo, kind, occurred_at, recorded_at) "
        "values (?, ?, ?, ?, ?, ?)",
        9000 + parent_id, parent_id, kbo, "withdrawal", now, now,
    )  # fmt: skip
