"""Object stores, as far as that is pure: addresses, connections, signatures, what a store refuses in one sentence."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from pipeline.core.bucket import require_no_versions
from pipeline.core.connections import Connection
from pipeline.core.errors import ObjectGone, PipelineError, SettingsError, StoreRefused, StoreTransient
from pipeline.core.model import StagedFile
from pipeline.core.object_store import PART, open_object_store, store_of
from pipeline.core.run_staging import StoreStaging
from pipeline.core.settings import Settings
from pipeline.core.signed_request import signed_headers
from pipeline.core.store_address import StoreAccess, StoreAddress, parse_address, store_access
from pipeline.core.store_errors import store_problem


@pytest.mark.parametrize(
    ("setting", "bucket", "prefix"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://my.bucket-1/a/b", "my.bucket-1", "a/b"),
        ("s3://bucket/a/", "bucket", "a"),
    ],
)
def test_an_address(setting: str, bucket: str, prefix: str) -> None:
    assert parse_address("X", setting) == StoreAddress(bucket, prefix)


@pytest.mark.parametrize(
    "setting",
    ["s3://", "s3://b", "s3://Bucket/x", "s3://bucket/a//b", "s3://bucket/../x", "s3://bucket/a b", "s3://u:p@b/x"],
)
def test_what_is_no_address_is_refused_without_being_repeated(setting: str) -> None:
    with pytest.raises(
        SettingsError, match=r"^X is no address of an object store: it has the form s3://bucket/prefix$"
    ):
        parse_address("X", setting)


def connection(**given: object) -> Connection:
    values = {"login": "KEY", "password": "SECRET", "extra": {}} | given
    return Connection("staging_store", "aws", **values)  # type: ignore[arg-type]


def test_a_connection_says_how_to_ask_and_keeps_its_secrets() -> None:
    extra = {"endpoint_url": "https://s3.example.org/", "region_name": "eu-west-1", "aws_session_token": "TOKEN"}
    access = store_access(connection(extra=extra | {"sse": "aws:kms", "kms_key_id": "a-key"}))
    assert (access.endpoint, access.region) == ("https://s3.example.org", "eu-west-1")
    assert access.encryption == {"server_side_encryption": "aws:kms", "sse_kms_key_id": "a-key"}
    assert not any(secret in repr(access) for secret in ("KEY", "SECRET", "TOKEN"))
    assert store_access(connection()).endpoint == "https://s3.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"login": None}, "lacks an access key as its login"),
        ({"password": ""}, "lacks a secret key as its password"),
        ({"extra": {"endpoint_url": "http://s3.example.org"}}, "endpoint_url is not https"),
        ({"extra": {"endpoint_url": "http://s3.example.org", "allow_http": "true"}}, "endpoint_url is not https"),
        ({"extra": {"endpoint_url": "s3.example.org"}}, "endpoint_url is no address of a server"),
        ({"extra": {"endpoint_url": "https://[x"}}, "endpoint_url is no address of a server"),
        ({"extra": {"sse": "rot13"}}, "sse is AES256, or aws:kms"),
        ({"extra": {"sse": "AES256", "kms_key_id": "k"}}, "sse is AES256, or aws:kms"),
    ],
)
def test_a_connection_that_will_not_do(given: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        store_access(connection(**given))


def test_the_anchors_may_not_lie_in_the_bucket_of_staging() -> None:
    settings = Settings(staging="s3://bucket/staging", anchors="s3://bucket/anchors")
    with pytest.raises(SettingsError, match="ANCHORS is in the bucket of staging, where all is deleted"):
        store_of(settings, "anchors", lambda _: connection())


def test_a_folder_is_no_store() -> None:
    assert store_of(Settings(), "staging", lambda _: None) is None


def test_a_request_is_signed_as_aws_shows_it() -> None:
    """Of Amazon's documentation of signature version 4: GET ?lifecycle of examplebucket."""
    access = StoreAccess(
        "x",
        "https://examplebucket.s3.amazonaws.com",
        "us-east-1",
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    headers = signed_headers(access, "GET", "/", {"lifecycle": ""}, datetime(2013, 5, 24, tzinfo=UTC))
    assert headers["authorization"].endswith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")


def answer(status: int, code: str = "") -> str:
    body = f"<Error><Code>{code}</Code><Message>value-of-a-person</Message></Error>" if code else ""
    return f"Error performing GET http://host/bucket/key - status code: {status} Whatever: {body}"


@pytest.mark.parametrize(
    ("says", "kind", "sentence"),
    [
        (answer(404, "NoSuchBucket"), StoreRefused, "there is no such bucket"),
        (answer(403, "SignatureDoesNotMatch"), StoreRefused, "it refuses the credentials: correct the connection c"),
        (answer(403, "InvalidAccessKeyId"), StoreRefused, "it refuses the credentials"),
        (answer(400, "ExpiredToken"), StoreRefused, "it refuses the credentials"),
        (answer(403, "AccessDenied"), StoreRefused, "does not give connection c this right"),
        (answer(403), StoreRefused, "does not give connection c this right"),
        (answer(301, "PermanentRedirect"), StoreRefused, "it is in another region"),
        (answer(403, "RequestTimeTooSkewed"), StoreRefused, "the clock of this machine differs"),
        (answer(400, "KMS.DisabledException"), StoreRefused, "it cannot use the key that it is to encrypt with"),
        ("error: invalid peer certificate: UnknownIssuer", StoreRefused, "its certificate is not one"),
        (answer(507, "XMinioStorageFull"), StoreTransient, "is full: make room there"),
        (answer(503, "SlowDown"), StoreTransient, "fails (HTTP 503)"),
        (answer(500), StoreTransient, "fails (HTTP 500)"),
        ("operation timed out", StoreTransient, "does not answer in time"),
        ("error sending request", StoreTransient, "does not answer as a store does"),
        ("Got invalid list response: value-of-a-person", StoreTransient, "does not answer as a store does"),
    ],
)
def test_what_a_store_refuses_is_one_sentence(says: str, kind: type[PipelineError], sentence: str) -> None:
    found = store_problem(RuntimeError(says), "s3://bucket/x", "c")
    assert type(found) is kind and str(found).startswith("s3://bucket/x ") and sentence in str(found)
    assert "value-of-a-person" not in str(found) and "\n" not in str(found)


def test_an_object_that_is_gone_is_no_missing_bucket() -> None:
    assert type(store_problem(FileNotFoundError(answer(404, "NoSuchKey")), "s3://b/x", "c")) is ObjectGone
    assert type(store_problem(FileNotFoundError(answer(404)), "s3://b/x", "c")) is ObjectGone
    assert type(store_problem(FileNotFoundError(answer(404, "NoSuchBucket")), "s3://b/x", "c")) is StoreRefused


def in_memory() -> StoreStaging:
    """Of a run, in a store of this process."""
    store = open_object_store(StoreAddress("bucket", "x"), "staging_store", lambda _: connection(), 1)
    return StoreStaging(replace(store, client=MemoryStore()), "run", Path("/nowhere"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("run/release/0a1b/release.json", "release/0a1b/release.json"),
        ("run2/release.json", None),
        ("run/../other/release.json", None),
        ("run//etc/release.json", None),  # joined to a folder it would be /etc/release.json
        ("run/release/\0", None),
        ("run/", None),
    ],
)
def test_the_name_of_a_staged_file_lies_below_the_folder_of_its_task(key: str, name: str | None) -> None:
    assert in_memory().name_of(StagedFile(f"s3://bucket/x/{key}", "", 0)) == name


def test_a_watermark_grows_beyond_one_part() -> None:
    staging, watermark = in_memory(), bytes(PART)
    staging.write("watermark", watermark)
    assert staging.read("watermark") == watermark


@pytest.mark.parametrize(
    "given",
    [
        {"extra": {"endpoint_url": "https://s3.example.org:99999"}},
        {"extra": {"endpoint_url": "https://s3.example.org:port"}},
        {"extra": {"endpoint_url": f"https://{'a' * 70}.example.org"}},
        {"login": "KEY\nX"},
        {"login": "K€Y"},
        {"extra": {"aws_session_token": "a\nb"}},
        {"extra": {"sse": "aws:kms", "kms_key_id": "a\nb"}},
        {"extra": {"region_name": "eu\nwest"}},
    ],
)
def test_what_no_request_can_carry_is_refused_before_it_is_asked(given: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match="connection staging_store"):
        store_access(connection(**given))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("<VersioningConfiguration/>", None),
        (None, None),  # a store that says that it has no such thing
        ("", StoreTransient),
        ("<html>Sign in to this network</html>", StoreTransient),
        ("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>", StoreRefused),
        ('<VersioningConfiguration><Status xml:lang="en">Suspended</Status></VersioningConfiguration>', StoreRefused),
        ("<s:VersioningConfiguration><s:Status>Enabled</s:Status></s:VersioningConfiguration>", StoreRefused),
    ],
)
def test_a_bucket_keeps_nothing_only_where_its_store_says_so(
    answer: str | None, error: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.core.bucket._asked", lambda *_: answer)
    store = open_object_store(StoreAddress("bucket", "p"), "staging_store", lambda _: connection(), 1)
    with pytest.raises(error) if error else nullcontext():
        require_no_versions(store)
