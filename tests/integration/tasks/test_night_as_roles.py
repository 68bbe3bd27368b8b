"""A whole night, and the hour after it, on PostgreSQL under exactly the roles of docs/deployment.md."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.answers.lookup import LookupKind
from pipeline.answers.lookup_log import record_lookup
from pipeline.core.errors import LedgerRefused
from pipeline.tasks import housekeeping
from tests.support.night import House, lay, run_night
from tests.support.servers.roles import as_reader, roled_ledger
from tests.support.worlds.small_world import GENT, execute, small_world


def hour(house: House) -> list[str]:
    """Each task of housekeeping in turn."""
    run = house.night("hour")
    due = housekeeping.recipients_to_follow_up(run)
    results = [housekeeping.follow_up_recipient(run, kbo) for kbo in due]
    return list(housekeeping.close_housekeeping(run, due, results))


def test_a_night_and_an_hour_under_the_documented_roles(postgres: Callable[[], str], tmp_path: Path) -> None:
    ledger, agency = roled_ledger(postgres()), postgres()
    with lay(tmp_path / "house", small_world({GENT: 2}), agency=agency, ledger=ledger.writer) as house:
        house.environment["AIRFLOW_CONN_AGENCY_DB"] = as_reader(agency)
        house.environment["AIRFLOW_CONN_LEDGER_DB_REDACTION"] = ledger.redactor
        assert not run_night(house.night()).errors
        assert hour(house) == [GENT]

        asked_at = datetime.now(UTC) - timedelta(days=4000)
        record_lookup(LookupKind.PERSON, "INZ-7", asked_at, house.connections, parent_id=101)
        assert hour(house) == [GENT]
        assert execute(ledger.owner, "select person, insz, salt, reason from look_up") == [(None, None, None, "INZ-7")]


def test_without_the_connection_of_the_redactor_the_hour_fails_at_once(
    postgres: Callable[[], str], tmp_path: Path
) -> None:
    ledger = roled_ledger(postgres())
    says = r"42501.*ledger_db_redaction must be the redactor's"
    with (
        lay(tmp_path / "house", small_world({GENT: 1}), ledger=ledger.writer) as house,
        pytest.raises(LedgerRefused, match=says),
    ):
        housekeeping.recipients_to_follow_up(house.night("hour"))
