"""`gegevensdeling withdrawals`: what a DPO reads, and the exit code that a script may ask for."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.cli.main import main
from pipeline.core.model import Kbo
from pipeline.delivery.recipients import NO_ENCRYPTION, RecipientSettings
from pipeline.delivery.recipients_file import save_recipients
from pipeline.ledger.db.ledger import open_ledger
from pipeline.ledger.disclosures import Withdrawal
from pipeline.ledger.events import Kind
from pipeline.ledger.notices import NoticeEvent, Step
from tests.integration.ledger.test_ledger_db import event, write
from tests.support.worlds.ledgers import new_ledger

GENT, AALST = Kbo("0212214125"), Kbo("0212237186")
NIGHT = date(2026, 6, 15)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Gent has two withdrawals, of which one stands in a notice that counts since eight days; Aalst has none."""
    path, settings = tmp_path / "ledger", tmp_path / "recipients.toml"
    save_recipients(settings, [RecipientSettings(k, f"ocmw-{k}", "/out", NO_ENCRYPTION) for k in (GENT, AALST)])
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", f"sqlite:///{path}")
    monkeypatch.setenv("GEGEVENSDELING_RECIPIENTS", str(settings))
    opened, at = new_ledger(f"sqlite:///{path}"), datetime.now(UTC) - timedelta(days=8)
    write(opened, event(Kind.INTENT, kbo=GENT), event(Kind.INTENT, kbo=AALST))
    for reference in ("R1", "R2"):
        opened.record_withdrawals([Withdrawal(GENT, reference, b"p", "k", "withdrawn", 1, "run", NIGHT, at)])
    with opened.delivering(GENT) as pages:
        told = pages.not_notified()[:1]
        for step in (Step.INTENT, Step.RELEASING, Step.PUBLISHED):
            pages.record_notice(NoticeEvent(GENT, 1, step, "run", at, "INTREKKING_1", "f", "0" * 64, 1), told)
    return path


def test_everyone_is_shown_and_the_overdue_notice_by_name(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["withdrawals"]) == 0
    said = capsys.readouterr().out
    assert GENT in said and AALST in said and "INTREKKING_1" in said
    assert "1 of 2 recipients have a notice that was not acknowledged in time" in said
    assert "R1" not in said and "R2" not in said
    (line,) = [line for line in said.splitlines() if GENT in line]
    assert [cell.strip() for cell in line.split("│")[2:6]] == ["2", "1", "1", "0"]


def test_only_the_overdue_and_an_exit_code(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["withdrawals", "--overdue"]) == 1
    said = capsys.readouterr().out
    assert GENT in said and AALST not in said


def test_within_the_days_nobody_is_overdue(
    ledger: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEGEVENSDELING_NOTICE_ACK_DAYS", "9")
    assert main(["withdrawals", "--overdue"]) == 0
    assert GENT not in capsys.readouterr().out


def test_once_acknowledged_nothing_is_overdue(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_ledger(f"sqlite:///{ledger}").delivering(GENT) as pages:
        (notice,) = pages.notices()
        event = NoticeEvent(GENT, 1, Step.ACKNOWLEDGED, "run", datetime.now(UTC), "INTREKKING_1", "f", "0" * 64, 1)
        pages.record_notice(event)
    assert notice.step is Step.PUBLISHED
    assert main(["withdrawals", "--overdue"]) == 0


REASON = ("--reason", "file 7")
COMMANDS = [
    ["withdrawals"],
    ["withdrawals", "resend", GENT, "1", *REASON],
    ["ledger", "verify"],
    ["ledger", "redact"],
    ["ledger", "resume", *REASON, "--yes"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_mistyped_ledger_is_refused_and_not_made(
    ledger: Path, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty one, made on the spot, would hold, owe nothing and be past nothing."""
    mistyped = ledger.with_name("mistyped")
    monkeypatch.setenv("AIRFLOW_CONN_LEDGER_DB", f"sqlite:///{mistyped}")
    assert main(command) == 1
    assert "there is no ledger at the address in the connection ledger_db" in capsys.readouterr().err
    assert not mistyped.exists()
