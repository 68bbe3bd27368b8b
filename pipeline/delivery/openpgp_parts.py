"""Why a part of an OpenPGP certificate cannot be encrypted to, as its packets say. Pure.

Sequoia leaves such a part out and gives no reason that a recipient could act on: what it does not compute with
(Brainpool, ElGamal, LibrePGP's version 5) looks like a key that is damaged.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pysequoia.packet import HashAlgorithm, Packet, SignatureType

from pipeline.core.local_time import local_day

KNOWN_VERSIONS = (4, 6)
_RSA = (1, 2, 3)
_ON_A_CURVE = (18, 19, 22)
_UNUSABLE = {16: "ElGamal", 17: "DSA", 20: "ElGamal"}
_NO_CURVES_OF_OURS = {
    "2b2403030208010107": "Brainpool P-256",
    "2b240303020801010b": "Brainpool P-384",
    "2b240303020801010d": "Brainpool P-512",
    "2b8104000a": "secp256k1",
}
"""By the object identifier, in hex."""
_LEAST_BITS = 2048


def why_unusable(part: Sequence[Packet], at: datetime) -> str:
    """A reason, in words that follow "is"; "" where the packets give none. `part`: a key, and what signs it."""
    return next(iter(_reasons(part, at)), "")


def _reasons(part: Sequence[Packet], at: datetime) -> Iterator[str]:
    key, *signatures = part
    if key.body[0] not in KNOWN_VERSIONS:
        yield f"of version {key.body[0]}{' (LibrePGP)' if key.body[0] == 5 else ''}"
        return
    yield from _of_its_kind(key.body)
    if any(packet.hash_algorithm == HashAlgorithm.SHA1 for packet in signatures):
        yield "too weak: signed with SHA-1"
    if key.key_created and key.key_created > at:
        yield f"not valid before {local_day(key.key_created)}"
    if any(packet.signature_type == SignatureType.SubkeyRevocation for packet in signatures):
        yield "revoked"
    if ended := [end for packet in signatures if (end := _end(key, packet)) and end <= at]:
        yield f"expired on {local_day(max(ended))}"


def _of_its_kind(body: bytes) -> Iterator[str]:
    """By its algorithm, and its length or its curve: all that is in the key itself."""
    algorithm, rest = body[5], body[6:] if body[0] == 4 else body[10:]
    if algorithm in _RSA and (bits := int.from_bytes(rest[:2])) < _LEAST_BITS:
        yield f"too weak: RSA of {bits} bits"
    if algorithm in _UNUSABLE:
        yield f"of the kind {_UNUSABLE[algorithm]}"
    if algorithm in _ON_A_CURVE and (curve := _NO_CURVES_OF_OURS.get(rest[1 : 1 + rest[0]].hex())):
        yield f"on the curve {curve}"


def _end(key: Packet, signature: Packet) -> datetime | None:
    lasts = signature.key_validity_period
    return key.key_created + lasts if lasts and key.key_created else None


def is_to_encrypt_to(part: Sequence[Packet]) -> bool:
    """Whether a subkey is for encryption, by any of its signatures; also one whose signatures cannot be read."""
    flags = [packet.key_flags for packet in part if packet.key_flags]
    return not flags or any(flag.transport_encryption or flag.storage_encryption for flag in flags)
