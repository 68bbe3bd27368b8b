"""A folder in which somebody hostile put whatever a file system can hold: bounded, named, and never a way out of it."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.delivery import verify
from pipeline.delivery.verify import VerifyReport
from tests.support.received import fetch, manifest_of, sign, stem, tamper, tell
from tests.support.signing import SIGNING_KEY, allowed_signers

GB = 1 << 30
NOTICE = "INTREKKING_OPGROEIEN_0212214125_20260701_000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A drop and a notice, signed."""
    made = sign(fetch(tmp_path / "leveringen", 43, previous="0" * 64))
    tell(made, 1, "A" * 32)
    return made


def told(report: VerifyReport) -> list[tuple[str, str]]:
    return [(finding.code, finding.about) for finding in report.wrong]


def sparse(path: Path, size: int = GB) -> None:
    with path.open("wb") as stream:
        stream.truncate(size)


def bounded(folder: Path, *options: object) -> subprocess.CompletedProcess[str]:
    """Its own process, as a recipient runs it: in 150 MB of memory and 20 seconds."""

    def limits() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (150 << 20, 150 << 20))

    command = [sys.executable, "-I", "-S", verify.__file__, str(folder), "--json", *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, preexec_fn=limits)


def test_a_file_of_a_gigabyte_wherever_a_small_one_belongs(folder: Path, tmp_path: Path) -> None:
    """Every one of ours at once, but for the GO files; with signers and without."""
    for path in folder.iterdir():
        if path.suffix != ".GO":
            sparse(path)
    for options in ([], ["--ondertekenaars", allowed_signers(tmp_path, SIGNING_KEY)]):
        ran = bounded(folder, *options)
        found = json.loads(ran.stdout)
        assert (ran.returncode, ran.stderr) == (1, "")
        assert [one["code"] for each in (*found["drops"], *found["notices"]) for one in each["findings"]] == [
            "manifest"
        ] * 2


def test_lists_of_a_gigabyte_that_no_manifest_is_with(folder: Path) -> None:
    """A notice without manifest is read whole; a file without its name is compared by its hash, and only some are."""
    for end in ("datapackage.json", "datapackage.json.sig"):
        (folder / f"{NOTICE}.{end}").unlink()
    sparse(folder / f"{NOTICE}.csv")
    (folder / f"{stem(43)}.csv").rename(folder / "lijst.csv")
    ran = bounded(folder)
    found = json.loads(ran.stdout)
    assert ran.returncode == 1 and found["notices"][0]["findings"][0]["code"] == "notice"
    assert found["drops"][0]["findings"][0]["code"] == "renamed"


def test_a_manifest_that_claims_more_than_we_ever_made(folder: Path) -> None:
    for size in (GB + 1, 1 << 40, 10**400):
        tamper(folder, 43, lambda package, size=size: package["resources"][0].update(bytes=size))  # type: ignore[misc]
        assert told(verify.verify_folder(folder)) == [("manifest", f"{stem(43)}.datapackage.json")]


def test_a_list_without_an_end_of_a_line(folder: Path) -> None:
    """Zeros, as many as its manifest says."""
    path = folder / f"{stem(43)}.csv"
    sparse(path, 96 << 20)
    sha256 = verify.FetchedFolder(folder).sha256(path.name)
    tamper(folder, 43, lambda package: package["resources"][0].update(bytes=96 << 20, hash=f"sha256:{sha256}"))
    ran = bounded(folder)
    assert ran.returncode == 1 and json.loads(ran.stdout)["drops"][0]["findings"][0]["code"] == "columns"


def piped(path: Path) -> None:
    os.mkfifo(path)


def linked(path: Path) -> None:
    path.symlink_to("/dev/zero")


def linked_to_itself(path: Path) -> None:
    path.symlink_to(path)


ODD = {"a pipe": piped, "a link": linked, "a link to itself": linked_to_itself, "a folder": Path.mkdir}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("thing", [stem(43), NOTICE])
def test_what_is_no_file_where_one_belongs(folder: Path, odd: str, thing: str) -> None:
    for end in ("csv", "datapackage.json", "datapackage.json.sig", "GO"):
        path, away = folder / f"{thing}.{end}", folder.parent / "away"
        path.rename(away)
        ODD[odd](path)
        report = verify.verify_folder(folder)
        assert told(report) == [("no-file", path.name)], end
        assert report.waiting == (end == "GO") and report.exit_code == 1
        path.rmdir() if odd == "a folder" else path.unlink()
        away.rename(path)
    assert verify.verify_folder(folder).exit_code == 4


def test_what_is_no_file_where_none_belongs(folder: Path) -> None:
    """A recipient's own subfolder is left alone; a link that leads out of here is told of, and not followed."""
    (folder / "archief").mkdir()
    (folder / "uit").symlink_to("/")
    (folder / f"{stem(43)}.xlsx").mkdir()
    assert sorted(told(verify.verify_folder(folder))) == [("no-file", f"{stem(43)}.xlsx"), ("no-file", "uit")]


def test_a_thousand_odd_names(folder: Path) -> None:
    """Of drops that are none, with every byte that a name may hold, as long as they may be: each is told of."""
    base = os.fsencode(folder)
    names = {
        *(b"AANMELDING_OPGROEIEN_0212214125_20260616_%06d.csv" % number for number in range(100, 600)),
        *(bytes([number]) * 255 for number in range(1, 256) if number not in (0x2E, 0x2F)),
        *(b"x" * length for length in range(1, 250)),
        b"-rf", b"--json", b"AANMELDING_OPGROEIEN_0212214125_20260616_000043", b"...",
    }  # fmt: skip
    for name in names:
        with open(base + b"/" + name, "wb"):  # noqa: PTH123 - a name of bytes
            pass
    report = verify.verify_folder(folder)
    assert len([one for one in report.findings if one.code == "foreign"]) == len(names) - 500
    assert report.waiting == 500 and report.exit_code == 1
    shown = verify.report_text(report)
    assert len(shown.splitlines()) == len(report.drops) + len(report.notices) + len(report.wrong) + 4


def test_what_becomes_a_pipe_while_it_is_looked_at(folder: Path) -> None:
    """The listing saw a file: reading does not wait for a writer that never comes."""
    listed = verify.FetchedFolder(folder)
    path = folder / f"{stem(43)}.csv"
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(OSError, match="geen gewoon bestand"):
        listed.sha256(path.name)


def test_a_manifest_of_deep_or_doubled_things(folder: Path) -> None:
    for content in (b"[" * 500_000, b'{"a":' * 100_000, b'{"sequence": ' + b"9" * 100_000 + b"}", b"\xef\xbb\xbf{}"):
        manifest_of(folder, 43).write_bytes(content)
        assert told(verify.verify_folder(folder)) == [("manifest", f"{stem(43)}.datapackage.json")]
