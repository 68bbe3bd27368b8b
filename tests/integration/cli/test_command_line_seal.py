"""`gegevensdeling seal` as a person types it."""

import base64
import json
import os
from pathlib import Path

import asyncssh
import pytest

from pipeline.cli.main import main
from pipeline.core.model import Kbo
from pipeline.core.terminal import console
from pipeline.delivery.recipients_file import load_recipients, seals_path
from tests.support.servers.gnupg import Gpg
from tests.support.signing import signing_environment

GENT, AALST = "0212214125", "0212237387"


@pytest.fixture
def recipients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gnupg: Gpg) -> Path:
    host_key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    host = {"host": "sftp.example.org", "port": 2222, "extra": {"host_key": host_key, "private_key": "geheim"}}
    secret = base64.b64encode(b"only a test, never a secret: 32+").decode()
    monkeypatch.setenv("AIRFLOW_CONN_DROP_HOST", json.dumps({"conn_type": "sftp"} | host))
    monkeypatch.setenv(
        "AIRFLOW_CONN_LEDGER_KEY", json.dumps({"conn_type": "generic", "login": "k1", "password": secret})
    )
    monkeypatch.setenv("AIRFLOW_CONN_SIGNING_KEY", signing_environment())
    key, path = tmp_path / "gent.asc", tmp_path / "recipients.toml"
    key.write_bytes(gnupg.public(gnupg.rsa()))
    path.write_text(
        f'# bellen voor u wijzigt\n[recipient.{GENT}]\naccount = "ocmw-gent"\nfolder = "/out"\nencryption = "{key}"\n\n'
        f'[recipient.{AALST}]\naccount = "ocmw-[aalst]"  # ook zo\nfolder = "/in"\nencryption = "none"\n'
    )
    monkeypatch.setenv("GEGEVENSDELING_RECIPIENTS", str(path))
    return path


def type_in(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
    def given(*_: object) -> str:
        if answer is None:
            raise EOFError
        return answer

    monkeypatch.setattr("builtins.input", given)


def test_it_shows_what_is_bound_together_and_no_secret(
    recipients: Path, capsys: pytest.CaptureFixture[str], gnupg: Gpg
) -> None:
    assert main(["seal", "--all", "--yes"]) == 0
    shown = "".join(capsys.readouterr().out.split())
    for word in (GENT, AALST, "ocmw-gent", "ocmw-[aalst]", "sftp.example.org:2222", "/out", "SHA256:", "none:inclear"):
        assert word in shown, word
    assert shown.count("new") == 2
    assert "geheim" not in shown and "onlyatest" not in shown
    assert load_recipients(recipients)[Kbo(GENT)].sealed_key == gnupg.rsa().lower()
    assert gnupg.rsa()[:8] in shown


@pytest.mark.parametrize("width", [None, 40, 80, 200])
def test_fingerprints_are_whole_at_any_width_and_when_piped(
    recipients: Path,
    capsys: pytest.CaptureFixture[str],
    gnupg: Gpg,
    monkeypatch: pytest.MonkeyPatch,
    width: int | None,
) -> None:
    """They are compared with what the recipient reads out."""
    if width:
        monkeypatch.setattr(console, "width", width)
    assert main(["seal", "--all", "--yes"]) == 0
    shown = capsys.readouterr().out
    host_key = json.loads(os.environ["AIRFLOW_CONN_DROP_HOST"])["extra"]["host_key"]
    assert gnupg.rsa() in shown and "…" not in shown
    assert shown.count(asyncssh.import_public_key(host_key).get_fingerprint()) == 2


def test_the_rest_of_the_file_stays(recipients: Path) -> None:
    before = recipients.read_text(encoding="utf-8")
    assert main(["seal", GENT, "--yes"]) == 0
    assert recipients.read_text(encoding="utf-8") == before
    assert [each.seal != "" for each in load_recipients(recipients).values()] == [True, False]


def test_again_it_is_unchanged_and_after_a_change_it_says_so(
    recipients: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["seal", "--all", "--yes"])
    once, settings = seals_path(recipients).read_text(), recipients.read_text(encoding="utf-8")
    capsys.readouterr()
    assert main(["seal", "--all", "--yes"]) == 0
    assert seals_path(recipients).read_text() == once and capsys.readouterr().out.count("unchanged") == 2
    recipients.write_text(settings.replace("/in", "/out"), encoding="utf-8")
    assert main(["seal", "--all", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("unchanged") == 1 and shown.replace("unchanged", "").count("changed") == 1


@pytest.mark.parametrize("answer", ["yes", "y", "ja", " J "])
def test_who_says_yes_seals(recipients: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    type_in(monkeypatch, answer)
    assert main(["seal", GENT]) == 0
    assert f'{GENT} = "k1:' in seals_path(recipients).read_text()


@pytest.mark.parametrize("answer", ["no", "", "yess", "nee", None])
def test_whoever_says_anything_else_does_not(
    recipients: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], answer: str | None
) -> None:
    type_in(monkeypatch, answer)
    before = recipients.read_text(encoding="utf-8")
    assert main(["seal", "--all"]) == 1
    assert capsys.readouterr().err == "gegevensdeling: nothing was sealed\n"
    assert recipients.read_text(encoding="utf-8") == before and not seals_path(recipients).exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name the recipients to seal by their KBO, or give --all"),
        ([GENT, "--all"], "name the recipients to seal by their KBO, or give --all"),
        (["0212180069"], "recipient 0212180069: has no settings"),
    ],
)
def test_who_is_not_named_is_not_sealed(
    recipients: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    before = recipients.read_text(encoding="utf-8")
    assert main(["seal", *arguments, "--yes"]) == 1
    assert says in capsys.readouterr().err
    assert recipients.read_text(encoding="utf-8") == before and not seals_path(recipients).exists()


def test_a_key_that_cannot_be_used_is_not_sealed(
    recipients: Path, capsys: pytest.CaptureFixture[str], gnupg: Gpg, tmp_path: Path
) -> None:
    (tmp_path / "gent.asc").write_bytes(gnupg.public(gnupg.key("signs", subkey=None)))
    before = recipients.read_text(encoding="utf-8")
    assert main(["seal", "--all", "--yes"]) == 1
    assert f"recipient {GENT}: its OpenPGP key has no valid part" in capsys.readouterr().err
    assert recipients.read_text(encoding="utf-8") == before and not seals_path(recipients).exists()


def test_without_the_ledger_key_nothing_is_sealed(
    recipients: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_LEDGER_KEY")
    assert main(["seal", "--all", "--yes"]) == 1
    assert "connection ledger_key is missing: set AIRFLOW_CONN_LEDGER_KEY" in capsys.readouterr().err
