"""Whether each recipient's host can be reached as it was sealed, side by side: nothing is put there or taken away."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import BoundedSemaphore

from pipeline.core.connections import Connections
from pipeline.core.local_time import local_day
from pipeline.core.model import Kbo
from pipeline.core.precondition import Precondition, broken, doubtful, looked_at, met, unseen
from pipeline.core.settings import Settings
from pipeline.delivery.hosts import host_of
from pipeline.delivery.openpgp import recipient_key
from pipeline.delivery.recipients import RecipientSettings

HOSTS = "hosts"
AT_ONCE, AT_ONE_HOST = 64, 8
"""Connections in all, and to one host: as many as sshd's own bounds take."""
ANSWER_SECONDS = 5.0
"""How long one host may take for each answer, and for all of a visit twice that."""
SOON = timedelta(days=30)


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

    found = looked_at(about, "host", enter)
    return [*found, *looked_at(about, "OpenPGP key", lambda: _key(recipient, about))]


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
    """By recipient; who was not looked at in time is told so. Waits for nobody beyond that."""
    pool, deadline = ThreadPoolExecutor(AT_ONCE, HOSTS), time.monotonic() + seconds
    places = {each.connection: BoundedSemaphore(AT_ONE_HOST) for each in recipients.values()}

    def in_turn(recipient: RecipientSettings) -> list[Precondition]:
        with places[recipient.connection]:
            return look(recipient) if time.monotonic() < deadline else _late(recipient.kbo, seconds)

    begun: dict[Kbo, Future[list[Precondition]]] = {
        kbo: pool.submit(partial(in_turn, each)) for kbo, each in recipients.items()
    }
    wait(begun.values(), timeout=max(0.0, deadline - time.monotonic()))
    pool.shutdown(wait=False, cancel_futures=True)
    return {
        kbo: one.result() if one.done() and not one.cancelled() else _late(kbo, seconds) for kbo, one in begun.items()
    }


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
        yield doubtful(HOSTS, "encryption", f"{len(clear)} recipients get drops in clear: {', '.join(clear)}")
    says = f"{len(right)} of {len(found)} reached, each with its sealed key and its folder"
    yield met(HOSTS, "reached", says) if right else broken(HOSTS, "reached", says)
