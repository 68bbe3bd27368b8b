"""Whose a drop or a notice is: what the recipient holds, what somebody who can write in the folder can do about it."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import asyncssh
import pytest

from pipeline.cli.main import main
from pipeline.delivery import verify
from pipeline.delivery.revocation_list import SignedItem, revocation_list
from pipeline.delivery.verify import PROVEN, UNCHECKED, UNPROVEN, OriginCheck, VerifyReport
from pipeline.ledger.signing_keys import KeyAct, SigningKeyHistory
from tests.golden.example import GENT, ORDER
from tests.support.received import (
    fetch,
    manifest_of,
    manifest_sha256,
    one_a_night,
    sha256_of_manifest,
    sign,
    stem,
    tamper,
    tell,
)
from tests.support.signing import (
    SIGNING_KEY,
    allowed_signers,
    key_act,
    private_text,
    signing_key,
    ssh_keygen_verifies,
)

OTHER = signing_key(2)
AT = ORDER.decided_at + timedelta(30)


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The drops 41 to 43 and the notices 1 to 3, of which 3 repeats 1; all signed."""
    made = sign(fetch(tmp_path_factory.mktemp("fetched") / "leveringen", previous="0" * 64))
    first = tell(made, 1, "A" * 32, "B" * 32)
    second = tell(made, 2, "C" * 32, previous=sha256_of_manifest(first))
    tell(made, 3, "A" * 32, "B" * 32, repeats=1, previous=sha256_of_manifest(second))
    return made


@pytest.fixture
def folder(fetched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fetched, tmp_path / "leveringen"))


@pytest.fixture
def signers(tmp_path: Path) -> Path:
    return allowed_signers(tmp_path, SIGNING_KEY)


def told(report: VerifyReport) -> list[tuple[str, str]]:
    return [(finding.code, finding.about) for finding in report.wrong]


def looked(folder: Path, signers: Path | None, revocations: Path | None = None) -> VerifyReport:
    return verify.verify_folder(folder, verify.origin_check(folder, signers, revocations))


def test_what_is_signed_by_a_known_key_is_proven(
    folder: Path, signers: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = looked(folder, signers)
    assert (told(report), report.exit_code) == ([], 0)
    assert {(one.origin, one.signed_by) for one in report.all} == {(PROVEN, SIGNING_KEY.fingerprint)}
    assert main(["verify", str(folder), "--ondertekenaars", str(signers)]) == 0
    assert capsys.readouterr().out.endswith("Alles in orde: 3 leveringen en 3 intrekkingsberichten.\n")


def test_without_signers_it_says_so_of_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(folder)]) == 4
    *table, _, sentence = capsys.readouterr().out.splitlines()
    assert [line.endswith("  herkomst niet nagekeken") for line in table] == [False, False, *[True] * 6]
    assert sentence.startswith("Heel en volledig, maar herkomst niet nagekeken: 3 leveringen")
    assert main(["verify", str(folder), "--json"]) == 4
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["exit"], found["drops"][0]["origin"]) == (False, 4, UNCHECKED)


def signature_of(folder: Path) -> Path:
    return folder / f"{stem(43)}.datapackage.json.sig"


def in_another_namespace(folder: Path) -> None:
    private = asyncssh.import_private_key(private_text(1))
    content = manifest_of(folder, 43).read_bytes()
    signature_of(folder).write_bytes(asyncssh.create_sshsig(private, content, namespace="git"))


def by_another_kind_of_key(folder: Path) -> None:
    private = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
    content = manifest_of(folder, 43).read_bytes()
    signature_of(folder).write_bytes(asyncssh.create_sshsig(private, content, namespace="gegevensdeling"))


def sparse(path: Path, size: int = 1 << 30) -> None:
    with path.open("wb") as stream:
        stream.truncate(size)


def linked(path: Path) -> None:
    path.rename(path.parent.parent / "elders")
    path.symlink_to(path.parent.parent / "elders")


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SPOILT: dict[str, tuple[Callable[[Path], object], str, int]] = {
    "stripped": (lambda f: signature_of(f).unlink(), "unsigned", 4),
    "another's": (lambda f: signature_of(f).write_bytes(OTHER.sign(manifest_of(f, 43).read_bytes())), "signer", 4),
    "of another manifest": (
        lambda f: signature_of(f).write_bytes(SIGNING_KEY.sign(manifest_of(f, 42).read_bytes())), "forged", 4),
    "manifest changed": (lambda f: tamper(f, 43, lambda p: p.update(retention_days=9999)), "forged", 4),
    "in another namespace": (in_another_namespace, "signature", 1),
    "by another kind of key": (by_another_kind_of_key, "signature", 1),
    "cut off": (lambda f: signature_of(f).write_bytes(signature_of(f).read_bytes()[:120]), "signature", 1),
    "empty": (lambda f: signature_of(f).write_bytes(b""), "signature", 1),
    "twice": (lambda f: signature_of(f).write_bytes(signature_of(f).read_bytes() * 2), "signature", 1),
    "one of 1 GB": (lambda f: sparse(signature_of(f)), "signature", 1),
    "a link": (lambda f: linked(signature_of(f)), "no-file", 1),
    "a pipe": (lambda f: piped(signature_of(f)), "no-file", 1),
    "a folder": (lambda f: made_a_folder(signature_of(f)), "no-file", 1),
    "half fetched": (
        lambda f: signature_of(f).rename(f / f"{signature_of(f).name}.filepart"), "half", 4),
}  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_signature_that_proves_nothing(folder: Path, signers: Path, spoil: str) -> None:
    """Where signers are known it is wrong, and without them borne, unless it can be seen that it is no signature."""
    do, code, otherwise = SPOILT[spoil]
    do(folder)
    report = looked(folder, signers)
    assert told(report) == [(code, signature_of(folder).name)] and report.exit_code == 1
    assert {one.stem: one.origin for one in report.all}[stem(43)] == UNPROVEN
    assert looked(folder, None).exit_code == otherwise


def test_a_signature_of_today_on_a_changed_list_is_no_excuse(folder: Path, signers: Path) -> None:
    path = folder / f"{stem(43)}.csv"
    path.write_bytes(path.read_bytes().replace(b"Noor", b"Moor"))
    assert told(looked(folder, signers)) == [("hash", path.name)]


def test_what_was_forged_changes_nothing_about_what_is_ours(folder: Path, signers: Path) -> None:
    """Neither chain nor tidying: as the newest it would excuse that the list of 43 is gone."""
    (folder / f"{stem(43)}.csv").unlink()
    one_a_night(folder, 999_999, "f" * 64, ("csv",), night=date(2026, 6, 20))
    forged = folder / "AANMELDING_OPGROEIEN_0212214125_20260620_999999.datapackage.json"
    forged.with_name(f"{forged.name}.sig").write_bytes(OTHER.sign(forged.read_bytes()))
    assert told(looked(folder, signers)) == [("missing", f"{stem(43)}.csv"), ("signer", f"{forged.name}.sig")]


def test_the_chain_holds_where_a_signature_is_lost(folder: Path, signers: Path) -> None:
    """It is said once, of its own drop, and the next is not blamed."""
    lost = folder / f"{stem(42)}.datapackage.json.sig"
    lost.unlink()
    assert told(looked(folder, signers)) == [("unsigned", lost.name)]


def test_what_is_from_before_is_borne_only_where_no_origin_is_asked(tmp_path: Path, signers: Path) -> None:
    folder = fetch(tmp_path / "oud", 43, previous="0" * 64)
    for path in folder.glob("*.sig"):
        path.unlink()
    notice = tell(folder, 1, "A" * 32)
    for path in folder.glob("INTREKKING*.json*"):
        path.unlink()
    bare = looked(folder, None)
    assert (told(bare), bare.exit_code, bare.notices[0].references) == ([], 4, 1)
    unsigned = [("unsigned", f"{each}.datapackage.json.sig") for each in (stem(43), notice.stem)]
    assert told(looked(folder, signers)) == unsigned


def test_two_keys_are_valid_side_by_side(folder: Path, tmp_path: Path) -> None:
    signature_of(folder).write_bytes(OTHER.sign(manifest_of(folder, 43).read_bytes()))
    report = looked(folder, allowed_signers(tmp_path, OTHER, SIGNING_KEY))
    assert report.exit_code == 0 and {one.signed_by for one in report.all} == {
        SIGNING_KEY.fingerprint, OTHER.fingerprint,
    }  # fmt: skip


def test_a_key_that_holds_for_a_time_is_said_to(folder: Path, signers: Path) -> None:
    line = signers.read_text("utf-8")
    for dates, ends in (('valid-before="20200101"', 1), ('valid-after="20200101"', 0)):
        signers.write_text(line.replace(" namespaces", f" {dates},namespaces"), "utf-8")
        assert looked(folder, signers).exit_code == ends
        assert {code for code, _ in told(looked(folder, signers))} == ({"dated"} if ends else set())


# -- a key that was stolen -------------------------------------------------------------------------------------------


def revoked(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "revoked_keys"
    path.write_text("".join(f"{line}\n" for line in ("# ingetrokken", *lines)))
    return path


def test_what_a_revoked_key_signed_is_wrong_unless_we_say_that_we_did(folder: Path, tmp_path: Path) -> None:
    signature_of(folder).write_bytes(OTHER.sign(manifest_of(folder, 43).read_bytes()))
    signers, key = allowed_signers(tmp_path, OTHER, SIGNING_KEY), f"{OTHER.public_line} gestolen"
    finding = [("revoked", signature_of(folder).name)]
    assert told(looked(folder, signers, revoked(tmp_path, key))) == finding
    assert told(looked(folder, None, revoked(tmp_path, key))) == finding, "seen without signers too"
    genuine = f"# echt {manifest_sha256(folder, 43)} {stem(43)}"
    known = looked(folder, signers, revoked(tmp_path, genuine, key))
    assert known.exit_code == 0 and known.drops[2].origin == PROVEN
    assert looked(folder, allowed_signers(tmp_path, SIGNING_KEY), revoked(tmp_path, key, genuine)).exit_code == 0
    tamper(folder, 43, lambda package: package.update(retention_days=9999))
    signature_of(folder).write_bytes(OTHER.sign(manifest_of(folder, 43).read_bytes()))
    assert told(looked(folder, signers, revoked(tmp_path, genuine, key))) == finding, "another manifest than that one"


def test_the_list_that_the_agency_makes_is_read_by_both(folder: Path, tmp_path: Path) -> None:
    """The drops 41 and 42 counted before the theft, 43 since."""
    theft = ORDER.decided_at + timedelta(hours=12)
    history = SigningKeyHistory((key_act(1, KeyAct.USE, AT), key_act(1, KeyAct.REVOKE, AT, since=theft)))
    items = [
        SignedItem(
            GENT, stem(one), manifest_sha256(folder, one), SIGNING_KEY.fingerprint, theft + timedelta(one - 42.5)
        )
        for one in (41, 42, 43)
    ]
    revocations = tmp_path / "revoked_keys"
    revocations.write_text(revocation_list(GENT, history, items, AT), "utf-8")
    for path in folder.glob("INTREKKING*"):
        path.unlink()
    signers = allowed_signers(tmp_path, SIGNING_KEY)
    assert told(looked(folder, signers, revocations)) == [("revoked", signature_of(folder).name)]
    for one in (41, 42, 43):
        manifest = manifest_of(folder, one)
        signature = manifest.with_name(f"{manifest.name}.sig")
        assert not ssh_keygen_verifies(manifest.read_bytes(), signature, signers, "-r", str(revocations))


def test_a_list_that_is_none_stops_everything(folder: Path, tmp_path: Path, signers: Path) -> None:
    for line in ("ssh-rsa AAAA", "ssh-ed25519 geen", "onzin", "ssh-ed25519"):
        with pytest.raises(verify.VerifyImpossible, match="geen lijst van ingetrokken sleutels"):
            looked(folder, signers, revoked(tmp_path, line))
    with pytest.raises(verify.VerifyImpossible, match="kan niet gelezen worden"):
        looked(folder, signers, tmp_path / "nergens")
    assert looked(folder, signers, revoked(tmp_path)).exit_code == 0


# -- what cannot be trusted ------------------------------------------------------------------------------------------


def ends_with_2(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main(["verify", *map(str, arguments)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_signers_that_lie_in_the_folder_are_never_believed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inside, outside = allowed_signers(folder, SIGNING_KEY), tmp_path / "buiten"
    outside.symlink_to(inside)
    (tmp_path / "map").symlink_to(folder)
    here = Path(os.path.relpath(folder))
    for named, where in ((inside, folder), (outside, folder), (inside, tmp_path / "map"), (inside, here)):
        for option in ("--ondertekenaars", "--ingetrokken"):
            assert "ligt in de map die u nakijkt" in ends_with_2(capsys, where, option, named)
    inside.unlink()
    inside.symlink_to(allowed_signers(tmp_path, SIGNING_KEY))
    assert "ligt in de map die u nakijkt" in ends_with_2(capsys, folder, "--ondertekenaars", inside)


def test_signers_that_name_nobody(folder: Path, signers: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"", b"opgroeien ssh-rsa AAAA\n", b"\xff\xfe"):
        signers.write_bytes(content)
        ends_with_2(capsys, folder, "--ondertekenaars", signers)
    assert "kan niet gelezen worden" in ends_with_2(capsys, folder, "--ondertekenaars", signers.parent / "nergens")
    sparse(signers)
    assert "kan niet gelezen worden" in ends_with_2(capsys, folder, "--ondertekenaars", signers)


def program(path: Path, text: str) -> Path:
    path.mkdir(exist_ok=True)
    (path / "ssh-keygen").write_text(f"#!/bin/sh\n{text}\n")
    (path / "ssh-keygen").chmod(0o755)
    return path


def test_without_ssh_keygen_that_works_nothing_is_believed(
    folder: Path, signers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify, "LONGEST_SECONDS", 0.05)
    for path, says in (
        (tmp_path / "nergens", "is hier niet"),
        (program(folder, "exit 0"), "is hier niet"),
        (program(tmp_path / "oud", "exit 1"), "OpenSSH 8.2 of nieuwer"),
        (program(tmp_path / "stuk", "kill -9 $$"), "OpenSSH 8.2 of nieuwer"),
        (program(tmp_path / "stil", "exec /bin/sleep 9"), "antwoordt niet"),
    ):
        monkeypatch.setenv("PATH", str(path))
        assert says in ends_with_2(capsys, folder, "--ondertekenaars", signers)


def test_what_lies_beside_the_program_is_used(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "programma"
    place.mkdir()
    monkeypatch.setattr(verify, "__file__", str(place / "verify.py"))
    assert main(["verify", str(folder)]) == 4
    allowed_signers(place, SIGNING_KEY)
    assert main(["verify", str(folder)]) == 0
    shutil.move(revoked(tmp_path, SIGNING_KEY.public_line), place)
    assert main(["verify", str(folder)]) == 1
    monkeypatch.setattr(verify, "__file__", str(folder / "verify.py"))
    shutil.copy(place / "allowed_signers", folder)
    assert main(["verify", str(folder)]) == 2


# -- what is for another, or old -------------------------------------------------------------------------------------


def test_what_is_anothers_or_old_is_said_when_it_is_asked(folder: Path, signers: Path) -> None:
    report, today = looked(folder, signers), date(2026, 6, 18)
    assert verify.as_expected(report, "0212214125", 2, today).exit_code == 0
    others = verify.as_expected(report, "0212237387", 1, today)
    assert [code for code, _ in told(others)] == ["recipient"] * 6 + ["stale"]
    assert main(["verify", str(folder), "--ondertekenaars", str(signers), "--hoogstens", "1"]) == 1


# -- a notice is compared only when it is ours -----------------------------------------------------------------------


def test_a_notice_is_compared_only_when_it_is_whole_and_ours(folder: Path, signers: Path, tmp_path: Path) -> None:
    notice = next(folder.glob("*_000003_HERHAALT_000001.csv"))

    def compared(path: Path = notice, by: Path | None = signers) -> bool:
        return verify.apply_check(folder, looked(folder, by), path).still_listed is not None

    elsewhere = Path(shutil.copy(notice, tmp_path))
    assert compared() and compared(elsewhere), "decrypted elsewhere: known by its hash"
    elsewhere.write_bytes(b"referentie;datum\r\n" + b"Z" * 32 + b";2026-07-01\r\n")
    assert not compared(elsewhere) and not compared(next(folder.glob(f"{stem(43)}.csv")))
    signature = notice.with_suffix(".datapackage.json.sig")
    signature.unlink()
    assert not compared() and compared(by=None)
    notice.write_bytes(elsewhere.read_bytes())
    assert not compared(by=None)


def test_it_is_compared_with_the_newest_drop_that_is_ours(folder: Path, signers: Path) -> None:
    """A forged one beside it, with a higher number and nobody in it, hides nobody."""
    listed = (folder / f"{stem(43)}.csv").read_text("utf-8-sig").splitlines()[1].split(";")[0]
    last = next(folder.glob("*_000003_HERHAALT_000001.csv"))
    notice = tell(folder, 4, listed, previous=sha256_of_manifest(last))
    one_a_night(folder, 45, manifest_sha256(folder, 43), ("csv",))
    signature = folder / f"{stem(45)}.datapackage.json.sig"
    signature.write_bytes(OTHER.sign(manifest_of(folder, 45).read_bytes()))
    report = looked(folder, signers)
    assert told(report) == [("signer", signature.name)]
    assert verify.apply_check(folder, report, notice).still_listed == (listed,)


def test_nothing_is_asked_of_what_is_not_ready(folder: Path, signers: Path) -> None:
    for path in (folder / f"{stem(43)}.GO", signature_of(folder)):
        path.unlink()
    report = looked(folder, signers)
    assert (told(report), report.exit_code, report.drops[2].origin) == ([], 3, "")


def test_no_check_at_all_is_the_default() -> None:
    assert OriginCheck().signers is None
