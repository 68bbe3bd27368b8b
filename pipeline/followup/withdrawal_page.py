"""Withdrawals followed to their end, as a page of a run's Data Docs, in Dutch: for the DPO. Counts only. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pipeline.core.documents import dutch
from pipeline.core.documents.document import Text
from pipeline.core.documents.html_pdf import COUNTS, render_html
from pipeline.core.model import Kbo
from pipeline.followup.folder_remarks import FolderRemark
from pipeline.followup.withdrawal_status import WithdrawalStatus

_EXPLAINED = (
    "Te melden: intrekkingen in het grootboek die nog in geen verstuurd bericht staan. Bevestigd: de ontvanger zette "
    "het ACK-bestand van het bericht terug. Te laat: niet bevestigd binnen de afgesproken dagen; spreek die ontvanger "
    "aan. Bellen: het bericht en al zijn herhalingen zijn verdwenen zonder bevestiging; alleen een telefoontje kan nog "
    "zeggen wat erin stond. "
    "Wacht sinds: sindsdien haalde de ontvanger geen levering meer op. "
    "In de map: wat er het laatste uur in de map van de ontvanger stond en niets zegt; het houdt niets op."
)
_COLUMNS = (
    *("ontvanger", "geregistreerd", "te melden", "berichten", "bevestigd"),
    *("te laat sinds", "te late berichten", "bellen", "wacht sinds", "in de map"),
)


def withdrawals_page(
    statuses: Sequence[WithdrawalStatus], at: datetime, remarks: Mapping[Kbo, Sequence[FolderRemark]] | None = None
) -> str:
    """HTML of every recipient's figures. `remarks`: on what lies in the folders that this hour looked into."""
    said = remarks or {}
    late, waiting = sum(bool(status.overdue) for status in statuses), sum(status.late for status in statuses)
    to_call = sum(bool(status.to_call) for status in statuses)
    verdict = Text("Niemand is te laat.")
    if late or waiting or to_call:
        says = f"{late} ontvanger(s) bevestigden niet op tijd; {waiting} haalden te lang niets op"
        verdict = Text(f"{says}; {to_call} moet(en) gebeld worden." if to_call else f"{says}.", "failed")
    return render_html(
        COUNTS,
        title="Nazorg: intrekkingen en leveringen",
        lang="nl",
        intro=[Text(f"Op {dutch.clock_instant(at)}."), verdict],
        heading="",
        columns=_COLUMNS,
        rows=[_row(status, said.get(status.kbo, ())) for status in statuses],
        folded={},
        notes=[_EXPLAINED],
    )


def _row(status: WithdrawalStatus, remarks: Sequence[FolderRemark]) -> list[int | Text]:
    return [
        Text(f"{status.name} ({status.kbo})".lstrip()),
        *(status.recorded, status.not_notified, status.sent, status.acknowledged),
        Text(dutch.clock_instant(status.overdue_since), "failed" if status.overdue else ""),
        Text("\n".join(status.overdue)),
        Text("\n".join(status.to_call), "failed" if status.to_call else ""),
        Text(dutch.clock_instant(status.waiting_since), "failed" if status.late else ""),
        Text("\n".join(remark.dutch for remark in remarks), "failed" if remarks else ""),
    ]
