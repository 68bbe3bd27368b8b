"""How much memory this process may have: what its control group allows, else what the machine has. Linux."""

import re
from functools import cache
from pathlib import Path

_UNBOUNDED = 1 << 60
"""In a control group without a bound, version 1 names one beyond any machine, and version 2 says "max"."""

SHARE, LEAST_MB, MOST_MB = 16, 600, 1200
"""DuckDB's part of it. Other tasks run at the same time, and each holds libraries and what it hands on beside it."""
NEEDED_MB = 200
"""With less than this DuckDB cannot even spill: where there is so little, the system's own bound has to say so."""


@cache
def duckdb_memory_mb() -> int:
    """DuckDB's limit on this machine, which a process asks for once."""
    return derived_mb(Path("/"))


def derived_mb(root: Path) -> int:
    """A sixteenth, with a floor and a ceiling, and at most half of what there is.

    `root`: where proc and sys are. Whatever cannot be read there bounds nothing.
    """
    bounds = [bound for bound in (_of_control_groups(root), _available(root)) if bound is not None]
    there = min(bounds, default=2 * LEAST_MB << 20) >> 20
    return max(min(max(there // SHARE, LEAST_MB), MOST_MB, there // 2), NEEDED_MB)


def _of_control_groups(root: Path) -> int | None:
    """The least bound of the process's own group and those above it, of both versions."""
    bounds = []
    for line in _text(root / "proc/self/cgroup").splitlines():
        _, _, named = line.partition(":")
        controllers, _, path = named.partition(":")
        if controllers == "":
            bounds += _bounds(root / "sys/fs/cgroup", path, "memory.max")
        elif "memory" in controllers.split(","):
            bounds += _bounds(root / "sys/fs/cgroup/memory", path, "memory.limit_in_bytes")
    return min(bounds, default=None)


def _bounds(mount: Path, path: str, name: str) -> list[int]:
    """In a container the path is often the host's and leads nowhere here: its own group is at the mount then."""
    own = Path(path.lstrip("/"))
    found = [_number(_text(mount / group / name)) for group in (own, *own.parents)]
    return [bound for bound in found if bound is not None and bound < _UNBOUNDED]


def _available(root: Path) -> int | None:
    """Available now, or all where an old kernel does not say so, in bytes."""
    sizes: dict[str, str] = dict(re.findall(r"^(\w+):\s+(\d+) kB$", _text(root / "proc/meminfo"), re.MULTILINE))
    kilobytes = _number(sizes.get("MemAvailable", sizes.get("MemTotal", "")))
    return None if kilobytes is None else kilobytes << 10


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,20}", text.strip()) else None


def _text(path: Path) -> str:
    """The first 64 KB; nothing for what cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(65536).decode("ascii", "replace")
    except OSError:
        return ""
