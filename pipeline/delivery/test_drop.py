"""A test drop: what a newcomer fetches, checks, opens and acknowledges before its first real one.

Made, sealed, encrypted and put as a real drop is, and otherwise apart from all of it: names of its own, number 0,
invented persons, a reference key that is no secret. The ledger does not know of it; it holds no personal data.
"""

import hashlib
import logging
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.model import BRUSSELS, Drop, Kbo, Papers
from pipeline.delivery.columns import SOURCES
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import ReferenceKey
from pipeline.delivery.render import DropOrder, render
from pipeline.delivery.session import go_file
from pipeline.delivery.sftp.folder import SftpFolder, SftpHost

log = logging.getLogger(__name__)

RUN = "test-drop"
KEY = ReferenceKey("test", hashlib.sha256(b"test drop").digest())
"""Never the real one: it would make the references of the real parents 1, 2 and 3."""
PERSONS = (
    {
        "first_name": "Test",
        "last_name": "Voorbeeld",
        "street": "Voorbeeldstraat",
        "house_number": "3-5",
        "box_number": "0201",
        "postal_code": "9999",
        "municipality": "Voorbeeldgemeente",
        "phone": "+32 9 000 00 00",
        "email": "test.voorbeeld@example.org",
    },
    {"first_name": "Zoë", "last_name": "Test-Voorbeeld", "phone": "09 000 00 00"},
    {"first_name": "Één", "last_name": "Téstpersoon; met puntkomma", "email": "een@example.org"},
)
"""Invented, each with something that goes wrong where a file is opened the wrong way."""


@dataclass(frozen=True)
class Removed:
    """How many files were taken away, and whether the recipient had acknowledged the test drop."""

    files: int
    acknowledged: bool


def put(recipient: RecipientSettings, host: SftpHost, folder: Path, at: datetime) -> str:
    """The test drop's stem, once it counts on the host; one that was there before is taken away first.

    `at` is aware; `folder` is private and the caller's to purge. Raises SettingsError, TransientError,
    DeliveryTransient or DeliveryRefused; after any of them the same call may be made again.
    """
    drop = _rendered(recipient, folder, at)
    with host.open() as there:
        _remove(recipient.kbo, there)
        for file in (*drop.data, drop.manifest):
            there.put(Path(file.path), file.name, RUN)
        there.put(go_file(Path(drop.manifest.path), drop.go_name), drop.go_name, RUN)
    log.info("%s: test drop %s was put on %s", recipient.kbo, drop.stem, host.endpoint)
    return drop.stem


def remove(recipient: RecipientSettings, host: SftpHost) -> Removed:
    """Take away every test drop of this recipient, and nothing else. Raises DeliveryTransient or DeliveryRefused."""
    with host.open() as there:
        removed = _remove(recipient.kbo, there)
    log.info("%s: %d files of test drops were removed from %s", recipient.kbo, removed.files, host.endpoint)
    return removed


def _rendered(recipient: RecipientSettings, folder: Path, at: datetime) -> Drop:
    order = DropOrder(
        papers=Papers(recipient.kbo, recipient.kbo, (), (), 0),
        night=at.astimezone(BRUSSELS).date(),
        sequence=0,
        run=RUN,
        decided_at=at,
        previous_manifest_sha256=None,
        ledger_head=None,
        test=True,
    )
    texts = {source: pa.array([person.get(source) for person in PERSONS], pa.string()) for source in SOURCES}
    rows = pa.table({"parent_id": pa.array(range(1, len(PERSONS) + 1), pa.int64())} | texts)
    return render(rows, order, recipient, KEY, folder)


def _remove(kbo: Kbo, there: SftpFolder) -> Removed:
    """The GO file first, as with any drop; what a killed process left goes too."""
    ours = re.compile(rf"\.?TEST_OPGROEIEN_{kbo}_[0-9]{{8}}_000000\..+")
    found = sorted(there.matching(ours), key=lambda name: not name.endswith(".GO"))
    for name in found:
        there.remove(name)
    return Removed(len(found), any(name.endswith(".ACK") for name in found))
