"""DuckDB's limit from the machine: control groups of both versions as files, then what the machine has."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.core.engine import engine
from pipeline.core.memory import LEAST_MB, MOST_MB, NEEDED_MB, derived_mb, duckdb_memory_mb
from pipeline.core.settings import Settings

MACHINE = {"proc/meminfo": "MemTotal:       25165824 kB\nMemFree:        100 kB\nMemAvailable:   16777216 kB\n"}
V2, V1 = {"proc/self/cgroup": "0::/jobs/one\n"}, {"proc/self/cgroup": "11:cpu:/a\n9:hugetlb,memory:/jobs/one\n"}
V2_OWN, V2_ABOVE, V2_MOUNT = (f"sys/fs/cgroup/{place}memory.max" for place in ("jobs/one/", "jobs/", ""))
V1_OWN, V1_MOUNT = (f"sys/fs/cgroup/memory/{place}memory.limit_in_bytes" for place in ("jobs/one/", ""))


def gib(many: float) -> str:
    return f"{int(many * 2**30)}\n"


CASES: dict[str, tuple[Mapping[str, str], int]] = {
    "nothing can be read": ({}, LEAST_MB),
    "a machine of 24 GB, of which 16 are available": (MACHINE, 1024),
    "an old kernel does not say what is available": ({"proc/meminfo": "MemTotal: 16777216 kB\n"}, 1024),
    "a large machine": ({"proc/meminfo": "MemAvailable: 536870912 kB\n"}, MOST_MB),
    "a small machine": ({"proc/meminfo": "MemAvailable: 4194304 kB\n"}, LEAST_MB),
    "one with hardly anything left": ({"proc/meminfo": "MemAvailable: 800000 kB\n"}, 390),
    "nothing left": ({"proc/meminfo": "MemAvailable: 0 kB\n"}, NEEDED_MB),
    "version 2, unbounded": (MACHINE | V2 | {V2_OWN: "max\n"}, 1024),
    "version 2, its own bound": (MACHINE | V2 | {V2_OWN: gib(12), V2_ABOVE: "max\n"}, 768),
    "version 2, a lower bound above it": (MACHINE | V2 | {V2_OWN: gib(12), V2_ABOVE: gib(1)}, 512),
    "version 2, in a container whose path is the host's": (MACHINE | V2 | {V2_MOUNT: gib(0.5)}, 256),
    "version 2, in a container of its own": (MACHINE | {"proc/self/cgroup": "0::/\n", V2_MOUNT: gib(1)}, 512),
    "version 2, a bound too small for DuckDB": (MACHINE | V2 | {V2_OWN: gib(0.1)}, NEEDED_MB),
    "version 2, of 0 bytes": (MACHINE | V2 | {V2_OWN: "0\n"}, NEEDED_MB),
    "version 2, larger than the machine": (MACHINE | V2 | {V2_OWN: gib(500)}, 1024),
    "version 1, unbounded": (MACHINE | V1 | {V1_OWN: "9223372036854771712\n"}, 1024),
    "version 1, its own bound": (MACHINE | V1 | {V1_OWN: gib(12), V1_MOUNT: "9223372036854771712\n"}, 768),
    "version 1, in a container": (MACHINE | V1 | {V1_MOUNT: gib(1)}, 512),
    "both, memory by version 1": (
        MACHINE | {"proc/self/cgroup": "4:memory:/jobs/one\n0::/other\n", V1_OWN: gib(1)}, 512,
    ),
    "a bound that is no number": (MACHINE | V2 | {V2_OWN: "-1\n", V2_ABOVE: "\x00many\n"}, 1024),
    "lines of another form": (MACHINE | {"proc/self/cgroup": "\n::\nnothing\n0::../../etc\n", V2_MOUNT: gib(1)}, 512),
    "numbers without an end": ({"proc/meminfo": f"MemAvailable: {'9' * 30} kB\n"}, LEAST_MB),
}  # fmt: skip


@pytest.mark.parametrize(("files", "expected"), CASES.values(), ids=CASES)
def test_the_limit_is_a_part_of_what_the_process_may_have(
    files: Mapping[str, str], expected: int, tmp_path: Path
) -> None:
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content.encode())
    assert derived_mb(tmp_path) == expected


def test_what_is_no_file_bounds_nothing(tmp_path: Path) -> None:
    (tmp_path / "proc/self/cgroup").mkdir(parents=True)
    (tmp_path / "proc/meminfo").mkdir()
    assert derived_mb(tmp_path) == LEAST_MB


def limit(settings: Settings, folder: Path) -> str:
    with engine(settings, folder) as run:
        ((found,),) = run.connection.execute("select current_setting('memory_limit')").fetchall()
    return str(found)


def test_an_engine_has_it_unless_a_setting_says_otherwise(tmp_path: Path) -> None:
    assert NEEDED_MB <= duckdb_memory_mb() <= MOST_MB
    assert limit(Settings(), tmp_path) == limit(Settings(duckdb_memory_mb=duckdb_memory_mb()), tmp_path)
    assert limit(replace(Settings(), duckdb_memory_mb=256), tmp_path) == "244.1 MiB"
