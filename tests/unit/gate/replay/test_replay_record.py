"""The record of a night: what its hashes are made of does not change without its form; which key and night is meant."""

import base64
import hashlib
import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pipeline.core.connections import Connection
from pipeline.core.errors import SettingsError, TerminalError
from pipeline.gate.replay.fingerprints import secret_of
from pipeline.gate.replay.nights import decision_instant, nearest
from pipeline.gate.replay.record import FORM, read_record
from pipeline.ledger.persons import LedgerKey, ledger_key_of, person_hashes
from tests.support.replays import KEY, Recorded
from tests.support.worlds.tables import baseline, moment, world

CONTENTS_OF_FORM = {2: "b3c057600eb54dbc96bc2b9a94d7554c73614308f9d267c55c914616370dfc90"}
"""SHA-256 of a small world's record by form. Another hash: what is hashed has changed, so raise FORM and add a line."""


def contents(night: Recorded) -> str:
    decided = read_record(night.packed, KEY)
    grown = {feed: asdict(each) | {"since": sorted(each.since)} for feed, each in decided.grown.items()}
    everything = [decided.parents.to_pylist(), decided.small, grown, decided.child_age_limit_years]
    return hashlib.sha256(json.dumps(everything, default=str, sort_keys=True).encode()).hexdigest()


def test_what_is_hashed_does_not_change_without_the_form(tmp_path: Path) -> None:
    night = Recorded(world({"parent": [{}, {"family_id": 9, "insz": "1"}]}), moment(), tmp_path)
    assert contents(night) == CONTENTS_OF_FORM[FORM]


def test_a_row_is_the_decision_under_the_ledgers_hash(tmp_path: Path) -> None:
    night = Recorded(baseline(), moment(), tmp_path)
    (row,) = read_record(night.packed, KEY).parents.to_pylist()
    (person,) = person_hashes(KEY, [1])
    assert row["person"] == int.from_bytes(person[:8])
    assert (row["outcome"], row["reason"], row["fields"]) == ("released", None, "address,email,name,phone")


def test_another_key_makes_other_fingerprints(tmp_path: Path) -> None:
    """Birth dates and deaths could be guessed under a plain hash."""
    night = Recorded(baseline(), moment(), tmp_path)
    with pytest.raises(TerminalError, match="is not the key"):
        read_record(night.packed, LedgerKey(KEY.id, bytes(32)))
    assert secret_of(KEY) != secret_of(LedgerKey(KEY.id, bytes(32)))
    assert KEY.secret.hex() not in secret_of(KEY)


def test_two_parents_alike_have_no_fingerprint_in_common(tmp_path: Path) -> None:
    twins = Recorded(world({"parent": [{}, {"family_id": 1}], "residence": [{}, {"parent_id": 2}]}), moment(), tmp_path)
    one, two = read_record(twins.packed, KEY).parents.to_pylist()
    for name in ("family_id", "parent", "family", "child"):
        assert one[name] != two[name]


def connection(conn_id: str, key_id: str) -> Connection:
    return Connection(conn_id, "generic", login=key_id, password=base64.b64encode(key_id.ljust(32).encode()).decode())


def test_the_key_of_then_is_the_one_in_use_or_kept_under_its_id() -> None:
    kept = {"ledger_key": connection("ledger_key", "k2"), "ledger_key_k1": connection("ledger_key_k1", "k1")}
    assert [ledger_key_of(kept.get, key_id).id for key_id in ("k1", "k2")] == ["k1", "k2"]
    with pytest.raises(SettingsError, match="keep it as ledger_key_k0"):
        ledger_key_of(kept.get, "k0")
    kept["ledger_key_k1"] = connection("ledger_key_k1", "k9")
    with pytest.raises(SettingsError, match="connection ledger_key_k1 holds ledger key k9"):
        ledger_key_of(kept.get, "k1")


NIGHTS = [
    (date(2026, 6, day), datetime(2026, 6, day, 1, 30, hour, tzinfo=UTC)) for day, hour in ((16, 0), (15, 9), (15, 0))
]


def test_a_date_is_the_nights_last_decision_and_an_instant_itself() -> None:
    assert decision_instant(date(2026, 6, 15), NIGHTS) == NIGHTS[1][1]
    other = datetime(2026, 6, 15, 1, 30, 5, tzinfo=UTC)
    assert decision_instant(other, NIGHTS) == other
    with pytest.raises(TerminalError, match=r"night of 2026-06-17 .* 2026-06-16 \(at 2026-06-16T03"):
        decision_instant(date(2026, 6, 17), NIGHTS)
    assert nearest(other, []) == "the ledger holds no night's decisions"
