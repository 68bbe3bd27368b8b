"""The agency's signature, judged by the real `ssh-keygen -Y verify`; and the keys that may not sign."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import asyncssh
import pytest

from pipeline.core.connections import Connection
from pipeline.core.errors import SettingsError
from pipeline.delivery.signature import parse_signing_key, signing_key_of, signing_keys
from tests.support.signing import (
    SIGNING_KEY,
    allowed_signers,
    private_text,
    signing_connection,
    signing_key,
    ssh_keygen_verifies,
)

MANIFEST = b'{\n  "name": "aanmelding"\n}\n'


def test_ssh_keygen_accepts_it_and_nothing_else(tmp_path: Path) -> None:
    allowed, other = allowed_signers(tmp_path, SIGNING_KEY), signing_key(2)
    (tmp_path / "sig").write_bytes(SIGNING_KEY.sign(MANIFEST))
    assert ssh_keygen_verifies(MANIFEST, tmp_path / "sig", allowed)
    assert not ssh_keygen_verifies(MANIFEST + b" ", tmp_path / "sig", allowed), "an altered manifest"
    assert not ssh_keygen_verifies(MANIFEST, tmp_path / "sig", allowed, namespace="file"), "another namespace"
    (tmp_path / "file").write_bytes(
        asyncssh.create_sshsig(asyncssh.import_private_key(private_text(1)), MANIFEST, namespace="file")
    )
    assert not ssh_keygen_verifies(MANIFEST, tmp_path / "file", allowed), "made for another namespace"
    (tmp_path / "other").write_bytes(other.sign(MANIFEST))
    assert not ssh_keygen_verifies(MANIFEST, tmp_path / "other", allowed), "another key"
    assert ssh_keygen_verifies(MANIFEST, tmp_path / "other", allowed_signers(tmp_path, SIGNING_KEY, other))


def test_it_is_what_ssh_keygen_itself_would_write(tmp_path: Path) -> None:
    key, content = tmp_path / "key", tmp_path / "manifest"
    key.write_text(private_text(1))
    key.chmod(0o600)
    content.write_bytes(MANIFEST)
    subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-n", "gegevensdeling", "-f", key, content], check=True)
    assert (tmp_path / "manifest.sig").read_bytes() == SIGNING_KEY.sign(MANIFEST) == SIGNING_KEY.sign(MANIFEST)
    shown = subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True, text=True).stdout
    assert shown.split()[1] == SIGNING_KEY.fingerprint
    assert subprocess.run(["ssh-keygen", "-yf", key], capture_output=True, text=True).stdout.startswith(
        SIGNING_KEY.public_line
    )


def test_the_secret_is_not_shown() -> None:
    assert "PRIVATE" not in repr(SIGNING_KEY) and private_text(1).splitlines()[2] not in repr(SIGNING_KEY)


def protected() -> str:
    """In the fewest rounds that go without a warning: how long a passphrase takes to guess is not asked."""
    key = asyncssh.import_private_key(private_text(1))
    return str(key.export_private_key(passphrase="geheim", rounds=50).decode())


NOT_ACCEPTED: dict[str, Callable[[], str]] = {
    "ECDSA": lambda: str(asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_private_key().decode()),
    "with a passphrase": protected,
    "cut off": lambda: private_text(1)[:120],
    "public": lambda: SIGNING_KEY.public_line,
    "empty": lambda: "",
    "no key": lambda: "geheim é",
}
"""How each is made: by the test alone, since a passphrase takes a second."""


@pytest.mark.parametrize("what", NOT_ACCEPTED)
def test_any_other_key_is_refused_without_being_shown(what: str) -> None:
    text = NOT_ACCEPTED[what]()
    with pytest.raises(SettingsError, match="connection x is not an Ed25519 key") as refused:
        parse_signing_key(text, "connection x")
    assert "geheim" not in str(refused.value) and not (text and text in str(refused.value))


def test_the_backend_holds_one_key_or_two_of_which_the_seal_names_one(tmp_path: Path) -> None:
    held = {"signing_key": signing_connection(2)}
    assert signing_keys(held.get) == [signing_key(2)]
    with pytest.raises(SettingsError, match=r"neither connection signing_key nor signing_key_old.*put it back"):
        signing_key_of(held.get, SIGNING_KEY.fingerprint)
    (tmp_path / "old").write_text(private_text(1))
    held["signing_key_old"] = Connection("signing_key_old", "generic", extra={"key_file": str(tmp_path / "old")})
    assert signing_key_of(held.get, SIGNING_KEY.fingerprint) == SIGNING_KEY
    assert signing_key_of(held.get, signing_key(2).fingerprint) == signing_key(2)
    held.pop("signing_key")
    with pytest.raises(SettingsError, match="connection signing_key is missing: set AIRFLOW_CONN_SIGNING_KEY"):
        signing_keys(held.get)
