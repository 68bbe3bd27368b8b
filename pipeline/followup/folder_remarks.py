"""What a person should know of a recipient's folder: things there that say nothing, and delay nothing.

Names that a recipient chooses may hold a person's name: shown is never the name that lies there, but the name of ours
that it stands for, and of all others their number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pipeline.delivery.ports import EntryKind


class RemarkReason(StrEnum):
    """Why something in a recipient's folder says nothing."""

    EARLY_ACK = "early_ack"
    ACK_NO_FILE = "ack_no_file"
    ACK_TOO_LARGE = "ack_too_large"
    ACK_UNREADABLE = "ack_unreadable"
    ACK_MISNAMED = "ack_misnamed"
    ACK_OF_NOTHING = "ack_of_nothing"
    NAME_TAKEN = "name_taken"
    UNKNOWN = "unknown"
    OTHERS = "others"
    RETURN_NO_FILE = "return_no_file"
    RETURN_TOO_LARGE = "return_too_large"
    RETURN_UNREADABLE = "return_unreadable"
    RETURN_SAME_NAME = "return_same_name"
    RETURN_OVER_SHARE = "return_over_share"
    RETURN_RECEIPT = "return_receipt"
    RETURN_WAITING = "return_waiting"
    RETURN_OTHERS = "return_others"
    RETURN_TROUBLE = "return_trouble"
    MORE = "more"


MOST_REMARKS = 20
"""Of one recipient at a time; the others are counted."""


@dataclass(frozen=True)
class FolderRemark:
    """One thing that lies there, or `count` of them. `name`: of ours, or as it should be; "" for what is not ours."""

    reason: RemarkReason
    name: str = ""
    kind: EntryKind = EntryKind.FILE
    count: int = 1

    @property
    def text(self) -> str:
        """For the log: what lies there and what to do."""
        return _ENGLISH[self.reason].format(name=self.name, kind=self.kind, count=f"{self.count:,}")

    @property
    def dutch(self) -> str:
        """For the page."""
        return _DUTCH[self.reason].format(name=self.name, kind=_KINDS[self.kind], count=self.count)


def bounded(remarks: Iterable[FolderRemark]) -> tuple[FolderRemark, ...]:
    """Each once, and at most `MOST_REMARKS` of them with the number of the others."""
    once = tuple(dict.fromkeys(remarks))
    each = [one for one in once if one.reason is not RemarkReason.MORE]
    left = [len(each) - MOST_REMARKS, *(one.count for one in once if one.reason is RemarkReason.MORE)]
    more = [FolderRemark(RemarkReason.MORE, count=max(left))] if max(left) > 0 else []
    return (*each[:MOST_REMARKS], *more)


_AGAIN = "have the recipient remove it and, an hour later, put an empty file of that name"
_ENGLISH = {
    RemarkReason.EARLY_ACK: "{name} lay there before its drop or notice counted, so it acknowledges nothing: " + _AGAIN,
    RemarkReason.ACK_NO_FILE: "{name} is {kind}, so it acknowledges nothing: " + _AGAIN,
    RemarkReason.ACK_TOO_LARGE: "{name} is far too large for an ACK file, so it acknowledges nothing: " + _AGAIN,
    RemarkReason.ACK_UNREADABLE: "{name} cannot be read, so it acknowledges nothing: " + _AGAIN,
    RemarkReason.ACK_MISNAMED: (
        "a file is almost named {name}, so it acknowledges nothing: have the recipient name it so to the letter, "
        "without spaces or another ending"
    ),
    RemarkReason.ACK_OF_NOTHING: "{name} is of nothing that ever counted: ask the recipient what it acknowledges",
    RemarkReason.NAME_TAKEN: "{kind} is in the place of {name}: have the recipient move it away",
    RemarkReason.UNKNOWN: (
        "{name} lies there, and the ledger does not know of it: ask the owner of the host who put it there, and have "
        "it removed"
    ),
    RemarkReason.OTHERS: "{count} files or folders that are not ours lie there: they are left alone",
    RemarkReason.RETURN_NO_FILE: "{name} is {kind}, so nothing is taken in of it: have the recipient put a file",
    RemarkReason.RETURN_TOO_LARGE: "{name} is too large, so it is not taken in: have the recipient put several files",
    RemarkReason.RETURN_UNREADABLE: "{name} cannot be read, so it is not taken in: have its rights mended",
    RemarkReason.RETURN_SAME_NAME: (
        "{name} was taken in before with another content, and is taken in with this one too: have the recipient give "
        "each file a number of its own"
    ),
    RemarkReason.RETURN_OVER_SHARE: (
        "{name} says of very many parents that they want no contact: it is taken in; ask the recipient whether it was "
        "meant so (docs/runbook.md, The way back)"
    ),
    RemarkReason.RETURN_RECEIPT: "{name} cannot be put, so the recipient has no receipt: have its place freed",
    RemarkReason.RETURN_WAITING: "{count} returned files wait for the next visit: that many at once were not foreseen",
    RemarkReason.RETURN_OTHERS: (
        "{count} files or folders in the folder of the way back have no name of a returned file of this recipient: "
        "they are left alone"
    ),
    RemarkReason.RETURN_TROUBLE: (
        "in the folder of the way back {count} of our acts failed: see the log; what was not taken in is tried again"
    ),
    RemarkReason.MORE: "and {count} more: list the folder",
}
_OPNIEUW = "laat het weghalen en een uur later een leeg bestand met die naam zetten"
_DUTCH = {
    RemarkReason.EARLY_ACK: "{name} stond er al voor de levering of het bericht telde en bevestigt niets: " + _OPNIEUW,
    RemarkReason.ACK_NO_FILE: "{name} is {kind} en bevestigt niets: " + _OPNIEUW,
    RemarkReason.ACK_TOO_LARGE: "{name} is veel te groot voor een ACK-bestand en bevestigt niets: " + _OPNIEUW,
    RemarkReason.ACK_UNREADABLE: "{name} kan niet gelezen worden en bevestigt niets: " + _OPNIEUW,
    RemarkReason.ACK_MISNAMED: (
        "een bestand heet bijna {name} en bevestigt niets: laat het letterlijk zo noemen, zonder spaties of ander einde"
    ),
    RemarkReason.ACK_OF_NOTHING: "{name} hoort bij niets dat ooit telde: vraag de ontvanger wat hij wou bevestigen",
    RemarkReason.NAME_TAKEN: "{kind} staat op de plaats van {name}: laat het verplaatsen",
    RemarkReason.UNKNOWN: "{name} staat er, en het register kent het niet: vraag op de server na wie het zette",
    RemarkReason.OTHERS: "{count} bestanden of mappen die niet van ons zijn: wij laten ze liggen",
    RemarkReason.RETURN_NO_FILE: "{name} is {kind} en wordt niet verwerkt: laat er een bestand van maken",
    RemarkReason.RETURN_TOO_LARGE: "{name} is te groot en wordt niet verwerkt: laat het splitsen",
    RemarkReason.RETURN_UNREADABLE: "{name} kan niet gelezen worden en wordt niet verwerkt: laat ons leesrecht geven",
    RemarkReason.RETURN_SAME_NAME: (
        "{name} werd al verwerkt met een andere inhoud, en nu ook met deze: laat elk bestand een eigen nummer geven"
    ),
    RemarkReason.RETURN_OVER_SHARE: (
        "{name} meldt van zeer veel ouders dat ze geen contact willen: het is verwerkt; vraag de ontvanger of het zo "
        "bedoeld was"
    ),
    RemarkReason.RETURN_RECEIPT: "{name} kan niet gezet worden: laat de plaats vrijmaken",
    RemarkReason.RETURN_WAITING: "{count} teruggestuurde bestanden wachten op het volgende bezoek",
    RemarkReason.RETURN_OTHERS: (
        "{count} bestanden of mappen in de map voor terugmeldingen hebben geen naam van deze ontvanger: wij laten ze "
        "liggen"
    ),
    RemarkReason.RETURN_TROUBLE: (
        "in de map voor terugmeldingen mislukten {count} handelingen: zie het logboek; wij proberen het opnieuw"
    ),
    RemarkReason.MORE: "en nog {count}: bekijk de map",
}
_KINDS = {
    EntryKind.FILE: "een bestand",
    EntryKind.FOLDER: "een map",
    EntryKind.LINK: "een link",
    EntryKind.OTHER: "iets dat geen bestand is",
}
