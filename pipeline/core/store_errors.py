"""What an object store refuses, in one sentence with the remedy; of its own words only the code is read. Pure."""

import re
from collections.abc import Mapping

from pipeline.core.errors import ObjectGone, PipelineError, StoreRefused, StoreTransient

_CODE = re.compile(r"<Code>\s*([A-Za-z.]{1,60})\s*</Code>")
_STATUS = re.compile(r"status code: (\d{3})\b")

_BUCKET = "there is no such bucket: make it, or correct the address"
_KEYS = "it refuses the credentials: correct the connection {conn_id}"
_RIGHTS = "it does not give connection {conn_id} this right: give it those to read, write, list and delete there"
_REGION = "it is in another region: write region_name in the connection {conn_id}"
_CODES: Mapping[str, str] = {
    "NoSuchBucket": _BUCKET,
    **dict.fromkeys(("SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken", "ExpiredToken"), _KEYS),
    **dict.fromkeys(("AccessDenied", "AllAccessDisabled", "AccountProblem"), _RIGHTS),
    **dict.fromkeys(("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraint"), _REGION),
    "RequestTimeTooSkewed": "the clock of this machine differs from its own: synchronise it",
    "InvalidBucketName": _BUCKET,
}
_STATUSES: Mapping[int, str] = {
    401: _KEYS,
    403: _RIGHTS,
    301: _REGION,
    307: _REGION,
    404: _BUCKET,
}
_CERTIFICATE = "its certificate is not one that this machine trusts: see the endpoint_url of connection {conn_id}"
_FULL = {"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "EntityTooLarge"}


def store_problem(error: Exception, store: str, conn_id: str) -> PipelineError:
    """The error of a request to `store` (its address), as one of ours."""
    says = str(error)
    code, status = _found(_CODE, says), _found(_STATUS, says)
    if isinstance(error, FileNotFoundError) and code != "NoSuchBucket":
        return ObjectGone(f"an object of {store} is gone: clear the run from its first task")
    if code.startswith(("KMS.", "InvalidEncryption")):
        return refused(store, "it cannot use the key that it is to encrypt with: correct kms_key_id", conn_id)
    if "certificate" in says and not status:
        return refused(store, _CERTIFICATE, conn_id)
    if code in _FULL:
        return StoreTransient(f"{store} is full: make room there; it is tried again")
    if remedy := _CODES.get(code) or (_STATUSES.get(int(status)) if status else None):
        return refused(store, remedy, conn_id)
    return StoreTransient(f"{store} {_lack(says, status)}: see that it runs and can be reached; it is tried again")


def refused(store: str, remedy: str, conn_id: str) -> StoreRefused:
    return StoreRefused(f"{store} cannot be used: {remedy.format(conn_id=conn_id)}; then clear the task")


def unlike_a_store(store: str) -> StoreTransient:
    return StoreTransient(f"{store} {_lack('', '')}: see that it runs and can be reached; it is tried again")


def _lack(says: str, status: str) -> str:
    if status:
        return f"fails (HTTP {status})"
    return "does not answer in time" if "TimedOut" in says or "timed out" in says else "does not answer as a store does"


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
