"""Drops and notices of ours on a recipient's host that are newer than the ledger knows.

A backup of the ledger was put back, another ledger sends here, or somebody else put files there. Nothing may go out
under a number that was used, so no drop is sent until a person put on record what was sent since (docs/runbook.md, A
restored ledger). A recall and a notice wait for nobody.
"""

import re
from collections.abc import Sequence
from itertools import count

from pipeline.core.errors import DeliveryRefused
from pipeline.core.model import Kbo
from pipeline.delivery.ports import RemoteFolder
from pipeline.delivery.session import HostSession
from pipeline.ledger.events import CHANGE_FILE
from pipeline.ledger.restoration import next_numbers

DROP, NOTICE = "AANMELDING", "INTREKKING"
NUMBERED = re.compile(
    rf"({DROP}|{NOTICE})_OPGROEIEN_([0-9]{{10}})_[0-9]{{8}}_([0-9]{{6}})(?:_HERHAALT_[0-9]{{6}})?\.(?!ACK$).+"
)
"""Our files by name: of what kind, for whom, and under which number. An ACK file is the recipient's own."""

STEM = rf"(?:{DROP}|{NOTICE})_OPGROEIEN_[0-9]{{10}}_[0-9]{{8}}_[0-9]{{6}}(?:_HERHAALT_[0-9]{{6}})?"
OUR_NAME = re.compile(
    rf"({STEM})(\.GO|\.datapackage\.json(\.sig)?|"
    rf"(\.indicatoren-[0-9]{{4}}-[0-9]+|\.{CHANGE_FILE})?\.(csv|xlsx|parquet)(\.pgp)?)"
)
"""A name as we give it, whole: no part of it is somebody else's words."""


def shown_name(name: str) -> str:
    """For a message: what somebody else put behind our part of a name may be a person's name, or steer a terminal."""
    ours = re.match(STEM, name)
    return name if OUR_NAME.fullmatch(name) else f"{ours[0]}.…" if ours else "a file of another name"


def newer_files(session: HostSession, names: Sequence[str] | None = None) -> list[str]:
    """The names of such files, sorted, of `names` where the folder was listed already: a drop's under a number that is
    still to come, a notice's under one that is not on record. A new notice passes such a number over, and does not make
    its file known by that."""
    records = session.task.log
    next_drop = session.task.delivery_state().next_sequence
    notices = {notice.number for notice in records.notices()}
    _, first_notice = next_numbers(records.restorations())  # what came before a restoration was put on record with it

    def is_unknown(kind: str, number: int) -> bool:
        return number >= next_drop if kind == DROP else number >= first_notice and number not in notices

    listed = session.folder.matching(NUMBERED) if names is None else names
    return [name for kind, number, name in _numbered(listed, session.task.kbo) if is_unknown(kind, number)]


def numbered_files(folder: RemoteFolder, kbo: Kbo) -> list[tuple[str, int, str]]:
    """The kind and number of each name of ours in this recipient's folder; sorted."""
    return _numbered(folder.matching(NUMBERED), kbo)


def _numbered(names: Sequence[str], kbo: Kbo) -> list[tuple[str, int, str]]:
    shown = (name for name in names if name.isascii() and name.isprintable())
    found = [match for name in shown if (match := NUMBERED.fullmatch(name))]
    return sorted((match[1], int(match[3]), match[0]) for match in found if match[2] == kbo)


def refuse_newer_files(session: HostSession) -> None:
    """Before a new drop. Raises DeliveryRefused when there are any."""
    if names := newer_files(session):
        raise DeliveryRefused(newer_files_error(session.task.kbo, shown_name(names[0])))


def free_notice_number(session: HostSession) -> int:
    """The next number of a notice that no name in the folder has: what lies there delays no notice, and is not
    written over."""
    taken: set[int] = set()
    with session.aside():  # a folder that cannot be listed, since it holds too much
        taken = {number for kind, number, _ in numbered_files(session.folder, session.task.kbo) if kind == NOTICE}
    return next(number for number in count(session.task.log.next_notice_number()) if number not in taken)


def newer_files_error(kbo: str, name: str) -> str:
    """As one sentence."""
    return (
        f"{kbo}: the host holds {name}, which the ledger does not know of, and which is newer than all that it knows: "
        "was a backup of the ledger put back? No drop is sent: see the runbook, A restored ledger"
    )
