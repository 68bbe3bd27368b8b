"""The two keys of a recipient's connection, read without ever quoting them."""

import base64
import io

import paramiko
from paramiko.pkey import UnknownKeyType

from pipeline.core.errors import SettingsError

_KINDS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


def host_key(text: str, where: str) -> paramiko.PKey:
    """The pinned key, from a line `<kind> <base64> [comment]` as in a .pub file. Raises SettingsError."""
    try:
        kind, content = text.split()[:2]
        blob = base64.b64decode(content, validate=True)
        key: paramiko.PKey = paramiko.PKey.from_type_string(kind, blob)
        if key.asbytes() != blob:  # paramiko fills up what was cut off
            raise ValueError
        return key
    except (ValueError, paramiko.SSHException, UnknownKeyType):
        raise SettingsError(f"{where}: host_key in its connection is not a public key: correct it") from None


def private_key(text: str, where: str) -> paramiko.PKey:
    """Our key, from PEM or OpenSSH text without passphrase. Raises SettingsError."""
    for kind in _KINDS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise SettingsError(f"{where}: private_key in its connection is not PEM or OpenSSH without passphrase: correct it")
