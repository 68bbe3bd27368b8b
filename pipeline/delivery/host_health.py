"""Whether each recipient's host can be reached as it was sealed, side by side: nothing is put there or taken away."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread

from pipeline.core.connections import Connections
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.precondition import Precondition, broken, doubtful, judged, met, unseen
from pipeline.core.settings import Settings
from pipeline.delivery.hosts import host_of
from pipeline.delivery.openpgp import recipient_key
from pipeline.delivery.recipients import RecipientSettings

HOSTS = "hosts"
AT_ONCE, AT_ONE_HOST = 64, 8
"""Connections in all, and to one host: as many as sshd's own bounds take."""
ANSWER_SECONDS = 4.0
"""How long one host may take for each answer, and for all of a visit twice that."""
SOON = timedelta(days=30)
NAMED = 5
"""So many recipients are named in one line."""


def hosts_preconditions(
    recipients: Mapping[Kbo, RecipientSettings], connections: Connections, settings: Settings, seconds: float
) -> Iterator[Precondition]:
    """What is wrong, by recipient; then one line of how many are right. `seconds`: for all of them together."""
    quick = replace(
        settings,
        connect_timeout_seconds=min(ANSWER_SECONDS, settings.connect_timeout_seconds),
        channel_timeout_seconds=min(ANSWER_SECONDS, settings.channel_timeout_seconds),
        delivery_deadline_seconds=min(2 * ANSWER_SECONDS, settings.delivery_deadline_seconds),
    )
    found = side_by_side(recipients, lambda each: host_preconditions(each, connections, quick), seconds)
    yield from summary_of(recipients, found)
    says = "not looked at: whether each folder takes a file, renames it and has room, without putting one there; "
    yield unseen(HOSTS, "writing", f"{says}`gegevensdeling test-drop KBO` does")


def host_preconditions(
    recipient: RecipientSettings, connections: Connections, settings: Settings
) -> list[Precondition]:
    """Seal and keys, without a connection; then, where they hold, the host: its key, the login and the folder."""
    about = f"recipient {recipient.kbo}"

    def enter() -> Iterator[Precondition]:
        host = host_of(recipient, connections, settings)
        with host.open():
            yield met(about, "host", f"{host.endpoint}: its key is the sealed one, and the folder is there")

    found = judged(about, "host", enter)
    return [*found, *judged(about, "OpenPGP key", lambda: _key(recipient, about))]


def _key(recipient: RecipientSettings, about: str) -> Iterator[Precondition]:
    """One that ends soon still encrypts tonight."""
    if (key := recipient_key(recipient)) is None:
        return
    now, ends = datetime.now(UTC), key.certificate.expiration
    if ends is not None and ends - now < SOON:
        yield doubtful(about, "OpenPGP key", f"ends on {local_day(ends)}: ask the recipient for a prolonged one")


def side_by_side(
    recipients: Mapping[Kbo, RecipientSettings],
    look: Callable[[RecipientSettings], list[Precondition]],
    seconds: float,
) -> dict[Kbo, list[Precondition]]:
    """By recipient; who was not looked at in time is told so. Waits for nobody beyond that, also not as it ends."""
    deadline, found = time.monotonic() + seconds, dict[Kbo, list[Precondition]]()
    turns, told = SimpleQueue[RecipientSettings](), SimpleQueue[tuple[Kbo, list[Precondition]]]()
    places = {each.connection: BoundedSemaphore(AT_ONE_HOST) for each in recipients.values()}
    for each in recipients.values():
        turns.put(each)

    def work() -> None:
        with suppress(Empty):
            while recipient := turns.get_nowait():
                with places[recipient.connection]:
                    if time.monotonic() < deadline:
                        told.put((recipient.kbo, look(recipient)))

    for _ in range(min(AT_ONCE, len(recipients))):
        Thread(target=work, name=HOSTS, daemon=True).start()
    with suppress(Empty):
        while len(found) < len(recipients):
            kbo, one = told.get(timeout=max(0.0, deadline - time.monotonic()))
            found[kbo] = one
    return {kbo: found[kbo] if kbo in found else _late(kbo, seconds) for kbo in recipients}


def _late(kbo: Kbo, seconds: float) -> list[Precondition]:
    says = f"not looked at: all hosts together took longer than {seconds:g} seconds; look at it by test-drop"
    return [broken(f"recipient {kbo}", "host", says)]


def summary_of(
    recipients: Mapping[Kbo, RecipientSettings], found: Mapping[Kbo, Sequence[Precondition]]
) -> Iterator[Precondition]:
    """Each that is not met, and how many hosts are."""
    right = [kbo for kbo, each in found.items() if all(one.standing == "met" for one in each)]
    for kbo in sorted(found.keys() - set(right)):
        yield from (one for one in found[kbo] if one.standing != "met")
    clear = sorted(kbo for kbo, each in recipients.items() if each.key_file is None)
    if clear:
        names = ", ".join(clear[:NAMED]) + (f" and {len(clear) - NAMED} more" if len(clear) > NAMED else "")
        yield doubtful(HOSTS, "encryption", f"{len(clear)} recipients get drops in clear: {names}")
    says = f"{len(right)} of {len(found)} reached, each with its sealed key and its folder"
    yield met(HOSTS, "reached", says) if right else broken(HOSTS, "reached", says)
