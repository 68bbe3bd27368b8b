"""The opaque reference of a parent in a referral, in place of any number of the parent. Pure.

A keyed hash of recipient and `parent_id`: the same every night, different at every recipient, so that two recipients
cannot match their lists, and without meaning to anybody without the key.
"""

import base64
from collections.abc import Iterable

import pyarrow as pa

from pipeline.core.connections import Connections
from pipeline.core.documents.cells import texts_of_width
from pipeline.core.keys import SecretKey, _key
from pipeline.core.model import Kbo

_DIGEST_BYTES = 20  # 160 bits: among a million parents a collision has odds of 1 in 10^36
_CHARACTERS = 32  # of 5 bits each: no padding
REFERENCE_PATTERN = f"[A-Z2-7]{{{_CHARACTERS}}}"
"""What every reference matches, as a whole."""


class ReferenceKey(SecretKey):
    """Its id goes into manifests."""

    what = "reference key"


def reference(key: ReferenceKey, kbo: Kbo, parent_id: int) -> str:
    """32 characters of A-Z and 2-7: HMAC-SHA256 of `kbo:parent_id`, cut to 160 bits, in base32."""
    text: str = references(key, kbo, [parent_id])[0].as_py()
    return text


def references(key: ReferenceKey, kbo: Kbo, parent_ids: Iterable[int]) -> pa.StringArray:
    """The reference of each parent, in the same order."""
    digests = b"".join(key.mac(kbo, str(parent_id).encode())[:_DIGEST_BYTES] for parent_id in parent_ids)
    return texts_of_width(_CHARACTERS, base64.b32encode(digests))  # whole groups of 5 bytes: no padding between


def reference_key(connections: Connections) -> ReferenceKey:
    """The key of the opaque references: connection `reference_key`, login its id, password the base64 of its secret."""
    return ReferenceKey.parse(_key(connections, "reference_key"))
