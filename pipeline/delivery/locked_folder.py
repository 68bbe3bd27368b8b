"""A recipient's folder that only the task with the recipient's lock changes.

A task that Airflow took for dead may go on beside its own retry, when the session that held its lock was lost. So the
lock is looked at again before each rename and each removal: only one of them publishes.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.delivery.ports import EntryKind, PublicationLog, RemoteFolder


@dataclass(frozen=True)
class LockedFolder:
    """Implements `pipeline.delivery.ports.RemoteFolder`. Raises LockLost once the lock of `log` is gone."""

    inner: RemoteFolder
    log: PublicationLog

    def stat(self, name: str) -> int | None:
        return self.inner.stat(name)

    def sizes(self, names: Collection[str]) -> Mapping[str, int | None]:
        return self.inner.sizes(names)

    def kind(self, name: str) -> EntryKind | None:
        return self.inner.kind(name)

    def names(self) -> Sequence[str]:
        return self.inner.names()

    def sha256(self, name: str) -> str | None:
        return self.inner.sha256(name)

    def read(self, name: str, most: int | None = None) -> bytes | None:
        return self.inner.read(name, most)

    def put(self, source: Path, name: str, run: str, before_rename: Callable[[], None] | None = None) -> None:
        def check() -> None:
            if before_rename:
                before_rename()
            self.log.require_lock()

        self.log.require_lock()
        self.inner.put(source, name, run, check)

    def is_begun(self, name: str) -> bool:
        return self.inner.is_begun(name)

    def remove(self, name: str) -> bool:
        self.log.require_lock()
        return self.inner.remove(name)

    def remove_temporary(self) -> int:
        self.log.require_lock()
        return self.inner.remove_temporary()

    def matching(self, pattern: re.Pattern[str]) -> Sequence[str]:
        return self.inner.matching(pattern)
