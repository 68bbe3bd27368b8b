"""Connections as Airflow writes them, in the environment: as an address and as JSON; and the address of a database."""

import json

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.connections import Connection, from_environment, require
from pipeline.core.errors import SettingsError

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1)


def read(text: str) -> Connection:
    found = from_environment("agency_db", {"AIRFLOW_CONN_AGENCY_DB": text})
    assert found is not None
    return found


def test_what_is_not_set_is_none() -> None:
    assert from_environment("agency_db", {}) is None


def test_require_says_how_to_add_it() -> None:
    with pytest.raises(SettingsError, match="connection agency_db is missing: set AIRFLOW_CONN_AGENCY_DB or add it"):
        require(lambda _: None, "agency_db")


def test_an_address() -> None:
    found = read("postgresql://jan:p%40ss%2Fword@db.example.org:5433/agency?sslmode=verify-full&application_name=a%20b")
    assert found == Connection(
        "agency_db",
        "postgresql",
        host="db.example.org",
        port=5433,
        login="jan",
        password="p@ss/word",
        schema="agency",
        extra={"sslmode": "verify-full", "application_name": "a b"},
    )


def test_json_says_the_same() -> None:
    values = {
        "conn_type": "postgresql",
        "host": "db.example.org",
        "port": "5433",
        "login": "jan",
        "password": "p@ss/word",
        "schema": "agency",
        "extra": {"sslmode": "verify-full", "application_name": "a b"},
    }
    by_address = read(
        "postgresql://jan:p%40ss%2Fword@db.example.org:5433/agency?sslmode=verify-full&application_name=a%20b"
    )
    assert read(json.dumps(values)) == by_address
    assert read(json.dumps(values | {"extra": json.dumps(values["extra"])})) == by_address, (
        "extra as text, as Airflow may"
    )


def test_extra_of_an_address_may_be_json_as_airflow_writes_what_is_nested() -> None:
    assert read("sftp://host?__extra__=%7B%22host_key%22%3A+%22a+b%22%7D").extra == {"host_key": "a b"}


@pytest.mark.parametrize(
    "text", ["sqlite:////data/agency.sqlite", '{"conn_type": "sqlite", "host": "/data/agency.sqlite"}']
)
def test_a_sqlite_file(text: str) -> None:
    assert read(text).database_uri == "sqlite:////data/agency.sqlite"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_postgresql(scheme: str) -> None:
    assert read(f"{scheme}://jan:geheim@db:5433/agency").database_uri == "postgresql://jan:geheim@db:5433/agency"
    assert read(f"{scheme}://db/agency").database_uri == "postgresql://db/agency"


@given(texts, texts, texts, texts)
def test_nothing_in_a_name_or_password_changes_where_an_address_points(
    login: str, password: str, schema: str, option: str
) -> None:
    connection = Connection(
        "agency_db", "postgres", "db", 5433, login, password, schema, {"application_name": option, "sslmode": "require"}
    )
    url = sa.make_url(connection.database_uri)
    assert (url.username, url.password, url.host, url.port) == (login, password, "db", 5433)
    assert url.query == {"application_name": option, "sslmode": "require"}
    again = read(connection.database_uri)
    assert (again.login, again.password, again.schema) == (login, password, schema)


def test_a_socket_folder_is_a_host() -> None:
    connection = Connection("agency_db", "postgres", host="/var/run/postgresql", schema="agency")
    assert connection.database_uri == "postgresql://%2Fvar%2Frun%2Fpostgresql/agency"


@pytest.mark.parametrize("kind", ["", "mysql", "sftp", "sqlite+pysqlite"])
def test_another_database_is_refused(kind: str) -> None:
    with pytest.raises(SettingsError, match="connection agency_db is neither sqlite nor postgresql: correct it"):
        _ = Connection("agency_db", kind, password="geheim").database_uri


@pytest.mark.parametrize(
    "text",
    [
        "",
        "geheim",
        "/geheim/path",
        "{geheim",
        '{"conn_type": "postgres", "port": "geheim"}',
        '{"conn_type": "postgres", "extra": "geheim"}',
        '{"conn_type": "postgres", "extra": ["geheim"]}',
        '{"conn_type": "postgres", "extra": "[5]"}',
        "postgresql://jan:geheim@db:geheim/agency",
        "postgresql://jan:geheim@db:99999/agency",
        "postgresql://jan:geheim@[db/agency",
        "sftp://host?__extra__=geheim",
    ],
)
def test_what_does_not_parse_is_never_quoted(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(text)
    assert str(caught.value) == "AIRFLOW_CONN_AGENCY_DB is neither an address nor JSON: correct it"
    assert caught.value.__suppress_context__


def test_secrets_are_in_no_repr() -> None:
    shown = repr(read("sftp://jan:geheim@host?private_key=geheim"))
    assert "geheim" not in shown and "host" in shown
