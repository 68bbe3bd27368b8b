"""Airflow's settings on Celery, as docs/deployment.md has them, and where its programs are."""

from secrets import token_hex, token_urlsafe

from cryptography.fernet import Fernet

from tests.support import PROJECT

AIRFLOW = str(PROJECT / ".cache" / "workers" / "bin" / "airflow")
COMPONENTS = (("scheduler", "--skip-serve-logs"), ("dag-processor",), ("api-server",))
"""Logs would be served to the whole network; who reads them has the files."""


def on_celery(metadata: str, broker: str, port: int) -> dict[str, str]:
    """For every component: the same database, broker and secrets, and an API server at that port."""
    url, database = f"http://127.0.0.1:{port}", metadata.replace("postgresql://", "postgresql+psycopg2://", 1)
    return {
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": token_hex(16),
        "AIRFLOW__API_AUTH__JWT_SECRET": token_urlsafe(64),
        "AIRFLOW__CELERY__BROKER_URL": broker,
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "pipeline.airflow.preloading_celery.CONFIG",
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{database}",
        "AIRFLOW__CELERY__SYNC_PARALLELISM": "1",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__FERNET_KEY": Fernet.generate_key().decode(),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
    }


def worker(name: str) -> tuple[str, ...]:
    """The command of a worker of that name."""
    options = ("--skip-serve-logs", "--without-mingle", "--without-gossip")
    return ("celery", "worker", *options, "--celery-hostname", f"celery@{name}")
