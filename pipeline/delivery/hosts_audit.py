"""Every host compared with the ledger, side by side: what one of them says or does delays and ends no other.

Of each recipient the place of today, and after that each former one at which something of ours lies by the ledger.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date

from pipeline.core.errors import PipelineError, redact_unexpected_errors
from pipeline.core.model import Kbo
from pipeline.delivery.former_places import places_elsewhere
from pipeline.delivery.host_audit import IsHere, host_problems
from pipeline.delivery.ports import RemoteFolder
from pipeline.ledger.audit import Problem
from pipeline.ledger.db.records import RecipientRecords
from pipeline.ledger.drop_place import DropPlace

AT_ONCE = 8
"""Connections: as many as a host with sshd's own bounds takes. A recipient's own host serves that recipient alone."""

Compare = Callable[[Kbo], Sequence[Problem]]
"""Holds one recipient's host against the ledger. Raises PipelineError when that cannot be done."""


def problems_of_hosts(
    recipients: Iterable[Kbo], compare: Compare, compared: Callable[[int], None] = lambda _: None
) -> list[Problem]:
    """What does not fit before any of them, by recipient; a host that cannot be compared is a problem too.

    `compared` is told each time how many are done.
    """
    with ThreadPoolExecutor(AT_ONCE, "hosts") as pool:
        begun = {pool.submit(_problems_of, kbo, compare): kbo for kbo in recipients}
        found: dict[Kbo, list[Problem]] = {}
        for done, future in enumerate(as_completed(begun), 1):
            found[begun[future]] = future.result()
            compared(done)
    return [problem for kbo in sorted(found) for problem in found[kbo]]


def _problems_of(kbo: Kbo, compare: Compare) -> list[Problem]:
    try:
        return list(redact_unexpected_errors(compare)(kbo))
    except PipelineError as error:
        return [Problem("host", f"was not compared: {error}", kbo=kbo)]


@dataclass(frozen=True)
class RecipientHosts:
    """The place of today, None where the settings do not tell it, and how a folder is opened: that of today, and that
    of a place on record. Both raise PipelineError."""

    here: DropPlace | None
    open_here: Callable[[], AbstractContextManager[RemoteFolder]]
    open_at: Callable[[DropPlace], AbstractContextManager[RemoteFolder]]

    def is_here(self, place: DropPlace | None) -> bool:
        """Also what lay there when the host had another key: it lies there still, or it is gone."""
        if place is None or self.here is None:
            return True
        return place.is_same(self.here) or place.differs_by_key(self.here)


def problems_at_places(records: RecipientRecords, night: date, hosts: RecipientHosts) -> list[Problem]:
    """What does not fit before one recipient, place by place: one that cannot be compared hides no other."""
    found = _problems_in(records, night, hosts.open_here, hosts.is_here)
    for place in places_elsewhere(records.delivery_state(night), records.notices(), hosts.here):
        found += _problems_at_former(records, night, hosts, place)
    return found


def _problems_at_former(
    records: RecipientRecords, night: date, hosts: RecipientHosts, place: DropPlace
) -> list[Problem]:
    found = _problems_in(
        records, night, lambda: hosts.open_at(place), lambda there: bool(there and there.is_same(place))
    )
    return [replace(problem, says=f"at its former place ({place}): {problem.says}") for problem in found]


def _problems_in(
    records: RecipientRecords,
    night: date,
    opened: Callable[[], AbstractContextManager[RemoteFolder]],
    is_here: IsHere,
) -> list[Problem]:
    def compare(_: Kbo) -> Sequence[Problem]:
        with opened() as folder:
            return list(host_problems(records, night, folder, is_here))

    return _problems_of(records.kbo, compare)
