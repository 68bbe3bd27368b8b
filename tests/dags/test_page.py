"""The page "Gegevensdeling" in Airflow itself: for who is logged in and may read the DAG, and no other file."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from pipeline.airflow.last_night import NightRun
from pipeline.airflow.page_content import NO_LEDGER
from pipeline.answers.overview.editions import FILE, OverviewSummary, new_overview
from pipeline.core.connections import Connection
from pipeline.core.local_time import local_day
from pipeline.core.model import NoCounts
from pipeline.core.serialize import from_json, to_json
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.interventions import Intervention, InterventionAct
from pipeline.tasks.summary import NightSummary
from tests.support.worlds.ledgers import new_ledger
from tests.support.worlds.small_world import GENT

PAGE = "/gegevensdeling/overzicht/"
FILES = f"{PAGE}bestanden/{{made}}"
"""`made`: when the overview was made, as its folder is called. No test is named after it."""


@pytest.fixture(scope="module")
def overviews(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of today; beside it and above it what is nobody's business."""
    root = tmp_path_factory.mktemp("house") / "overviews"
    now = datetime.now(UTC)
    answer, figures = ("Op vandaag wisselden 2 besturen uit.",), (("wisselt uit", 2), ("<b>", None))
    headline = OverviewSummary(local_day(now), now, answer, figures)
    with new_overview(root, now) as folder:
        (folder / FILE).write_bytes(to_json(headline))
        for name in ("overzicht.html", "overzicht.csv", "overzicht.pdf", "overzicht.xlsx"):
            (folder / name).write_text(name)
        (folder / "link.html").symlink_to(root.parent / "agency.html")
    (root.parent / "agency.html").write_text("nobody's business")
    (root / "notes.html").write_text("nobody's business")
    return root


@pytest.fixture(scope="module")
def get(overviews: Path, airflow_home: Path) -> Iterator[Callable[..., Any]]:
    """Asks Airflow, with the plugin in it, for a path, as a user with that role (None: with none)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEGEVENSDELING_OVERVIEWS", str(overviews))
        from airflow import settings
        from airflow.api_fastapi.app import create_app
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from airflow.models import import_all_models
        from airflow.models.base import Base
        from fastapi.testclient import TestClient

        import_all_models()
        Base.metadata.create_all(settings.engine)
        application = create_app("core")
        client = TestClient(application, follow_redirects=False)

        def asked(path: str, *roles: str | None) -> Any:
            make = application.state.auth_manager.generate_jwt
            made = next((folder.name for folder in overviews.glob("*Z")), "")
            logins = [make(SimpleAuthManagerUser(username="ann", role=role)) for role in roles]
            return client.get(
                path.format(made=made), headers=[("Authorization", f"Bearer {login}") for login in logins]
            )

        yield asked


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}?stand=failed", f"{FILES}/overzicht.html", f"{FILES}/nowhere.pdf"])
def test_who_is_not_logged_in_is_told_nothing(get: Callable[..., Any], path: str) -> None:
    answer = get(path)
    assert answer.status_code == 401 and "besturen" not in answer.text


@pytest.mark.parametrize("path", [PAGE, f"{FILES}/overzicht.html"])
def test_who_may_not_read_the_dag_is_refused(get: Callable[..., Any], path: str) -> None:
    answer = get(path, None)
    assert answer.status_code == 403 and "besturen" not in answer.text


def test_who_may_read_the_dag_sees_the_overview_and_that_no_night_was(get: Callable[..., Any]) -> None:
    answer = get(PAGE, "viewer")
    assert answer.status_code == 200
    assert "Op vandaag wisselden 2 besturen uit." in answer.text and "Er is nog geen nacht geweest." in answer.text
    assert "&lt;b&gt;" in answer.text and "<b>" not in answer.text and "onbekend" in answer.text
    assert "niet van vandaag" not in answer.text


def test_only_its_own_script_runs_and_nothing_comes_from_elsewhere(get: Callable[..., Any]) -> None:
    first, second = get(PAGE, "viewer"), get(PAGE, "viewer")
    policy = first.headers["content-security-policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert policy.startswith("default-src 'none'") and "frame-ancestors 'self'" in policy
    assert first.text.count("<script") == 1 and f'<script nonce="{nonce}">' in first.text
    assert nonce not in second.headers["content-security-policy"], "a new one for each page"
    assert "http://" not in first.text and "https://" not in first.text and "on" + "click=" not in first.text
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("overzicht.html", "text/html; charset=utf-8", "inline"),
        ("overzicht.csv", "text/csv; charset=utf-8", "attachment"),
        ("overzicht.pdf", "application/pdf", "attachment"),
        ("overzicht.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "attachment"),
    ],
)
def test_each_form_of_the_overview_is_served(get: Callable[..., Any], name: str, kind: str, kept: str) -> None:
    answer = get(f"{FILES}/{name}", "viewer")
    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, name, kind)
    assert answer.headers["content-disposition"].startswith(kept)
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'") and ("sandbox" in policy) is name.endswith(".html")


@pytest.mark.parametrize(
    "path",
    [
        f"{FILES}/{FILE}",
        f"{FILES}/nowhere.pdf",
        f"{FILES}/link.html",
        f"{FILES}/..%2f..%2fagency.html",
        f"{FILES}/%2e%2e/notes.html",
        f"{FILES}/..%2fnotes.html",
        f"{PAGE}bestanden/%2e%2e/agency.html",
        f"{PAGE}bestanden/..%2f/agency.html",
        f"{PAGE}bestanden/%2e/notes.html",
        f"{FILES}/%2fetc%2fhostname.html",
        f"{PAGE}bestanden/20200101T000000Z/overzicht.html",
        f"{PAGE}nowhere",
    ],
)
def test_no_path_leads_to_anything_else(get: Callable[..., Any], path: str) -> None:
    answer = get(path, "admin")
    assert answer.status_code == 404 and "business" not in answer.text and "overzicht.html" not in answer.text


def test_an_overview_that_is_not_of_today_says_so(get: Callable[..., Any], overviews: Path) -> None:
    (folder,) = (path for path in overviews.iterdir() if path.is_dir())
    before = (folder / FILE).read_text()
    of_today = from_json(OverviewSummary, before.encode()).as_of
    (folder / FILE).write_text(before.replace(str(of_today), "2026-01-01"))
    try:
        assert "niet van vandaag" in get(PAGE, "viewer").text
    finally:
        (folder / FILE).write_text(before)


def test_without_any_overview_it_says_how_one_comes(get: Callable[..., Any], overviews: Path) -> None:
    overviews.rename(overviews.with_name("away"))
    try:
        answer = get(PAGE, "viewer")
        assert answer.status_code == 200 and "nog geen overzicht" in answer.text
    finally:
        overviews.with_name("away").rename(overviews)


NIGHT = date(2026, 6, 15)


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, airflow_home: Path) -> LedgerDb:
    """What the page finds in the connection `ledger_db`."""
    from pipeline.airflow import page

    known = {"ledger_db": Connection("ledger_db", "sqlite", schema=str(tmp_path / "ledger.db"))}
    monkeypatch.setattr(page, "connection", known.get)
    return new_ledger(f"sqlite:///{tmp_path / 'ledger.db'}")


def ledger_says() -> list[str]:
    from pipeline.airflow import page

    return page._ledger_says(NightRun("run", NIGHT, "success"))[2]


def test_the_ledgers_suspensions_are_on_the_page(ledger: LedgerDb) -> None:
    at = datetime.now(UTC)
    with ledger.delivering(GENT) as log:
        log.record_intervention(Intervention(GENT, InterventionAct.SUSPEND, at, "els", "melding 7"))
    (says,) = ledger_says()
    assert says.startswith("Opgeschort sinds ") and says.endswith(": (0212.214.125).") and "melding" not in says


def test_a_night_that_was_closed_shows_what_of_its_noes_is_to_be_looked_at(ledger: LedgerDb) -> None:
    assert ledger_says() == [], "not closed yet"
    noes = NoCounts(beaten_grants=4, to_everyone=3, of_unknown_parent=2, persons_of_several_rows=1)
    summary = NightSummary("run", NIGHT, 0, {}, {}, 0, 0, 0, 0, {}, noes=noes)
    ledger.save_summary("run", NIGHT, datetime(2026, 6, 15, 2, tzinfo=UTC), to_json(summary).decode())
    (says,) = ledger_says()
    assert "4 toestemming(en)" in says and "3 keer neen zonder herkenbare ontvanger" in says
    assert "2 keer neen van een onbekende ouder" in says and "1 persoon of personen" in says


def test_the_last_nights_are_those_that_closed_each_by_its_newest_run(ledger: LedgerDb) -> None:
    from pipeline.airflow import page

    for day, run, rows in ((14, "a", 7), (15, "b", 5), (15, "c", 6)):
        night = date(2026, 6, day)
        summary = NightSummary(run, night, 0, {}, {}, rows, 0, 0, 0, {})
        at = datetime(2026, 6, day, 2 + (run == "c"), tzinfo=UTC)
        ledger.save_summary(run, night, at, to_json(summary).decode())
    nights = page._ledger_says(NightRun("run", NIGHT, "success"))[1]
    assert [(one.night.day, one.rows) for one in nights] == [(15, 6), (14, 7)]
    assert len(ledger.recent_summaries(1)) == 1


def test_without_the_ledger_the_page_says_so(ledger: LedgerDb, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").unlink()
    assert ledger_says() == [NO_LEDGER]
