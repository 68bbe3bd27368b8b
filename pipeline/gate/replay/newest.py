"""What another run decided of the parents that a run released: a second bound on a delivery that is cleared late.

A run that was accepted since compared its feeds with those of the run that delivers. What vanished after that is known
to its decisions alone: so a delivery sends no parent whom they do not release.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.model import Kbo
from pipeline.gate.replay.record import read_record
from pipeline.ledger.db.nights import NightDecisions
from pipeline.ledger.persons import LedgerKey, person_hashes


def released_by(newest: NightDecisions, kbo: Kbo, key: LedgerKey) -> Callable[[pa.Array], pa.Array]:
    """Keeps, of parents (int64), those whom these decisions release to the recipient. Raises as `read_record`."""
    parents = read_record(newest.decisions, key).parents
    of_recipient = pc.and_(pc.equal(parents["outcome"], "released"), pc.equal(parents["kbo"], kbo))
    released = parents["person"].filter(of_recipient).combine_chunks()

    def within(asked: pa.Array) -> pa.Array:
        hashes = [int.from_bytes(person[:8]) for person in person_hashes(key, asked.to_pylist())]
        return asked.filter(pc.is_in(pa.array(hashes, pa.uint64()), value_set=released))

    return within
