"""The seal on a recipient's settings: a keyed hash over all settings of one recipient's host and keys. Pure.

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

SHA256 = "SHA256:"
"""How a fingerprint begins, as `ssh-keygen -lf` shows it."""
WITH_SIGNING_KEY = 4
"""The parts of a seal that names a signing key."""


@dataclass(frozen=True)
class Binding:
    """The sealed settings. `connection` is its id, `host_key` the pinned key's fingerprint as `ssh-keygen -lf` shows
    it, `public_key` the OpenPGP key's fingerprint (lowercase hex) or "none".

    `signing_key`: the fingerprint of the agency's key that signs for this recipient, likewise as `ssh-keygen` shows it;
    "" in a seal from before drops were signed: it holds for a task that only reads or removes.

    `way_back`, `way_back_folder`: the protocol's word and where the recipient puts its files; both "" without a way
    back, so that a seal from before there was one holds.
    """

    kbo: Kbo
    connection: str
    host: str
    port: int
    account: str
    folder: str
    host_key: str
    public_key: str
    signing_key: str = ""
    way_back: str = ""
    way_back_folder: str = ""


LATER = ("signing_key", "way_back", "way_back_folder")
"""Sealed only where they say something: a seal from before them says nothing of them."""


def seal_of(binding: Binding, key: LedgerKey) -> str:
    """`<ledger key's id>:<public key's fingerprint or none>:<signing key's, without SHA256:>:<keyed hash>`.

    The keyed hash is HMAC-SHA256 of the binding as canonical JSON, in hex.
    """
    bound = {name: value for name, value in asdict(binding).items() if name not in LATER or value}
    content = json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
    signer = [binding.signing_key.removeprefix(SHA256)] if binding.signing_key else []
    return ":".join([key.id, binding.public_key, *signer, key.mac("recipient", content).hex()])


def signing_key_in(seal: str) -> str:
    """The fingerprint of the signing key that a seal names; "" for none."""
    parts = seal.split(":")
    return SHA256 + parts[2] if len(parts) == WITH_SIGNING_KEY else ""


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
            f"{who}: its settings are not those that were sealed (account, folder, connection, host, host key, "
            "public key, signing key or way back): nothing was sent; find out who changed them, and only if all of "
            f"them are right {again}"
        )
