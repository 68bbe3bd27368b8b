"""The opaque reference that a referral carries instead of any number of the parent. Pure.

A keyed hash of recipient and `parent_id` (DOMAIN: what a recipient gets): stable from night to night,
different at every recipient, so that two recipients cannot match their lists, and of no meaning without the key.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from pipeline.cells import texts_of_width
from pipeline.errors import SettingsError
from pipeline.model import Kbo

_LEAST_SECRET_BYTES = 32  # no shorter than the hash (RFC 2104, section 3)
_DIGEST_BYTES = 20  # 160 bits: among a million parents a collision has odds of 1 in 10^36
_CHARACTERS = 32  # of 5 bits each: no padding


@dataclass(frozen=True)
class ReferenceKey:
    """`id` is public and goes into manifests; `secret` is shown nowhere."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", self.id):
            raise SettingsError("the reference key's id is not 1 to 64 letters, digits, dots, dashes or underscores")
        if len(self.secret) < _LEAST_SECRET_BYTES:
            raise SettingsError(f"reference key {self.id} is shorter than {_LEAST_SECRET_BYTES} bytes: replace it")

    @classmethod
    def parse(cls, text: str) -> "ReferenceKey":
        """From `id:base64`, as the secrets backend holds it; raises SettingsError, which never shows the text."""
        id_, separator, encoded = text.strip().partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            separator, secret = "", b""
        if not separator:
            raise SettingsError("the reference key does not read as id:base64: store it again in the secrets backend")
        return cls(id_, secret)


def reference(key: ReferenceKey, kbo: Kbo, parent_id: int) -> str:
    """32 characters of A-Z and 2-7: HMAC-SHA256 of `kbo:parent_id`, cut to 160 bits, in base32."""
    text: str = references(key, kbo, [parent_id])[0].as_py()
    return text


def references(key: ReferenceKey, kbo: Kbo, parent_ids: Iterable[int]) -> pa.StringArray:
    """The reference of each parent, in the same order."""
    keyed = hmac.new(key.secret, f"{kbo}:".encode(), "sha256")
    digests = b"".join(_digest(keyed, parent_id) for parent_id in parent_ids)
    return texts_of_width(_CHARACTERS, base64.b32encode(digests))  # whole groups of 5 bytes: no padding between


def _digest(keyed: hmac.HMAC, parent_id: int) -> bytes:
    mac = keyed.copy()
    mac.update(str(parent_id).encode())
    return mac.digest()[:_DIGEST_BYTES]
