"""An encrypted drop: nothing in clear touches the disk, and what gpg takes out is the drop in clear, to the byte."""

import hashlib
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.core import staging
from pipeline.core.errors import SettingsError
from pipeline.core.model import Drop
from pipeline.delivery import openpgp
from pipeline.delivery.openpgp import read_key
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.render import render
from pipeline.delivery.verify import origin_check, verify_folder
from pipeline.followup.notice_files import render_notice
from pipeline.indicators.sheet_file import sheet_enclosure
from tests.golden.example import (
    AWKWARD,
    GOLDEN,
    KEY,
    NOTICE_LINES,
    NOTICE_ORDER,
    ORDER,
    SETTINGS,
    content,
    example,
    personal_in,
    rows,
    workbook_digest,
)
from tests.support.docs import commands_of
from tests.support.servers.gnupg import Gpg
from tests.support.signing import SIGNING_KEY, allowed_signers
from tests.support.worlds.sheets import on_record

ALL = ("csv", "xlsx", "parquet")
STEM = "AANMELDING_OPGROEIEN_0212214125_20260615_000042"


@pytest.fixture(params=["rsa", "curve25519"])
def recipient(request: pytest.FixtureRequest, gnupg: Gpg, tmp_path: Path) -> RecipientSettings:
    """OCMW Gent, with its public key in a file and its fingerprint in the seal."""
    return keyed(gnupg, getattr(gnupg, request.param)(), tmp_path)


def keyed(gnupg: Gpg, fingerprint: str, folder: Path) -> RecipientSettings:
    path = folder / "gent.asc"
    path.write_bytes(gnupg.public(fingerprint))
    return replace(SETTINGS, encryption=str(path), formats=ALL, seal=f"test:{fingerprint.lower()}:{'0' * 64}")


def encrypted(recipient: RecipientSettings, folder: Path, people: list[dict[str, Any]] = AWKWARD) -> Drop:
    return render(rows(people), ORDER, recipient, KEY, folder)


def test_gpg_takes_out_the_golden_drop_byte_for_byte(gnupg: Gpg, recipient: RecipientSettings, tmp_path: Path) -> None:
    drop = encrypted(recipient, tmp_path / "drop")
    assert gnupg.decrypt(content(drop)) == (GOLDEN / "awkward.csv").read_bytes()
    assert workbook_digest(gnupg.decrypt(content(drop, 1))) == (GOLDEN / "awkward.xlsx.sha256").read_text().strip()
    clear = example(tmp_path / "clear", AWKWARD, *ALL)
    assert [gnupg.decrypt(content(drop, at)) for at in range(3)] == [content(clear, at) for at in range(3)]
    nobody = encrypted(recipient, tmp_path / "nobody", [])
    assert gnupg.decrypt(content(nobody)) == (GOLDEN / "nothing.csv").read_bytes()


def test_only_what_is_encrypted_is_written(
    recipient: RecipientSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    write = Path.write_bytes
    monkeypatch.setattr(Path, "write_bytes", lambda path, data: (seen.append(bytes(data)), write(path, data))[1])
    drop = encrypted(recipient, tmp_path / "drop")
    names = [f"{STEM}.{format_}.pgp" for format_ in ALL]
    assert [file.name for file in drop.data] == names
    papers = [f"{STEM}.datapackage.json{end}" for end in ("", ".sig")]
    assert sorted(path.name for path in (tmp_path / "drop").iterdir()) == sorted([*names, *papers])
    for written in [*seen, *(path.read_bytes() for path in (tmp_path / "drop").iterdir())]:
        assert personal_in(written) == []
        assert written[:4] not in (b"PK\x03\x04", b"PAR1") and not written.startswith(b"\xef\xbb\xbf")
    assert len(seen) == len(names) + len(papers) == 5


def test_no_temporary_file_is_made_anywhere(
    recipient: RecipientSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of all names ever opened for writing, none holds a data file in clear."""
    opened: list[str] = []
    listening = [True]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if listening[0] and event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    try:
        encrypted(recipient, tmp_path / "drop")
    finally:
        listening[0] = False
    ours = {Path(path).name for path in opened}
    assert {re.sub(r"\.[0-9a-f]{8}\.part$", ".part", name) for name in ours if name.endswith(".part")} == {
        *(f".{STEM}.{format_}.pgp.part" for format_ in ALL), f".{STEM}.datapackage.json.part",
        f".{STEM}.datapackage.json.sig.part",
    }  # fmt: skip
    assert not [path for path in opened if not Path(path).is_relative_to(tmp_path)]


def test_an_indicator_sheet_is_encrypted_as_the_list_is(
    gnupg: Gpg, recipient: RecipientSettings, tmp_path: Path
) -> None:
    sheet = sheet_enclosure(on_record(), ALL)
    drop = render(rows(AWKWARD), ORDER, recipient, KEY, tmp_path / "drop", [sheet])
    names = [f"{STEM}.indicatoren-2025-1.{end}.pgp" for end in ("csv", "xlsx")]
    assert [file.name for file in drop.data][3:] == names
    assert [gnupg.decrypt(content(drop, at)) for at in (3, 4)] == list(sheet.contents.values())
    assert sheet.contents["csv"] == on_record().content
    described = resources(drop)[3]
    assert described["decrypted"]["path"] == names[0].removesuffix(".pgp") and described["decrypted"]["rows"] == 2
    clear = f"sha256:{on_record().sha256}"
    assert described["decrypted"]["hash"] == clear != described["hash"]
    for end in ("csv", "xlsx"):  # as the recipient does
        (tmp_path / "drop" / f"{STEM}.indicatoren-2025-1.{end}").write_bytes(sheet.contents[end])
    (tmp_path / "drop" / drop.go_name).touch()
    assert verify_folder(tmp_path / "drop").ok
    package = json.loads(Path(drop.manifest.path).read_bytes())
    for resource in package["resources"][3:]:  # as manifests of before have it
        resource["rows"] = resource["decrypted"].pop("rows")
    Path(drop.manifest.path).write_text(json.dumps(package), "utf-8")
    assert verify_folder(tmp_path / "drop").ok


def test_an_encrypted_notice_verifies_before_and_after_it_is_opened(
    gnupg: Gpg, recipient: RecipientSettings, tmp_path: Path
) -> None:
    folder = tmp_path / "leveringen"
    folder.mkdir()
    made = render_notice(NOTICE_ORDER, NOTICE_LINES, recipient, SIGNING_KEY, folder)
    (folder / f"{NOTICE_ORDER.stem}.GO").touch()
    check = origin_check(folder, allowed_signers(tmp_path, SIGNING_KEY))
    clear = folder / f"{NOTICE_ORDER.stem}.csv"
    for _ in range(2):
        report = verify_folder(folder, check)
        assert report.exit_code == 0 and [one.references for one in report.notices] == [2]
        clear.write_bytes(gnupg.decrypt(Path(made.file.path).read_bytes()))
    clear.write_bytes(clear.read_bytes().replace(b"referentie-1", b"referentie-3"))
    assert [one.code for one in verify_folder(folder, check).wrong] == ["hash"]


def resources(drop: Drop) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(Path(drop.manifest.path).read_bytes())["resources"]
    return found


def test_the_manifest_tells_of_the_file_as_it_lies_and_of_what_comes_out(
    gnupg: Gpg, recipient: RecipientSettings, tmp_path: Path
) -> None:
    drop = encrypted(recipient, tmp_path / "drop")
    for at, (resource, clear) in enumerate(
        zip(resources(drop), resources(example(tmp_path / "clear", AWKWARD, *ALL)), strict=True)
    ):
        lies = content(drop, at)
        assert resource["path"] == drop.data[at].name and resource["path"].endswith(f".{ALL[at]}.pgp")
        assert (resource["bytes"], resource["hash"]) == (len(lies), f"sha256:{hashlib.sha256(lies).hexdigest()}")
        assert (resource["profile"], resource["format"]) == ("data-resource", "pgp")
        assert resource["mediatype"] == "application/pgp-encrypted"
        assert resource["encryption"] == {"standard": "OpenPGP", "key": recipient.sealed_key.upper()}
        taken_out = gnupg.decrypt(lies)
        assert resource["decrypted"]["bytes"] == len(taken_out)
        assert resource["decrypted"]["hash"] == f"sha256:{hashlib.sha256(taken_out).hexdigest()}"
        of_both = {"name": resource["name"], "schema": resource["schema"]}
        assert resource["decrypted"] | of_both == clear, "what comes out is described as a drop in clear is"


def test_the_manifest_of_a_drop_in_clear_says_nothing_of_encryption(tmp_path: Path) -> None:
    (resource,) = resources(example(tmp_path))
    assert not {"encryption", "decrypted"} & resource.keys()


def test_no_personal_value_is_in_the_manifest(recipient: RecipientSettings, tmp_path: Path) -> None:
    text = Path(encrypted(recipient, tmp_path / "drop").manifest.path).read_text(encoding="utf-8")
    assert personal_in(text.encode()) == []
    assert "@example.org" not in text, "nor the name on the key"


def test_rendering_again_gives_other_bytes_with_the_same_in_them(
    gnupg: Gpg, recipient: RecipientSettings, tmp_path: Path
) -> None:
    first, again = (encrypted(recipient, tmp_path / name) for name in ("first", "again"))
    for at, (one, other) in enumerate(zip(resources(first), resources(again), strict=True)):
        assert one["hash"] != other["hash"] and one["decrypted"] == other["decrypted"]
        assert gnupg.decrypt(content(first, at)) == gnupg.decrypt(content(again, at))


def test_a_key_that_was_not_sealed_is_not_used(gnupg: Gpg, tmp_path: Path) -> None:
    recipient = keyed(gnupg, gnupg.rsa(), tmp_path)
    Path(recipient.encryption).write_bytes(gnupg.public(gnupg.curve25519()))
    for each in (recipient, replace(recipient, seal=""), replace(recipient, seal=f"k:none:{'0' * 64}")):
        with pytest.raises(SettingsError, match="its OpenPGP key is not the one that was sealed: nothing was written"):
            encrypted(each, tmp_path / "drop")
    assert not (tmp_path / "drop").exists()


def test_nothing_goes_in_clear_to_whom_a_key_was_sealed_for(gnupg: Gpg, tmp_path: Path) -> None:
    recipient = replace(keyed(gnupg, gnupg.rsa(), tmp_path), encryption="none")
    with pytest.raises(SettingsError, match="its OpenPGP key is not the one that was sealed: nothing was written"):
        encrypted(recipient, tmp_path / "drop")
    assert not (tmp_path / "drop").exists()


def test_a_key_that_expired_stops_it_before_a_byte_is_written(gnupg: Gpg, tmp_path: Path) -> None:
    recipient = keyed(gnupg, gnupg.key("expired", expires="1y", subkey_expires="1y"), tmp_path)
    with pytest.raises(SettingsError, match="expired on 2020-12-31"):
        encrypted(recipient, tmp_path / "drop")
    assert not (tmp_path / "drop").exists()


def test_a_key_that_fails_while_encrypting_leaves_nothing_in_clear(
    gnupg: Gpg, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipient = keyed(gnupg, gnupg.rsa(), tmp_path)

    def fail(*_: object) -> bytes:
        raise RuntimeError("no more entropy")

    monkeypatch.setattr(openpgp.PublicKey, "encrypt", fail)
    with pytest.raises(RuntimeError):
        encrypted(recipient, tmp_path / "drop")
    assert list((tmp_path / "drop").iterdir()) == []
    assert staging.private_folder(tmp_path / "drop")


BY_HAND = """set -eu
gpg() { command gpg --batch --quiet --pinentry-mode loopback --passphrase "" "$@"; }
"""


def test_a_key_made_as_the_page_for_recipients_says_serves_and_can_be_prolonged(new_gnupg: Gpg, tmp_path: Path) -> None:
    """By who has never used gpg before; the page's other commands are tried in test_recipient_kit.py."""
    gnupg = new_gnupg
    make, _ = commands_of("openen.md")
    open_ = f"gpg --output {STEM}.csv --decrypt {STEM}.csv.pgp"

    def type_in(commands: str) -> None:
        environment = os.environ | {"GNUPGHOME": str(gnupg.home)}
        subprocess.run(["bash", "-c", BY_HAND + commands], cwd=tmp_path, env=environment, check=True)

    type_in(make)
    exported = (tmp_path / "ocmw-voorbeeld.asc").read_bytes()
    fingerprint = read_key(exported, SETTINGS.kbo, datetime.now(UTC)).fingerprint
    assert fingerprint.upper() in gnupg("--with-colons", "--fingerprint", "OCMW Voorbeeld").decode()
    drop = encrypted(keyed(gnupg, fingerprint, tmp_path), tmp_path)
    lies = next(word for word in open_.split() if word.endswith(".csv.pgp"))
    (tmp_path / lies).write_bytes(content(drop))
    type_in(open_)
    assert (tmp_path / lies.removesuffix(".pgp")).read_bytes() == (GOLDEN / "awkward.csv").read_bytes()
    type_in(f'gpg --quick-set-expire {fingerprint} 5y; gpg --quick-set-expire {fingerprint} 5y "*"')
    in_three_years = datetime.now(UTC) + timedelta(days=3 * 365)
    assert read_key(gnupg.public(fingerprint), SETTINGS.kbo, in_three_years).fingerprint == fingerprint
    with pytest.raises(SettingsError, match="expired"):
        read_key(exported, SETTINGS.kbo, in_three_years)
