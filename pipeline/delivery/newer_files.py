"""Drops and notices of ours on a recipient's host that are newer than the ledger knows.

A backup of the ledger was put back, or another ledger sends here. Nothing may go out under a number that was used, so
nothing new is sent until a person put on record what was sent since (docs/runbook.md, A restored ledger).
"""

import re

from pipeline.core.errors import DeliveryRefused
from pipeline.delivery.session import HostSession

DROP, NOTICE = "AANMELDING", "INTREKKING"
NUMBERED = re.compile(
    rf"({DROP}|{NOTICE})_OPGROEIEN_[0-9]{{10}}_[0-9]{{8}}_([0-9]{{6}})(?:_HERHAALT_[0-9]{{6}})?\.(?!ACK$).+"
)
"""Our files by name: of what kind, and under which number. An ACK file is the recipient's own."""


def newer_files(session: HostSession, kinds: tuple[str, ...] = (DROP, NOTICE)) -> list[str]:
    """The names of such files, sorted."""
    task = session.task
    following = {DROP: task.delivery_state().next_sequence, NOTICE: task.log.next_notice_number()}
    return [
        name
        for name in sorted(session.folder.matching(NUMBERED))
        if (found := NUMBERED.fullmatch(name)) and found[1] in kinds and int(found[2]) >= following[found[1]]
    ]


def refuse_newer_files(session: HostSession, *kinds: str) -> None:
    """Raises DeliveryRefused when there are any."""
    if names := newer_files(session, kinds or (DROP, NOTICE)):
        raise DeliveryRefused(newer_files_error(session.task.kbo, names[0]))


def newer_files_error(kbo: str, name: str) -> str:
    """As one sentence."""
    return (
        f"{kbo}: the host holds {name}, which the ledger does not know of, and which is newer than all that it knows: "
        "was a backup of the ledger put back? Nothing new is sent: see the runbook, A restored ledger"
    )
