"""A recipient that moves from one account of a real OpenSSH to another, and a host that is put back from its backup."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pipeline.core.errors import DeliveryRefused
from pipeline.core.model import Outcome
from pipeline.ledger.anchors import put_anchor
from pipeline.ledger.db.ledger import LedgerDb
from pipeline.ledger.events import Kind
from pipeline.ledger.verify import verify_ledger
from tests.support.places import OUT, Folder, Mover, backup, dying_at, restore, stepped_folder
from tests.support.publishing import Killed, clock
from tests.support.servers.openssh import OpenSsh
from tests.support.servers.sftp_sites import openssh_site
from tests.support.worlds.ledgers import new_ledger


@pytest.fixture(params=["sqlite", "postgresql"])
def mover(request: pytest.FixtureRequest, tmp_path: Path, openssh: OpenSsh) -> Iterator[tuple[Mover, Folder, Folder]]:
    """With a drop at the first account; the second one is empty. On each kind of ledger."""
    uri = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    if request.param == "postgresql":
        fresh: Callable[[], str] = request.getfixturevalue("postgres")
        uri = fresh()
    folders = []
    for number in (0, 1):
        site = openssh_site(openssh, number)
        place = replace(OUT, account=site.endpoint.account)
        folders.append(stepped_folder(place, site.out, site.host()))
    old, new = folders
    made = Mover(tmp_path, new_ledger(uri), old, folders)
    made.deliver()
    yield made, old, new


def holds(mover: Mover) -> None:
    """The chain of the ledger, against an anchor."""
    ledger, anchors = mover.ledger, mover.root / "anchors"
    assert isinstance(ledger, LedgerDb)
    anchors.mkdir()
    put_anchor(anchors, ledger.head(), None, "run", clock())
    assert verify_ledger(ledger, anchors, [], date(2026, 6, 20)).problems == ()


def test_killed_in_the_middle_of_a_move_it_ends_as_it_would_have(mover: tuple[Mover, Folder, Folder]) -> None:
    made, old, new = mover
    made.here = new
    for step in (
        "has recorded moving",
        "remove *.GO",
        "remove *.csv",
        "record moved",
        "has recorded moved",
        "looked *",
    ):
        with pytest.raises(Killed):
            made.deliver(1, dying_at(step))
        assert not (old.counting and new.counting) and not (old.names and new.counting)
    assert old.names == []
    assert made.finish(1).outcome is Outcome.PUBLISHED
    assert made.kinds == [Kind.MOVED, Kind.PUBLISHED] and made.places == [old.place, new.place]
    assert len(new.counting) == 1
    holds(made)


def test_an_account_that_is_gone_keeps_the_drop_on_record(mover: tuple[Mover, Folder, Folder]) -> None:
    made, old, new = mover
    made.here = new
    hidden = old.path.rename(old.path.with_name("hidden"))
    with pytest.raises(DeliveryRefused, match=r"lies at its former place .*lacks the folder"):
        made.deliver(1)
    assert made.kinds == [Kind.PUBLISHED] and new.names == []
    hidden.rename(old.path)
    assert made.hour().moved == 1 and old.names == []
    holds(made)


def test_a_host_put_back_from_its_backup_is_seen(mover: tuple[Mover, Folder, Folder]) -> None:
    made, old, _ = mover
    copy = backup(old, made.root / "backup")
    made.deliver(1)
    restore(old, copy)
    found = made.hour(1)
    assert (found.returned, found.lost, found.fetched) == (1, 1, 0) and old.names == []
    assert made.kinds == [Kind.WITHDRAWN_FROM_HOST, Kind.LOST]
    assert made.deliver(1, replacing=True).outcome is Outcome.PUBLISHED
    holds(made)
