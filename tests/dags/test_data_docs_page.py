"""The page with the Data Docs of a run: for who is logged in to Airflow and may read the DAG, and of that run alone."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.ground import NOBODY, another_users, without_overrides

RUN = "/nightly_delivery/manual__2026-06-15"
FOLDER = "manual__2026-06-15"


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run's page; beside it and above it what is nobody's business."""
    docs = tmp_path_factory.mktemp("house") / "docs"
    for path in (docs / FOLDER / "checks.html", docs / "another" / "checks.html", docs.parent / "agency.db"):
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(str(path.relative_to(docs.parent)))
    (docs / FOLDER / "link.html").symlink_to(docs.parent / "agency.db")
    return docs


@pytest.fixture(scope="module")
def get(docs: Path, airflow_home: Path) -> Iterator[Callable[..., Any]]:
    """Asks the plugin for a path, as a user with that role (None: with none); without a role, not logged in."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEGEVENSDELING_DATA_DOCS", str(docs))
        from airflow import settings
        from airflow.api_fastapi.app import create_auth_manager
        from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
        from airflow.models import import_all_models
        from airflow.models.base import Base
        from fastapi.testclient import TestClient

        from pipeline.airflow.plugin import GegevensdelingPlugin

        import_all_models()
        Base.metadata.create_all(settings.engine)
        manager, client = create_auth_manager(), TestClient(GegevensdelingPlugin.fastapi_apps[0]["app"])

        def asked(path: str, *roles: str | None) -> Any:
            logins = [manager.generate_jwt(SimpleAuthManagerUser(username="ann", role=role)) for role in roles]
            return client.get(path, headers=[("Authorization", f"Bearer {login}") for login in logins])

        yield asked


def test_who_is_not_logged_in_is_told_nothing(get: Callable[..., Any]) -> None:
    for page in ("checks.html", "nowhere.html", "%2e%2e/another/checks.html"):
        answer = get(f"{RUN}/{page}")
        assert answer.status_code == 401 and "manual" not in answer.text


def test_who_may_not_read_the_dag_is_refused(get: Callable[..., Any]) -> None:
    assert get(f"{RUN}/checks.html", None).status_code == 403


@pytest.fixture
def one_dag_each(get: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each user may read one DAG alone: the one that the role is called after."""
    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

    def may(_manager: object, *, user: Any, details: Any = None, **_asked: object) -> bool:
        return details is not None and details.id == user.role

    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", may)


@pytest.mark.parametrize("mine", ["another_team", "housekeeping", "nightly_delivery"])
@pytest.mark.parametrize("named", ["another_team", "housekeeping", "nightly_delivery", "~"])
def test_no_other_dag_leads_to_a_page(get: Callable[..., Any], one_dag_each: None, mine: str, named: str) -> None:
    """A page is of a run, and the name of a DAG is only what the reader typed."""
    answer = get(f"/{named}/{FOLDER}/checks.html?dag_id={mine}", mine)
    assert answer.status_code == 403 and "docs" not in answer.text


def test_a_dag_that_is_not_ours_has_none(get: Callable[..., Any]) -> None:
    assert get(f"/another_team/{FOLDER}/checks.html", "admin").status_code == 404


def test_who_may_read_the_dag_reads_the_page_and_no_script_runs(get: Callable[..., Any]) -> None:
    answer = get(f"{RUN}/checks.html", "viewer")
    assert (answer.status_code, answer.text) == (200, f"docs/{FOLDER}/checks.html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path",
    [
        f"{RUN}/%2e%2e/another/checks.html",
        f"{RUN}/..%2fanother%2fchecks.html",
        f"{RUN}/%2e%2e/%2e%2e/agency.db",
        f"{RUN}/checks.html%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fagency.db",
        f"{RUN}//etc/hostname",
        f"{RUN}/%2fetc%2fhostname",
        f"{RUN}/link.html",
        "/nightly_delivery/%2e%2e/agency.db",
        "/nightly_delivery/%2e/another/checks.html",
        f"{RUN}/",
    ],
)
def test_no_path_leads_out_of_the_runs_folder(get: Callable[..., Any], path: str) -> None:
    answer = get(path, "admin")
    assert answer.status_code == 404 and "agency.db" not in answer.text and "another" not in answer.text


def test_a_page_that_the_servers_account_may_not_read_is_said_to_be_so(get: Callable[..., Any], docs: Path) -> None:
    """Its folder or the page itself is the tasks' account's alone."""
    for number, closed in enumerate((0o700, 0o711)):
        folder = docs / f"closed{number}"
        another_users(folder)
        folder.chmod(closed)
        (folder / "checks.html").touch(mode=0o600)
        os.chown(folder / "checks.html", NOBODY, NOBODY)
        with without_overrides():
            answer = get(f"/nightly_delivery/{folder.name}/checks.html", "viewer")
        assert answer.status_code == 403 and "may not read DATA_DOCS" in answer.text
