"""Put a receipt before the recipient, as every file of ours is put."""

import hashlib
from contextlib import suppress
from pathlib import Path

from pipeline.core.errors import FileTaken
from pipeline.core.ground import on_ground
from pipeline.core.model import DropFile
from pipeline.delivery.session import HostSession
from pipeline.followup.receipt import receipt_bytes, receipt_name
from pipeline.ledger.returns import ReturnedFile


def put_receipt(session: HostSession, taken: ReturnedFile, scratch: Path) -> None:
    """In place of what has its name, unless that is it. Raises DeliveryTransient or DeliveryRefused."""
    name, content = receipt_name(taken), receipt_bytes(taken)
    path = scratch / name
    with on_ground(path):
        path.write_bytes(content)
    with suppress(FileTaken):  # it was there
        session.put(DropFile(name, str(path), len(content), hashlib.sha256(content).hexdigest()))
