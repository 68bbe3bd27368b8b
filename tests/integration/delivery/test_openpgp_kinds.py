"""Keys of every kind that a recipient may have: opened by the real gpg, or refused when sealed and at delivery."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest
from pysequoia.packet import PacketPile, Tag

from pipeline.core.connections import Connection
from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.hosts import host_of, sealed
from pipeline.delivery.openpgp import read_key
from pipeline.delivery.recipients import RecipientSettings
from tests.support.servers.gnupg import Gpg
from tests.support.signing import signing_connection

GENT = Kbo("0212214125")
NOW = datetime.now(UTC)
ELSEWHERE = Path(__file__).parents[2] / "golden" / "openpgp"
KINDS = {
    "nistp256": ("nistp256", "nistp256"),
    "nistp384": ("nistp384", "nistp384"),
    "nistp521": ("nistp521", "nistp521"),
    "rsa2048": ("rsa2048", "rsa2048"),
    "mixed": ("rsa2048", "cv25519"),
    "one-for-all": ("rsa2048", ""),
    "brainpool256": ("brainpoolP256r1", "brainpoolP256r1"),
    "brainpool384": ("brainpoolP384r1", "brainpoolP384r1"),
    "brainpool512": ("brainpoolP512r1", "brainpoolP512r1"),
    "bitcoin": ("secp256k1", "secp256k1"),
    "brainpool-subkey": ("ed25519", "brainpoolP256r1"),
}


def of_kind(name: str) -> Callable[[Gpg], str]:
    def made(gnupg: Gpg) -> str:
        gnupg.keys(KINDS)
        return gnupg.key(name)

    return made


def elsewhere(name: str) -> Callable[[Gpg], str]:
    return lambda gnupg: gnupg.taken_in(ELSEWHERE / f"{name}.secret.asc")


OPENED: dict[str, tuple[Callable[[Gpg], str], int]] = {
    **{name: (of_kind(name), 1) for name in ("nistp256", "nistp384", "nistp521", "rsa2048", "mixed")},
    "rsa3072": (Gpg.rsa, 1),
    "rsa4096": (elsewhere("rsa4096-2.2"), 1),
    "curve25519": (Gpg.curve25519, 1),
    "the primary key encrypts": (of_kind("one-for-all"), 1),
    "two alive beside an expired and a revoked one": (Gpg.several_subkeys, 2),
    "GnuPG 2.4": (elsewhere("default-2.4"), 1),
    "GnuPG 2.4, prefers OCB": (elsewhere("kleopatra-2.4"), 1),
}
"""By what each is, and how many of its parts are encrypted to."""


@pytest.mark.parametrize("name", OPENED)
def test_what_is_taken_is_opened_by_the_real_gpg(gnupg: Gpg, name: str) -> None:
    make, parts = OPENED[name]
    fingerprint = make(gnupg)
    key = read_key(gnupg.public(fingerprint, armor=False), GENT, NOW)
    message = key.encrypt(b"lijst")
    assert key.fingerprint == fingerprint.lower() and gnupg.decrypt(message) == b"lijst"
    assert [packet.tag for packet in PacketPile.from_bytes(message)] == [*[Tag.PKESK] * parts, Tag.SEIP]


REFUSED: dict[str, tuple[Callable[[Gpg], bytes], str]] = {
    **{
        name: (lambda gnupg, name=name: gnupg.public(of_kind(name)(gnupg)), f"is on the curve {curve}: ask")  # type: ignore[misc]
        for name, curve in {
            "brainpool256": "Brainpool P-256",
            "brainpool384": "Brainpool P-384",
            "brainpool512": "Brainpool P-512",
            "bitcoin": "secp256k1",
        }.items()
    },
    "brainpool-subkey": (
        lambda gnupg: gnupg.public(of_kind("brainpool-subkey")(gnupg)),
        "has no valid part to encrypt to (on the curve Brainpool P-256): ask",
    ),
    "elgamal": (lambda _: made_elsewhere("elgamal-2.2"), "no valid part to encrypt to (of the kind ElGamal): ask"),
    "curve448": (lambda _: made_elsewhere("curve448-2.4"), "is of version 5 (LibrePGP): ask"),
    "curve448-subkey": (lambda _: made_elsewhere("subkey448-2.4"), "to encrypt to (of version 5 (LibrePGP)): ask"),
    "weak": (lambda gnupg: gnupg.public(gnupg.key("weak", "rsa1024", "rsa1024")), "is too weak: RSA of 1024 bits: ask"),
    "expired": (
        lambda gnupg: gnupg.public(gnupg.key("expired", expires="1y", subkey_expires="1y")),
        "expired on 2020-12-31: ask",
    ),
    "expired-subkey": (
        lambda gnupg: gnupg.public(gnupg.key("part-expired", subkey_expires="1y")),
        "no valid part to encrypt to (expired on 2020-12-31): ask",
    ),
    "revoked": (lambda gnupg: gnupg.public(gnupg.revoked()), "is revoked: ask"),
    "revoked-subkey": (
        lambda gnupg: gnupg.public(gnupg.revoked_subkey()),
        "no valid part to encrypt to (revoked)",
    ),
    "signing only": (
        lambda gnupg: gnupg.public(gnupg.key("signs", subkey=None)),
        "no valid part to encrypt to (it is for signing only): ask",
    ),
    "two in one file": (
        lambda gnupg: gnupg.public(gnupg.rsa()) + gnupg.public(gnupg.curve25519()),
        "holds 2 keys: ask",
    ),
    "binary by PowerShell": (
        lambda gnupg: gnupg.public(gnupg.rsa(), armor=False).decode("cp850").encode("utf-16"),
        "was binary, and a program wrote it as text (PowerShell's >): ask the recipient to export that one key anew",
    ),
}


def made_elsewhere(name: str) -> bytes:
    return (ELSEWHERE / f"{name}.asc").read_bytes()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_so_when_sealed_and_when_delivered_to(gnupg: Gpg, tmp_path: Path, name: str) -> None:
    make, says = REFUSED[name]
    path = tmp_path / "gent.asc"
    path.write_bytes(make(gnupg))
    recipient = RecipientSettings(GENT, "ocmw-gent", "/out", str(path), seal=f"k1:{'0' * 40}:{'0' * 64}")
    for act in (lambda: sealed([recipient], connections), lambda: host_of(recipient, connections, None)):  # type: ignore[arg-type]
        with pytest.raises(SettingsError) as refused:
            act()
        message = str(refused.value)
        assert message.startswith(f"recipient {GENT}: its OpenPGP key ") and says in message
        assert "\n" not in message and "example.org" not in message


HOST_KEY = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


def connections(conn_id: str) -> Connection:
    """What the seal needs beside the OpenPGP key."""
    if conn_id == "ledger_key":
        secret = "b25seSBhIHRlc3QsIG5ldmVyIGEgc2VjcmV0OiAzMis="
        return Connection(conn_id, "generic", login="k1", password=secret)
    if conn_id.startswith("signing_key"):
        return signing_connection(conn_id=conn_id)
    return Connection(conn_id, "sftp", host="127.0.0.1", extra={"host_key": HOST_KEY, "private_key": "x"})


WRITTEN: dict[str, Callable[[bytes], bytes]] = {
    "as gpg does": bytes,
    "with the line ends of Windows": lambda armored: armored.replace(b"\n", b"\r\n"),
    "by PowerShell": lambda armored: armored.replace(b"\n", b"\r\n").decode().encode("utf-16"),
    "in UTF-16, big end first": lambda armored: b"\xfe\xff" + armored.decode().encode("utf-16-be"),
    "with a byte order mark": lambda armored: b"\xef\xbb\xbf" + armored,
}


@pytest.mark.parametrize("how", WRITTEN)
def test_an_armored_key_is_read_whatever_program_wrote_it(gnupg: Gpg, how: str) -> None:
    armored = gnupg.public(gnupg.curve25519())
    assert read_key(WRITTEN[how](armored), GENT, NOW).fingerprint == gnupg.curve25519().lower()
