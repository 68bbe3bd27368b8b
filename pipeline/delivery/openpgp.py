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
from pipeline.delivery.openpgp_parts import KNOWN_VERSIONS, is_to_encrypt_to, why_unusable
from pipeline.delivery.openpgp_text import without_mark
from pipeline.delivery.recipients import RecipientSettings

_SECRET = (Tag.SecretKey, Tag.SecretSubkey)
_EXPORTED = "ask the recipient to export that one key anew: gpg --armor --output KEY.asc --export FINGERPRINT"
_OTHER_KIND = (
    "ask the recipient for a key that we can use: Curve25519, NIST P-256, P-384 or P-521, or RSA from 2048 bits, of "
    "version 4 (gpg --quick-generate-key NAME future-default default 2y), compare the fingerprint by another way and "
    "seal it"
)
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
    certificate = _only_certificate(_bytes_of(content, kbo), kbo)
    if certificate.is_revoked:
        raise _refused(kbo, "is revoked", _NEW_ONE)
    try:
        expires = certificate.expiration
    except RuntimeError:  # Sequoia's text runs on with a stack trace
        why = why_unusable(_parts(certificate)[0], at) or "damaged"
        raise _refused(kbo, f"is {why}", _OTHER_KIND) from None
    if expires is not None and expires <= at:
        raise _refused(kbo, f"expired on {local_day(expires)}", _NEW_ONE)
    alive = _without_dead_subkeys(certificate, at)
    if not _can_be_encrypted_to(alive):
        parts = [part for part in _parts(certificate)[1:] if is_to_encrypt_to(part)]
        why = ", ".join(why_unusable(part, at) or "damaged" for part in parts) or "it is for signing only"
        raise _refused(kbo, f"has no valid part to encrypt to ({why})", _OTHER_KIND)
    return PublicKey(certificate.fingerprint, Cert.from_packets(alive))


def _bytes_of(content: bytes, kbo: Kbo) -> bytes:
    try:
        return without_mark(content)
    except UnicodeError:
        raise _refused(kbo, "was binary, and a program wrote it as text (PowerShell's >)", _EXPORTED) from None


def _only_certificate(content: bytes, kbo: Kbo) -> Cert:
    packets = _packets(content)
    if any(packet.tag in _SECRET for packet in packets):
        remedy = "remove the file, warn the recipient that its secret is out, and ask for another public key"
        raise _refused(kbo, "holds a secret key", remedy)
    if unknown := [packet.body[0] for packet in packets if packet.tag == Tag.PublicKey and not _is_known(packet)]:
        raise _refused(kbo, f"is of version {unknown[0]}{' (LibrePGP)' if unknown[0] == 5 else ''}", _OTHER_KIND)
    try:
        certificates = Cert.split_bytes(content) if packets else []
    except RuntimeError:
        certificates = []
    if len(certificates) != 1:
        why = f"holds {len(certificates)} keys" if certificates else "is not an OpenPGP public key"
        raise _refused(kbo, why, _EXPORTED)
    return certificates[0]


def _packets(content: bytes) -> list[Packet]:
    """Of what is no OpenPGP at all, none."""
    try:
        return list(PacketPile.from_bytes(content))
    except RuntimeError:
        return []


def _is_known(packet: Packet) -> bool:
    return packet.body[0] in KNOWN_VERSIONS


def _parts(certificate: Cert) -> list[list[Packet]]:
    """The primary key, then each subkey, with what stands behind it."""
    packets = list(PacketPile.from_bytes(bytes(certificate)))
    starts = [number for number, packet in enumerate(packets) if packet.tag == Tag.PublicSubkey]
    return [packets[start:end] for start, end in pairwise([0, *starts, len(packets)])]


def _without_dead_subkeys(certificate: Cert, at: datetime) -> list[Packet]:
    primary, *parts = _parts(certificate)
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
