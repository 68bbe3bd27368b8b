"""What else lies in a recipient's folder, told to a person once an hour: it is left alone, and delays nothing."""

import re
from collections.abc import Iterator, Sequence

from pipeline.delivery.newer_files import OUR_NAME, STEM, shown_name
from pipeline.delivery.ports import EntryKind
from pipeline.delivery.session import HostSession
from pipeline.followup.acknowledgements import AckFiles, known_acks
from pipeline.followup.folder_remarks import FolderRemark, RemarkReason, bounded

_PASSING = re.compile(r"\.(AANMELDING|INTREKKING)_OPGROEIEN_.+\.part|\.?TEST_OPGROEIEN_.+", re.DOTALL)
"""Of a try that goes on or was killed, and of test drops."""
_ACK = re.compile(rf"{STEM}\.ACK")
_NEARLY_ACK = re.compile(rf"({STEM}) *\. *ACK(?: *\.TXT)?", re.IGNORECASE)
_MOST_LOOKED_AT = 200
"""Names of ours about which the host is asked: somebody may have made thousands."""


def folder_remarks(
    session: HostSession, acks: AckFiles, names: Sequence[str], newer: Sequence[str]
) -> tuple[FolderRemark, ...]:
    """On ACK files, then on the `names` in the folder, of which `newer` are an error of their own.

    Raises DeliveryTransient or DeliveryRefused.
    """
    return bounded([*acks.remarks, *_others(session, names, newer)])


def _others(session: HostSession, names: Sequence[str], newer: Sequence[str]) -> Iterator[FolderRemark]:
    acks, known, others = known_acks(session), _known_names(session) | set(newer), 0
    lying, looked_at = _lying_names(session), 0
    for name in sorted(names, key=lambda name: (name not in lying, name)):
        if (name in known or OUR_NAME.fullmatch(name)) and looked_at < _MOST_LOOKED_AT:
            looked_at += 1
            taken = RemarkReason.DROP_NO_FILE if name in lying else RemarkReason.NAME_TAKEN
            yield from _of_ours(session, name, name in known, taken)
        elif _ACK.fullmatch(name):
            yield from () if name in acks else [FolderRemark(RemarkReason.ACK_OF_NOTHING, name)]
        elif nearly := _NEARLY_ACK.fullmatch(name.strip().rstrip(".")):
            yield FolderRemark(RemarkReason.ACK_MISNAMED, f"{nearly[1].upper()}.ACK")
        elif not _PASSING.fullmatch(name):
            others += 1
    if others:
        yield FolderRemark(RemarkReason.OTHERS, count=others)


def _of_ours(session: HostSession, name: str, is_known: bool, taken: RemarkReason) -> Iterator[FolderRemark]:
    """A newer file than the ledger knows is an error of its own; what vanished meanwhile is nothing. `taken`: of what
    is no file."""
    kind = session.folder.kind(name)
    if kind not in (None, EntryKind.FILE):
        yield FolderRemark(taken, shown_name(name), kind or EntryKind.OTHER)
    elif kind and not is_known:
        yield FolderRemark(RemarkReason.UNKNOWN, name)


def _lying_names(session: HostSession) -> set[str]:
    """Of the files of each drop that lies here by the ledger."""
    drops = session.those_here(session.task.delivery_state().on_host)
    return {name for drop in drops for name in (drop.contents.go_name, *drop.contents.hashes)}


def _known_names(session: HostSession) -> set[str]:
    """Of every file that the ledger knows of, wherever it is now."""
    drops, notices = session.task.delivery_state().drops, session.task.log.notices()
    of_drops = {name for drop in drops for name in (*drop.names, drop.contents.go_name)}
    return of_drops | {name for notice in notices for name in notice.names}
