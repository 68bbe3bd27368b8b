"""Whether Airflow is fit for a night, read from its own database and settings. Airflow itself is not loaded: that would
take seconds, and write to its home."""

import configparser
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from pipeline.airflow.pool import PLACES
from pipeline.core.errors import SettingsError, TransientError
from pipeline.core.precondition import Precondition, broken, doubtful, met

AIRFLOW = "Airflow"
DAGS = ("nightly_delivery", "housekeeping", "authorities_overview")
LATE = timedelta(hours=26)
_ALONE = ("LocalExecutor", "SequentialExecutor")
"""Executors that keep to one machine, as a ledger on SQLite must."""
CONNECT_SECONDS = 5
MOST_SLOTS = 8
_QUERIES = {
    "paused": "select dag_id, is_paused from dag where not is_stale",
    "pools": "select pool, slots from slot_pool",
    "import_errors": "select count(*) from import_error",
    "last": "select dag_id, max(end_date) from dag_run where state = 'success' group by dag_id",
}


@dataclass(frozen=True)
class AirflowHealth:
    """By DAG whether it is paused and when it last ended well; by pool its slots; files that do not parse."""

    executor: str
    paused: Mapping[str, bool]
    pools: Mapping[str, int]
    import_errors: int
    last: Mapping[str, datetime]


def read_airflow_health(environment: Mapping[str, str]) -> AirflowHealth | None:
    """None where nothing says where its database is. Raises SettingsError or TransientError."""
    told = _settings(environment)
    address = told("database", "sql_alchemy_conn") or _embedded(environment)
    if address is None:
        return None
    try:
        rows = _read(sa.make_url(address))
    except SQLAlchemyError as error:
        why = type(getattr(error, "orig", None) or error).__name__
        raise TransientError(f"its database cannot be read ({why}): run `airflow db migrate`, or start it") from None
    last = {dag: _instant(at) for dag, at in rows["last"] if at}
    paused = {dag: bool(is_paused) for dag, is_paused in rows["paused"]}
    executor = told("core", "executor") or "LocalExecutor"
    return AirflowHealth(executor, paused, dict(rows["pools"]), int(rows["import_errors"][0][0]), last)


def _settings(environment: Mapping[str, str]) -> Any:
    """As Airflow finds them: in the environment, then in its own file."""
    file = configparser.ConfigParser(interpolation=None, strict=False)
    path = environment.get("AIRFLOW_CONFIG") or str(_home(environment) / "airflow.cfg")
    try:
        file.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        raise SettingsError(f"{path} does not parse: mend it") from None

    def told(section: str, key: str) -> str | None:
        name = f"AIRFLOW__{section.upper()}__{key.upper()}"
        return environment.get(name) or file.get(section, key, fallback=None)

    return told


def _embedded(environment: Mapping[str, str]) -> str | None:
    path = _home(environment) / "airflow.db"
    return f"sqlite:///{path}" if path.is_file() else None


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("AIRFLOW_HOME") or Path.home() / "airflow")


def _read(url: sa.URL) -> dict[str, list[Any]]:
    if url.get_backend_name() == "sqlite":
        url = url.set(database=f"file:{url.database}?mode=ro", query={"uri": "true"})
        options: dict[str, Any] = {"timeout": CONNECT_SECONDS}
    else:
        limit = f"-c statement_timeout={CONNECT_SECONDS}s -c default_transaction_read_only=on"
        options = {"connect_timeout": CONNECT_SECONDS, "options": limit}
    engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=options)
    with closing(engine.connect()) as connection:
        return {name: [tuple(row) for row in connection.execute(sa.text(text))] for name, text in _QUERIES.items()}


def _instant(at: datetime | str) -> datetime:
    found = datetime.fromisoformat(at) if isinstance(at, str) else at
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def airflow_preconditions(found: AirflowHealth, now: datetime, *, is_ledger_sqlite: bool) -> Iterator[Precondition]:
    """`is_ledger_sqlite`: then all tasks must run on the one machine that has its file."""
    if is_ledger_sqlite and not found.executor.rpartition(".")[2].startswith(_ALONE):
        says = f"{found.executor} may run tasks elsewhere, and the ledger is a file here: put the ledger on PostgreSQL"
        yield broken(AIRFLOW, "executor", says)
    else:
        yield met(AIRFLOW, "executor", found.executor)
    yield _pool(found.pools.get(PLACES))
    if found.import_errors:
        yield broken(AIRFLOW, "files", f"{found.import_errors} files do not parse: airflow dags list-import-errors")
    for dag in DAGS:
        yield _dag(dag, found, now)


def _pool(slots: int | None) -> Precondition:
    if slots is None:
        return broken(AIRFLOW, "pool", f'no delivery starts: airflow pools set {PLACES} 8 "Deliveries at once"')
    if slots > MOST_SLOTS:
        return doubtful(AIRFLOW, "pool", f"{PLACES} has {slots} slots: sshd refuses connections beyond 10: set 8")
    return met(AIRFLOW, "pool", f"{PLACES} has {slots} slots")


def _dag(dag: str, found: AirflowHealth, now: datetime) -> Precondition:
    if dag not in found.paused:
        remedy = "set AIRFLOW__CORE__DAGS_FOLDER to what `gegevensdeling dags-folder` prints"
        return broken(AIRFLOW, dag, f"is not there: {remedy}, and start the dag processor")
    if found.paused[dag]:
        return broken(AIRFLOW, dag, f"is paused, so it never begins: airflow dags unpause {dag}")
    last = found.last.get(dag)
    if last is None:
        return doubtful(AIRFLOW, dag, "never ended well yet")
    if now - last > LATE:
        return broken(AIRFLOW, dag, f"ended well last at {last:%Y-%m-%d %H:%M} UTC, too long ago: see its last run")
    return met(AIRFLOW, dag, f"ended well last at {last:%Y-%m-%d %H:%M} UTC")
