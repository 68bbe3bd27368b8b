"""Connections for the command line, written as Airflow reads them: `AIRFLOW_CONN_<ID>`, an address or JSON."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pipeline.core.connections import Connection
from pipeline.core.errors import SettingsError


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
    return Connection(
        conn_id,
        str(values.get("conn_type", "")),
        host=values.get("host"),
        port=int(values["port"]) if values.get("port") else None,
        login=values.get("login"),
        password=values.get("password"),
        schema=values.get("schema"),
        extra=_extra(values.get("extra")),
    )


def _from_uri(conn_id: str, text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme:
        raise ValueError("no scheme")
    query = dict(parse_qsl(parts.query))
    return Connection(
        conn_id,
        parts.scheme,
        host=unquote(parts.hostname) if parts.hostname else None,
        port=parts.port,
        login=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        schema=unquote(parts.path).removeprefix("/") or None,
        extra=_extra(query.pop("__extra__", None)) | query,
    )


def _extra(given: Any) -> dict[str, Any]:
    """As JSON, or as text that is JSON: Airflow writes both, and an address's nested values as `__extra__`."""
    extra = json.loads(given) if isinstance(given, str) and given else given or {}
    if not isinstance(extra, dict):
        raise TypeError("extra is no object")
    return extra
