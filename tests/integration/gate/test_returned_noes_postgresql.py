"""A no that a recipient returned, on PostgreSQL (the rest: tests/unit/gate/test_returned_noes.py)."""

from collections.abc import Callable
from pathlib import Path

from pipeline.ledger.events import Kind
from tests.support.deliveries import agency_on_postgresql
from tests.support.returned_noes import hour, returns


def test_a_drop_that_lies_there_is_taken_away_and_replaced(tmp_path: Path, postgres: Callable[[], str]) -> None:
    agency = agency_on_postgresql(tmp_path, postgres)
    agency.deliver(agency.decide_unchecked())
    returns(agency, 202)
    assert hour(agency).kind is Kind.RECALLED
    assert agency.parents == [201, 203] and agency.withdrawn == {202: "said_to_recipient"}
