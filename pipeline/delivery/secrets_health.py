"""Whether the secrets are there, can be used, differ from one another, and lie in files that others cannot read."""

import hmac
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

from pipeline.core.connections import Connections
from pipeline.core.keys import SecretKey
from pipeline.core.precondition import Precondition, broken, judged, met
from pipeline.delivery.references import reference_key
from pipeline.delivery.signature import signing_keys
from pipeline.ledger.persons import ledger_key

SECRETS = "secrets"
KEYS = {"ledger_key": ledger_key, "reference_key": reference_key}


def secrets_preconditions(connections: Connections, hosts: Iterable[str]) -> Iterator[Precondition]:
    """Of every secret by itself, then of all together. `hosts`: the connections of hosts in use."""
    read: dict[str, SecretKey] = {}
    for name, of in KEYS.items():

        def look(name: str = name, of: object = of) -> Iterator[Precondition]:
            read[name] = KEYS[name](connections)
            yield met(SECRETS, name, f"key {read[name].id}")

        yield from judged(SECRETS, name, look)
    yield from judged(SECRETS, "signing_key", lambda: [_signer(connections)])
    yield from distinct_preconditions(read)
    yield from file_preconditions(key_files(connections, ("signing_key", "signing_key_old", *hosts)))


def _signer(connections: Connections) -> Precondition:
    return met(SECRETS, "signing_key", signing_keys(connections)[0].fingerprint)


def distinct_preconditions(keys: Mapping[str, SecretKey]) -> Iterator[Precondition]:
    """One secret for two purposes would let the holder of one guess at the other."""
    same = [pair for pair in combinations(sorted(keys), 2) if _are_same(*(keys[name].secret for name in pair))]
    for one, other in same:
        yield broken(
            SECRETS, "distinct", f"{one} and {other} hold the same secret: replace one of them before any night"
        )
    if len(keys) > 1 and not same:
        yield met(SECRETS, "distinct", f"{' and '.join(sorted(keys))} differ")


def _are_same(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


def key_files(connections: Connections, names: Iterable[str]) -> dict[Path, int | None]:
    """The mode of each key file that a connection names; None for one that is not there."""
    found: dict[Path, int | None] = {}
    for name in names:
        connection = connections(name)
        path = connection.extra.get("key_file") if connection else None
        if isinstance(path, str) and path:
            file = Path(path)
            found[file] = stat.S_IMODE(file.stat().st_mode) if file.is_file() else None
    return found


def file_preconditions(modes: Mapping[Path, int | None]) -> Iterator[Precondition]:
    """Of files that hold a private key."""
    for path, mode in modes.items():
        if mode is None:
            yield broken(SECRETS, "key file", f"{path} is not there: put the private key there, mode 0600")
        elif mode & 0o077:
            yield broken(SECRETS, "key file", f"{path} is {mode:04o}: chmod 600, for its owner alone")
        else:
            yield met(SECRETS, "key file", f"{path}, {mode:04o}")
