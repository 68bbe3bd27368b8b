"""A decision that is made again, on PostgreSQL: its rows compare as those of SQLite do (unit/gate/test_again.py)."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.support.deliveries import TODAY
from tests.support.worlds.small_world import BRUGGE, GENT, execute, small_world, to_postgresql
from tests.unit.gate.test_again import SECOND, ask, is_the_same


def test_it_is_the_same_until_a_row_changes(postgres: Callable[[], str], tmp_path: Path) -> None:
    uri = postgres()
    to_postgresql(small_world({BRUGGE: 1, GENT: 3}, TODAY), uri, tmp_path)
    now = datetime.now(UTC)
    asked = ask(uri, tmp_path, now)
    assert is_the_same(asked.again(now + SECOND), asked, now + SECOND)
    execute(uri, "update parent set phone = '+32 9 111 11 11' where parent_id = 201")
    assert asked.again(now + SECOND) is None
