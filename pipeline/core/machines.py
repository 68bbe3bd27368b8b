"""What cannot work where tasks of one run go to several machines is refused at once, with the reason."""

from collections.abc import Mapping

from pipeline.core.connections import Connections
from pipeline.core.errors import SettingsError
from pipeline.core.settings import PREFIX, Settings
from pipeline.core.store_address import is_store

_SEVERAL = ("celery", "kubernetes", "edge", "ecs", "batch", "lambda")
"""In the name of an executor whose tasks run elsewhere than the scheduler."""
_DATABASES = {"agency_db": "the agency's database", "ledger_db": "the ledger"}


def is_of_several_machines(executor: str, environment: Mapping[str, str]) -> bool:
    """`executor`: as Airflow's setting has it, one or several names. A pod of Kubernetes knows what it is."""
    names = executor.lower()
    return "AIRFLOW_IS_K8S_EXECUTOR_POD" in environment or any(each in names for each in _SEVERAL)


def require_fit_for_several(settings: Settings, connections: Connections) -> None:
    """Raises SettingsError for a database in a file, and for a folder of staging that nobody declared shared."""
    for conn_id, what in _DATABASES.items():
        connection = connections(conn_id)
        if connection is not None and connection.conn_type == "sqlite":
            raise SettingsError(
                f"{what} is a file (connection {conn_id}), and tasks run on several machines: put it on PostgreSQL"
            )
    if not is_store(settings.staging) and settings.staging_is_shared != "yes":
        raise SettingsError(
            f"staging is a folder, and tasks run on several machines: set {PREFIX}STAGING to s3://bucket/prefix, or "
            f"{PREFIX}STAGING_IS_SHARED to yes where every machine sees that folder under the same path"
        )
