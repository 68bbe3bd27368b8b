"""The tests' files as pytest rewrites their assertions, which takes longer than all else of collecting them.

Each worker collects all of them. In a fresh checkout each would rewrite all of them as well, at the same time; here
each begins with its own share, and finds the others' when it collects. The names are pytest's own, and may change.
"""

import os
import sys
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import PYC_TAIL, _rewrite_test, _write_pyc, assertstate_key, get_cache_dir, try_makedirs

from tests.support import PROJECT
from tests.support.quick import is_quick


def rewrite_share(config: pytest.Config) -> None:
    """What is there already is left, be it stale: pytest looks."""
    if sys.dont_write_bytecode:
        return
    worker, workers = (int(os.environ[f"PYTEST_XDIST_WORKER{part}"].removeprefix("gw")) for part in ("", "_COUNT"))
    for path in collected(config)[worker::workers]:
        folder = get_cache_dir(path)
        rewritten = folder / f"{path.stem}{PYC_TAIL}"
        if not rewritten.exists() and try_makedirs(folder):
            source, code = _rewrite_test(path, config)
            _write_pyc(config.stash[assertstate_key], code, source, rewritten)


def collected(config: pytest.Config) -> list[Path]:
    """Files of tests, in the same order for each worker."""
    files = sorted(PROJECT.glob("tests/**/test_*.py"))
    return [path for path in files if not config.option.quick or is_quick(str(path.relative_to(PROJECT)))]
