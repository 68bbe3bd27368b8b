"""Where an object store is, and how it is asked: its address in a setting, its endpoint and keys in a connection. Pure.

The connection is one of Airflow's kind `aws`: login and password are the access key and its secret, `extra` may have
endpoint_url, region_name, aws_session_token, sse (AES256 or aws:kms), kms_key_id and allow_http.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from pipeline.core.connections import Connection, required
from pipeline.core.errors import SettingsError

SCHEME = "s3://"
_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[0-9A-Za-z_.+=@/-]*))?")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_SSE = ("AES256", "aws:kms")


def is_store(setting: str) -> bool:
    """Whether a setting names an object store, and no folder."""
    return setting.startswith(SCHEME)


@dataclass(frozen=True)
class StoreAddress:
    """A bucket, and the prefix below which everything lies, without slashes around it."""

    bucket: str
    prefix: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}".rstrip("/")


def parse_address(name: str, setting: str) -> StoreAddress:
    """Of the setting `name`. Raises SettingsError for anything but `s3://bucket/prefix`."""
    found = _ADDRESS.fullmatch(setting)
    prefix = (found["prefix"] or "").strip("/") if found else ""
    if found is None or any(part in ("", ".", "..") for part in prefix.split("/") if prefix):
        raise SettingsError(f"{name} is no address of an object store: it has the form s3://bucket/prefix")
    return StoreAddress(found["bucket"], prefix)


@dataclass(frozen=True)
class StoreAccess:
    """How to ask the store. Secrets stay out of its repr."""

    conn_id: str
    endpoint: str
    region: str
    key: str = field(repr=False)
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    encryption: Mapping[str, str] = field(default_factory=dict)


def store_access(connection: Connection) -> StoreAccess:
    """Raises SettingsError for a connection that lacks a key, has an unknown encryption, or is not encrypted itself."""
    extra = connection.extra
    region = str(extra.get("region_name") or "us-east-1")
    endpoint = str(extra.get("endpoint_url") or f"https://s3.{region}.amazonaws.com").rstrip("/")
    _require_https(connection.conn_id, endpoint, extra)
    access = StoreAccess(
        connection.conn_id,
        endpoint,
        region,
        required(connection, "an access key as its login", connection.login),
        required(connection, "a secret key as its password", connection.password),
        str(extra["aws_session_token"]) if extra.get("aws_session_token") else None,
        _encryption(connection.conn_id, extra),
    )
    carried = (endpoint, region, access.key, access.token or "", *access.encryption.values())
    if not all(text.isascii() and text.isprintable() for text in carried):
        raise SettingsError(
            f"connection {connection.conn_id}: its login, endpoint or an extra has a character that no request can "
            "carry, such as the end of a line: correct it"
        )
    return access


def _require_https(conn_id: str, endpoint: str, extra: Mapping[str, Any]) -> None:
    try:
        parts = urlsplit(endpoint)
        host = parts.hostname
        _ = parts.port, (host or "").encode("idna")
    except ValueError:  # also of a port or a host that cannot be
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise SettingsError(f"connection {conn_id}: endpoint_url is no address of a server: correct it")
    if parts.scheme == "http" and host not in _LOOPBACK and extra.get("allow_http") is not True:
        raise SettingsError(
            f"connection {conn_id}: endpoint_url is not https, so rows about persons would travel in the clear: "
            "use https, or write allow_http true where the network itself is encrypted"
        )


def _encryption(conn_id: str, extra: Mapping[str, Any]) -> dict[str, str]:
    """What the store is asked to encrypt with, as options of obstore."""
    kind, key = extra.get("sse"), extra.get("kms_key_id")
    if kind is None and key is None:
        return {}
    if kind not in _SSE or (key is not None and kind != "aws:kms"):
        raise SettingsError(f"connection {conn_id}: sse is AES256, or aws:kms with a kms_key_id if need be: correct it")
    return {"server_side_encryption": str(kind)} | ({"sse_kms_key_id": str(key)} if key else {})
