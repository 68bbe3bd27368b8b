"""A recipient's OpenPGP public key: judged before anything is sent, and used to encrypt a drop in memory.

Sequoia verifies the key's own signatures and refuses weak keys (RSA below 2048 bits, SHA-1), but its binding for Python
encrypts to a revoked or expired key without an error: this module refuses both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from pysequoia import Cert
from pysequoia import encrypt as _encrypt
from pysequoia.packet import Packet, PacketPile, SignatureType, Tag

from pipeline.core.errors import SettingsError
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import RecipientSettings

_SECRET = (Tag.SecretKey, Tag.SecretSubkey)
_NEW_ONE = "ask the recipient for its renewed public key, compare the fingerprint by another way and seal it"


@dataclass(frozen=True)
class PublicKey:
    """A certificate that may be encrypted to, its dead subkeys left out. `fingerprint`: lowercase hex, of 40 or 64."""

    fingerprint: str
    certificate: Cert = field(repr=False, compare=False)

    def encrypt(self, content: bytes) -> bytes:
        """An OpenPGP message, binary: different at every call, and opened by the recipient's secret key alone."""
        return _encrypt(content, [self.certificate], armor=False)


def recipient_key(recipient: RecipientSettings, at: datetime | None = None) -> PublicKey | None:
    """The key that the recipient's drops are encrypted with; None where "none" is written out.

    At `at` (aware, by default now) the key must be alive. Raises SettingsError naming recipient, mistake and remedy.
    """
    path = recipient.key_file
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
        raise _refused(recipient.kbo, why, f"put the public key at {path}, readable where the tasks run") from None
    return read_key(content, recipient.kbo, at or datetime.now(UTC))


def read_key(content: bytes, kbo: Kbo, at: datetime) -> PublicKey:
    """The one public key in `content`, armored or binary. Raises SettingsError unless it may be encrypted to `at`."""
    certificate = _only_certificate(content, kbo)
    if certificate.is_revoked:
        raise _refused(kbo, "is revoked", _NEW_ONE)
    try:
        expires = certificate.expiration
    except RuntimeError:  # Sequoia's text runs on with a stack trace
        why = "is too weak (RSA below 2048 bits, or signed with SHA-1), damaged or not valid yet"
        raise _refused(kbo, why, "ask the recipient for a new key") from None
    if expires is not None and expires <= at:
        raise _refused(kbo, f"expired on {local_day(expires)}", _NEW_ONE)
    alive = _without_dead_subkeys(certificate, at)
    if not _can_be_encrypted_to(alive):
        why = "has no valid part to encrypt to (expired, revoked, too weak, or for signing only)"
        raise _refused(kbo, why, _NEW_ONE)
    return PublicKey(certificate.fingerprint, Cert.from_packets(alive))


def _only_certificate(content: bytes, kbo: Kbo) -> Cert:
    try:
        certificates = Cert.split_bytes(content)
        tags = [packet.tag for packet in PacketPile.from_bytes(content)]
    except RuntimeError:
        certificates, tags = [], []
    if any(tag in _SECRET for tag in tags):
        remedy = "remove the file, warn the recipient that its secret is out, and ask for another public key"
        raise _refused(kbo, "holds a secret key", remedy)
    if len(certificates) != 1:
        why = f"holds {len(certificates)} keys" if certificates else "is not an OpenPGP public key"
        raise _refused(kbo, why, "ask the recipient to export that one key (gpg --armor --export)")
    return certificates[0]


def _without_dead_subkeys(certificate: Cert, at: datetime) -> list[Packet]:
    packets = list(PacketPile.from_bytes(bytes(certificate)))
    starts = [number for number, packet in enumerate(packets) if packet.tag == Tag.PublicSubkey]
    parts = [packets[start:end] for start, end in pairwise([*starts, len(packets)])]
    primary = packets[: starts[0]] if starts else packets
    return [*primary, *(packet for part in parts if _is_alive(primary, part, at) for packet in part)]


def _is_alive(primary: Sequence[Packet], part: Sequence[Packet], at: datetime) -> bool:
    """Whether a subkey, with the signatures behind it, has not expired: by the newest binding that Sequoia accepts.

    A signature's packet does not tell whether it is genuine; an encryption with that signature alone does.
    """
    key, *signatures = part
    bindings = [packet for packet in signatures if packet.signature_type == SignatureType.SubkeyBinding]
    earliest = datetime.min.replace(tzinfo=UTC)
    for binding in sorted(bindings, key=lambda packet: packet.signature_created or earliest, reverse=True):
        if _can_be_encrypted_to([*primary, key, binding]):
            lasts = binding.key_validity_period
            return not lasts or (key.key_created or at) + lasts > at
    return False


def _can_be_encrypted_to(packets: Sequence[Packet]) -> bool:
    try:
        _encrypt(b"", [Cert.from_packets(packets)], armor=False)
    except RuntimeError:
        return False
    return True


def _refused(kbo: Kbo, why: str, remedy: str) -> SettingsError:
    return SettingsError(f"recipient {kbo}: its OpenPGP key {why}: {remedy}")
