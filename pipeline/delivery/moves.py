"""Recipients that move to another place while a drop lies at the one of before: said when the move is sealed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pipeline.core.errors import SettingsError
from pipeline.core.model import Kbo
from pipeline.ledger.drop_place import DropPlace
from pipeline.ledger.events import DeliveryState, NightDrop


@dataclass(frozen=True)
class Move:
    """What lies at one former place of a recipient, by stem."""

    kbo: Kbo
    place: DropPlace
    stems: tuple[str, ...]


class _Records(Protocol):
    def delivery_state(self, night: date) -> DeliveryState: ...


class _KnownRecipients(Protocol):
    def recipients(self) -> Sequence[Kbo]: ...

    def recipient(self, kbo: Kbo) -> _Records: ...


def lying_by_recipient(ledger: _KnownRecipients, today: date) -> dict[Kbo, tuple[NightDrop, ...]]:
    """The drops that lie, or may lie, before each recipient that the ledger knows."""
    states = {kbo: ledger.recipient(kbo).delivery_state(today) for kbo in ledger.recipients()}
    return {kbo: (*state.unfinished, *state.on_host) for kbo, state in states.items()}


def moves_of(kbo: Kbo, place: DropPlace, lying: Mapping[Kbo, Sequence[NightDrop]]) -> list[Move]:
    """The recipient's former places at which something lies, seen from its new one.

    Raises SettingsError when a drop of another recipient lies at the new one: this recipient could read it.
    """
    for other, drops in lying.items():
        if other != kbo and any(drop.contents.place and drop.contents.place.is_same(place) for drop in drops):
            raise SettingsError(
                f"recipient {kbo}: a drop of recipient {other} lies at this place ({place}): nothing was sealed; seal "
                f"{other} first, let housekeeping empty its former place, then seal {kbo}"
            )
    stems: dict[DropPlace, list[str]] = {}
    for drop in lying.get(kbo, ()):
        there = drop.contents.place
        if there and not there.is_same(place):
            stems.setdefault(there, []).append(drop.contents.stem)
    return [Move(kbo, there, tuple(found)) for there, found in stems.items()]
