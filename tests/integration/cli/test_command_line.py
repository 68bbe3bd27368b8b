"""`gegevensdeling preview` and `explain` as a person types them, on a real SQLite database of the agency."""

import csv
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name

import pytest

from pipeline.cli.main import main
from tests.support.answers import Desk
from tests.support.worlds.tables import GENT, baseline, to_sqlite, world

Type = Callable[..., int]


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> Path:
    path = to_sqlite(baseline(), tmp_path / "agency.db", produced_at=now)
    monkeypatch.setenv("AIRFLOW_CONN_AGENCY_DB", f"sqlite:///{path}")
    for name, value in Desk(
        tmp_path, f"sqlite:///{path}", f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    ).environment.items():
        monkeypatch.setenv(name, value)  # an explanation goes on record
    return path


def decisions(out: Path) -> list[dict[str, str]]:
    with (out / "decisions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def change(agency: Path, statement: str) -> None:
    with sqlite3.connect(agency) as connection:
        connection.execute(statement)


def test_preview_now_writes_decisions_counts_and_the_drop(agency: Path, tmp_path: Path) -> None:
    out = tmp_path / "preview"
    assert main(["preview", "--out", str(out)]) == 0
    assert decisions(out) == [
        {"parent_id": "1", "outcome": "released", "kbo": GENT, "reason": "", "fields": "address,email,name,phone"}
    ]
    summary = json.loads((out / "summary.json").read_text())
    assert summary["population"] == summary["released"] == 1
    assert sum(summary["withheld"].values()) == 0
    (data,) = (out / GENT).glob("*.csv")
    assert "Voorbeeld" in data.read_text("utf-8-sig")
    assert {path.stat().st_mode & 0o777 for path in (out / GENT).iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == (out / GENT).stat().st_mode & 0o777 == 0o700
    assert not list(out.glob(".preview-*")), "the snapshot it was made from is gone"
    with sqlite3.connect(tmp_path / "ledger.sqlite") as connection:
        assert connection.execute("select what, reason, person from look_up").fetchall() == [
            ("preview", "none given", None)
        ]


@pytest.mark.parametrize("step", ["extract", "render", "preview_summary", "Path.replace"])
def test_an_interrupted_preview_leaves_nobody_behind(
    agency: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Wherever Ctrl-C comes, and also after one that was killed and could remove nothing."""
    out = tmp_path / "preview"
    (killed := out / ".preview-killed").mkdir(parents=True)
    (killed / "parent.parquet").write_text("Voorbeeld")
    owner, _, name = f"pipeline.delivery.preview.{step}".rpartition(".")
    usual = getattr(resolve_name(owner), name)

    def interrupted(*given: object, **named: object) -> None:
        usual(*given, **named)
        if step != "Path.replace" or GENT in str(given[1]):
            raise KeyboardInterrupt

    monkeypatch.setattr(f"{owner}.{name}", interrupted)
    assert main(["preview", "--out", str(out)]) == 130
    assert [path.name for path in out.rglob("*") if path.name.startswith((".", "AANMELDING"))] == []


def test_preview_of_the_past_writes_no_drop_and_takes_an_older_one_away(agency: Path, tmp_path: Path) -> None:
    out = tmp_path / "preview"
    assert main(["preview", "--out", str(out)]) == 0
    assert main(["preview", "--out", str(out), "--at", "2025-04-30T12:00"]) == 0
    assert decisions(out)[0]["reason"] == "no_consent", "the grant of 1 May 2025 was not there yet"
    assert not (out / GENT).exists()


def test_withheld_rows_name_the_recipient_only_from_rule_6_on(agency: Path, tmp_path: Path) -> None:
    out = tmp_path / "preview"
    change(agency, "update parent set deceased_on = '2026-01-01'")
    main(["preview", "--out", str(out)])
    assert decisions(out) == [{"parent_id": "1", "outcome": "withheld", "kbo": "", "reason": "deceased", "fields": ""}]
    change(agency, "update parent set deceased_on = null")
    change(agency, "update agreement set ended_on = '2026-01-01'")
    main(["preview", "--out", str(out)])
    assert decisions(out)[0] | {} == {
        "parent_id": "1", "outcome": "withheld", "kbo": GENT, "reason": "no_agreement", "fields": "",
    }  # fmt: skip
    assert not (out / GENT).exists(), "no agreement, no drop: not even an empty one"


def test_a_covered_recipient_without_rows_gets_a_header(agency: Path, tmp_path: Path) -> None:
    change(agency, "delete from consent_event")
    change(agency, "update feed_control set row_count = 0 where feed = 'consent_event'")
    assert main(["preview", "--out", str(tmp_path / "out")]) == 0
    (data,) = (tmp_path / "out" / GENT).glob("*.csv")
    assert len(data.read_text("utf-8-sig").splitlines()) == 1


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update feed_control set row_count = 7 where feed = 'parent'", "feed parent"),
        ("update feed_control set produced_at = '2020-01-01 00:00:00+00:00' where feed = 'child'", "feed child"),
        ("delete from feed_control where feed = 'family'", "feed family"),
        ("drop table residence", "feed residence"),
        ("alter table parent drop column last_name", "feed parent"),
        ("update agreement set kbo = '0999999999'", "feed agreement"),
        ("insert into parent select * from parent", "feed parent"),
    ],
)
def test_a_bad_feed_is_one_sentence_and_nothing_is_written(
    agency: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], statement: str, says: str
) -> None:
    change(agency, statement)
    assert main(["preview", "--out", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith("gegevensdeling: ") and says in error and "\n" not in error
    assert "Voorbeeld" not in error
    assert list((tmp_path / "out").iterdir()) == []


def test_a_missing_connection_says_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_AGENCY_DB", raising=False)
    assert main(["preview", "--out", str(tmp_path / "out")]) == 1
    assert "set AIRFLOW_CONN_AGENCY_DB" in capsys.readouterr().err


def test_explain_goes_through_the_steps_and_shows_no_person(
    agency: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    change(agency, "update protocol set published_url = null")
    assert main(["explain", "--parent", "1"]) == 0
    shown = capsys.readouterr().out
    assert "withheld: no_protocol" in shown
    assert "not agency_published" in " ".join(shown.split())
    for secret in ("Noor", "Voorbeeld", "example.org", "90010100024", "+32"):
        assert secret not in shown


def test_explain_of_a_released_parent_and_of_one_outside_the_population(
    agency: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "--parent", "1"]) == 0
    assert f"released to {GENT}: address, email, name, phone" in capsys.readouterr().out
    assert main(["explain", "--parent", "1", "--at", "2024-01-01"]) == 0
    assert "not in the population" in capsys.readouterr().out


def test_explain_of_an_unknown_parent_is_an_error(agency: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--parent", "99"]) == 1
    assert "no row with that parent_id" in capsys.readouterr().err


def test_decisions_are_sorted_and_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    many = world({"parent": [{"parent_id": number} for number in range(300, 0, -1)]})
    path = to_sqlite(many, tmp_path / "many.db", produced_at=now)
    monkeypatch.setenv("AIRFLOW_CONN_AGENCY_DB", f"sqlite:///{path}")
    assert main(["preview", "--out", str(tmp_path / "out")]) == 0
    assert [int(row["parent_id"]) for row in decisions(tmp_path / "out")] == list(range(1, 301))
