"""The agency's signature on what it puts before a recipient: SSHSIG, which `ssh-keygen -Y verify` checks.

An Ed25519 key alone signs: the same content gets the same signature. The secrets backend holds one key, as connection
`signing_key`, or two while recipients move from an older one, which is connection `signing_key_old` by then. The seal
of a recipient (pipeline/delivery/seal.py) names the key that signs for it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from pipeline.core.connections import Connections, require
from pipeline.core.errors import SettingsError
from pipeline.core.keys import private_key_text

NAMESPACE = "gegevensdeling"
"""What a signature is for: one made for mail or for Git says nothing here."""
SIGNER = "opgroeien"
"""Who signs, in a recipient's `allowed_signers`."""
SUFFIX = ".sig"
CONNECTIONS = ("signing_key", "signing_key_old")
"""Where the secrets backend holds the keys: the one in use, and the one before it."""
NO_SIGNING_KEY = "store the agency's signing key as connection signing_key, and seal the recipients to it"
_NEW_ONE = "make one with ssh-keygen -t ed25519 -N '' and store its private part"


@dataclass(frozen=True)
class SigningKey:
    """A key of the agency. `fingerprint`: as `ssh-keygen -lf` shows it; `public_line`: kind and base64."""

    fingerprint: str
    public_line: str
    _make: Callable[[bytes], bytes] = field(repr=False, compare=False)

    def sign(self, content: bytes) -> bytes:
        """The signature on `content`, armored as ssh-keygen writes it: the same at every call."""
        return self._make(content)


def parse_signing_key(text: str, where: str) -> SigningKey:
    """From OpenSSH text without passphrase. Raises SettingsError, which never shows the text."""
    import asyncssh  # here: a task that signs nothing need not load it

    try:
        private = asyncssh.import_private_key(text)
    except asyncssh.KeyImportError:
        private = None
    if private is None or private.algorithm != b"ssh-ed25519":
        raise SettingsError(f"{where} is not an Ed25519 key in OpenSSH's form without passphrase: {_NEW_ONE}")
    kind, content = private.export_public_key().decode().split()[:2]
    make = partial(asyncssh.create_sshsig, private, namespace=NAMESPACE)
    return SigningKey(private.get_fingerprint(), f"{kind} {content}", make)


def allowed_signers_line(public_line: str) -> str:
    """What a recipient puts in its `allowed_signers`, so that `ssh-keygen -Y verify` takes this key for ours."""
    return f'{SIGNER} namespaces="{NAMESPACE}" {public_line} gegevensdeling'


def signing_keys(connections: Connections) -> list[SigningKey]:
    """The one or two keys in the secrets backend, the one in use first. Raises SettingsError."""
    require(connections, CONNECTIONS[0])
    held = [connection for conn_id in CONNECTIONS if (connection := connections(conn_id))]
    return [parse_signing_key(private_key_text(each), f"connection {each.conn_id}") for each in held]


def signing_key_of(connections: Connections, fingerprint: str) -> SigningKey:
    """The key with that fingerprint. Raises SettingsError when the secrets backend does not hold it."""
    found = [key for key in signing_keys(connections) if key.fingerprint == fingerprint]
    if not found:
        raise SettingsError(
            f"signing key {fingerprint} is neither connection {CONNECTIONS[0]} nor {CONNECTIONS[1]}, so nothing was "
            "sent: put it back, or seal the recipients that name it anew"
        )
    return found[0]
