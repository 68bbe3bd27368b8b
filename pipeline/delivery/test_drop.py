"""A test drop: a new recipient fetches, checks, opens and acknowledges one before the first real drop.

Rendered, sealed, encrypted, signed and put as a real drop is, but with names of its own, number 0, invented persons and
a reference key that is no secret. The ledger does not know of test drops; they hold no personal data.
"""

import hashlib
import logging
import re
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pipeline.core.local_time import local_day
from pipeline.core.model import Drop, Kbo, Papers
from pipeline.delivery.change_file import change_file
from pipeline.delivery.changes import DropChanges, Stand
from pipeline.delivery.columns import SOURCES
from pipeline.delivery.recipients import RecipientSettings
from pipeline.delivery.references import ReferenceKey, references
from pipeline.delivery.render import DropOrder, render
from pipeline.delivery.session import go_file
from pipeline.delivery.sftp.folder import SftpFolder, SftpHost
from pipeline.delivery.signature import SigningKey

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


def put_test_drop(
    recipient: RecipientSettings, host: SftpHost, signing_key: SigningKey, folder: Path, at: datetime
) -> str:
    """The stem of the test drop, once it counts on the host; an earlier test drop is removed first.

    `at` is aware; `folder` is private and the caller's to purge. Raises SettingsError, TransientError,
    DeliveryTransient or DeliveryRefused; after any of them the same call may be made again.
    """
    drop = _rendered(recipient, signing_key, folder, at)
    with host.open() as remote:
        _remove(recipient.kbo, remote)
        for file in (*drop.data, drop.manifest, *([drop.signature] if drop.signature else [])):
            remote.put(Path(file.path), file.name, RUN)
        remote.put(go_file(Path(drop.manifest.path), drop.go_name), drop.go_name, RUN)
    log.info("%s: test drop %s was put on %s", recipient.kbo, drop.stem, host.endpoint)
    return drop.stem


def remove_test_drops(recipient: RecipientSettings, host: SftpHost) -> list[str]:
    """Remove every test drop of this recipient, and nothing else; the names of the files, acknowledgements among them.

    Raises DeliveryTransient or DeliveryRefused.
    """
    with host.open() as remote:
        removed = _remove(recipient.kbo, remote)
    log.info("%s: %d files of test drops were removed from %s", recipient.kbo, len(removed), host.endpoint)
    return removed


def _rendered(recipient: RecipientSettings, signing_key: SigningKey, folder: Path, at: datetime) -> Drop:
    numbers = range(1, len(PERSONS) + 1)
    changes = DropChanges(stands=dict.fromkeys(references(KEY, recipient.kbo, numbers).to_pylist(), Stand.NEW))
    order = DropOrder(
        papers=Papers(recipient.kbo, recipient.kbo, (), (), 0),
        night=local_day(at),
        sequence=0,
        run=RUN,
        decided_at=at,
        previous_manifest_sha256=None,
        ledger_head=None,
        test=True,
        signing_key=signing_key,
        changes=changes,
    )
    texts = {source: pa.array([person.get(source) for person in PERSONS], pa.string()) for source in SOURCES}
    rows = pa.table({"parent_id": pa.array(numbers, pa.int64())} | texts)
    return render(rows, order, recipient, KEY, folder, [change_file(changes)] if recipient.change_file else [])


def _remove(kbo: Kbo, remote: SftpFolder) -> list[str]:
    """The GO file first, as with any drop; temporary files of a killed process go too."""
    ours = re.compile(rf"\.?TEST_OPGROEIEN_{kbo}_[0-9]{{8}}_000000\..+")
    names = sorted(remote.matching(ours), key=lambda name: not name.endswith(".GO"))
    return [name for name in names if _remove_file(remote, name)]


def _remove_file(remote: SftpFolder, name: str) -> bool:
    """Whether a file is gone by this: what is none was put there by somebody else, and acknowledges nothing."""
    is_file = remote.stat(name) is not None
    return remote.remove(name) and is_file
