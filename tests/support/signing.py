"""Signing keys for tests, the same in every process; and what the real ssh-keygen says of a signature."""

import json
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pipeline.core.connections import Connection
from pipeline.delivery.signature import NAMESPACE, SIGNER, SigningKey, parse_signing_key


def private_text(number: int) -> str:
    """A key of its own for each number."""
    private = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()


def signing_key(number: int) -> SigningKey:
    return parse_signing_key(private_text(number), f"test key {number}")


SIGNING_KEY = signing_key(1)


def signing_connection(number: int = 1, conn_id: str = "signing_key") -> Connection:
    return Connection(conn_id, "generic", extra={"private_key": private_text(number)})


def signing_environment(number: int = 1) -> str:
    """The value of AIRFLOW_CONN_SIGNING_KEY."""
    return json.dumps({"conn_type": "generic", "extra": {"private_key": private_text(number)}})


def allowed_signers(folder: Path, *keys: SigningKey) -> Path:
    path = folder / "allowed_signers"
    path.write_text("".join(f'{SIGNER} namespaces="{NAMESPACE}" {key.public_line} test\n' for key in keys))
    return path


def ssh_keygen_verifies(content: bytes, signature: Path, allowed: Path, *options: str, namespace: str = "") -> bool:
    """Whether `ssh-keygen -Y verify` takes this signature as one of ours on this content."""
    command = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", SIGNER, "-n", namespace or NAMESPACE]
    done = subprocess.run([*command, "-s", str(signature), *options], input=content, capture_output=True)
    return done.returncode == 0
