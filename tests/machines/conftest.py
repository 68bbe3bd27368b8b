"""One fleet for all nights."""

from collections.abc import Callable, Iterator

import pytest

from pipeline.core.staging import private_folder
from tests.machines.fleet import ACCOUNTS, Fleet, Parts, run_fleet
from tests.machines.machine import require_namespaces
from tests.machines.moods import door
from tests.machines.servers import run_moto, run_redis
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.services import Missing, leave_out, or_left_out
from tests.support.worlds.small_world import small_world, to_postgresql
from tests.support.worlds.tables import World


@pytest.fixture(scope="session")
def made() -> World:
    return small_world()


@pytest.fixture(scope="session")
def fleet(
    tmp_path_factory: pytest.TempPathFactory, postgres: Callable[[], str], openssh: OpenSsh, made: World
) -> Iterator[Fleet]:
    try:
        require_namespaces()
    except Missing as missing:
        leave_out(missing)
    folder = tmp_path_factory.mktemp("machines")
    agency = postgres()
    to_postgresql(made, agency, folder)
    with (
        or_left_out(run_redis(folder / "redis")) as broker,
        or_left_out(run_moto(folder / "moto")) as store,
        door(openssh.port) as before_host,
        door(store.server.port) as before_store,
    ):
        anchors = private_folder(folder / "anchors")
        parts = Parts(agency, postgres(), postgres(), broker, openssh, before_host, store, before_store, anchors)
        for account in ACCOUNTS.values():
            openssh.empty(account)
        with run_fleet(folder, parts) as running:
            yield running
