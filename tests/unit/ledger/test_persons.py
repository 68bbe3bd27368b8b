"""The hash under which the ledger knows a person: stable, keyed, and not to be confused between its two kinds."""

import base64
import hashlib
import hmac

import pytest

from pipeline.core.connections import Connection
from pipeline.core.errors import SettingsError
from pipeline.delivery.references import ReferenceKey, reference_key
from pipeline.ledger.persons import LedgerKey, insz_hash, ledger_key, person_hashes

KEY = LedgerKey("ledger-1", bytes(range(32)))


def test_a_person_is_an_hmac_of_the_number() -> None:
    expected = hmac.digest(KEY.secret, b"parent:17", hashlib.sha256)[:16]
    assert person_hashes(KEY, [17, 17, 18]) == [expected, expected, person_hashes(KEY, [18])[0]]
    assert person_hashes(KEY, [18])[0] != expected


def test_an_insz_is_hashed_apart_from_a_parent_id() -> None:
    assert insz_hash(KEY, "90010100024") == hmac.digest(KEY.secret, b"insz:90010100024", hashlib.sha256)[:16]
    assert insz_hash(KEY, "17") != person_hashes(KEY, [17])[0]


def test_another_key_knows_nobody() -> None:
    other = LedgerKey("ledger-2", bytes(32))
    assert not set(person_hashes(KEY, range(100))) & set(person_hashes(other, range(100)))


def test_each_key_comes_from_its_own_connection() -> None:
    texts = {"reference_key": bytes(32), "ledger_key": bytes(range(32))}

    def connections(conn_id: str) -> Connection:
        return Connection(conn_id, "generic", login=conn_id, password=base64.b64encode(texts[conn_id]).decode())

    assert ledger_key(connections) == LedgerKey("ledger_key", bytes(range(32)))
    assert reference_key(connections) == ReferenceKey("reference_key", bytes(32))


def test_one_key_is_not_the_other() -> None:
    assert LedgerKey("k", bytes(32)) != ReferenceKey("k", bytes(32))


def test_a_malformed_key_is_named_and_not_shown() -> None:
    with pytest.raises(SettingsError, match=r"ledger key .*id:base64") as refused:
        LedgerKey.parse("ledger-1:c2VjcmV0LXRoYXQtaXMtc2hvcnQ*")
    assert "c2Vj" not in str(refused.value)
    with pytest.raises(SettingsError, match="shorter than 32 bytes"):
        LedgerKey.parse("ledger-1:c2hvcnQ=")
    assert "secret" not in repr(KEY)
