"""Signing keys for tests, the same in every process; and what the real ssh-keygen says of a signature."""

import base64
import json
import subprocess
from datetime import datetime
from pathlib import Path

import asyncssh
from asyncssh.packet import SSHPacket
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.core.connections import Connection
from pipeline.delivery.signature import NAMESPACE, SIGNER, SigningKey, parse_signing_key
from pipeline.ledger.signing_keys import KeyAct, SigningKeyAct


def private_text(number: int) -> str:
    """A key of its own for each number."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def signing_key(number: int) -> SigningKey:
    return parse_signing_key(private_text(number), f"test key {number}")


SIGNING_KEY = signing_key(1)


def signing_connection(number: int = 1, conn_id: str = "signing_key") -> Connection:
    return Connection(conn_id, "generic", extra={"private_key": private_text(number)})


def key_act(number: int, act: KeyAct, at: datetime, since: datetime | None = None) -> SigningKeyAct:
    key = signing_key(number)
    return SigningKeyAct(key.fingerprint, key.public_line, act, at, "fien", "test", "An" if since else None, since)


def signing_environment(number: int = 1) -> str:
    """The value of AIRFLOW_CONN_SIGNING_KEY."""
    return json.dumps({"conn_type": "generic", "extra": {"private_key": private_text(number)}})


def allowed_signers(folder: Path, *keys: SigningKey) -> Path:
    path = folder / "allowed_signers"
    path.write_text("".join(f'{SIGNER} namespaces="{NAMESPACE}" {key.public_line} test\n' for key in keys))
    return path


def signer_of(content: bytes, signature: bytes) -> str:
    """The fingerprint of the key that made this signature; AssertionError when it is none on this content."""
    body = base64.b64decode(b"".join(signature.splitlines()[1:-1]))
    packet = SSHPacket(body[len(b"SSHSIG") :])
    packet.get_uint32()
    key = asyncssh.import_public_key(b"ssh-ed25519 " + base64.b64encode(packet.get_string()))
    allowed = f'{SIGNER} namespaces="{NAMESPACE}" {key.export_public_key().decode()}'
    assert asyncssh.validate_sshsig(content, signature, SIGNER, asyncssh.import_allowed_signers(allowed))
    return str(key.get_fingerprint())


def ssh_keygen_verifies(content: bytes, signature: Path, allowed: Path, *options: str, namespace: str = "") -> bool:
    """Whether `ssh-keygen -Y verify` takes this signature as one of ours on this content."""
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", SIGNER, "-n", namespace or NAMESPACE]
    done = subprocess.run([*command, "-s", str(signature), *options], input=content, capture_output=True)
    return done.returncode == 0
