"""A recipient's OpenPGP key, made by the real gpg: what may be encrypted to, what is refused, and who can open it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pysequoia import Cert, Profile, Tsk, decrypt
from pysequoia.packet import PacketPile, SignatureType, Tag

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.openpgp import read_key, recipient_key
from pipeline.delivery.recipients import RecipientSettings
from tests.support.servers.gnupg import Gpg

GENT = Kbo("0212214125")
NOW = datetime.now(UTC)
CONTENTS = [b"", b"x", bytes(range(256)) * 400, "Zoë;例🙂\r\n".encode("utf-8-sig")]


@pytest.mark.parametrize("armor", [True, False])
@pytest.mark.parametrize("make", [Gpg.rsa, Gpg.curve25519])
def test_what_is_made_for_a_key_of_gnupg_is_opened_by_it(gnupg: Gpg, make: Callable[[Gpg], str], armor: bool) -> None:
    fingerprint = make(gnupg)
    key = read_key(gnupg.public(fingerprint, armor), GENT, NOW)
    assert key.fingerprint == fingerprint.lower()
    for content in CONTENTS:
        message = key.encrypt(content)
        assert gnupg.decrypt(message) == content
        assert len(content) < 100 or content[:50] not in message
        assert message != key.encrypt(content), "a fresh session key each time"


def test_the_message_names_no_file_no_time_and_no_sender(gnupg: Gpg) -> None:
    message = read_key(gnupg.public(gnupg.curve25519()), GENT, NOW).encrypt(b"lijst")
    assert [packet.tag for packet in PacketPile.from_bytes(message)] == [Tag.PKESK, Tag.SEIP]
    listed = gnupg("--list-packets", given=message).decode()
    assert 'created 0, name=""' in listed and "signature" not in listed


def test_line_ends_of_windows_and_words_around_the_block_do_not_matter(gnupg: Gpg) -> None:
    block = gnupg.public(gnupg.curve25519())
    assert read_key(b"Onze sleutel:\r\n\r\n" + block.replace(b"\n", b"\r\n") + b"Groeten\r\n", GENT, NOW)


def test_nobody_else_opens_it(gnupg: Gpg) -> None:
    message = read_key(gnupg.public(gnupg.rsa()), GENT, NOW).encrypt(b"lijst")
    stranger = Tsk.generate(user_id="vreemd@example.org")
    with pytest.raises(RuntimeError):
        decrypt(message, stranger.decryptor())


def test_a_key_of_version_6_will_do_for_who_has_software_for_it() -> None:
    own = Tsk.generate(user_id="nieuw@example.org", profile=Profile.RFC9580)
    certificate = own.extract_certificate()
    key = read_key(bytes(certificate), GENT, NOW)
    assert len(key.fingerprint) == 64
    assert decrypt(key.encrypt(b"lijst"), own.decryptor()).bytes == b"lijst"


REFUSED: list[tuple[str, Callable[[Gpg], bytes], str]] = [
    ("empty", lambda _: b"", "is not an OpenPGP public key"),
    ("words", lambda _: b"our key follows by post", "is not an OpenPGP public key"),
    ("cut off", lambda g: g.public(g.curve25519())[:200], "is not an OpenPGP public key"),
    ("cut off, binary", lambda g: g.public(g.curve25519(), armor=False)[:30], "is not an OpenPGP public key"),
    ("an SSH key", lambda _: b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDb4 x", "is not an OpenPGP public key"),
    ("a message", lambda g: read_key(g.public(g.rsa()), GENT, NOW).encrypt(b"x"), "is not an OpenPGP public key"),
    ("secret", lambda g: g.secret(g.curve25519()), "holds a secret key: remove the file, warn the recipient"),
    ("two", lambda g: g.public(g.rsa(), armor=False) + g.public(g.curve25519(), armor=False), "holds 2 keys"),
    ("two, armored", lambda g: g.public(g.rsa()) + g.public(g.curve25519()), "holds 2 keys"),
    ("public and secret", lambda g: g.public(g.rsa()) + g.secret(g.rsa()), "holds"),
    ("expired", lambda g: g.public(g.key("expired", expires="1y", subkey_expires="1y")), "expired on 2020-12-31"),
    ("part expired", lambda g: g.public(g.key("part-expired", subkey_expires="1y")), "no valid part to encrypt to"),
    ("revoked", lambda g: g.public(g.revoked()), "is revoked"),
    ("part revoked", lambda g: g.public(g.revoked_subkey()), "no valid part to encrypt to"),
    ("signing only", lambda g: g.public(g.key("signs", subkey=None)), "no valid part to encrypt to"),
    ("weak", lambda g: g.public(g.key("weak", "rsa1024", "rsa1024")), "too weak"),
    ("part weak", lambda g: g.public(g.key("part-weak", subkey="rsa1024")), "no valid part to encrypt to"),
    (
        "SHA-1",
        lambda g: g.public(g.key("sha1", "rsa2048", "rsa2048", "never", "never", "--cert-digest-algo", "SHA1")),
        "too weak",
    ),
]


@pytest.mark.parametrize(("make", "says"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_may_not_be_encrypted_to_is_refused_in_one_sentence(
    gnupg: Gpg, make: Callable[[Gpg], bytes], says: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        read_key(make(gnupg), GENT, NOW)
    message = str(refused.value)
    assert message.startswith("recipient 0212214125: its OpenPGP key ") and says in message
    assert ": ask the recipient" in message or "and ask for another" in message, "there is a remedy"
    assert "\n" not in message and "example.org" not in message


def test_a_key_is_alive_until_it_expires(gnupg: Gpg) -> None:
    content = gnupg.public(gnupg.key("expired", expires="1y", subkey_expires="1y"))
    last = datetime(2020, 12, 31, tzinfo=UTC)
    assert read_key(content, GENT, last - timedelta(seconds=1))
    with pytest.raises(SettingsError, match="expired on 2020-12-31"):
        read_key(content, GENT, last)


def test_a_subkey_is_alive_until_it_expires(gnupg: Gpg) -> None:
    content = gnupg.public(gnupg.key("part-expired", subkey_expires="1y"))
    last = datetime(2020, 12, 31, tzinfo=UTC)
    assert read_key(content, GENT, last - timedelta(seconds=1))
    with pytest.raises(SettingsError, match="no valid part"):
        read_key(content, GENT, last)


def test_a_dead_part_is_left_out_beside_one_that_lives(gnupg: Gpg) -> None:
    fingerprint = gnupg.key("renewed", subkey_expires="1y")
    gnupg("--quick-add-key", fingerprint, "cv25519", "encr", "never")
    message = read_key(gnupg.public(fingerprint), GENT, NOW).encrypt(b"lijst")
    assert [packet.tag for packet in PacketPile.from_bytes(message)] == [Tag.PKESK, Tag.SEIP], "to one of the two"
    assert gnupg.decrypt(message) == b"lijst"


def test_a_prolonged_part_lives(gnupg: Gpg) -> None:
    fingerprint = gnupg.key("prolonged", subkey_expires="1y")
    old = gnupg.public(fingerprint)
    listed = gnupg("--with-colons", "--list-keys", fingerprint).decode().splitlines()
    (_, part) = [line.split(":")[9] for line in listed if line.startswith("fpr")]
    gnupg("--quick-set-expire", fingerprint, "10y", part)
    both = Cert.from_bytes(gnupg.public(fingerprint)).merge(Cert.from_bytes(old))
    bindings = [p for p in PacketPile.from_bytes(bytes(both)) if p.signature_type == SignatureType.SubkeyBinding]
    assert len(bindings) == 2, "as a key server gives it"
    assert gnupg.decrypt(read_key(bytes(both), GENT, NOW).encrypt(b"lijst")) == b"lijst"


def test_a_forged_prolongation_does_not_wake_the_dead(gnupg: Gpg) -> None:
    """The binding of another key, put behind ours: newer, without an end, and not ours."""
    dead = list(PacketPile.from_bytes(gnupg.public(gnupg.key("part-expired", subkey_expires="1y"), armor=False)))
    other = list(PacketPile.from_bytes(gnupg.public(gnupg.curve25519(), armor=False)))
    forged = next(packet for packet in other if packet.signature_type == SignatureType.SubkeyBinding)
    with pytest.raises(SettingsError, match="no valid part"):
        read_key(bytes(Cert.from_packets([*dead, forged])), GENT, NOW)


def settings(encryption: str) -> RecipientSettings:
    return RecipientSettings(GENT, "ocmw-gent", "/out", encryption)


def test_the_key_is_read_from_the_file_that_is_named(gnupg: Gpg, tmp_path: Path) -> None:
    path = tmp_path / "gent.asc"
    path.write_bytes(gnupg.public(gnupg.rsa()))
    found = recipient_key(settings(str(path)))
    assert found and found.fingerprint == gnupg.rsa().lower()
    assert "Cert" not in repr(found)
    assert recipient_key(settings("none")) is None


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"0212214125: .* cannot be read \(No such file.*put the public key at"):
        recipient_key(settings(str(tmp_path / "gone.asc")))
    with pytest.raises(SettingsError, match=r"cannot be read \(Is a directory\)"):
        recipient_key(settings(str(tmp_path)))
