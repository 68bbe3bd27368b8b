"""A connection as Airflow names it, whoever found it: Airflow, or the command line in the environment. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pipeline.core.errors import SettingsError


@dataclass(frozen=True)
class Connection:
    """One connection. Secrets stay out of its repr."""

    conn_id: str
    conn_type: str
    host: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    schema: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def database_uri(self) -> str:
        """`sqlite:////absolute/path` or `postgresql://...`; raises SettingsError for another kind."""
        if self.conn_type == "sqlite":
            return f"sqlite:///{self.schema or self.host or ''}"
        if self.conn_type not in ("postgres", "postgresql"):
            raise SettingsError(f"connection {self.conn_id} is neither sqlite nor postgresql: correct it")
        user = f"{quote(self.login, safe='')}:{quote(self.password or '', safe='')}@" if self.login else ""
        port = f":{self.port}" if self.port else ""
        query = "&".join(f"{quote(key, safe='')}={quote(str(value), safe='')}" for key, value in self.extra.items())
        host = quote(self.host or "", safe="")
        database = quote(self.schema or "", safe="")
        return f"postgresql://{user}{host}{port}/{database}{'?' + query if query else ''}"


Connections = Callable[[str], Connection | None]
"""Looks a connection up by its id; None when there is none."""


def require(connections: Connections, conn_id: str) -> Connection:
    """Raises SettingsError when there is no such connection."""
    found = connections(conn_id)
    if found is None:
        raise SettingsError(f"connection {conn_id} is missing: set AIRFLOW_CONN_{conn_id.upper()} or add it in Airflow")
    return found
