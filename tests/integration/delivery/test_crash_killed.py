"""A delivering process killed with -9 before and after each request that it sends to a real host, and each ledger line.

The recipient looks before each of them, after the death, and after the task was cleared.
"""

from pathlib import Path

import pytest

from tests.support.crashes import far_world
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.sftp_sites import openssh_site


@pytest.mark.parametrize(("server", "every"), [("openssh", 11), ("plain_proftpd", 37), ("gesftpserver", 37)])
def test_killed_at_a_request(request: pytest.FixtureRequest, server: str, every: int, tmp_path: Path) -> None:
    found: OpenSsh = request.getfixturevalue(server)
    at, died = 1, True
    while died:
        world = far_world(tmp_path, at, openssh_site(found))
        died = world.killed_at(at)
        world.cleared(rows=1 + at % 2)
        at += every
    assert at > 100, "so many steps there are"
