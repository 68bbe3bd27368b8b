"""One recipient's place on a real SFTP host (the demo's, OpenSSH's, or another's), and who judges the checks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.demo.host import HostKeys, prepare
from tests.support.checking import judge_plainly
from tests.support.servers.faulty_host import serving
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.sftp_sites import KBO, Site, demo_site, openssh_site


@pytest.fixture(scope="module", autouse=True)
def judged_plainly(request: pytest.FixtureRequest) -> Iterator[None]:
    """The rules' own words judge the checks, but in a module that is marked `great_expectations`.

    Great Expectations takes five seconds to load and two for each night; tests/unit/source/test_check_judge.py
    shows that both judge alike, and tests/e2e has nights that Great Expectations judges.
    """
    with pytest.MonkeyPatch.context() as patch:
        if not request.node.get_closest_marker("great_expectations"):
            judge_plainly(patch)
        yield


@pytest.fixture
def demo_keys(tmp_path: Path) -> HostKeys:
    """Of a host prepared at `tmp_path`, not yet running."""
    return prepare(tmp_path, [KBO])


@pytest.fixture
def demo(tmp_path: Path, demo_keys: HostKeys) -> Iterator[Site]:
    with serving(tmp_path) as port:
        yield demo_site(tmp_path, demo_keys, port)


@pytest.fixture(params=["demo", "openssh"])
def site(request: pytest.FixtureRequest) -> Site:
    """On each kind of host."""
    if request.param == "demo":
        found: Site = request.getfixturevalue("demo")
        return found
    return openssh_site(request.getfixturevalue("openssh"))


@pytest.fixture(params=["demo", "openssh", "proftpd", "plain_proftpd", "gesftpserver"])
def any_site(request: pytest.FixtureRequest) -> Site:
    """On each kind of host that there is."""
    found: Site | OpenSsh = request.getfixturevalue(request.param)
    return found if isinstance(found, Site) else openssh_site(found)


@pytest.fixture
def openssh_place(openssh: OpenSsh) -> Site:
    """On OpenSSH only, where rights count: the demo's host may run as root."""
    return openssh_site(openssh)
