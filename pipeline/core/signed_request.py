"""A request to an S3-compatible store, signed with version 4 of AWS's signature: for what obstore cannot ask."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from urllib.parse import quote, urlsplit

from pipeline.core.store_address import StoreAccess

_EMPTY = sha256(b"").hexdigest()


def signed_headers(
    access: StoreAccess, method: str, path: str, query: Mapping[str, str], at: datetime
) -> dict[str, str]:
    """Of a request without a body, at an instant of UTC. `path` and `query`: not encoded yet."""
    stamp, day = f"{at:%Y%m%dT%H%M%SZ}", f"{at:%Y%m%d}"
    headers = {"host": urlsplit(access.endpoint).netloc, "x-amz-content-sha256": _EMPTY, "x-amz-date": stamp}
    if access.token:
        headers["x-amz-security-token"] = access.token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    asked = "\n".join((method, encoded_path(path), encoded_query(query), lines, names, _EMPTY))
    scope = f"{day}/{access.region}/s3/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{sha256(asked.encode()).hexdigest()}"
    key = f"AWS4{access.secret}".encode()
    for part in (day, access.region, "s3", "aws4_request"):
        key = _mac(key, part)
    signature = _mac(key, text).hex()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    return headers


def encoded_path(path: str) -> str:
    return quote(path, safe="/-_.~")


def encoded_query(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='-_.~')}={quote(query[name], safe='-_.~')}" for name in sorted(query))


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
