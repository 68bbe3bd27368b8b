"""The agency's database behind a real PgBouncer: one transaction is all that is asked of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.core.errors import AgencyUnreachable
from pipeline.core.settings import Settings
from pipeline.source.extract import extract
from tests.support.servers.pgbouncer import run_pgbouncer
from tests.support.servers.services import or_left_out
from tests.support.worlds.small_world import GENT, small_world, to_postgresql

pytestmark = pytest.mark.many_threads


@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_it_is_read_whole_and_leaves_nothing_set(postgres: Callable[[], str], tmp_path: Path, mode: str) -> None:
    uri = postgres()
    to_postgresql(small_world({GENT: 2}), uri, tmp_path)
    settings = Settings(staging=str(tmp_path / "staging"))
    with or_left_out(run_pgbouncer(uri, mode)) as pooled:
        made = [extract(pooled, datetime.now(UTC), settings, tmp_path / str(number)) for number in range(2)]
    assert [snapshot.feeds["parent"].rows for snapshot in made] == [2, 2]


def test_a_pooler_of_single_statements_is_refused(postgres: Callable[[], str], tmp_path: Path) -> None:
    uri = postgres()
    to_postgresql(small_world({GENT: 1}), uri, tmp_path)
    settings = Settings(staging=str(tmp_path / "staging"))
    with or_left_out(run_pgbouncer(uri, "statement")) as pooled, pytest.raises(AgencyUnreachable):
        extract(pooled, datetime.now(UTC), settings, tmp_path / "snapshot")
