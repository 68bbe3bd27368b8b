"""Staging in a real S3 server: whole or not there, ours alone, gone in time, and every failure one sentence.

moto is true in conditional writes, parts and versions; rclone checks signatures.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.core.bucket import abort_uploads, require_no_versions
from pipeline.core.connections import Connection
from pipeline.core.errors import (
    ObjectGone,
    StoreRefused,
    StoreTransient,
    TerminalError,
)
from pipeline.core.model import StagedFile
from pipeline.core.object_store import PART, ObjectStore, open_object_store
from pipeline.core.run_staging import FolderStaging, RunStaging, StoreStaging
from pipeline.core.staging import local, staged
from pipeline.core.store_address import StoreAddress
from tests.support.servers.object_stores import S3Server, moto_server, rclone_server
from tests.support.servers.services import or_left_out


@pytest.fixture(scope="module")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with or_left_out(moto_server(tmp_path_factory.mktemp("moto") / "log")) as server:
        yield server


@pytest.fixture(scope="module")
def rclone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    folder = tmp_path_factory.mktemp("rclone")
    (folder / "buckets" / "bucket").mkdir(parents=True)
    with or_left_out(rclone_server(folder / "buckets", folder / "log")) as server:
        yield server


def opened(server: S3Server, bucket: str, prefix: str = "a", seconds: float = 10) -> ObjectStore:
    return open_object_store(StoreAddress(bucket, prefix), "staging_store", server.connections, seconds)


@pytest.fixture(params=["moto", "rclone"])
def store(request: pytest.FixtureRequest) -> ObjectStore:
    server: S3Server = request.getfixturevalue(request.param)
    bucket = server.make_bucket() if request.param == "moto" else "bucket"
    return opened(server, bucket, f"a/{request.node.name[:12].lower().strip('_')}")


@pytest.fixture(params=["folder", "moto", "rclone"])
def staging(request: pytest.FixtureRequest, tmp_path: Path) -> RunStaging:
    """Of a run, as a task that has a folder of its own sees it."""
    (tmp_path / "try").mkdir()
    if request.param == "folder":
        return FolderStaging(tmp_path)
    server: S3Server = request.getfixturevalue(request.param)
    bucket = server.make_bucket() if request.param == "moto" else "bucket"
    return StoreStaging(opened(server, bucket), "run", tmp_path)


def elsewhere(staging: RunStaging, folder: Path) -> RunStaging:
    """As the next task sees it, on another machine where there is a store."""
    folder.mkdir()
    return replace(staging, folder=folder) if isinstance(staging, StoreStaging) else staging


def handed_on(staging: RunStaging, tmp_path: Path, content: bytes = b"rows") -> StagedFile:
    path = tmp_path / "try" / "x.parquet"
    path.write_bytes(content)
    return staging.put(staged(path, 7))


def test_what_one_task_hands_on_another_finds(staging: RunStaging, tmp_path: Path) -> None:
    file, big = handed_on(staging, tmp_path), bytes(range(256)) * (PART // 200)
    there = elsewhere(staging, tmp_path / "other")
    path = local(there.fetch(file))
    assert path.read_bytes() == b"rows" and file.rows == 7 and there.name_of(file) == "try/x.parquet"
    if isinstance(there, StoreStaging):
        assert path.is_relative_to(tmp_path / "other") and path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert local(there.fetch(handed_on(staging, tmp_path, big))).read_bytes() == big, "in parts"
    assert there.names("try") == ["try/x.parquet"] and there.read("checked.json") is None
    staging.write("checked.json", b"{}")
    assert there.read("checked.json") == b"{}"
    there.remove("try", "checked.json", "never-there")
    assert there.names("try") == [] and there.read("checked.json") is None
    with pytest.raises(TerminalError, match=r"staged file x\.parquet of this run is gone: clear the run"):
        local(there.fetch(file))


def test_a_staged_file_that_changed_is_refused(staging: RunStaging, tmp_path: Path) -> None:
    file = handed_on(staging, tmp_path)
    handed_on(staging, tmp_path, b"ROWS")
    with pytest.raises(TerminalError, match=r"staged file x\.parquet changed since it was written"):
        local(elsewhere(staging, tmp_path / "other").fetch(file))


def test_a_file_of_another_run_is_none_of_ours(store: ObjectStore, tmp_path: Path) -> None:
    ours, other = (StoreStaging(store, run, tmp_path) for run in ("run", "run2"))
    file = other.write("release/x/release.json", b"{}")
    uris = (file.uri, store.uri("run/../run2/release/x/release.json"), "s3://elsewhere/run/x", "file:///etc/passwd")
    for uri in uris:
        with pytest.raises(TerminalError, match="another run's, or was altered on its way"):
            ours.fetch(replace(file, uri=uri))


def test_what_is_read_by_its_name_alone_is_compared_too(store: ObjectStore, tmp_path: Path) -> None:
    staging = StoreStaging(store, "run", tmp_path)
    staging.write("watermark", b"of tonight")
    store.put("run/watermark", store.get("run/watermark").replace(b"tonight", b"another"))
    with pytest.raises(TerminalError, match="staged file watermark changed"):
        staging.read("watermark")


def test_an_object_is_listed_and_removed(store: ObjectStore) -> None:
    for key in ("x/1", "x/2", "y"):
        store.put(key, b"12")
    assert [(one.key, one.bytes) for one in store.entries("x/")] == [("x/1", 2), ("x/2", 2)]
    store.remove(["x/1", "x/2", "y", "never"])
    assert store.entries() == []
    with pytest.raises(ObjectGone):
        store.get("y")


def test_an_object_is_created_once(moto: S3Server) -> None:
    store = opened(moto, moto.make_bucket())
    store.create("anchor", b"first")
    with pytest.raises(FileExistsError):
        store.create("anchor", b"second")
    assert store.get("anchor") == b"first"


def test_unfinished_uploads_are_aborted_those_of_others_are_not(moto: S3Server) -> None:
    bucket = moto.make_bucket()
    for key in ("a/run/x.parquet", "ab/not-ours", "a/run/y & z"):
        moto.ask("POST", f"/{bucket}/{key.replace(' ', '%20').replace('&', '%26')}?uploads")
    store = opened(moto, bucket)
    assert abort_uploads(store, datetime(2000, 1, 1, tzinfo=UTC)) == 0, "those that go on"
    assert abort_uploads(store, datetime.now(UTC)) == 2
    left = moto.ask("GET", f"/{bucket}?uploads")
    assert b"not-ours" in left and b"x.parquet" not in left and b"y &amp; z" not in left


def test_a_bucket_that_keeps_what_is_deleted_is_refused(moto: S3Server) -> None:
    require_no_versions(opened(moto, moto.make_bucket()))
    with pytest.raises(StoreRefused, match="has versions or object lock, so rows about persons would stay"):
        require_no_versions(opened(moto, moto.make_bucket(versions=True)))


def test_signatures_are_right_and_a_wrong_secret_is_refused(rclone: S3Server) -> None:
    require_no_versions(opened(rclone, "bucket"))
    wrong = opened(replace(rclone, secret="another"), "bucket", "b")
    says = r"refuses the credentials|does not give connection staging_store"
    for ask in (lambda: wrong.put("x", b"1"), wrong.entries, lambda: require_no_versions(wrong)):
        with pytest.raises(StoreRefused, match=says) as said:
            ask()
        assert "another" not in str(said.value)


def test_a_bucket_that_is_not_there(moto: S3Server) -> None:
    gone = opened(moto, "no-such-bucket")
    for ask in (lambda: gone.put("x", b"1"), lambda: gone.get("x"), gone.entries, lambda: require_no_versions(gone)):
        with pytest.raises(StoreRefused, match="there is no such bucket: make it, or correct the address"):
            ask()


def test_the_store_encrypts_when_asked(moto: S3Server) -> None:
    bucket = moto.make_bucket()

    def encrypted(conn_id: str) -> Connection:
        found = moto.connections(conn_id)
        assert found is not None
        return replace(found, extra={**found.extra, "sse": "AES256"})

    store = open_object_store(StoreAddress(bucket, "a"), "staging_store", encrypted, 10)
    store.put("x", b"1")
    store.create("y", b"1")
    assert store.get("x") == b"1"


@contextmanager
def answering(answer: bytes, then_close: bool = True) -> Iterator[int]:
    """A server that hears what is asked and answers so, or not at all; its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def serve() -> None:
            kept = []
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                line.settimeout(2)
                try:
                    line.recv(65536)
                    line.sendall(answer)
                except OSError:
                    pass
                if then_close:
                    line.close()
                else:
                    kept.append(line)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


FAULTS = {
    "closed without an answer": (b"", True),
    "silent": (b"", False),
    # Its hash is not what was said, and the mark of the run is not in its listing (the night, below).
    "a page of a proxy": (b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>", True),
    "cut off": (b"HTTP/1.1 200 OK\r\nETag: x\r\nContent-Length: 999\r\n\r\n<", True),
    "busy": (b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", True),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_store_that_fails_is_a_transient_sentence_in_time(fault: str) -> None:
    with answering(*FAULTS[fault]) as port:
        failing, begun = opened(S3Server(port), "bucket", "", 0.3), datetime.now(UTC)
        reads = () if fault == "a page of a proxy" else (lambda: failing.get("x"), failing.entries)
        for ask in (*reads, lambda: require_no_versions(failing)):
            with pytest.raises(StoreTransient, match=r"^s3://bucket [^\n]+$"):
                ask()
        assert datetime.now(UTC) - begun < timedelta(seconds=15)


def test_a_store_that_nobody_listens_at(moto: S3Server) -> None:
    with pytest.raises(StoreTransient, match=r"s3://bucket/a does not answer"):
        opened(S3Server(1), "bucket").put("x", b"1")
