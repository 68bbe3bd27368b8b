"""`gegevensdeling test-drop` as a person types it: the recipient's own settings, seal and key, and no ledger at all."""

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.delivery.verify import verify_folder
from pipeline.demo.host import HostKeys
from tests.support.servers.sftp_sites import KBO, Site
from tests.support.signing import signing_environment


@pytest.fixture
def recipients(demo: Site, demo_keys: HostKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gent's settings, not sealed yet. The environment has what a seal and a delivery need, and no ledger."""
    host = {"host": "127.0.0.1", "port": demo.endpoint.port}
    extra = {"host_key": demo_keys.host_public, "private_key": demo_keys.agency_private}
    secret = base64.b64encode(b"only a test, never a secret: 32+").decode()
    ledger_key = {"conn_type": "generic", "login": "k1", "password": secret}
    monkeypatch.setenv("AIRFLOW_CONN_DROP_HOST", json.dumps({"conn_type": "sftp", "extra": extra} | host))
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_KEY", json.dumps(ledger_key))
    monkeypatch.setenv("AIRFLOW_CONN_SIGNING_KEY", signing_environment())
    monkeypatch.delenv("AIRFLOW_CONN_LEDGER_DB", raising=False)
    path = tmp_path / "recipients.toml"
    path.write_text(f'[recipient.{KBO}]\naccount = "{demo.endpoint.account}"\nfolder = "/out"\nencryption = "none"\n')
    monkeypatch.setenv("GEGEVENSDELING_RECIPIENTS", str(path))
    monkeypatch.setenv("GEGEVENSDELING_STAGING", str(tmp_path / "staging"))
    return path


def test_it_is_put_verifies_and_is_taken_away(
    recipients: Path, demo: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["seal", KBO, "--yes"]) == 0
    capsys.readouterr()
    assert main(["test-drop", KBO]) == 0
    (stem,) = [name.removesuffix(".GO") for name in demo.names() if name.endswith(".GO")]
    assert stem.startswith(f"TEST_OPGROEIEN_{KBO}_") and stem.endswith("_000000")
    assert capsys.readouterr().out.startswith(f"{stem} is in /out of {demo.endpoint}")
    report = verify_folder(demo.out)
    assert report.ok and [remark.code for remark in report.remarks] == ["test"]
    assert list((tmp_path / "staging").iterdir()) == []
    (demo.out / f"{stem}.ACK").touch()
    assert main(["test-drop", KBO, "--remove"]) == 0
    assert capsys.readouterr().out == "6 files of test drops were removed, and it had been acknowledged\n"
    assert demo.names() == []


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to("x")], ids=["a folder", "a link"])
def test_what_is_no_file_acknowledges_no_test_drop(
    recipients: Path, demo: Site, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None]
) -> None:
    main(["seal", KBO, "--yes"])
    main(["test-drop", KBO])
    (stem,) = [name.removesuffix(".GO") for name in demo.names() if name.endswith(".GO")]
    ack = demo.out / f"{stem}.ACK"
    make(ack)
    capsys.readouterr()
    assert main(["test-drop", KBO, "--remove"]) == 0
    assert "files of test drops were removed\n" in capsys.readouterr().out
    if ack.is_dir():
        ack.rmdir()
    assert demo.names() == []


def test_who_is_not_sealed_or_not_known_gets_none(
    recipients: Path, demo: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test-drop", KBO]) == 1
    assert "its settings are not sealed" in capsys.readouterr().err
    assert main(["test-drop", "0212237387"]) == 1
    assert "recipient 0212237387: has no settings" in capsys.readouterr().err
    assert demo.names() == []
