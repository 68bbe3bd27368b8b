"""One prefix of a bucket of an S3-compatible store; every request is bounded in time, and every failure is a sentence.

An object is whole or not there. obstore is imported when the first store is opened: a folder does without it.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.core.connections import Connections, require
from pipeline.core.errors import SettingsError, StoreTransient
from pipeline.core.ground import on_ground
from pipeline.core.settings import PREFIX, Settings
from pipeline.core.store_address import StoreAccess, StoreAddress, is_store, parse_address, store_access
from pipeline.core.store_errors import store_problem

if TYPE_CHECKING:
    from obstore.store import S3Config, S3Store

PART = 8 << 20
"""Bytes: a larger object is put in parts, each a request, and a small one is no larger."""
RETRIES = 2
STAGING_STORE, ANCHORS_STORE = "staging_store", "anchors_store"
"""The connection of the store of staging, Data Docs and overviews; and that of the anchors."""


@dataclass(frozen=True)
class ObjectEntry:
    """One object of a listing. `changed` is the store's own instant."""

    key: str
    bytes: int
    changed: datetime


@dataclass(frozen=True)
class ObjectStore:
    """A `key` is a name below the prefix."""

    address: StoreAddress
    access: StoreAccess
    seconds: float
    client: "S3Store" = field(repr=False, compare=False)

    def __str__(self) -> str:
        return str(self.address)

    def uri(self, key: str) -> str:
        return f"{self.address}/{key}"

    def key_of(self, uri: str) -> str | None:
        """None for the address of anything else."""
        start = f"{self.address}/"
        return uri.removeprefix(start) if uri.startswith(start) else None

    def put(self, key: str, content: bytes | Path) -> None:
        """Bytes, or a file of this machine."""
        import obstore

        with self._asking():
            obstore.put(self.client, key, content, chunk_size=PART, max_concurrency=4)

    def create(self, key: str, content: bytes) -> None:
        """Raises FileExistsError for what is there already: also where the answer to a first try was lost."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with self._asking():
            try:
                obstore.put(self.client, key, content, mode="create")
            except AlreadyExistsError:
                pass
            else:
                return
        raise FileExistsError(key)

    def get(self, key: str, most: int = PART) -> bytes:
        """A small object, of `most` bytes. Raises ObjectGone."""
        import obstore

        with self._asking():
            found = obstore.get(self.client, key)
            if found.meta["size"] > most:
                raise StoreTransient(f"an object of {self.address} is larger than it can be: find out who put it there")
            return bytes(found.bytes())

    def get_file(self, key: str, path: Path) -> str:
        """Into a file, a block at a time; the SHA-256 of what came. Raises ObjectGone, and as `on_ground`."""
        import obstore

        digest, count = sha256(), 0
        with on_ground(path), path.open("wb") as stream, self._asking():
            found = obstore.get(self.client, key)
            for block in found.stream(PART):
                digest.update(block)
                count += stream.write(block)
        if count != found.meta["size"]:
            raise StoreTransient(f"{self} gave less of an object than it said: it is tried again")
        return digest.hexdigest()

    def entries(self, prefix: str = "") -> list[ObjectEntry]:
        """Every object below a prefix, which ends at a slash or is empty."""
        import obstore

        with self._asking():
            listed = obstore.list(self.client, prefix.rstrip("/") or None).collect()
        return [ObjectEntry(one["path"], one["size"], one["last_modified"]) for one in listed]

    def remove(self, keys: Iterable[str]) -> None:
        """Each may be gone already."""
        import obstore

        for key in keys:
            with self._asking():
                try:
                    obstore.delete(self.client, key)
                except FileNotFoundError as error:
                    if "NoSuchBucket" in str(error):
                        raise

    @contextmanager
    def _asking(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, FileNotFoundError) as error:
            raise store_problem(error, str(self.address), self.access.conn_id) from None


def store_of(settings: Settings, setting: str, connections: Connections) -> ObjectStore | None:
    """The store that this setting of staging, Data Docs or overviews names; None for a folder. Raises SettingsError."""
    address = getattr(settings, setting)
    if not is_store(address):
        return None
    where = parse_address(f"{PREFIX}{setting.upper()}", address)
    conn_id = ANCHORS_STORE if setting == "anchors" else STAGING_STORE
    if setting == "anchors" and is_store(settings.staging) and where.bucket == _bucket_of_staging(settings):
        raise SettingsError(f"{PREFIX}ANCHORS is in the bucket of staging, where all is deleted: use another bucket")
    return open_object_store(where, conn_id, connections, settings.store_timeout_seconds)


def _bucket_of_staging(settings: Settings) -> str:
    return parse_address(f"{PREFIX}STAGING", settings.staging).bucket


def open_object_store(address: StoreAddress, conn_id: str, connections: Connections, seconds: float) -> ObjectStore:
    """`seconds`: of one request. Nothing is asked of the store yet. Raises SettingsError."""
    from obstore.store import S3Store

    access = store_access(require(connections, conn_id))
    made = S3Store(
        address.bucket,
        prefix=address.prefix or None,
        config=_config(access),
        client_options={
            "allow_http": access.endpoint.startswith("http://"),
            "timeout": timedelta(seconds=seconds),
            "connect_timeout": timedelta(seconds=min(seconds, 10)),
        },
        retry_config={"max_retries": RETRIES, "retry_timeout": timedelta(seconds=2 * seconds)},
    )
    return ObjectStore(address, access, seconds, made)


def _config(access: StoreAccess) -> "S3Config":
    config: S3Config = {
        "endpoint": access.endpoint,
        "region": access.region,
        "access_key_id": access.key,
        "secret_access_key": access.secret,
        **access.encryption,  # type: ignore[typeddict-item]
    }
    if access.token:
        config["session_token"] = access.token
    return config
