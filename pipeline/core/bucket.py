"""What is asked of a bucket itself: whether it keeps what is deleted, and which uploads nobody finished."""

import http.client
import re
import ssl
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlsplit

from pipeline.core.object_store import ObjectStore
from pipeline.core.signed_request import encoded_path, encoded_query, signed_headers
from pipeline.core.store_errors import refused, store_problem, unlike_a_store

_MOST = 8 << 20
"""Bytes of an answer: a page of a thousand uploads takes less than one."""
_UPLOAD = re.compile(r"<Upload>(.*?)</Upload>", re.DOTALL)
_CONFIGURATION = re.compile(r"<(?:\w+:)?(?:VersioningConfiguration|GetBucketVersioningResponse)[\s/>]")
_STATUS = re.compile(r"<(?:\w+:)?Status[\s/>]")
"""A bucket that never had versions answers with an element that has no status, whatever its status would be."""


def require_no_versions(store: ObjectStore) -> None:
    """Raises StoreRefused for a bucket that keeps what is deleted; one with object lock always has versions."""
    answer = _asked(store, "GET", "", {"versioning": ""})
    if answer is None:
        return
    if not _CONFIGURATION.search(answer):
        raise unlike_a_store(str(store.address))
    if _STATUS.search(answer):
        says = "it has versions or object lock, so rows about persons would stay after their purge: use another bucket"
        raise refused(str(store.address), says, store.access.conn_id)


def abort_uploads(store: ObjectStore, before: datetime) -> int:
    """Uploads in several parts that began before an instant and were never finished: no listing shows them."""
    begun = [one for one in _uploads(store) if one[2] < before]
    for key, upload, _ in begun:
        _asked(store, "DELETE", key, {"uploadId": upload})
    return len(begun)


def _uploads(store: ObjectStore) -> Iterator[tuple[str, str, datetime]]:
    """A store may pass over `prefix`: what is not ours is left alone. At most a thousand at a time."""
    prefix = f"{store.address.prefix}/" if store.address.prefix else ""
    answer = _asked(store, "GET", "", {"uploads": "", "prefix": prefix})
    for one in _UPLOAD.findall(answer or ""):
        key, upload = _text("Key", one), _text("UploadId", one)
        if key.startswith(prefix) and upload:
            yield key, upload, _instant(_text("Initiated", one))


def _text(name: str, answer: str) -> str:
    """Of the first element of that name, without attributes or elements in it."""
    found = re.search(rf"<{name}>([^<]*)</{name}>", answer)
    return unescape(found[1]).strip() if found else ""


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _asked(store: ObjectStore, method: str, key: str, query: dict[str, str]) -> str | None:
    """The answer; None from a store that says that it has no such thing. Raises StoreTransient or StoreRefused."""
    path, where = f"/{store.address.bucket}/{key}".rstrip("/"), urlsplit(store.access.endpoint)
    path = where.path.rstrip("/") + path
    headers = signed_headers(store.access, method, path, query, datetime.now(UTC))
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    try:
        with closing(kind(where.hostname or "", where.port, timeout=store.seconds)) as connection:
            connection.request(method, f"{encoded_path(path)}?{encoded_query(query)}", headers=headers)
            answer = connection.getresponse()
            body, is_cut_off = answer.read(_MOST), bool(answer.length)
    except (OSError, http.client.HTTPException, ssl.SSLError) as error:
        raise store_problem(error, str(store.address), store.access.conn_id) from None
    if answer.status == http.HTTPStatus.NOT_IMPLEMENTED:
        return None
    if answer.status >= http.HTTPStatus.MULTIPLE_CHOICES:
        said = RuntimeError(f"status code: {answer.status} {body[:1000].decode('utf-8', 'replace')}")
        raise store_problem(said, str(store.address), store.access.conn_id)
    if is_cut_off:
        raise unlike_a_store(str(store.address))
    return body.decode("utf-8", "replace")
