"""A file that a recipient returned, as the ledger has it once it was taken in, whatever brought it there."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from pipeline.core.model import Kbo
from pipeline.core.staging import private_folder
from pipeline.delivery.deliver import withdraw
from pipeline.delivery.references import reference
from pipeline.followup.pickup import process_pickups
from pipeline.followup.replace import replace_recalled
from pipeline.ledger.db.engine import transaction
from pipeline.ledger.db.returns import write_returned_file
from pipeline.ledger.db.tables import disclosure
from pipeline.ledger.events import NightDrop
from pipeline.ledger.returns import ReturnedFile, ReturnedRow, ReturnKind
from pipeline.ledger.withdrawals import Keys
from tests.support.deliveries import REFERENCES, Agency
from tests.support.worlds.small_world import GENT

SKEW = timedelta(minutes=5)
NO = ReturnKind.NO_CONTACT


def file_name(kbo: Kbo, at: datetime, number: int = 1) -> str:
    return f"TERUG_OPGROEIEN_{kbo}_{at:%Y%m%d}_{number:06}.csv"


def returned(
    engine: sa.Engine,
    kbo: Kbo,
    at: datetime,
    said: Mapping[str, ReturnKind],
    keys: Keys,
    number: int = 1,
    over_share: bool = False,
) -> bool:
    """Whether the file is new: `said` of references that the recipient had in a drop."""
    name, content = file_name(kbo, at, number), sha256(repr((kbo, number, sorted(said))).encode()).hexdigest()
    taken = ReturnedFile(kbo, name, content, at, "run", len(said), (), "", over_share)
    with transaction(engine) as connection:
        lines = [_row(connection, kbo, place, one, said[one]) for place, one in enumerate(said, 1)]
        return write_returned_file(connection, taken, lines, keys, SKEW)


def _row(connection: sa.Connection, kbo: Kbo, number: int, name: str, kind: ReturnKind) -> ReturnedRow:
    """Hashed as in the newest drop that had the reference."""
    newest = sa.select(disclosure).filter_by(kbo=kbo, reference=name).order_by(disclosure.c.id.desc()).limit(1)
    line = connection.execute(newest).mappings().one()
    return ReturnedRow(number, kind, name, line["person"], line["insz"], line["key_id"])


def returns(agency: Agency, *parents: int, number: int = 1) -> bool:
    said = {reference(REFERENCES, GENT, parent): NO for parent in parents}
    return returned(agency.ledger.engine, GENT, agency.clock(), said, agency.key_of, number)


def hour(agency: Agency) -> NightDrop:
    """As housekeeping does; the first drop of the night since."""
    job = agency.job(agency.seen)
    with job.task() as task:
        process_pickups(task, job.host, job.recipient, dict)
        withdraw(job, task.log, job.decide_now(private_folder(agency.folder / "look")))
    replace_recalled(job, agency.ledger.head(), private_folder(agency.folder / "replace"))
    return agency.ledger.recipient(GENT).delivery_state(job.night).drops[0]
