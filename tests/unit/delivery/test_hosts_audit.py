"""Hosts are compared side by side and each on its own: one that fails in any way is a line, and no more than a line."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Lock

import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, LedgerConflict, LedgerUnavailable, SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.hosts_audit import AT_ONCE, RecipientHosts, problems_at_places, problems_of_hosts
from pipeline.delivery.publish import Plan, plan, publish
from pipeline.ledger.audit import Problem
from pipeline.ledger.drop_place import DropPlace
from tests.support.hostile.flows import Records
from tests.support.places import OUT, Folder, Mover, local_folder
from tests.support.publishing import FIRST_NIGHT, GENT, Checked, Fuse, MemoryLedger, lines_of, rendered

FAILURES: dict[str, Exception] = {
    "dead": DeliveryTransient("ocmw@h:22 does not answer at connecting (TimeoutError): it is tried again"),
    "refusing": DeliveryRefused("ocmw@h:22 refuses our key: have the account made and our public key put on it"),
    "unsealed": SettingsError("recipient 2: no seal"),
    "busy": LedgerConflict("another task delivers to it"),
    "no ledger": LedgerUnavailable("the ledger cannot be read"),
    "hostile": ValueError("Kanarie-101-achter"),
    "filling": MemoryError(),
}


def kbo(number: int) -> Kbo:
    return Kbo(f"{number:010}")


@pytest.mark.parametrize("failure", FAILURES)
def test_a_host_that_fails_is_a_line_and_the_others_are_compared(failure: str) -> None:
    def compare(one: Kbo) -> Sequence[Problem]:
        if one == kbo(2):
            raise FAILURES[failure]
        return [Problem("host", "lies there", kbo=one)] if one == kbo(3) else []

    done: list[int] = []
    first, second = problems_of_hosts([kbo(3), kbo(2), kbo(1)], compare, done.append)
    assert (first.kbo, second) == (kbo(2), Problem("host", "lies there", kbo=kbo(3))), "by recipient"
    assert first.says.startswith("was not compared: ") and "Kanarie" not in first.says
    assert str(FAILURES[failure]) in first.says or f"unforeseen {type(FAILURES[failure]).__name__}" in first.says
    assert done == [1, 2, 3]


def test_so_many_at_once_and_no_more() -> None:
    together, lock, at_once = Barrier(AT_ONCE), Lock(), list[int]()
    at_work = 0

    def compare(_: Kbo) -> Sequence[Problem]:
        nonlocal at_work
        with lock:
            at_work += 1
            at_once.append(at_work)
        together.wait(30)  # passes only when so many are compared side by side
        with lock:
            at_work -= 1
        return ()

    assert problems_of_hosts([kbo(number) for number in range(2 * AT_ONCE)], compare) == []
    assert max(at_once) == AT_ONCE


def test_nobody_is_nothing() -> None:
    assert problems_of_hosts([], lambda _: pytest.fail("nobody was to be compared")) == []


@pytest.fixture
def old(tmp_path: Path) -> Folder:
    return local_folder(tmp_path, OUT, "old")


@pytest.fixture
def mover(tmp_path: Path, old: Folder) -> Mover:
    """Moved, with a drop at the old place, which nobody emptied yet."""
    made = Mover(tmp_path, MemoryLedger(), old, [old])
    planned = plan(job := made.job(Fuse()))
    assert isinstance(planned, Plan)
    drop = rendered(tmp_path / "staging", planned, 3, text="referentie\r\nR0\r\nR1\r\nR2\r\n")
    publish(job, drop, planned, Checked(), lines_of(drop))
    made.here = local_folder(tmp_path, replace(OUT, folder="/in"), "new")
    made.known.append(made.here)
    return made


def found_at(mover: Mover, here: DropPlace | None = None) -> list[str]:
    """What `ledger verify --hosts` says of Gent."""
    job, records = mover.job(Fuse()), Records(mover.ledger, GENT)  # type: ignore[arg-type]
    hosts = RecipientHosts(here or mover.here.place, job.host.open, lambda place: job.host_at(place).open())  # type: ignore[arg-type, return-value]
    problems = problems_at_places(records, FIRST_NIGHT, hosts)  # type: ignore[arg-type]
    assert {problem.kbo for problem in problems} <= {GENT}
    return [problem.says for problem in problems]


def test_a_former_place_at_which_something_lies_is_compared_too(mover: Mover, old: Folder) -> None:
    assert found_at(mover) == []
    manifest = next(name for name in old.names if name.endswith(".datapackage.json"))
    (old.path / manifest).write_text("another")
    (mover.here.path / manifest).write_text("another")
    here, there = found_at(mover)
    assert here == f"{manifest} lies there, and by the ledger it should not"
    assert there == f"at its former place ({OUT}): {manifest} is not what was put there"


@pytest.mark.parametrize("gone", ["old", "new", "both"])
def test_a_place_that_cannot_be_compared_hides_no_other(mover: Mover, old: Folder, gone: str) -> None:
    dead = {"old": [old], "new": [mover.here], "both": [old, mover.here]}[gone]
    for folder in dead:
        for path in folder.path.iterdir():
            path.unlink()
        folder.path.rmdir()
    found = found_at(mover)
    assert [says.startswith("at its former place (folder /out") for says in found] == [f is old for f in reversed(dead)]
    assert all("was not compared: " in says for says in found)


def test_a_former_place_that_is_empty_by_the_ledger_is_not_asked(mover: Mover, old: Folder) -> None:
    mover.hour()
    old.path.rmdir()
    assert found_at(mover) == []


def test_what_lies_there_under_another_host_key_is_compared_where_it_lies(mover: Mover, old: Folder) -> None:
    """Before the next visit recognises it. The place under the old key is a line: nobody reaches it any more."""
    mover.here = Folder(replace(OUT, host_key="SHA256:two"), old.path, old.host)
    mover.known = [mover.here]
    (says,) = found_at(mover)
    assert says.startswith(f"at its former place ({OUT}): was not compared: ")
