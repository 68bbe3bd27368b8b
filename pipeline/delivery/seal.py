"""The seal on a recipient's settings: a keyed hash over all settings of one recipient's host and key. Pure.

Account, folder, host, host key and public key are right only together: with one of them exchanged, a drop reaches the
wrong recipient. `gegevensdeling seal` makes the seal once a person has compared them with the agreement; before every
delivery the seal is made anew and compared. A person who can write the recipients' settings, the seals, a connection
or a key file, but does not have the ledger key, cannot make a seal.
"""

import hmac
import json
from dataclasses import asdict, dataclass

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.ledger.persons import LedgerKey


@dataclass(frozen=True)
class Binding:
    """The sealed settings. `connection` is its id, `host_key` the pinned key's fingerprint as `ssh-keygen -lf` shows
    it, `public_key` the OpenPGP key's fingerprint (lowercase hex) or "none".
    """

    kbo: Kbo
    connection: str
    host: str
    port: int
    account: str
    folder: str
    host_key: str
    public_key: str


def seal_of(binding: Binding, key: LedgerKey) -> str:
    """`<ledger key's id>:<public key's fingerprint or none>:<HMAC-SHA256 of the binding as canonical JSON, in hex>`."""
    content = json.dumps(asdict(binding), sort_keys=True, separators=(",", ":")).encode()
    return f"{key.id}:{binding.public_key}:{key.mac('recipient', content).hex()}"


def refuse_unsealed(binding: Binding, seal: str, key: LedgerKey) -> None:
    """Raises SettingsError, without the difference, unless `seal` was made of this binding with this key."""
    who, again = f"recipient {binding.kbo}", f"run gegevensdeling seal {binding.kbo}"
    if not seal:
        raise SettingsError(f"{who}: its settings are not sealed: compare them with what was agreed, then {again}")
    made_with = seal.partition(":")[0]
    if made_with != key.id:
        remedy = f"put that key back, or compare the settings with what was agreed and {again}"
        raise SettingsError(f"{who}: its settings were sealed with ledger key {made_with}, not with {key.id}: {remedy}")
    if not hmac.compare_digest(seal, seal_of(binding, key)):
        raise SettingsError(
            f"{who}: its settings are not those that were sealed (account, folder, connection, host, host key or "
            f"public key): nothing was sent; find out who changed them, and only if all of them are right {again}"
        )
