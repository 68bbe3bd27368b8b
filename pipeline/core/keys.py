"""A secret key from the secrets backend: its id is public and goes on record, its secret is shown nowhere."""

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Self

from pipeline.core.connections import Connection, Connections, require, required
from pipeline.core.errors import SettingsError
from pipeline.core.hand_text import read_hand_text

_LEAST_SECRET_BYTES = 32  # no shorter than the hash (RFC 2104, section 3)


@dataclass(frozen=True)
class SecretKey:
    """A key for HMAC-SHA256. Raises SettingsError, which never shows the secret, for one that cannot be used."""

    what: ClassVar[str]

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.id):
            raise SettingsError(f"the {self.what}'s id is not 1 to 64 letters, digits, dots, dashes or underscores")
        if len(self.secret) < _LEAST_SECRET_BYTES:
            raise SettingsError(f"{self.what} {self.id} is shorter than {_LEAST_SECRET_BYTES} bytes: replace it")

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `id:base64`, as the secrets backend holds it; raises SettingsError, which never shows the text."""
        id_, separator, encoded = text.strip().partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            separator, secret = "", b""
        if not separator:
            raise SettingsError(f"the {cls.what} does not read as id:base64: store it again in the secrets backend")
        return cls(id_, secret)

    def mac(self, purpose: str, content: bytes = b"") -> bytes:
        """32 bytes: HMAC-SHA256 of `purpose:` and the content."""
        return hmac.digest(self.secret, f"{purpose}:".encode() + content, "sha256")


def _key(connections: Connections, conn_id: str) -> str:
    connection = require(connections, conn_id)
    return f"{connection.login or ''}:{connection.password or ''}"


def private_key_text(connection: Connection) -> str:
    """`private_key` as text, as a secrets backend holds it, or that of a `key_file`. Raises SettingsError."""
    path = connection.extra.get("key_file")
    if path is None:
        return required(connection, "extra private_key or key_file", connection.extra.get("private_key"))
    if not isinstance(path, str) or not path:
        raise SettingsError(f"connection {connection.conn_id}: key_file is not a path: correct it")
    try:
        return read_hand_text(Path(path))
    except (OSError, ValueError) as error:
        why = type(error).__name__
        raise SettingsError(f"connection {connection.conn_id}: key_file cannot be read ({why}): correct it") from None
