"""Hosts are compared side by side and each on its own: one that fails in any way is a line, and no more than a line."""

from collections.abc import Sequence
from threading import Barrier, Lock

import pytest

from pipeline.core.errors import DeliveryRefused, DeliveryTransient, LedgerConflict, LedgerUnavailable, SettingsError
from pipeline.core.model import Kbo
from pipeline.delivery.hosts_audit import AT_ONCE, problems_of_hosts
from pipeline.ledger.audit import Problem

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
