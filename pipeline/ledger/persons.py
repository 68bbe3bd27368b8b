"""The keyed hash under which the ledger knows a person: of no meaning without the key. Pure.

Of `parent_id`, and of the INSZ where there is one, so that an art. 15 request can be answered when the row is gone.
"""

from collections.abc import Iterable

from pipeline.core.connections import Connections
from pipeline.core.errors import SettingsError
from pipeline.core.keys import SecretKey, _key

BYTES = 16
"""128 bits: among a million parents a collision has odds of 1 in 10^26."""


class LedgerKey(SecretKey):
    """Its id stands in every line of the ledger that it made."""

    what = "ledger key"


def person_hashes(key: LedgerKey, parent_ids: Iterable[int]) -> list[bytes]:
    """16 bytes for each parent, in the same order: HMAC-SHA256 of `parent:<parent_id>`, cut."""
    return [key.mac("parent", str(parent_id).encode())[:BYTES] for parent_id in parent_ids]


def insz_hash(key: LedgerKey, insz: str) -> bytes:
    """16 bytes: HMAC-SHA256 of `insz:<11 digits>`, cut."""
    return key.mac("insz", insz.encode())[:BYTES]


def ledger_key(connections: Connections) -> LedgerKey:
    """The key of the ledger's hashes of persons: connection `ledger_key`, likewise."""
    return LedgerKey.parse(_key(connections, "ledger_key"))


def ledger_key_of(connections: Connections, key_id: str) -> LedgerKey:
    """The ledger's key of then: the current one, or after a rotation connection `ledger_key_<id>`.

    Raises SettingsError when that key is not kept.
    """
    current, conn_id = ledger_key(connections), f"ledger_key_{key_id}"
    if current.id == key_id:
        return current
    if connections(conn_id) is None:
        raise SettingsError(f"ledger key {key_id}, used then, is no longer connection ledger_key: keep it as {conn_id}")
    found = LedgerKey.parse(_key(connections, conn_id))
    if found.id != key_id:
        raise SettingsError(f"connection {conn_id} holds ledger key {found.id}: store key {key_id} in it")
    return found
