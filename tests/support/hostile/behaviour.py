"""One thing that a host does wrong, and what a delivery to it ends in."""

from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.delivery.sftp.limits import HostLimits
from tests.support.hostile_host import Misconduct


class End(StrEnum):
    """How one flow ended: `done` is done in truth, with the bytes there."""

    DONE = "done"
    TRANSIENT = "transient"
    REFUSED = "refused"
    NOT_DONE = "not done"
    """And on record as such."""
    REPORTED = "reported"
    """As a problem, by `ledger verify --hosts`."""
    GONE = "taken for fetched"
    """Though nobody is known to have taken it."""
    UNTRUE = "untrue"
    """It was said to be done, and the bytes are not there."""
    STUCK = "stuck"
    """It had not ended when its time was over."""
    OTHER = "other error"


@dataclass(frozen=True)
class Behaviour:
    """`ends` in this way wherever the host comes to misbehave, and says `words` (a regular expression) of it.

    `waits`: nothing but time ends it, so that the times are short. `limits`: likewise, of bytes and numbers, where
    reaching those of every day would take long.
    """

    name: str
    misconduct: Misconduct
    ends: End
    words: str = ""
    waits: bool = False
    limits: HostLimits = field(default_factory=HostLimits)
