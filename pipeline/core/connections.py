"""Connections by their Airflow name: from Airflow, or from `AIRFLOW_CONN_<ID>` (an address or JSON)."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

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
    connection = connections(conn_id)
    if connection is None:
        raise SettingsError(f"connection {conn_id} is missing: set AIRFLOW_CONN_{conn_id.upper()} or add it in Airflow")
    return connection


def required(connection: Connection, what: str, value: Any) -> str:
    """A value of the connection. Raises SettingsError where it is not text, or empty."""
    if not isinstance(value, str) or not value:
        raise SettingsError(f"connection {connection.conn_id} lacks {what}: add it")
    return value


def from_environment(conn_id: str, environment: Mapping[str, str] = os.environ) -> Connection | None:
    """The connection in `AIRFLOW_CONN_<ID>`. Raises SettingsError when it does not parse."""
    text = environment.get(f"AIRFLOW_CONN_{conn_id.upper()}")
    if text is None:
        return None
    try:
        return _from_json(conn_id, json.loads(text)) if text.lstrip().startswith("{") else _from_uri(conn_id, text)
    except (ValueError, TypeError):
        raise SettingsError(f"AIRFLOW_CONN_{conn_id.upper()} is neither an address nor JSON: correct it") from None


def _from_json(conn_id: str, values: dict[str, Any]) -> Connection:
    texts = {name: values.get(name) for name in ("host", "login", "password", "schema")}
    port = int(values["port"]) if values.get("port") else None
    return Connection(conn_id, str(values.get("conn_type", "")), port=port, extra=_extra(values.get("extra")), **texts)


def _from_uri(conn_id: str, text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    query = dict(parse_qsl(parts.query))
    named = {"host": parts.hostname, "login": parts.username, "password": parts.password}
    texts = {name: unquote(text) if text else None for name, text in named.items()}
    schema = unquote(parts.path).removeprefix("/") or None
    extra = _extra(query.pop("__extra__", None)) | query
    return Connection(conn_id, parts.scheme, port=parts.port, schema=schema, extra=extra, **texts)


def _extra(given: Any) -> dict[str, Any]:
    """As JSON, or as text that is JSON: Airflow writes both, and an address's nested values as `__extra__`."""
    extra = json.loads(given) if isinstance(given, str) and given else given or {}
    if not isinstance(extra, dict):
        raise TypeError("extra is no object")
    return extra
