"""Every host compared with the ledger, side by side: what one of them says or does delays and ends no other."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed

from pipeline.core.errors import PipelineError, redact_unexpected_errors
from pipeline.core.model import Kbo
from pipeline.ledger.audit import Problem

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
