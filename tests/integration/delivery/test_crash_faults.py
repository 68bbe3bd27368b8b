"""A whole publication over a line and a host that fail at every phase, and then the task cleared over a sound one.

Every time the recipient has nothing or one whole drop, the ledger says the same, and nothing waits beyond its bound.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient
from pipeline.core.settings import Settings
from tests.support.crashes import SHORT, FarWorld, bounded, far_world
from tests.support.publishing import GENT
from tests.support.servers import faulty_host as faulty
from tests.support.servers.faulty_host import failing, serving
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.proxies import Line, cut_down, cut_up, dripping, everything, proxy, silent
from tests.support.servers.services import free_port
from tests.support.servers.sftp_sites import PATIENT, Site

Disturbed = Callable[[int, int], AbstractContextManager[Line]]


SECOND = "AANMELDING_OPGROEIEN_0212214125_20260616_000002"
"""The second night's drop."""


def breaks(
    world: FarWorld, error: type[Exception] = DeliveryTransient, settings: Settings = PATIENT, **changes: object
) -> bool:
    """Whether the second night's delivery failed, within its bound; `changes` to where it goes."""
    world.reached = world.site.host(settings, **changes)
    with bounded(settings):
        try:
            world.deliver(1, parts=2)
        except error:
            return True
    return False


# What the host answers


def through(demo: Site, root: Path, answer: Callable[[], Any], error: type[Exception], every: int, **how: Any) -> int:
    """Lets one request fail after the other, until none is left to fail; gives how many did."""
    at, failed, reached = 1, 0, True
    while reached:
        world, seen = far_world(root, f"{answer.__name__}-{at}", demo), list[str]()
        with serving(root, failing(answer, at, seen, **how)) as port:
            broke = breaks(world, error, SHORT if answer is faulty.silence else PATIENT, port=port)
        reached = len(seen) >= at
        assert broke == reached, f"{seen[at - 1 : at]} failed, and it was not noticed"
        failed += broke
        world.cleared(rows=1 + at % 2)
        at += every
    return failed


def test_a_request_is_refused(demo: Site, tmp_path: Path) -> None:
    """Any one of them: whichever it was, it is noticed."""
    assert through(demo, tmp_path, faulty.failure, DeliveryTransient, 5) > 10


def test_a_request_is_denied(demo: Site, tmp_path: Path) -> None:
    assert through(demo, tmp_path, faulty.denial, DeliveryRefused, 13) > 3


def test_a_request_is_never_answered(demo: Site, tmp_path: Path) -> None:
    assert through(demo, tmp_path, faulty.silence, DeliveryTransient, 29) > 1


def test_a_write_in_the_middle_is_refused(demo: Site, tmp_path: Path) -> None:
    """Each one of a drop's writes, of which there are three a file, and one of a signature."""
    assert through(demo, tmp_path, faulty.failure, DeliveryTransient, 1, only=("write",)) == 8


def test_the_disk_is_full_from_then_on(demo: Site, tmp_path: Path) -> None:
    full = partial(through, demo, tmp_path, faulty.failure, DeliveryTransient, lasting=True)
    assert full(2, only=("write",)) == 4


def test_the_host_says_ok_and_does_nothing(demo: Site, tmp_path: Path) -> None:
    """To a rename of any file or of the GO file, or to a removal: of the older drop, which has a successor."""
    for kind in (faulty.SaysRenamed, faulty.SaysRenamedGo, faulty.SaysRemoved):
        world = far_world(tmp_path, kind.__name__, demo)
        with serving(tmp_path, kind) as port:
            assert breaks(world, port=port), kind
        world.cleared()


def test_data_are_taken_before_the_go_file(openssh_place: Site, tmp_path: Path) -> None:
    """By an eager recipient or a clean-up job, which takes files as they come: nothing counts without its files, and
    whoever was in them counts as possibly disclosed, though the next try leaves them out."""
    for name, take in {"gone": Path.unlink, "cut": lambda path: path.write_bytes(b"")}.items():
        world = far_world(tmp_path, name, openssh_place)

        def taken(take: Callable[[Path], object] = take) -> None:
            take(openssh_place.out / f"{SECOND}.1.csv")

        with pytest.raises(DeliveryTransient, match=f"1 of the 4 files of {SECOND} are gone or altered .*1.csv first"):
            world.deliver(1, rows=6, parts=2, final_check=taken)
        assert not any(SECOND in left for left in openssh_place.names()) and len(world.view.go_files()) == 1
        assert held_in(world, 2) == {f"R{row}" for row in range(6)}
        world.cleared(rows=2)
        assert held_in(world, 2) == {f"R{row}" for row in range(6)}


def held_in(world: FarWorld, number: int) -> set[str]:
    """The references that the recipient has, or may have, by the drop of that number."""
    return {one.reference for one in world.ledger.recipient(GENT).holdings() if one.sequence == number}


# What the line does


def traffic(world: FarWorld) -> tuple[int, int]:
    """Bytes up and down that the second night takes."""
    with proxy(world.site.endpoint.port, lambda _: (everything, everything)) as line:
        assert not breaks(world, port=line.port)
    world.cleared()
    return line.up, line.down


@pytest.mark.parametrize(
    ("disturbed", "pieces"),
    [(cut_up, 6), (cut_down, 6), (silent, 4), (dripping, 3)],
    ids=["cut up", "cut down", "silent", "dripping"],
)
def test_the_line_breaks_and_then_shows_another_host_key(
    openssh_place: Site, gesftpserver: OpenSsh, tmp_path: Path, disturbed: Disturbed, pieces: int
) -> None:
    """Who pretends to be the host afterwards changes nothing: neither on the host, nor in the ledger."""
    up, down = traffic(far_world(tmp_path, "whole", openssh_place))
    whole = up if disturbed is cut_up else down
    for piece in range(pieces):
        world = far_world(tmp_path, piece, openssh_place)
        with disturbed(world.site.endpoint.port, whole * piece // pieces) as line:
            settings = SHORT if disturbed in (silent, dripping) else PATIENT
            assert breaks(world, settings=settings, port=line.port), piece
        before = world.site.names(), world.ledger.head()
        assert breaks(world, DeliveryRefused, port=gesftpserver.port), "it has a key of its own"
        assert (world.site.names(), world.ledger.head()) == before
        world.cleared(rows=1 + piece % 2)


def test_the_line_is_not_taken(openssh_place: Site, tmp_path: Path) -> None:
    world = far_world(tmp_path, "refused", openssh_place)
    before = world.site.names(), world.ledger.head()
    assert breaks(world, port=free_port())
    assert (world.site.names(), world.ledger.head()) == before
    world.cleared()
