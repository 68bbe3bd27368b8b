"""What the proof of the lines to fetch would tell: half a set, a double, another's drop, a last drop that is lost."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.delivery.sftp.connection import Endpoint
from tests.support.fetching import Recipient
from tests.support.received import fetch, sign, stem
from tests.support.replaced_meanwhile import Way
from tests.support.servers.sftp_sites import Site
from tests.support.signing import SIGNING_KEY, allowed_signers

NEW = stem(42)
SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "half": (lambda f: (f / f"{NEW}.csv").write_bytes(b"half"), f"{NEW}.csv is not as it was sent"),
    "a file missing": (lambda f: (f / f"{NEW}.csv").unlink(), f"{NEW}.csv is not as it was sent"),
    "left behind": (lambda f: (f / f"{stem(43)}.csv").touch(), f"{stem(43)}.csv is not as it was sent"),
    "twice": (lambda f: shutil.copy(f / f"{NEW}.csv", f / "lijst.csv"), "1 files are here under two names"),
    "being written": (lambda f: (f / f".{NEW}.csv.0123456789ab.part").touch(), ".part is not as it was sent"),
    "nobody's": (lambda f: (f / f"{stem(43)}.GO").touch(), f"{stem(43)} was never sent"),
    "lost": (lambda f: (f / f"{NEW}.GO").unlink(), "the last drop is not here"),
}


@pytest.fixture
def way(tmp_path: Path) -> Way:
    """It fetched one drop, and then another; the agency's own are kept aside."""
    fetch(tmp_path / "leveringen", 41, 42, previous="0" * 64)
    sign(tmp_path / "leveringen")
    allowed_signers(tmp_path, SIGNING_KEY)
    for number in (41, 42):
        (kept := tmp_path / str(number)).mkdir()
        for path in (tmp_path / "leveringen").glob(f"{stem(number)}.[a-z]*"):
            shutil.copy(path, kept)
    return Way("sftp", Recipient(tmp_path, Site(Endpoint("", 0, "", "", "", ""), tmp_path)), {})


def said(way: Way) -> str:
    return "\n".join(way.differences({stem(number): way.recipient.folder / str(number) for number in (41, 42)}))


def test_what_is_right_makes_no_difference(way: Way) -> None:
    assert said(way) == ""


@pytest.mark.parametrize("spoilt", SPOILT)
def test_what_is_wrong_is_told(way: Way, spoilt: str) -> None:
    spoil, words = SPOILT[spoilt]
    spoil(way.folder)
    assert words in said(way)
